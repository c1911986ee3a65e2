"""Hears which functions of PyTorch a module calls."""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch.overrides import TorchFunctionMode

from nnvis3d.runtime.tracing import attention, transforms
from nnvis3d.runtime.tracing.kinds import SHOWN_FUNCTIONS, function_name
from nnvis3d.runtime.tracing.strands import Scope


class Hearer(Protocol):
    """Who is told."""

    @property
    def scopes(self) -> Sequence[Scope]:
        """The calls of modules that this thread is in, the outermost first."""
        ...

    def key(self, name: str) -> str:
        """That of the next call of function `name` in the module that is running."""
        ...

    def called(self, key: str, name: str, function: Callable, args: tuple, kwargs: dict) -> object:
        """A function is called in a module's own forward: call it, and return what it returns."""

    def attended(self, key: str, weights: torch.Tensor) -> None:
        """Attention weights (batch, heads, queries, keys) were computed."""


class Functions(TorchFunctionMode):
    """Hears every call of a function of PyTorch, but not those that it makes in turn."""

    def __init__(self, walk: Hearer):
        super().__init__()
        self._walk = walk

    def __torch_function__(self, function, types, args=(), kwargs=None):
        walk, kwargs = self._walk, kwargs or {}
        if not walk.scopes or transforms.inside():
            return function(*args, **kwargs)
        name = function_name(function)
        if name == attention.ASKS_FOR_PADDING:
            output = function(*args, **kwargs)
            walk.scopes[-1].kept = attention.kept(output, *args)
            return output
        if name in attention.FUNCTIONS:
            weights, call = attention.with_weights(name, function)
            function = call
        else:
            weights = None
        if name not in SHOWN_FUNCTIONS:
            output = function(*args, **kwargs)
        elif walk.scopes[-1].opaque:
            walk.key(name)
            output = function(*args, **kwargs)
        else:
            output = walk.called(walk.key(name), name, function, args, kwargs)
        if weights and not walk.scopes[-1].silent:
            walk.attended(walk.key("attention"), weights[0])
        return output
