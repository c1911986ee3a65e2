"""Sums and products of parts that lie in another order than what comes out, or are scaled channel by channel:
residual ways through layers that have channels last, mix tokens, or are scaled (Touvron et al. 2021).
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations

import numpy as np
from torch import nn

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_joins import Listed, Product, Sum
from nnvis3d.runtime.explain_operation import Operation, to_numpy

Parts = tuple[LayerSpec, ...]


def turned_joins(
    layer: LayerSpec, parts: Parts, module: nn.Module | None
) -> Iterator[Callable[[], Operation | None]]:
    """Guesses in which one of the parts is turned, scaled, or both.

    Args:
        module: the one around, whose parameters may scale it.
    """
    for k, part in enumerate(parts):
        for at in (None, *orders(part, layer)):
            under = {} if at is None else {k: Listed(at)}
            if layer.kind == "multiply" and under:
                yield partial(Product, parts, layer, under=under)
            if layer.kind not in ("add", "subtract"):
                continue
            if under:
                yield partial(Sum, parts, layer, np.ones(len(parts)), under=under)
            for scale in scales(module, layer):
                factors = np.ones((len(parts), layer.neurons), np.float32)
                factors[k] = scale
                yield partial(Sum, parts, layer, factors, under=under)


def orders(part: LayerSpec, layer: LayerSpec) -> Iterator[np.ndarray]:
    """Of which of the part's neurons each of the layer's may be made, int64 (neurons,), other than one by
    one."""
    if part.neurons != layer.neurons:
        return
    places = np.arange(part.neurons).reshape(part.map_shape)
    for axes in list(permutations(range(3)))[1:]:
        turned = places.transpose(axes)
        if turned.shape == layer.map_shape and (turned.reshape(-1) != places.reshape(-1)).any():
            yield turned.reshape(-1)
    channels, height, width = part.map_shape
    if layer.map_shape == (1, height * width, channels) and channels > 1:  # maps as tokens
        yield places.reshape(channels, -1).T.reshape(-1)
    if layer.map_shape == (1, height, channels * width) and channels > 1:  # heads, as units of each token
        yield places.swapaxes(0, 1).reshape(-1)
    if channels == 1 and layer.map_shape[0] == width:  # tokens as maps
        yield places.reshape(-1, width).T.reshape(-1)


def scales(module: nn.Module | None, layer: LayerSpec) -> Iterator[np.ndarray]:
    """float32 (neurons,): each vector of the module's own, laid along each axis that it is as long as."""
    for parameter in module.parameters(recurse=False) if module is not None else ():
        vector = parameter.detach().reshape(-1)
        for axis, length in enumerate(layer.map_shape):
            if length == vector.numel():
                shape = [length if k == axis else 1 for k in range(3)]
                yield np.broadcast_to(to_numpy(vector).reshape(shape), layer.map_shape).reshape(-1)
