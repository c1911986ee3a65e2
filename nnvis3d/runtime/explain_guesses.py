"""How a layer may be computed that no known module computes: what a network's own code calls.

Each is a guess from the layer's kind and the shapes, to be believed where it makes the numbers on screen.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from nnvis3d.network.explanation import ACTIVATIONS
from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_elementwise import BatchNorm, BlockNorm, Elementwise, Scaled
from nnvis3d.runtime.explain_joins import Concat, Product, Sum, fitted
from nnvis3d.runtime.explain_linear import Linear, TokenMean
from nnvis3d.runtime.explain_operation import Operation
from nnvis3d.runtime.explain_spread import GlobalMean, Rescaled
from nnvis3d.runtime.explain_turned_joins import scales, turned_joins
from nnvis3d.runtime.explain_volumes import copies, volumes
from nnvis3d.runtime.explain_windows import AvgPool2d, MaxPool2d

Parts = tuple[LayerSpec, ...]
Sample = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Neurons of the layer, int64 (n,), their values, float32 (n,), and those of all that the parts have."""
Guess = Callable[[], Operation | None]
_COPIES = frozenset({"output", "identity", "flatten", "reshape", "dropout"})


def guesses(layer: LayerSpec, parts: Parts, module: nn.Module | None, sample: Sample) -> Iterator[Guess]:
    """What to try, one after the other; each may raise where shapes do not fit.

    Args:
        module: the one that computes the layer, or the one around it; None if there is none.
    """
    if len(parts) > 1:
        yield from _joins(layer, parts, sample)
        yield from turned_joins(layer, parts, module)
    elif layer.kind in ACTIVATIONS or layer.kind in _COPIES:
        yield from _functions(layer, parts[0])
    elif layer.kind in _BY_KIND:
        yield from _BY_KIND[layer.kind](layer, parts[0], module)


def _joins(layer: LayerSpec, parts: Parts, sample: Sample) -> Iterator[Guess]:
    ones = np.ones(len(parts), np.float32)
    if layer.kind == "concat":
        yield from (partial(Concat, parts, layer, axis) for axis in range(3))
    for upright in (True, False):
        if layer.kind in ("add", "subtract", "output"):
            yield partial(Sum, parts, layer, ones, upright)
            yield partial(_fitted, parts, layer, sample, upright)
        if layer.kind in ("multiply", "divide"):
            for order in (parts, parts[::-1]):
                yield partial(Product, order, layer, upright, layer.kind == "divide")


def _fitted(parts: Parts, layer: LayerSpec, sample: Sample, upright: bool) -> Operation | None:
    """A sum with the factors that the numbers say: x + 0.1 y."""
    targets, wanted, values = sample
    factors = fitted(Sum(parts, layer, np.ones(len(parts)), upright), wanted, values, targets)
    return None if factors is None else Sum(parts, layer, factors, upright)


def _functions(layer: LayerSpec, source: LayerSpec) -> Iterator[Guess]:
    yield partial(Elementwise, None, source, layer)
    if layer.kind == "gelu":
        yield partial(_with_function, "gelu_tanh", source, layer)


def _with_function(name: str, source: LayerSpec, layer: LayerSpec) -> Operation:
    operation = Elementwise(None, source, layer)
    operation.activation = name
    return operation


def _volumes(layer: LayerSpec, source: LayerSpec, module: nn.Module | None) -> Iterator[Guess]:
    yield from volumes(source, layer, module)


def _pools(layer: LayerSpec, source: LayerSpec, module: nn.Module | None) -> Iterator[Guess]:
    yield from volumes(source, layer, module)
    (height, width), (rows, columns) = source.map_shape[1:], layer.map_shape[1:]
    kernel = (height // rows, width // columns)
    if layer.kind == "avgpool":
        yield partial(GlobalMean, None, source, layer)
        yield partial(TokenMean, source, layer)
        yield partial(AvgPool2d, nn.AvgPool2d(kernel), source, layer)
        yield partial(Rescaled, nn.AdaptiveAvgPool2d((rows, columns)), source, layer)
    else:
        for pool in (nn.MaxPool2d(kernel), nn.MaxPool2d(3, 2, 1), nn.MaxPool2d(3, 2)):
            yield partial(MaxPool2d, pool, source, layer)


def _upsampling(layer: LayerSpec, source: LayerSpec, module: nn.Module | None) -> Iterator[Guess]:
    _, height, width = layer.map_shape
    for mode, corners in (("nearest", None), ("bilinear", False), ("bilinear", True)):
        yield partial(Rescaled, nn.Upsample((height, width), None, mode, corners), source, layer)
    yield from copies(source, layer, module)


def _norms(layer: LayerSpec, source: LayerSpec, module: nn.Module | None) -> Iterator[Guess]:
    """That of a module that calls the function itself, or one that a package has written anew."""
    if isinstance(module, nn.modules.batchnorm._BatchNorm):
        yield partial(BatchNorm, module, source, layer)
    if isinstance(module, nn.LayerNorm | nn.GroupNorm):
        yield partial(BlockNorm, module, source, layer)
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    if isinstance(weight, torch.Tensor) and weight.dim() == 1:
        known = (getattr(module, name, None) for name in ("eps", "variance_epsilon"))
        eps = next((value for value in known if isinstance(value, float)), 1e-6)
        yield partial(_own_norm, nn.RMSNorm, weight, None, eps, source, layer)
        yield partial(_own_norm, nn.RMSNorm, weight + 1, None, eps, source, layer)  # as Gemma's
        yield partial(_own_norm, nn.LayerNorm, weight, bias, eps, source, layer)


def _own_norm(
    kind: type[nn.RMSNorm] | type[nn.LayerNorm],
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    eps: float,
    source: LayerSpec,
    layer: LayerSpec,
) -> Operation:
    norm = kind(len(weight), eps)
    norm.weight = nn.Parameter(weight.detach().float(), requires_grad=False)
    if bias is not None:
        norm.bias = nn.Parameter(bias.detach().float(), requires_grad=False)
    return BlockNorm(norm, source, layer)


def _linear(layer: LayerSpec, source: LayerSpec, module: nn.Module | None) -> Iterator[Guess]:
    """A module with a matrix of its own, either way round, as GPT-2's."""
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    if isinstance(weight, torch.Tensor) and weight.dim() == 2:
        bias = bias if isinstance(bias, torch.Tensor) else None
        for matrix in (weight, weight.T):
            yield partial(Linear, SimpleNamespace(weight=matrix, bias=bias), source, layer)


def _scaled(layer: LayerSpec, source: LayerSpec, module: nn.Module | None) -> Iterator[Guess]:
    """By a vector of the module's own."""
    yield from (partial(Scaled, source, layer, scale) for scale in scales(module, layer))


def _unknown(layer: LayerSpec, source: LayerSpec, module: nn.Module | None) -> Iterator[Guess]:
    """A module that somebody else wrote: an activation function, a norm, a matrix, or a copy?"""
    if layer.neurons == source.neurons:
        yield from (partial(_with_function, name, source, layer) for name in ACTIVATIONS)
        yield from _scaled(layer, source, module)
    yield from _norms(layer, source, module)
    yield from _linear(layer, source, module)


_NORMS = ("batchnorm", "batchnorm1d", "layernorm", "rmsnorm", "groupnorm", "instancenorm")
_BY_KIND: Mapping[str, Callable[[LayerSpec, LayerSpec, nn.Module | None], Iterator[Guess]]] = {
    "avgpool": _pools,
    "maxpool": _pools,
    "upsample": _upsampling,
    "conv3d": _volumes,
    "pad": lambda layer, source, module: copies(source, layer, module),
    "convtranspose3d": _volumes,
    "linear": _linear,
    "multiply": _scaled,
    "module": _unknown,
    **dict.fromkeys(_NORMS, _norms),
}
