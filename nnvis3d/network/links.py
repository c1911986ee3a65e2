"""What reads what, as lines between the layers of a long network: to the next one, and skips past others.

Lines keep to right angles and to the space between rows, so that they cross no maps: a skip within a row
goes over it, one to a row further down along the side of the rows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from nnvis3d.network.grouping import items, stands_in
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.layout import Layout
from nnvis3d.network.spec import NetworkSpec

FLOW, ADD, CONCAT = 0, 1, 2
"""Kinds of lines: to the next layer, a skip that is added, any other skip."""
CORNER = 2.0
"""Radius of a line's corners, scene units."""
CORNER_PIECES = 3
Corner = tuple[float, float, float]
"""Scene x, y, z."""
SAME_ROW = 3.0
"""Scene units: bands whose lower edges are no further apart are in one row."""
LIFT = 1.6
"""From a row's upper edge to the lowest skip over it."""
LANE = 0.55
"""From one skip over a row to a longer one."""
GUTTER = 6.5
"""From a row's lower edge to the lines that run below it."""
NEXT_ROW = 34.0
"""From such a line to the skips over the next row, at most; to any other row it is further."""
SIDE = 6.0
"""From the rows to a line along their side."""
BEHIND = 0.5
"""That lines stand behind the maps, scene units."""


@dataclass(frozen=True)
class Link:
    """One line."""

    source: str
    target: str
    kind: int
    """FLOW, ADD or CONCAT."""
    span: int
    """How many items it goes past, 0 for FLOW."""


def links(network: NetworkSpec, folds: Collection[str]) -> tuple[Link, ...]:
    """All lines between what is seen while these blocks are folded; several of one way are one."""
    shown = items(network, folds)
    place, order = stands_in(network, shown), {item.layer: k for k, item in enumerate(shown)}
    found: dict[tuple[str, str], Link] = {}
    for layer in network.layers:
        for source in layer.sources:
            if source not in place:
                continue
            start, end = place[source], place[layer.name]
            span = order[end] - order[start] - 1
            if start == end or span < 0:
                continue
            kind = FLOW if span == 0 else ADD if layer.kind == "add" else CONCAT
            found.setdefault((start, end), Link(start, end, kind, span))
    return tuple(found.values())


@dataclass(frozen=True, eq=False)
class Pieces:
    """Straight pieces of lines, as they are drawn."""

    starts: np.ndarray
    """float32 (n, 4): scene x, y, z; share of the line's length before it, 0-1."""
    ends: np.ndarray
    """float32 (n, 4): the same at its end."""
    kinds: np.ndarray
    """int64 (n,)."""
    presence: np.ndarray
    """float32 (n,): 0-1."""


def pieces(layout: Layout, drawn: Sequence[Link], hidden: Collection[str] = ()) -> Pieces:
    """Where these lines run; none from or to `hidden` layers."""
    starts, ends, kinds, presence = [], [], [], []
    for link in drawn:
        source, target = layout.layers[link.source], layout.layers[link.target]
        there = min(source.presence, target.presence)
        if there <= 0 or {link.source, link.target} & set(hidden):
            continue
        points = _rounded(np.array(_route(layout, link, source, target), dtype=np.float64))
        lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(lengths)]) / max(lengths.sum(), 1e-9)
        line = np.column_stack([points, along]).astype(np.float32)
        starts.append(line[:-1])
        ends.append(line[1:])
        kinds += [link.kind] * (len(line) - 1)
        presence += [there] * (len(line) - 1)
    none = np.zeros((0, 4), np.float32)
    return Pieces(
        np.concatenate(starts) if starts else none,
        np.concatenate(ends) if ends else none,
        np.array(kinds, dtype=np.int64),
        np.array(presence, dtype=np.float32),
    )


def _route(layout: Layout, link: Link, source: LayerLayout, target: LayerLayout) -> list[Corner]:
    """Corners (x, y, z) of a line."""
    (x0, y0, z0), (x1, y1, z1) = source.placement.position, target.placement.position
    y0, y1 = y0 + BEHIND, y1 + BEHIND
    right, left = x0 + source.extent[0] / 2, x1 - target.extent[0] / 2
    in_rows = source.band != target.band and source.band != (0, 0) != target.band
    same_row = not in_rows or abs(source.band[0] - target.band[0]) < SAME_ROW
    if link.kind == FLOW:
        if not in_rows or same_row:
            middle = (right + left) / 2
            level = [(right, y0, z1), (left, y1, z1)]
            return level if abs(z0 - z1) < source.extent[1] / 2 else [
                (right, y0, z0), (middle, y0, z0), (middle, y1, z1), (left, y1, z1)
            ]  # fmt: skip
        gutter = source.band[0] - GUTTER
        return [
            (right, y0, z0), (right + 4.0, y0, z0), (right + 4.0, y0, gutter),
            (left - 4.0, y1, gutter), (left - 4.0, y1, z1), (left, y1, z1),
        ]  # fmt: skip
    if same_row:
        top0, top1 = z0 + source.extent[1] / 2, z1 + target.extent[1] / 2
        over = max(source.band[1], target.band[1], top0, top1) + LIFT + LANE * min(link.span, 6)
        return [(x0, y0, top0), (x0, y0, over), (x1, y1, over), (x1, y1, top1)]
    foot, gutter = z0 - source.extent[1] / 2, source.band[0] - 0.7 * GUTTER
    top = z1 + target.extent[1] / 2
    above = target.band[1] + LIFT + LANE * min(link.span, 4)
    if gutter - above < NEXT_ROW:  # the very next row
        return [(x0, y0, foot), (x0, y0, gutter), (x1, y1, gutter), (x1, y1, top)]
    side = _side(layout, (x0 + x1) / 2, link.span)
    return [
        (x0, y0, foot), (x0, y0, gutter), (side, y0, gutter),
        (side, y1, above), (x1, y1, above), (x1, y1, top),
    ]  # fmt: skip


def _side(layout: Layout, x: float, span: int) -> float:
    """x of a line along the nearer side of the rows."""
    rows = [layer for layer in layout.layers.values() if layer.band != (0.0, 0.0) and layer.presence > 0]
    low = min(layer.placement.position[0] - layer.extent[0] / 2 for layer in rows)
    high = max(layer.placement.position[0] + layer.extent[0] / 2 for layer in rows)
    out = SIDE + 0.25 * min(span, 20)
    return low - out if x < (low + high) / 2 else high + out


def _rounded(corners: np.ndarray) -> np.ndarray:
    """Points float64 (m, 3) of a path whose corners (n, 3) are rounded."""
    points = [corners[0]]
    for before, at, after in zip(corners, corners[1:], corners[2:], strict=False):
        one, other = before - at, after - at
        lengths = float(np.linalg.norm(one)), float(np.linalg.norm(other))
        radius = min(CORNER, lengths[0] / 2, lengths[1] / 2)
        if radius < 1e-6:
            continue
        start, end = at + one / lengths[0] * radius, at + other / lengths[1] * radius
        for t in np.linspace(0, 1, CORNER_PIECES + 1):
            points.append((1 - t) ** 2 * start + 2 * t * (1 - t) * at + t * t * end)
    points.append(corners[-1])
    return np.array(points)
