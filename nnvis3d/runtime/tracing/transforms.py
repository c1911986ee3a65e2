"""Hears of torch.func's transforms: vmap, grad, vjp, jvp and what is made of them.

What runs inside one computes with tensors that stand for many, or for a value and its slope: no numbers that
could be drawn. So all of a transform is one layer, drawn by what comes out of it.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

_APIS, _EAGER = "torch._functorch.apis", "torch._functorch.eager_transforms"
_PLACES = (
    (_APIS, "vmap_impl", "vmap"),
    (_EAGER, "grad_impl", "func_grad"),
    (_EAGER, "grad_and_value_impl", "func_grad"),
    (_EAGER, "_vjp_with_argnums", "func_vjp"),
    (_EAGER, "_jvp_with_argnums", "func_jvp"),
)
"""Where the transforms of torch.func, however they were imported, look up who does the work. In a PyTorch
that has one of them elsewhere, that one is not a layer, and everything around it is shown all the same."""
NAMES = frozenset(name for _, _, name in _PLACES)

Hear = Callable[[str, Callable, tuple, dict], object]
"""Given the name of a transform, its function and its arguments: calls it and returns its output."""


def inside() -> bool:
    """Whether a transform is running on this thread."""
    return torch._C._functorch.peek_interpreter_stack() is not None


@contextmanager
def hearing(hear: Hear) -> Iterator[None]:
    """As long as this lasts, `hear` is told of each transform that is not inside another, on any thread."""
    listeners = [
        _Listener(place, attribute, name, hear)
        for module, attribute, name in _PLACES
        if (place := sys.modules.get(module)) is not None and hasattr(place, attribute)
    ]
    try:
        yield
    finally:
        for listener in listeners:
            listener.leave()


class _Listener:
    """In the place of one function. Several may listen at once, and need not leave in their order."""

    def __init__(self, place: object, attribute: str, name: str, hear: Hear):
        self._place, self._attribute, self._name = place, attribute, name
        self._hear: Hear | None = hear
        self._original = getattr(place, attribute)
        setattr(place, attribute, self)

    def __call__(self, *args, **kwargs):
        if self._hear is None or inside():
            return self._original(*args, **kwargs)
        return self._hear(self._name, self._original, args, kwargs)

    def leave(self) -> None:
        self._hear = None
        while isinstance(now := getattr(self._place, self._attribute), _Listener) and now._hear is None:
            setattr(self._place, self._attribute, now._original)
