"""Which row of a long network each thing in its flow stands in, and how wide it is there.

A pure function like rows.py, which calls it. Two networks that are to stand over one another are given the
same slots: what only one of them has leaves a gap in the other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nnvis3d.network.grouping import Item, items
from nnvis3d.network.spec import LayerSpec, NetworkSpec

HEIGHT = 212.0
"""Of all rows together."""
ROW_GAPS = (0.0, 0.0, 28.0, 26.0, 19.0, 14.0)
"""Between two rows, for titles, by how many there are; of more it is the last."""
WRAPS = 0.75
"""Share of a network's layers from which on an open block has no plate: it would only frame the whole."""
MARGIN = 2.2
"""That a plate reaches beyond the layers on it at all sides but the upper one."""
ITEM_GAP = 3.2
LEAST_ASPECT, ONE_ROW_ASPECT = 0.42, 0.155
"""Width through height of an item below which there are more rows; a single row may be narrower."""
MOST_ROWS = 9


@dataclass(frozen=True, order=True)
class Slot:
    """What a layer or a folded block wants of its row; of two for the same one, the larger is for both."""

    weight: float
    """How wide it would like to be, in shares."""
    inside: tuple[str, ...] = ()
    """Names of the open blocks with plates around it, the outermost first."""
    folded: bool = False


@dataclass(frozen=True)
class Placed:
    """A slot in its row."""

    slot: Slot
    left: float
    width: float
    row: int


def key_of(item: Item) -> str:
    """What an item is called among slots: the block that is folded into it, or its layer."""
    return item.group or item.layer


def framed(network: NetworkSpec, folded: Collection[str], apart: Collection[str]) -> dict[str, Item]:
    """What stands in rows while these blocks are folded, by key, in the order of the flow; of the open blocks
    around it only those with a plate.

    Args:
        apart: names of the layers that stand elsewhere.
    """
    most = WRAPS * len(network.layers)
    wraps = {group.name for group in network.groups if len(group.layers) > most}
    return {
        key_of(item): Item(item.layer, item.group, tuple(name for name in item.inside if name not in wraps))
        for item in items(network, folded)
        if item.layer not in apart
    }


def slots(network: NetworkSpec, flow: Mapping[str, Item]) -> dict[str, Slot]:
    """What each of these items wants, by key."""
    return {
        key: Slot(_weight(network.by_name[item.layer]), item.inside, bool(item.group))
        for key, item in flow.items()
    }


def _weight(spec: LayerSpec) -> float:
    """How wide a layer would like to be, in shares: more neurons, more room, but far from in proportion."""
    count, height, width = spec.map_shape
    side = 30.0 * (max(height, width) / 28.0) ** 0.34
    area = count * (side * side if height * width > 1 else 6.0)
    return max(area, 200.0) ** 0.40


def row_gap(count: int) -> float:
    """Between two of so many rows."""
    return ROW_GAPS[min(count, len(ROW_GAPS) - 1)]


def row_height(count: int) -> float:
    """Of each of so many rows."""
    return (HEIGHT - row_gap(count) * (count - 1)) / count


def pack(wanted: Mapping[str, Slot], most: float) -> tuple[dict[str, Placed], int]:
    """Every slot's row, left edge and width, and how many rows there are; the rows begin at 0.

    Args:
        wanted: in the order of the flow.
        most: width of a row.
    """
    flow = list(wanted.values())
    if not flow:
        return {}, 1
    count = _row_count(len(flow), most)
    height = row_height(count)
    weights = np.array([slot.weight for slot in flow])
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
            placed.append(Placed(flow[k], at, width, number))
            at += width
    return dict(zip(wanted, placed, strict=True)), len(rows)


def _gap(before: Slot, after: Slot) -> float:
    """Air between two slots: the more, the more blocks end and begin between them."""
    shared = 0
    for one, other in zip(before.inside, after.inside, strict=False):
        if one != other:
            break
        shared += 1
    closing, opening = len(before.inside) - shared, len(after.inside) - shared
    folded = 1.2 * (before.folded + after.folded)
    return ITEM_GAP + folded + (MARGIN + 1.4) * (closing + opening)


def _break_rows(flow: Sequence[Slot], widths: Sequence[float], most: float) -> list[list[int]]:
    """Indices of the slots of each row: a row is broken where it is full, rather between two blocks."""
    rows: list[list[int]] = [[]]
    used = 0.0
    for k, slot in enumerate(flow):
        gap = _gap(flow[k - 1], slot) if rows[-1] else 0.0
        begins = bool(slot.inside) and (k == 0 or slot.inside[:1] != flow[k - 1].inside[:1])
        tail = 0.0
        if begins and used > 0.6 * most:  # would this block fit as a whole?
            end = next((j for j in range(k, len(flow)) if flow[j].inside[:1] != slot.inside[:1]), len(flow))
            tail = sum(widths[k:end]) + ITEM_GAP * (end - k)
        if rows[-1] and (used + gap + widths[k] > most or (tail and used + gap + tail > 1.02 * most)):
            rows.append([])
            used, gap = 0.0, 0.0
        rows[-1].append(k)
        used += gap + widths[k]
    return rows


def _row_count(count: int, width: float) -> int:
    """So many that items are no thin strips."""
    for rows in range(1, MOST_ROWS):
        aspect = width * rows / max(count, 1) / row_height(rows)
        if aspect >= (ONE_ROW_ASPECT if rows == 1 else LEAST_ASPECT):
            return rows
    return MOST_ROWS
