"""What a module that comes without an example is to be run on."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.runtime.bringing.factory import said
from nnvis3d.runtime.tracing.declared import declared_preprocessing, said_by
from nnvis3d.runtime.tracing.modes import evaluating
from nnvis3d.runtime.tracing.tensors import first_tensor

_SMALL, _USUAL = (32, 28, 64), (224, 96, 128, 256, 299, 384, 160, 192, 240, 300, 331, 512)
_LARGE_MODULE = 2_000_000
"""Parameters from which on pictures of the usual size are tried before small ones."""


@dataclass(frozen=True)
class Wanted:
    """What is known of a network's input from outside."""

    shape: tuple[int, ...] | None = None
    """Without the batch, as in --input-shape 3x224x224."""
    picture: tuple[int, int] | None = None
    """(height, width) of the picture that it is to be shown."""


def example_of(module: nn.Module, given: object, wanted: Wanted) -> object:
    """An example to run `module` on: what the user says, what the module says, or what is found by trying.

    Raises:
        UserError: nothing that was tried runs.
    """
    if wanted.shape is not None:
        return _like(given, (1, *wanted.shape))
    if given is not None:
        return given
    for attribute in ("example_input_array", "example_input", "example_inputs"):  # the first is Lightning's
        own = said_by(module, attribute)
        if first_tensor(own) is not None:
            return own
    declared = declared_preprocessing(module)
    if declared is not None:
        return torch.zeros(1, *declared.shape)
    return _found_by_trying(module, wanted.picture)


def _like(given: object, shape: tuple[int, ...]) -> torch.Tensor:
    tensor = first_tensor(given)
    return torch.zeros(shape, dtype=tensor.dtype if tensor is not None else torch.float32)


def _found_by_trying(module: nn.Module, picture: tuple[int, int] | None) -> torch.Tensor:
    tried, reason = [], ""
    for shape in _candidates(module, picture):
        whole = _first_layer(module)
        ids = isinstance(whole, nn.Embedding | nn.EmbeddingBag)
        example = torch.zeros(shape, dtype=torch.long if ids else _number_type(module))
        try:
            with evaluating(module), torch.no_grad():
                module(example)
            return example
        except Exception as error:
            tried.append("x".join(map(str, shape[1:])))
            reason = reason or said(error)
    name = type(module).__name__
    where = f"with {' '.join(tried[:1])}: {reason}" if tried else "what its first layer reads is not known"
    raise UserError(f"{name}: say what it reads with --input-shape CxHxW ({where})")


def _candidates(module: nn.Module, picture: tuple[int, int] | None) -> Iterator[tuple[int, ...]]:
    """Shapes, batch included, the likeliest first."""
    first = _first_layer(module)
    if isinstance(first, nn.Conv2d | nn.ConvTranspose2d):
        if picture is not None:
            yield (1, first.in_channels, *picture)
            return
        large = sum(p.numel() for p in module.parameters()) >= _LARGE_MODULE
        for side in (*_USUAL, *_SMALL) if large else (*_SMALL, *_USUAL):
            yield (1, first.in_channels, side, side)
    elif isinstance(first, nn.Linear | nn.LazyLinear):
        if picture is not None:
            yield from ((1, channels, *picture) for channels in (1, 3))
        yield (1, first.in_features)
        for channels in (1, 3):
            side = math.isqrt(first.in_features // channels)
            if channels * side * side == first.in_features:
                yield (1, channels, side, side)
        yield (1, 16, first.in_features)
    elif isinstance(first, nn.Conv1d | nn.ConvTranspose1d):
        yield from ((1, first.in_channels, length) for length in (128, 1024, 16000))
    elif isinstance(first, nn.Conv3d | nn.ConvTranspose3d):
        yield from ((1, first.in_channels, side, side, side) for side in (16, 32, 64))
    elif isinstance(first, nn.Embedding | nn.EmbeddingBag):
        yield from ((1, length) for length in (16, 64, 128, 256, 512))
    elif isinstance(first, nn.RNNBase):
        yield (1, 16, first.input_size) if first.batch_first else (16, 1, first.input_size)
    else:
        sides = (picture,) if picture is not None else tuple((side, side) for side in (*_SMALL, *_USUAL))
        yield from ((1, channels, *side) for channels in (3, 1) for side in sides)


def _first_layer(module: nn.Module) -> nn.Module | None:
    """The first module, in the order of their making, that says what it reads."""
    known = (nn.modules.conv._ConvNd, nn.Linear, nn.LazyLinear, nn.Embedding, nn.EmbeddingBag, nn.RNNBase)
    return next((part for part in module.modules() if isinstance(part, known)), None)


def _number_type(module: nn.Module) -> torch.dtype:
    """That of its first parameter: a network in half precision wants its input so, too."""
    return next((p.dtype for p in module.parameters() if p.is_floating_point()), torch.float32)
