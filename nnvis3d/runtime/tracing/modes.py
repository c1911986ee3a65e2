"""What a module is put into for a pass, and taken out of again; and what it is wrapped in."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import nn

COMPILED = "_orig_mod"
"""What torch.compile puts before the names of the modules in a compiled one."""


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """The module in evaluation mode, as long as this lasts; then each part is in the mode that it was in."""
    training = [part for part in module.modules() if part.training]
    for part in training:
        part.training = False
    try:
        yield
    finally:
        for part in training:
            part.training = True


def eagerly() -> AbstractContextManager:
    """Compiled modules run as they are written: in compiled code nobody hears of the modules in it."""
    if "torch._dynamo" not in sys.modules:  # nothing can have been compiled
        return nullcontext()
    return torch.compiler.set_stance("force_eager")


def unwrapped(module: nn.Module) -> nn.Module:
    """What torch.compile or DataParallel has wrapped."""
    # Among its modules: some modules answer whatever attribute they are asked for.
    while (inner := dict(module.named_children()).get(COMPILED)) is not None:
        module = inner
    if isinstance(module, nn.DataParallel):
        return unwrapped(module.module)
    return module
