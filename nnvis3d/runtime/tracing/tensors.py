"""Tensors in whatever a module takes or returns, and what of a tensor can be shown."""

import dataclasses
from collections.abc import Iterator, Mapping

import torch

_DEPTH = 6


def tensors_in(thing: object, depth: int = 0) -> Iterator[torch.Tensor]:
    """All tensors in nested tuples, lists, mappings and dataclasses, in their order."""
    if isinstance(thing, torch.Tensor):
        yield thing
    elif depth >= _DEPTH:
        return
    elif isinstance(thing, Mapping):
        for value in thing.values():
            yield from tensors_in(value, depth + 1)
    elif isinstance(thing, tuple | list):
        for value in thing:
            yield from tensors_in(value, depth + 1)
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        for entry in dataclasses.fields(thing):
            yield from tensors_in(getattr(thing, entry.name, None), depth + 1)


def first_tensor(thing: object) -> torch.Tensor | None:
    """The tensor that stands for a module's output: an LSTM's sequence, not its last state."""
    if isinstance(thing, torch.Tensor):  # nearly always, in every pass, for every module
        return thing
    return next(tensors_in(thing), None)


def named_tensors(thing: object) -> list[tuple[str, torch.Tensor]]:
    """The tensors of a network's output with a word for each: its key, or its place."""
    if isinstance(thing, torch.Tensor):
        return [("", thing)]
    if isinstance(thing, Mapping):
        pairs = [(str(key), value) for key, value in thing.items()]
    elif isinstance(thing, tuple | list):
        names = getattr(thing, "_fields", None) or [str(i) for i in range(len(thing))]
        pairs = list(zip(names, thing, strict=True))
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        pairs = [(entry.name, getattr(thing, entry.name, None)) for entry in dataclasses.fields(thing)]
    else:
        return []
    return [
        (".".join(filter(None, (name, inner))), tensor)
        for name, value in pairs
        for inner, tensor in named_tensors(value)
    ]


def plain(tensor: torch.Tensor) -> torch.Tensor:
    """A dense, real tensor of the same values: of complex ones the magnitude, without gradients.

    The tensor itself where it is all that already.
    """
    tensor = tensor.detach()
    if tensor.is_nested:
        tensor = torch.nested.to_padded_tensor(tensor, 0.0)
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.is_complex():
        tensor = tensor.abs()
    return tensor


def shape_of(tensor: torch.Tensor) -> tuple[int, ...]:
    """The shape of what `plain` makes of it: rows of different lengths are filled up."""
    return tuple((plain(tensor) if tensor.is_nested else tensor).shape)


def note_of(tensor: torch.Tensor) -> str:
    """What people should know about how `plain` changed it; "" if it did not."""
    if tensor.is_complex():
        return "Complex numbers: their magnitude is shown."
    if tensor.is_nested:
        return "Rows of different lengths: the rest is zero."
    return ""
