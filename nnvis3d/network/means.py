"""Means of maps, each level half as wide and high as the one before: what is drawn where a pixel holds many
neurons.

The levels of a picture pyramid (Williams 1983, "Pyramidal parametrics"), of texels: the mean of a linear
scale's texels is the texel of the mean. NaN and infinity have a texel of their own, which a mean must not
wash out.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from nnvis3d.network.frame import CODES, ActivationFrame
from nnvis3d.network.spec import LayerSpec, NetworkSpec

SMALLEST = 4
"""Cells across a map below which it has no further level."""


@dataclass(frozen=True)
class Level:
    """One level of one layer."""

    first: int
    """Where it begins: in the texels of the frame for level 0, in the means for the others."""
    height: int
    """Rows of one map."""
    width: int

    def texels(self, channels: int) -> int:
        return channels * self.height * self.width


class MeanPlan:
    """Where the levels of every layer lie."""

    def __init__(self, spec: NetworkSpec):
        self.spec = spec
        self.levels: dict[str, tuple[Level, ...]] = {}
        """By layer: level 0, the neurons themselves, and those after it."""
        self.length = 0
        """Texels of all means."""
        for layer in spec.layers:
            self.levels[layer.name] = self._levels(layer)

    def _levels(self, layer: LayerSpec) -> tuple[Level, ...]:
        channels, height, width = layer.map_shape
        levels = [Level(self.spec.offsets[layer.name], height, width)]
        while max(height, width) > SMALLEST:
            height, width = -(-height // 2), -(-width // 2)
            levels.append(Level(self.length, height, width))
            self.length += levels[-1].texels(channels)
        return tuple(levels)

    @cached_property
    def coarsest(self) -> int:
        """The largest number of levels of any layer."""
        return max(len(levels) for levels in self.levels.values())


def mean_levels(plan: MeanPlan, texels: np.ndarray, strange: int | None = None) -> np.ndarray:
    """All means (plan.length,) of texels (neurons,), uint8 or uint16.

    Args:
        strange: the texel of what is no finite number: where one is among those that are averaged, the mean
        is it.
    """
    means = np.empty(plan.length, texels.dtype)
    for layer in plan.spec.layers:
        levels, channels = plan.levels[layer.name], layer.map_shape[0]
        source, first = texels, levels[0].first
        for finer, coarser in pairwise(levels):
            maps = source[first : first + finer.texels(channels)].reshape(channels, finer.height, finer.width)
            halved = _halved(maps)
            if strange is not None:
                _keep(maps, halved, strange)
            source, first = means, coarser.first
            means[first : first + halved.size] = halved.reshape(-1)
    return means


def mean_strengths(plan: MeanPlan, texels: np.ndarray, means: np.ndarray) -> np.ndarray:
    """float64 (layers,), 0-1: mean magnitude of each layer in shares of its scale, from its coarsest
    level."""
    full = float(np.iinfo(texels.dtype).max)
    shares = []
    for layer in plan.spec.layers:
        levels = plan.levels[layer.name]
        source, last = (texels if len(levels) == 1 else means), levels[-1]
        share = source[last.first : last.first + last.texels(layer.map_shape[0])] / full
        shares.append(float(np.abs(2 * share - 1).mean() if layer.signed else share.mean()))
    return np.array(shares)


def with_means(plan: MeanPlan, frame: ActivationFrame) -> ActivationFrame:
    """The frame with what views need of it beside its texels: whoever made it does this, on its own
    thread."""
    strange = None if frame.strange is None else CODES[frame.texels.dtype].strange
    means = mean_levels(plan, frame.texels, strange)
    return replace(frame, means=means, strengths=mean_strengths(plan, frame.texels, means))


def _halved(maps: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 texels of maps (C, H, W); an odd edge is its own neighbour."""
    if maps.shape[1] % 2:
        maps = np.concatenate([maps, maps[:, -1:]], axis=1)
    if maps.shape[2] % 2:
        maps = np.concatenate([maps, maps[:, :, -1:]], axis=2)
    # Two neighbours are the lower and the upper half of one wider number, so that adding them is a plain
    # operation on whole arrays: three times as fast as on every second texel.
    bits = 8 * maps.dtype.itemsize
    wide = np.dtype(f"u{2 * maps.dtype.itemsize}")
    pairs = np.ascontiguousarray(maps).view(wide)
    sums = np.bitwise_and(pairs, (1 << bits) - 1)
    sums += pairs >> bits
    if bits == 8:
        total = sums[:, ::2] + sums[:, 1::2]
    else:
        total = sums[:, ::2].astype(np.uint32) + sums[:, 1::2]
    total += 2
    return (total >> 2).astype(maps.dtype)


def _keep(maps: np.ndarray, halved: np.ndarray, strange: int) -> None:
    """Write `strange` wherever one of the four texels is it."""
    found = maps == strange
    if found.any():
        where = np.argwhere(found)
        halved[where[:, 0], where[:, 1] // 2, where[:, 2] // 2] = strange
