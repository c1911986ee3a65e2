"""Where embeddings stand in the scene: each above the layer that it belongs to, facing as the layer does.

A pure function of where the layers are, like rows.py, called by layout.py. Between the layers' upper edges
and the embeddings there is room for the layers' titles, so nothing is covered in space nor on the plane.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnvis3d.network.layer_layout import LayerLayout, Placement, between

Item = tuple[str, str]
"""(layer, what it is embedded by)."""

CLASSES = "classes"
"""In an Item's second place: unseen images by the layer's activations, coloured by class."""
WIDEST, TALLEST = 104.0, 70.0
NARROWEST = 46.0
"""Where so wide ones do not fit side by side, they stand in more rows."""
ASPECT = 1.25
"""Width through height, of those that are not the tallest."""
OVERHANG = 36.0
"""That their row may reach beyond the layers at either end."""
GAP = 6.0
TITLES = 35.0
"""From the layers' upper edge to the lowest row: for the layers' titles, of up to three lines."""
OWN_TITLE = 15.0
"""From one row to the next: for the titles of the lower one."""
BEHIND = 6.0
"""That they stand behind rows of layers, so that the light to a lower row runs behind the upper ones."""


@dataclass(frozen=True)
class Stand:
    """One embedding's place."""

    item: Item
    placement: Placement
    """Of its centre."""
    extent: tuple[float, float]
    """Width and height."""
    root: tuple[tuple[float, float, float], tuple[float, float, float]]
    """Scene points: left and right end of the upper edge of its layer."""
    presence: float = 1.0
    """0-1: how much of it is there."""

    def corners(self) -> np.ndarray:
        """Scene points float64 (4, 3): lower left, lower right, upper right, upper left."""
        return self.placement.corners(*self.extent)


def stand(layers: Mapping[str, LayerLayout], items: Sequence[Item]) -> tuple[Stand, ...]:
    """Places for the items whose layers are there: in the order of the flow, each as near to its layer as the
    others let it.

    Args:
        layers: as they stand, in the order of the flow, the first being the input.
    """
    order = list(layers)
    known = sorted((item for item in items if item[0] in layers), key=lambda item: order.index(item[0]))
    if not known:
        return ()
    ground = _Ground(layers)
    count = _rows(len(known), ground.length)
    each = math.ceil(len(known) / count)
    width = min(WIDEST, (ground.length - GAP * (each - 1)) / each)
    height = min(TALLEST, width / ASPECT if width < WIDEST else TALLEST)
    top = max(layer.placement.position[2] + layer.extent[1] / 2 for layer in layers.values())
    wanted = [ground.along(layers[layer]) for layer, _ in known]
    found: list[Stand] = []
    # Neighbours in the flow stand above each other, in different rows: so each is near its layer.
    for row in range(count):
        mine = range(row, len(known), count)
        centres = _apart([wanted[k] for k in mine], width + GAP, ground.length)
        z = top + TITLES + height / 2 + row * (height + OWN_TITLE)
        for k, along in zip(mine, centres, strict=True):
            place, root = ground.place(along, z), _upper_edge(layers[known[k][0]])
            found.append(Stand(known[k], place, (width, height), root))
    return tuple(found)


def blend_stands(start: Sequence[Stand], end: Sequence[Stand], share: float) -> tuple[Stand, ...]:
    """`share` (0-1) of the way: those that are in both move, the others come and go where they are."""
    before, after = {one.item: one for one in start}, {one.item: one for one in end}
    found = []
    for item in before | after:
        one, other = before.get(item), after.get(item)
        if one is not None and other is not None:
            found.append(_between(one, other, share))
        elif other is not None:
            found.append(replace(other, presence=other.presence * share))
        elif one is not None and share < 1:
            found.append(replace(one, presence=one.presence * (1 - share)))
    return tuple(found)


def _between(start: Stand, end: Stand, share: float) -> Stand:
    def mixed(one: Sequence[float], other: Sequence[float]) -> tuple[float, ...]:
        return tuple(a * (1 - share) + b * share for a, b in zip(one, other, strict=True))

    left, right = (mixed(a, b) for a, b in zip(start.root, end.root, strict=True))
    return Stand(
        end.item,
        between(start.placement, end.placement, share),
        mixed(start.extent, end.extent),  # type: ignore[arg-type]
        (left, right),  # type: ignore[arg-type]
        start.presence * (1 - share) + end.presence * share,
    )


class _Ground:
    """The line on the floor along which layers stand, measured from its left end."""

    def __init__(self, layers: Mapping[str, LayerLayout]):
        bodies = list(layers.values())
        self._rows = any(body.band != (0.0, 0.0) for body in bodies)
        shown = [body for body in bodies if body.presence > 0]
        left = [body.placement.to_scene(np.array([[-body.extent[0] / 2, 0, 0]]))[0] for body in shown]
        right = [body.placement.to_scene(np.array([[body.extent[0] / 2, 0, 0]]))[0] for body in shown]
        if self._rows:
            behind = max(body.placement.position[1] for body in shown) + BEHIND
            ends = np.array([min(p[0] for p in left), max(p[0] for p in right)])
            points, headings = np.array([[x, behind] for x in ends]), [0.0, 0.0]
        else:
            points = np.array([left[0][:2], *[b.placement.position[:2] for b in shown], right[-1][:2]])
            turns = [body.placement.heading for body in shown]
            headings = [turns[0], *turns, turns[-1]]
        points = np.array([_beyond(points[1], points[0]), *points[1:-1], _beyond(points[-2], points[-1])])
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        self._at = np.concatenate([[0.0], np.cumsum(steps)])
        self._points, self._headings = points, np.array(headings)
        self._along = {b.spec.name: self._at[k + 1] for k, b in enumerate(shown)} if not self._rows else {}

    @property
    def length(self) -> float:
        return float(self._at[-1])

    def along(self, layer: LayerLayout) -> float:
        """Where a layer stands."""
        x = layer.placement.position[0]
        return self._along.get(layer.spec.name, x - float(self._points[0, 0]))

    def place(self, along: float, z: float) -> Placement:
        """What stands there, at this height."""
        x, y = (float(np.interp(along, self._at, self._points[:, k])) for k in (0, 1))
        return Placement((x, y, z), float(np.interp(along, self._at, self._headings)))


def _beyond(inner: np.ndarray, end: np.ndarray) -> np.ndarray:
    """A point (2,) of the floor farther out than an end of the line."""
    way = end - inner
    return end + way * (OVERHANG / max(float(np.linalg.norm(way)), 1e-9))


def _rows(number: int, length: float) -> int:
    """How many rows so many take."""
    fit = max(1, int((length + GAP) // (NARROWEST + GAP)))
    return math.ceil(number / fit)


def _apart(wanted: Sequence[float], step: float, length: float) -> list[float]:
    """Centres at least `step` apart and inside the length, as near to the wanted, ascending ones as can be.

    Least squares under an order: pooled adjacent violators (Barlow and others 1972, section 1.2), of the
    wanted places less what those before need.
    """
    pools: list[list[float]] = []
    for k, place in enumerate(wanted):
        pools.append([place - k * step, 1.0])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            value, weight = pools.pop()
            before = pools[-1]
            before[0] = (before[0] * before[1] + value * weight) / (before[1] + weight)
            before[1] += weight
    free = [value for value, weight in pools for _ in range(int(weight))]
    half = (step - GAP) / 2
    low, high = half, max(half, length - half - step * (len(wanted) - 1))
    return [min(max(value, low), high) + k * step for k, value in enumerate(free)]


def _upper_edge(layer: LayerLayout) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    width, height = layer.extent
    local = np.array([[-width / 2, 0.0, height / 2], [width / 2, 0.0, height / 2]])
    left, right = layer.placement.to_scene(local).tolist()
    return tuple(left), tuple(right)
