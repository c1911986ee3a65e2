"""How the maps of one layer stand to each other: in a grid, spread in a row, stacked like cards, or folded.

A grid is what a layer starts with, see layout.py; the others are made from it. The input image and the
classes have no other style; a fully connected layer is a grid, or folded to one large cell.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nnvis3d.network.grouping import paged
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.spec import LayerSpec, NetworkSpec

STYLES = ("grid", "row", "stack", "fold")
MOST_BARS = 16
"""Classes up to which the output has names and bars beside it."""
LONGEST_ROW = 300.0
"""Scene units: maps of a row that would be longer get smaller."""
MOST_HEIGHT = 172.0
"""Of a stack."""
STACK_GROWTH = 1.6
"""How much larger than in the grid maps are in a stack, where there is room for it."""
UNIT_SIDE = 24.0
"""Of the one cell that a folded fully connected layer is."""
MOST_RIMS = 3
RIM_STEP, RIM_DEPTH = 1.7, 2.2
"""From a slab to the rim behind it that says that there are more: to the right and up, and back."""
_FOLD_DEPTH = 0.5
"""In which a folded layer's maps stand, so that no two of them are in one place while they get there."""


def styles_of(network: NetworkSpec, layer: LayerSpec) -> tuple[str, ...]:
    """In which of STYLES a layer can stand, the one that it starts with first."""
    if paged(network):
        return ("grid",)
    channels, height, width = layer.map_shape
    image = layer.name == network.input.name and channels <= 4
    classes = layer.name == network.output.name and bool(network.labels) and layer.neurons <= MOST_BARS
    if image or classes or channels == 1:
        return ("grid",)
    return STYLES if height * width > 1 else ("grid", "fold")


def check_styles(network: NetworkSpec, styles: Mapping[str, str]) -> None:
    """
    Raises:
        ValueError: there is no such layer or style, or the layer cannot stand so.
    """
    for name, style in styles.items():
        layer = network.by_name.get(name)
        if layer is None:
            raise ValueError(f"style of {name!r}: {network.name} has {', '.join(network.by_name)}")
        offered = styles_of(network, layer)
        if style not in offered:
            raise ValueError(f"style of {name}: expected {' or '.join(offered)}, got {style!r}")


def rims(layer: LayerSpec) -> int:
    """How many rims stand behind a folded layer's slab."""
    return min(MOST_RIMS, layer.map_shape[0] - 1)


def styled(grid: LayerLayout, style: str, face: int | None = None) -> LayerLayout:
    """A layer that stands in a grid, in another style; `face` is the map that a folded one shows."""
    if style == "grid":
        return grid
    return {"row": _row, "stack": _stack, "fold": _fold}[style](grid, face)


def _row(grid: LayerLayout, _: int | None) -> LayerLayout:
    """All maps side by side, the first at the left."""
    count, (width, _height) = len(grid.centres), grid.map_extent
    gap = min(3.2, 0.3 * width)
    shrink = min(1.0, LONGEST_ROW / (count * width + (count - 1) * gap))
    centres = np.zeros((count, 2), np.float32)
    centres[:, 0] = (np.arange(count) - (count - 1) / 2) * (width + gap) * shrink
    return _with_body(grid, "row", 1, grid.pitch * shrink, centres, np.zeros(count, np.float32))


def _stack(grid: LayerLayout, _: int | None) -> LayerLayout:
    """The first in front, at the lower left; each other one behind, above and right of the one before."""
    count, (width, height) = len(grid.centres), grid.map_extent
    grown = max(1.0, min(STACK_GROWTH, 0.45 * MOST_HEIGHT / height))
    width, height = width * grown, height * grown
    steps = count - 1
    right = min(0.15 * width, 1.2 * width / steps)
    up = min(0.24 * height, max(MOST_HEIGHT - height, 0.0) / steps)
    back = min(0.22 * height, 1.6 * height / steps)
    order = np.arange(count)[:, None] - steps / 2
    centres = (order * (right, up)).astype(np.float32)
    depths = (np.arange(count) * back).astype(np.float32)
    return _with_body(grid, "stack", 1, grid.pitch * grown, centres, depths)


def _fold(grid: LayerLayout, face: int | None) -> LayerLayout:
    """All maps in the place of one."""
    _, height, width = grid.spec.map_shape
    pitch = grid.pitch if height * width > 1 else UNIT_SIDE
    count, behind = len(grid.centres), rims(grid.spec) * RIM_STEP
    centres = np.full((count, 2), -behind / 2, np.float32)
    depths = np.linspace(0, _FOLD_DEPTH, count, dtype=np.float32)
    body = _with_body(grid, "fold", grid.rows, pitch, centres, depths)
    extent = (width * pitch + behind, height * pitch + behind)
    return replace(body, extent=extent, shown=np.arange(count) == face, folded=1.0)


def _with_body(
    grid: LayerLayout, style: str, rows: int, pitch: float, centres: np.ndarray, depths: np.ndarray
) -> LayerLayout:
    _, height, width = grid.spec.map_shape
    low, high = centres.min(axis=0), centres.max(axis=0)
    extent = (float(high[0] - low[0]) + width * pitch, float(high[1] - low[1]) + height * pitch)
    body = replace(grid, style=style, rows=rows, pitch=pitch)
    return replace(body, centres=centres, depths=depths, extent=extent)


def block_pitch(layer: LayerLayout) -> float:
    """From one fully connected neuron to the next in their block, which shrinks where the layer folds."""
    if layer.folded == 0:
        return layer.pitch
    span = layer.centres.max(axis=0) - layer.centres.min(axis=0)
    columns = math.ceil(len(layer.centres) / layer.rows)
    return float(max(span[1] / max(layer.rows - 1, 1), span[0] / max(columns - 1, 1), 1e-3))
