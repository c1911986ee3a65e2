"""Where a long network stands: in rows that are read like lines of text, the pad at their left, the answer
at their right. Open blocks lie on plates; folded ones are one body, their last layer's.

A pure function like layout.py, which calls it. Rows stand upright; in space each is a little nearer than
the one above it, on the plane all are level.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from nnvis3d.network.grouping import Item, groups_by_name, items, stands_in
from nnvis3d.network.layer_layout import LayerLayout, Placement
from nnvis3d.network.row_packing import (
    MARGIN,
    Placed,
    Slot,
    framed,
    pack,
    row_gap,
    row_height,
    slots,
)
from nnvis3d.network.spec import LayerSpec, NetworkSpec

WIDTH = 268.0
"""Of a row, between the pad's column and the answer's."""
COLUMN_GAP = 15.0
"""From the pad to the rows, and from the rows to the answer."""
ROW_STEP = 16.0
"""By which a row stands nearer than the one above it, in space."""
HEADER = 5.4
"""That a plate reaches above the layers on it, for the block's name; and each one around it once more."""
PLATE_DEPTH = 1.6
"""That a plate stands behind what is on it."""
MAP_GAP = 0.10
"""Between two maps, in maps."""
UNIT_PITCH = 4.6
LARGEST_MAP = 78.0


@dataclass(frozen=True)
class Plate:
    """What an open block, or a part of it in one row, lies on."""

    group: str
    title: str
    placement: Placement
    """Of its centre."""
    extent: tuple[float, float]
    """Width and height."""
    depth: int
    """How many open blocks are around it."""
    part: int = 0
    """Counts the rows that the block reaches over, from 0: the first has the title."""
    presence: float = 1.0

    @property
    def key(self) -> tuple[str, int]:
        return self.group, self.part


def map_pitch(spec: LayerSpec, width: float, height: float) -> tuple[float, int]:
    """The largest pitch at which all maps of a layer fit into a box, and how many stand below each other."""
    count, rows, columns = spec.map_shape
    gap = 1 + (MAP_GAP if rows * columns > 1 else 0.0)
    across = np.arange(1, count + 1)
    below = -(-count // across)
    pitch = np.minimum(width / (across * columns * gap), height / (below * rows * gap))
    best = int(pitch.argmax())
    largest = LARGEST_MAP / max(rows, columns) if rows * columns > 1 else UNIT_PITCH
    return min(float(pitch[best]), largest), int(below[best])


def body(spec: LayerSpec, width: float, height: float) -> LayerLayout:
    """A layer whose maps fill a box, in columns from the top left."""
    pitch, rows = map_pitch(spec, width, height)
    count, cells_high, cells_wide = spec.map_shape
    gap = 1 + (MAP_GAP if cells_high * cells_wide > 1 else 0.0)
    step = np.array([cells_wide, cells_high]) * pitch * gap
    column, row = np.divmod(np.arange(count), rows)
    columns = -(-count // rows)
    centres = np.stack([(column - (columns - 1) / 2) * step[0], -(row - (rows - 1) / 2) * step[1]], axis=1)
    size = np.array([columns, rows]) * step - (gap - 1) * pitch * np.array([cells_wide, cells_high])
    place = Placement((0.0, 0.0, 0.0))
    return LayerLayout(spec, place, pitch, centres.astype(np.float32), (float(size[0]), float(size[1])), rows)


@dataclass(frozen=True)
class Rows:
    """What `stand` answers."""

    layers: dict[str, LayerLayout]
    """All layers but the input and, where it has a column of its own, the output; around x = 0."""
    plates: tuple[Plate, ...]
    height: float
    """Of one row."""
    width: float


def stand(
    network: NetworkSpec,
    folded: Collection[str],
    apart: Collection[str],
    flat: bool,
    foot: float,
    most: float = WIDTH,
    shared: Mapping[str, Slot] = MappingProxyType({}),
) -> Rows:
    """Place the layers in rows.

    Args:
        folded: names of blocks.
        apart: names of the layers that stand elsewhere.
        flat: whether all rows are level.
        foot: z of the lowest row's lower edge.
        most: width of a row.
        shared: slots of this network and of another one, that is to stand in the same places. Ignored where
            something has no slot among them: then it stands as it does alone.
    """
    flow = framed(network, folded, apart)
    places, count = pack(shared if flow.keys() <= shared.keys() else slots(network, flow), most)
    height = row_height(count)
    width = max((one.left + one.width for one in places.values()), default=0.0)
    layers: dict[str, LayerLayout] = {}
    placed = [(item, places[key]) for key, item in flow.items()]
    for item, one in placed:
        z = foot + (count - 1 - one.row) * (height + row_gap(count)) + height / 2
        y = 0.0 if flat else (count - 1) / 2 * ROW_STEP - one.row * ROW_STEP
        headers = HEADER * len(item.inside)
        made = body(network.by_name[item.layer], one.width, height - headers)
        place = Placement((one.left + one.width / 2 - width / 2, y, z - headers / 2))
        band = z - height / 2, z + height / 2 - headers
        layers[item.layer] = replace(made, placement=place, group=item.group, band=band)
    return Rows(layers, _plates(network, placed, layers, height, width), height, width)


def fold_away(network: NetworkSpec, folded: Collection[str], layers: dict[str, LayerLayout]) -> None:
    """Add the layers that are folded into another one: in its place, and not seen."""
    place = stands_in(network, items(network, folded))
    for layer in network.layers:
        if layer.name not in layers:
            over = layers[place[layer.name]]
            made = body(layer, *over.extent)
            x, y, z = over.placement.position
            layers[layer.name] = replace(made, placement=Placement((x, y + 0.5, z)), presence=0.0)


def _plates(
    network: NetworkSpec,
    placed: Sequence[tuple[Item, Placed]],
    layers: dict[str, LayerLayout],
    height: float,
    width: float,
) -> tuple[Plate, ...]:
    by_name = groups_by_name(network)
    spans: dict[tuple[str, int], tuple[float, float, int]] = {}
    deepest: dict[tuple[str, int], int] = {}
    for item, one in placed:
        for depth, group in enumerate(item.inside):
            left, right, _ = spans.get((group, one.row), (math.inf, -math.inf, depth))
            spans[group, one.row] = min(left, one.left), max(right, one.left + one.width), depth
            deepest[group, one.row] = max(deepest.get((group, one.row), 0), len(item.inside) - 1 - depth)
    parts: dict[str, int] = {}
    plates = []
    by_row = {one.row: layers[item.layer] for item, one in placed}
    for (group, row), (left, right, depth) in spans.items():
        levels = deepest[group, row]
        margin = MARGIN + 1.4 * levels
        low = by_row[row].placement.position
        top = _row_top(placed, layers, row, height) - HEADER * depth
        bottom = _row_top(placed, layers, row, height) - height - margin * 0.6
        part = parts.get(group, 0)
        parts[group] = part + 1
        y = low[1] + PLATE_DEPTH * (levels + 1)
        place = Placement(((left + right) / 2 - width / 2, y, (top + bottom) / 2))
        size = (right - left + 2 * margin, top - bottom)
        plates.append(Plate(group, by_name[group].title, place, size, depth, part))
    return tuple(plates)


def _row_top(
    placed: Sequence[tuple[Item, Placed]], layers: dict[str, LayerLayout], row: int, height: float
) -> float:
    item = next(item for item, one in placed if one.row == row)
    return layers[item.layer].placement.position[2] + (height + HEADER * len(item.inside)) / 2
