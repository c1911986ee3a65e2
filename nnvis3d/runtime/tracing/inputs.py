"""What a module is run on: an example, and where in it an image goes."""

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.network.spec import Preprocessing
from nnvis3d.runtime.tracing.declared import declared_preprocessing
from nnvis3d.runtime.tracing.shapes import shown_as
from nnvis3d.runtime.tracing.tensors import plain, tensors_in

_SQUARES = range(8, 257)
"""Sides of pictures that a flat input may be."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """The arguments of one pass."""

    args: tuple
    kwargs: dict
    layers: list[tuple[str, torch.Tensor]]
    """Each tensor among them with the name of the layer that shows it, the first one first."""
    preprocessing: Preprocessing
    drawable: bool
    """Whether an image can be the first tensor."""

    @classmethod
    def of(cls, module: nn.Module, example: object, preprocessing: Preprocessing | None = None) -> "Inputs":
        """
        Raises:
            UserError: the example holds no tensor, or does not fit `preprocessing`.
        """
        args, kwargs = _arguments(example)
        layers = _named(module, args, kwargs)
        if not layers:
            raise UserError(
                f"{type(module).__name__}: the example input holds no tensor; "
                f"give one tensor, a tuple, or a dict"
            )
        first = layers[0][1]
        shape = image_shape(tuple(first.shape)) if first.is_floating_point() else None
        preprocessing = preprocessing or _fitted(declared_preprocessing(module), shape)
        if preprocessing is None:
            preprocessing = Preprocessing(shape or _three(first), declared=False)
        elif shape is None or math.prod(preprocessing.shape) != math.prod(shape):
            raise UserError(
                f"{type(module).__name__}: the example input has shape {tuple(first.shape)}, "
                f"but the preprocessing makes {preprocessing.shape}"
            )
        return cls(args, kwargs, layers, preprocessing, drawable=shape is not None)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the first input as it is shown."""
        return self.preprocessing.shape if self.drawable else self._shown.shape

    @property
    def axes(self) -> tuple[str, str, str] | None:
        return None if self.drawable else self._shown.axes

    @property
    def signed(self) -> bool:
        first = self.layers[0][1]
        return not self.drawable and (first.is_floating_point() or bool((plain(first) < 0).any()))

    @property
    def shapes(self) -> str:
        """ "(1, 3, 224, 224)", for messages."""
        return ", ".join(str(tuple(tensor.shape)) for _, tensor in self.layers)

    @property
    def _shown(self):
        return shown_as(tuple(self.layers[0][1].shape), "input")

    def with_first(self, batch: torch.Tensor) -> "Inputs":
        """The same with another first tensor, of the same number of values."""
        old = self.layers[0][1]
        new = batch.reshape(old.shape).to(dtype=old.dtype, device=old.device)
        layers = [(self.layers[0][0], new), *self.layers[1:]]
        args, done = _replaced(self.args, old, new, False)
        kwargs, _ = _replaced(self.kwargs, old, new, done)
        return replace(self, args=args, kwargs=kwargs, layers=layers)


def _fitted(declared: Preprocessing | None, shape: tuple[int, int, int] | None) -> Preprocessing | None:
    """What a module declares, at the size of the example: many can read other sizes than they declare."""
    if declared is None or shape is None or declared.shape[0] != shape[0]:
        return declared
    return replace(declared, shape=shape)


def first_item(inputs: Inputs) -> object | None:
    """The example with a batch of one where it has several; None if it is not a batch of several.

    Its first dimension is taken for the batch, but not of (T, 1, D), which is a sequence, nor of one picture.
    """
    tensors = [tensor for _, tensor in inputs.layers]
    count = tensors[0].shape[0] if tensors[0].dim() >= 2 else 1
    sequence = tensors[0].dim() == 3 and tensors[0].shape[1] == 1
    picture = tensors[0].dim() == 3 and count in (1, 3) and min(tensors[0].shape[1:]) >= 8
    same = all(tensor.dim() >= 1 and tensor.shape[0] == count for tensor in tensors)
    if count <= 1 or sequence or picture or not same:
        return None
    args, kwargs = _cut(inputs.args), _cut(inputs.kwargs)
    return kwargs if kwargs else args


def _cut(thing):
    """The first item of every tensor in it, as a batch of one."""
    if isinstance(thing, torch.Tensor):
        return thing[:1]
    if type(thing) is dict:
        return {key: _cut(value) for key, value in thing.items()}
    if type(thing) in (tuple, list):
        return type(thing)(_cut(value) for value in thing)
    return thing


def image_shape(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    """(C, H, W) of the image that a float input of this shape can be; None if it is none.

    Grey or RGB pictures with a batch of one or without it, and flat squares: 784 is 28x28.
    """
    item = shape[1:] if shape and shape[0] == 1 else shape
    if len(item) == 3 and item[0] in (1, 3) and min(item[1:]) >= 4:
        return (item[0], item[1], item[2])
    if len(shape) == 3 and shape[0] == 1 and min(item) >= 16:
        return (1, *item) if abs(math.log2(item[0] / item[1])) <= 1 else None  # type: ignore[return-value]
    if len(item) == 1:
        for channels in (1, 3):
            side = math.isqrt(item[0] // channels)
            if side in _SQUARES and channels * side * side == item[0]:
                return (channels, side, side)
    return None


def _three(tensor: torch.Tensor) -> tuple[int, int, int]:
    shape = shown_as(tuple(tensor.shape), "input").shape
    return (shape[0], 1, 1) if len(shape) == 1 else (shape[0], shape[1], shape[2])


def _arguments(example: object) -> tuple[tuple, dict]:
    example = _as_tensors(example)
    if isinstance(example, Mapping):
        return (), dict(example)
    if isinstance(example, tuple):
        return example, {}
    return (example,), {}


def _as_tensors(example: object) -> object:
    """Arrays become tensors: float64 ones float32, for that is what networks are made of."""
    if isinstance(example, np.ndarray | np.generic):
        array = np.asarray(example)
        return torch.from_numpy(array.astype(np.float32) if array.dtype == np.float64 else array.copy())
    if isinstance(example, Mapping):
        return {key: _as_tensors(value) for key, value in example.items()}
    if isinstance(example, tuple) and not hasattr(example, "_fields"):
        return tuple(_as_tensors(value) for value in example)
    return example.detach() if isinstance(example, torch.Tensor) else example


def _named(module: nn.Module, args: tuple, kwargs: dict) -> list[tuple[str, torch.Tensor]]:
    """Each tensor with the name of its layer: "input", and after it "input.mask" by the argument's name."""
    try:
        words = [p.name for p in inspect.signature(module.forward).parameters.values() if p.kind < 2]
    except (TypeError, ValueError):
        words = []
    taken = {name for name, _ in module.named_modules()}
    found: list[tuple[str, torch.Tensor]] = []
    given = [*zip([*words, *map(str, range(len(words), len(args)))], args, strict=False), *kwargs.items()]
    for word, value in given:
        tensors = [t for t in tensors_in(value) if t.numel() and not any(t is other for _, other in found)]
        for i, tensor in enumerate(tensors):
            label = word if len(tensors) == 1 else f"{word}.{i}"
            name = f"input.{label}" if found else "input"
            while name in taken:
                name += "'"
            found.append((name, tensor))
    return found


def _replaced(thing, old: torch.Tensor, new: torch.Tensor, done: bool):
    """`thing` with `new` in the place where `old` was, and whether that is done."""
    if thing is old and not done:
        return new, True
    if isinstance(thing, Mapping) and type(thing) is dict:
        copied = {}
        for key, value in thing.items():
            copied[key], done = _replaced(value, old, new, done)
        return copied, done
    if type(thing) in (tuple, list):
        items = []
        for value in thing:
            item, done = _replaced(value, old, new, done)
            items.append(item)
        return type(thing)(items), done
    return thing, done
