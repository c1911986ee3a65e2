"""Means of maps, each level half as wide and high as the one before: what is drawn where a pixel holds many
neurons.

The levels of a picture pyramid (Williams 1983, "Pyramidal parametrics"), of texels: the mean of a linear
scale's texels is the texel of the mean. NaN and infinity have a texel of their own, which a mean must not
wash out.
"""

from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import numpy as np

from nnvis3d.network.frame import CODES, ActivationFrame
from nnvis3d.network.spec import LayerSpec, NetworkSpec

SMALLEST = 8
"""Cells across a map below which it is not halved again: the one level after that is a single mean."""

CHUNK = 1 << 19
"""Bytes that are averaged at a time: so they stay in the processor's cache between one step and the next."""


@dataclass(frozen=True)
class Level:
    """One level of one layer."""

    first: int
    """Where it begins: in the texels of the frame for level 0, in the means for the others."""
    height: int
    """Rows of one map."""
    width: int
    shift: int = 0
    """The texel of a cell is at (row >> shift, column >> shift)."""

    def texels(self, channels: int) -> int:
        return channels * self.height * self.width


@dataclass(frozen=True)
class Run:
    """Layers next to each other whose maps have one size: their maps are averaged as if they were one
    layer's."""

    maps: int
    levels: tuple[Level, ...]
    names: tuple[str, ...]


class MeanPlan:
    """Where the levels of every layer lie."""

    def __init__(self, spec: NetworkSpec):
        self.spec = spec
        self.levels: dict[str, tuple[Level, ...]] = {}
        """By layer: level 0, the neurons themselves, and those after it."""
        self.length = 0
        """Texels of all means."""
        self.runs: list[Run] = []
        for _, layers in groupby(spec.layers, key=lambda layer: layer.map_shape[1:]):
            self._add(list(layers))

    def _add(self, layers: list[LayerSpec]) -> None:
        """A run, and the levels of its layers, which share those of the run."""
        maps = sum(layer.map_shape[0] for layer in layers)
        _, height, width = layers[0].map_shape
        levels = [Level(self.spec.offsets[layers[0].name], height, width)]
        while max(height, width) > 1:
            halved = max(height, width) >= SMALLEST
            shift = levels[-1].shift + (1 if halved else (max(height, width) - 1).bit_length())
            height, width = (-(-height // 2), -(-width // 2)) if halved else (1, 1)
            levels.append(Level(self.length, height, width, shift))
            self.length += levels[-1].texels(maps)
        self.runs.append(Run(maps, tuple(levels), tuple(layer.name for layer in layers)))
        before = 0
        for layer in layers:
            self.levels[layer.name] = tuple(
                Level(level.first + level.texels(before), level.height, level.width, level.shift)
                for level in levels
            )
            before += layer.map_shape[0]


def mean_levels(plan: MeanPlan, texels: np.ndarray, strange: int | None = None) -> np.ndarray:
    """All means (plan.length,) of texels (neurons,), uint8 or uint16.

    Args:
        strange: the texel of what is no finite number: where one is among those that are averaged, the mean
            is it.
    """
    means = np.empty(plan.length, texels.dtype)
    for run in plan.runs:
        average_run(run, texels, means, strange)
    return means


def average_run(run: Run, texels: np.ndarray, means: np.ndarray, strange: int | None = None) -> None:
    """Write the means of one run of layers into `means`; arguments as in `mean_levels`."""
    for finer, coarser in pairwise(run.levels):
        source = texels if finer is run.levels[0] else means
        maps = _maps(source, finer, run.maps)
        halved = _maps(means, coarser, run.maps)
        average = _halve if coarser.height * coarser.width > 1 else _average
        step = max(1, CHUNK // (finer.height * finer.width * texels.itemsize))
        for first in range(0, run.maps, step):
            average(maps[first : first + step], halved[first : first + step])
        if strange is not None:
            _keep(maps, halved, strange)


def _maps(texels: np.ndarray, level: Level, count: int) -> np.ndarray:
    """One level of a run, (maps, H, W): a view."""
    return texels[level.first : level.first + level.texels(count)].reshape(count, level.height, level.width)


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


def _halve(maps: np.ndarray, out: np.ndarray) -> None:
    """Means of 2 x 2 texels of maps (C, H, W) into `out`; an odd edge is its own neighbour."""
    if maps.shape[1] % 2:
        maps = np.concatenate([maps, maps[:, -1:]], axis=1)
    if maps.shape[2] % 2:
        maps = np.concatenate([maps, maps[:, :, -1:]], axis=2)
    # Two neighbours are the lower and the upper half of one wider number: so adding them is a plain operation
    # on whole arrays, three times as fast as on every second texel.
    bits = 8 * maps.dtype.itemsize
    pairs = maps.view(np.dtype(f"u{2 * maps.dtype.itemsize}"))
    sums = np.bitwise_and(pairs, (1 << bits) - 1)
    sums += pairs >> bits
    total = np.add(sums[:, ::2], sums[:, 1::2])  # four of the largest still fit
    total += 2
    total >>= 2
    np.copyto(out, total, casting="unsafe")


def _average(maps: np.ndarray, out: np.ndarray) -> None:
    """The mean of each map (C, H, W) into `out` (C, 1, 1); as a product, which is quicker than a sum of
    few."""
    cells = maps[0].size
    sums = maps.reshape(len(maps), cells).astype(np.float32) @ np.full(cells, 1 / cells, np.float32)
    np.copyto(out[:, 0, 0], sums + np.float32(0.5), casting="unsafe")


def _keep(maps: np.ndarray, halved: np.ndarray, strange: int) -> None:
    """Write `strange` wherever one of the texels that are averaged is it."""
    found = maps == strange
    if found.any():
        channel, row, column = np.nonzero(found)
        single = halved.shape[1:] == (1, 1)
        halved[channel, 0 if single else row // 2, 0 if single else column // 2] = strange
