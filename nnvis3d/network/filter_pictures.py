"""Filters as small pictures: their weights, those of a layer side by side in one sheet."""

import math
from dataclasses import dataclass

import numpy as np

from nnvis3d.network.lab_snapshot import ShownNetwork
from nnvis3d.network.spec import NetworkSpec


@dataclass(frozen=True, eq=False)
class Sheet:
    """All filters of one layer."""

    pixels: np.ndarray
    """uint8 (rows * H, columns * W, 3): a square of pictures, what is left of its last row black."""
    columns: int
    cell: tuple[int, int]
    """H, W: of one picture, pixels."""
    count: int

    def places(self) -> np.ndarray:
        """int64 (count, 4): left, top, right, bottom of each picture, pixels."""
        row, column = np.divmod(np.arange(self.count), self.columns)
        height, width = self.cell
        left, top = column * width, row * height
        return np.stack([left, top, left + width, top + height], axis=1)


def filter_sheet(shown: ShownNetwork, layer: str, colors: np.ndarray) -> Sheet | None:
    """What a layer's filters look like; None where it has no weights.

    A fully connected neuron's weights are laid out as what it reads is; what is no image is folded into rows.

    Args:
        colors: uint8 (256, 3), from the most negative weight to the most positive one.
    """
    weight = shown.weights.get(f"{layer}.weight")
    if weight is None or weight.ndim not in (2, 4) or not weight.size:
        return None
    if weight.ndim == 2 or weight.shape[-1] < 2:
        weight = _laid_out(weight.reshape(len(weight), -1), shown.spec, layer)
    return sheet_of(weight, colors)


def channel_sheet(shown: ShownNetwork, layer: str, index: int, colors: np.ndarray) -> Sheet | None:
    """One filter's channels, a picture each; None where it has but one."""
    weight = shown.weights.get(f"{layer}.weight")
    if weight is None or weight.ndim not in (2, 4) or index >= len(weight):
        return None
    one = weight[index : index + 1]
    if one.ndim == 2:
        one = _laid_out(one, shown.spec, layer)
    channels = one[0][:, None]  # (C, 1, H, W)
    return sheet_of(channels, colors) if len(channels) > 1 and channels.shape[-1] > 1 else None


def sheet_of(weight: np.ndarray, colors: np.ndarray) -> Sheet:
    """Pictures of all filters.

    A filter that reads three colours is a colour picture, 0 being mid-grey; of other inputs the mean is
    shown, in `colors`. The largest weight of the layer has the colour at an end.

    Args:
        weight: float32 (F, C, H, W).
        colors: uint8 (256, 3).
    """
    count, channels, height, width = weight.shape
    shown = weight if channels == 3 else weight.mean(1, keepdims=True)
    shown = np.nan_to_num(shown)
    most = max(float(np.abs(shown).max()), 1e-12)
    scaled = (127.5 + 127.5 * np.clip(shown / most, -1, 1)).astype(np.uint8)
    inked = scaled.transpose(0, 2, 3, 1) if channels == 3 else colors[scaled[:, 0]]  # (F, H, W, 3)
    columns = math.ceil(math.sqrt(count))
    rows = -(-count // columns)
    cells = np.zeros((rows * columns, height, width, 3), np.uint8)
    cells[:count] = inked
    pixels = cells.reshape(rows, columns, height, width, 3).transpose(0, 2, 1, 3, 4)
    pixels = np.ascontiguousarray(pixels.reshape(rows * height, columns * width, 3))
    return Sheet(pixels, columns, (height, width), count)


def _laid_out(weight: np.ndarray, spec: NetworkSpec, layer: str) -> np.ndarray:
    """Weights (F, N) of neurons as (F, C, H, W): as what they read stands, or folded into a square."""
    sources = spec.by_name[layer].sources if layer in spec.by_name else ()
    count, reads = weight.shape
    if len(sources) == 1:
        shape = spec.by_name[sources[0]].map_shape
        if math.prod(shape) == reads and shape[1] * shape[2] > 1:
            return weight.reshape(count, *shape)
    width = math.ceil(math.sqrt(reads))
    height = -(-reads // width)
    folded = np.zeros((count, height * width), np.float32)
    folded[:, :reads] = weight
    return folded.reshape(count, 1, height, width)
