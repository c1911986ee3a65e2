"""Where a long network stands: in rows that are read like lines of text, the pad at their left, the answer
at their right. Open blocks lie on plates; folded ones are one body, their last layer's.

A pure function like layout.py, which calls it. Rows stand upright; in space each is a little nearer than
the one above it, on the plane all are level.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from nnvis3d.network.grouping import Item, groups_by_name, items, stands_in
from nnvis3d.network.layer_layout import LayerLayout, Placement
from nnvis3d.network.spec import LayerSpec, NetworkSpec

HEIGHT = 212.0
"""Of all rows together."""
WIDTH = 268.0
"""Of a row, between the pad's column and the answer's."""
COLUMN_GAP = 15.0
"""From the pad to the rows, and from the rows to the answer."""
ROW_GAPS = (0.0, 0.0, 28.0, 26.0, 19.0, 14.0)
"""Between two rows, for titles, by how many there are; of more it is the last."""
ROW_STEP = 16.0
"""By which a row stands nearer than the one above it, in space."""
HEADER = 5.4
"""That a plate reaches above the layers on it, for the block's name; and each one around it once more."""
WRAPS = 0.75
"""Share of a network's layers from which on an open block has no plate: it would only frame the whole."""
MARGIN = 2.2
"""That a plate reaches beyond the layers on it at the other sides."""
PLATE_DEPTH = 1.6
"""That a plate stands behind what is on it."""
ITEM_GAP = 3.2
LEAST_ASPECT, ONE_ROW_ASPECT = 0.42, 0.155
"""Width through height of an item below which there are more rows; a single row may be narrower."""
MOST_ROWS = 9
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


@dataclass(frozen=True)
class _Placed:
    """An item in its row."""

    item: Item
    left: float
    width: float
    row: int


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


def _weight(spec: LayerSpec) -> float:
    """How wide a layer would like to be, in shares: more neurons, more room, but far from in proportion."""
    count, height, width = spec.map_shape
    side = 30.0 * (max(height, width) / 28.0) ** 0.34
    area = count * (side * side if height * width > 1 else 6.0)
    return max(area, 200.0) ** 0.40


def _gap(before: Item, after: Item) -> float:
    """Air between two items: the more, the more blocks end and begin between them."""
    shared = 0
    for one, other in zip(before.inside, after.inside, strict=False):
        if one != other:
            break
        shared += 1
    closing, opening = len(before.inside) - shared, len(after.inside) - shared
    folded = 1.2 * (bool(before.group) + bool(after.group))
    return ITEM_GAP + folded + (MARGIN + 1.4) * (closing + opening)


def _break_rows(flow: Sequence[Item], widths: Sequence[float], most: float) -> list[list[int]]:
    """Indices of the items of each row: a row is broken where it is full, rather between two blocks."""
    rows: list[list[int]] = [[]]
    used = 0.0
    for k, item in enumerate(flow):
        gap = _gap(flow[k - 1], item) if rows[-1] else 0.0
        begins = bool(item.inside) and (k == 0 or item.inside[:1] != flow[k - 1].inside[:1])
        tail = 0.0
        if begins and used > 0.6 * most:  # would this block fit as a whole?
            end = next((j for j in range(k, len(flow)) if flow[j].inside[:1] != item.inside[:1]), len(flow))
            tail = sum(widths[k:end]) + ITEM_GAP * (end - k)
        if rows[-1] and (used + gap + widths[k] > most or (tail and used + gap + tail > 1.02 * most)):
            rows.append([])
            used, gap = 0.0, 0.0
        rows[-1].append(k)
        used += gap + widths[k]
    return rows


def row_gap(count: int) -> float:
    """Between two of so many rows."""
    return ROW_GAPS[min(count, len(ROW_GAPS) - 1)]


def row_height(count: int) -> float:
    """Of each of so many rows."""
    return (HEIGHT - row_gap(count) * (count - 1)) / count


def _row_count(count: int, width: float) -> int:
    """So many that items are no thin strips."""
    for rows in range(1, MOST_ROWS):
        aspect = width * rows / max(count, 1) / row_height(rows)
        if aspect >= (ONE_ROW_ASPECT if rows == 1 else LEAST_ASPECT):
            return rows
    return MOST_ROWS


def _place_items(flow: Sequence[Item], network: NetworkSpec, most: float) -> tuple[list[_Placed], int]:
    """Every item's row, left edge and width; the rows begin at 0."""
    if not flow:
        return [], 1
    count = _row_count(len(flow), most)
    height = row_height(count)
    weights = np.array([_weight(network.by_name[item.layer]) for item in flow])
    weights /= weights.mean()
    low, high = 0.0, 6.0 * height
    for _ in range(24):  # the largest items that fit into so many rows
        middle = (low + high) / 2
        widths = np.clip(weights * middle, 4.0, 1.5 * height)
        fits = len(_break_rows(flow, widths.tolist(), most)) <= count and widths.max() <= most
        low, high = (middle, high) if fits else (low, middle)
    widths = np.clip(weights * max(low, 1.0), 4.0, 1.5 * height)
    rows = _break_rows(flow, widths.tolist(), most)
    placed = []
    for number, row in enumerate(rows):
        gaps = [0.0] + [_gap(flow[a], flow[b]) for a, b in pairwise(row)]
        spare = max(most - sum(gaps) - float(widths[row].sum()), 0.0)
        last = number == len(rows) - 1 and len(rows) > 1
        room = 0.0 if last else spare / len(row)
        at = 0.0
        for gap, k in zip(gaps, row, strict=True):
            width = float(widths[k]) + min(room, 0.6 * float(widths[k]))
            at += gap
            placed.append(_Placed(flow[k], at, width, number))
            at += width
    return placed, len(rows)


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
) -> Rows:
    """Place the layers in rows.

    Args:
        folded: names of blocks.
        apart: names of the layers that stand elsewhere.
        flat: whether all rows are level.
        foot: z of the lowest row's lower edge.
        most: width of a row.
    """
    flow = [item for item in _framed(network, folded) if item.layer not in apart]
    placed, count = _place_items(flow, network, most)
    height = row_height(count)
    width = max((one.left + one.width for one in placed), default=0.0)
    layers: dict[str, LayerLayout] = {}
    for one in placed:
        z = foot + (count - 1 - one.row) * (height + row_gap(count)) + height / 2
        y = 0.0 if flat else (count - 1) / 2 * ROW_STEP - one.row * ROW_STEP
        headers = HEADER * len(one.item.inside)
        made = body(network.by_name[one.item.layer], one.width, height - headers)
        place = Placement((one.left + one.width / 2 - width / 2, y, z - headers / 2))
        band = z - height / 2, z + height / 2 - headers
        layers[one.item.layer] = replace(made, placement=place, group=one.item.group, band=band)
    return Rows(layers, _plates(network, placed, layers, height, width), height, width)


def _framed(network: NetworkSpec, folded: Collection[str]) -> list[Item]:
    """What is seen; of the open blocks around it only those with a plate."""
    most = WRAPS * len(network.layers)
    wraps = {group.name for group in network.groups if len(group.layers) > most}
    return [
        replace(item, inside=tuple(name for name in item.inside if name not in wraps))
        for item in items(network, folded)
    ]


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
    placed: Sequence[_Placed],
    layers: dict[str, LayerLayout],
    height: float,
    width: float,
) -> tuple[Plate, ...]:
    by_name = groups_by_name(network)
    spans: dict[tuple[str, int], tuple[float, float, int]] = {}
    deepest: dict[tuple[str, int], int] = {}
    for one in placed:
        for depth, group in enumerate(one.item.inside):
            left, right, _ = spans.get((group, one.row), (math.inf, -math.inf, depth))
            spans[group, one.row] = min(left, one.left), max(right, one.left + one.width), depth
            deepest[group, one.row] = max(deepest.get((group, one.row), 0), len(one.item.inside) - 1 - depth)
    parts: dict[str, int] = {}
    plates = []
    by_row = {one.row: layers[one.item.layer] for one in placed}
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


def _row_top(placed: Sequence[_Placed], layers: dict[str, LayerLayout], row: int, height: float) -> float:
    one = next(one for one in placed if one.row == row)
    return layers[one.item.layer].placement.position[2] + (height + HEADER * len(one.item.inside)) / 2
