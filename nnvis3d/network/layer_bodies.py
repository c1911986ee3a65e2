"""How large a layer is and how its maps or neurons stand in it, wherever it stands itself."""

import math

import numpy as np

from nnvis3d.network.layer_layout import LayerLayout, Placement
from nnvis3d.network.layer_styles import MOST_BARS
from nnvis3d.network.spec import LayerSpec, NetworkSpec

HEIGHT = 184.0
"""Height of a full column."""
PAD_SIZE = 82.0
INPUT_SIZE = 62.0
OUTPUT_BAR_LENGTH = 27.0
OUTPUT_NAME_ROOM = 13.0
"""Left of the output neurons, for the classes' names."""
OUTPUT_SHARE_ROOM = 16.0
"""Right of the bars, for the probabilities."""
LEAST_PICTURE = 16
"""Rows and columns from which on an input that nobody can draw is as large as an image."""


def body(spec: LayerSpec, network: NetworkSpec) -> LayerLayout:
    extra, rows = 0.0, spec.map_shape[0]
    if spec is network.input and _pictured(network):
        _, height, width = spec.map_shape
        pitch, centres = INPUT_SIZE / max(height, width), np.zeros((spec.map_shape[0], 2), np.float32)
        centres[:, 1] = _grid(spec.map_shape[0], 0, INPUT_SIZE / 3, spec.map_shape[0], (0, 0))[:, 1]
        if spec.map_shape[0] > 1:
            pitch /= spec.map_shape[0]
    elif spec is network.output and barred(network):
        pitch, centres, rows = _arrange_output(spec)
        extra = OUTPUT_NAME_ROOM + OUTPUT_BAR_LENGTH + OUTPUT_SHARE_ROOM
    elif spec.map_shape[1:] == (1, 1):
        pitch, centres, rows = _arrange_units(spec)
    else:
        pitch, centres, rows = _arrange_maps(spec)
    half = np.array(spec.map_shape[:0:-1]) * pitch / 2  # (W, H) / 2
    low, high = centres.min(axis=0) - half, centres.max(axis=0) + half
    extent = (float(high[0] - low[0]) + extra, float(high[1] - low[1]))
    return LayerLayout(spec, Placement((0.0, 0.0, 0.0)), pitch, centres, extent, rows)


def _arrange_maps(spec: LayerSpec) -> tuple[float, np.ndarray, int]:
    """Pitch and map centres of a layer of feature maps, spread over the column's height."""
    channels, height, width = spec.map_shape
    side = _map_side(height)
    pitch = side / height
    most_rows = max(1, int((HEIGHT + 0.9) // (side + 0.9)))
    columns = math.ceil(channels / most_rows)
    # Very deep layers become square-ish walls of smaller maps instead of endless rows of columns.
    while columns * (width * pitch + 4) > HEIGHT * 0.9 and pitch > 0.02:
        pitch *= 0.9
        most_rows = max(1, int((HEIGHT + 1) // (height * pitch * 1.08)))
        columns = math.ceil(channels / most_rows)
    rows = math.ceil(channels / columns)
    side = height * pitch
    gap = min((HEIGHT - rows * side) / max(rows - 1, 1), 0.8 * side)
    return pitch, _grid(channels, width * pitch, side, rows, (min(3.2, 0.3 * width * pitch), gap)), rows


def _arrange_units(spec: LayerSpec) -> tuple[float, np.ndarray, int]:
    """Pitch and centres of a fully connected layer: a block of columns, filled from the top."""
    count = spec.neurons
    rows = min(count, max(40, math.ceil(math.sqrt(2.5 * count))))
    columns = math.ceil(count / rows)
    rows = math.ceil(count / columns)
    pitch = min(HEIGHT / rows, 5.2)
    return pitch, _grid(count, pitch, pitch, rows, (0, 0)), rows


def _arrange_output(spec: LayerSpec) -> tuple[float, np.ndarray, int]:
    """The classes: one column of large cells, its left part; the bars grow to the right of them."""
    pitch = 0.92 * HEIGHT / spec.neurons  # it stands nearer than the middle: the same height in the picture
    centres = _grid(spec.neurons, pitch, pitch, spec.neurons, (0, 0))
    centres[:, 0] += (OUTPUT_NAME_ROOM - OUTPUT_BAR_LENGTH - OUTPUT_SHARE_ROOM) / 2
    return pitch, centres, spec.neurons


def _map_side(cells: int) -> float:
    """How large a map of `cells` rows is drawn: pooled maps shrink less than their cell count does."""
    return 29.9 * (cells / 28.0) ** 0.34


def _grid(
    count: int, cell_width: float, cell_height: float, rows: int, gap: tuple[float, float]
) -> np.ndarray:
    """Centres (count, 2) of a grid filled column by column from the top left, centred on the origin."""
    columns = math.ceil(count / rows)
    index = np.arange(count)
    column, row = np.divmod(index, rows)
    x = (column - (columns - 1) / 2) * (cell_width + gap[0])
    z = -(row - (rows - 1) / 2) * (cell_height + gap[1])
    return np.stack([x, z], axis=1).astype(np.float32)


def barred(network: NetworkSpec) -> bool:
    """Whether the output is a column of classes with names and bars."""
    return bool(network.labels) and network.output.neurons <= MOST_BARS


def _pictured(network: NetworkSpec) -> bool:
    """Whether the input stands as a picture: an image, or what can be looked at like one."""
    channels, height, width = network.input.map_shape
    if network.drawable:
        return channels <= 4
    return channels in (1, 3) and min(height, width) >= LEAST_PICTURE
