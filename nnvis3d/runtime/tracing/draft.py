"""A layer as the first pass of a network found it."""

from dataclasses import dataclass, field

import torch
from torch import nn

from nnvis3d.runtime.tracing.dataflow import Origins
from nnvis3d.runtime.tracing.shapes import Shown


@dataclass
class Draft:
    """Filled in while it is met, and after."""

    key: str
    """Of the call that computes it, as the walk names it."""
    name: str
    kind: str
    shown: Shown
    sources: Origins
    scopes: tuple[str, ...]
    """Names of the module calls around it, the outermost first, without the network's own."""
    module: nn.Module | None = None
    note: str = ""
    parameters: int = 0
    signed: bool = True
    title: str = ""
    elsewhere: bool = False
    """Whether it ran on a thread where it is not heard what is in it."""
    order: tuple[float, ...] = field(default=(), repr=False)
    """Where it stands among the others."""
    place: tuple = field(default=(), repr=False)
    """Where its output lies: memory, size, version; to find out whether the network's output is just that."""


def place_of(tensor: torch.Tensor) -> tuple:
    """Where values lie, and which; () for tensors that have no place."""
    try:
        if not tensor.is_contiguous():
            return (tensor.data_ptr(), tensor.shape, tensor.stride(), tensor._version)
        return (tensor.data_ptr(), tensor.numel(), tensor.dtype, tensor._version)
    except (RuntimeError, NotImplementedError):
        return ()
