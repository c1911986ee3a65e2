"""The points of embeddings that stand in the scene: they follow t-SNE's steps at ease."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnvis3d.network.clouds import Cloud
from nnvis3d.network.lab_snapshot import LabSnapshot
from nnvis3d.network.stands import CLASSES, Item, Stand
from nnvis3d.scene.hud.lab_classes import CLASS_COLORS

SECONDS = 0.12
"""In which a point goes two thirds of its way."""
LARGEST, ROOMY = 3.9, 0.24
"""Half of a point's side at rest: scene units, and shares of the room that there is for each."""
GROWTH = 1.0
"""By how much larger a point is where it changes most."""
MANY = 40
"""Of so many points the numbers may reach beyond the card."""
DOT = 0.95
"""Half of a dot's side, scene units."""
_STILL = 1e-4
_NUMBER = 3.8
"""Room at the right of a point for its number, scene units."""


@dataclass(eq=False)
class _Points:
    """One embedding: where it is and where it goes, shares -1 to 1 of the card; right and down."""

    places: np.ndarray
    goals: np.ndarray
    growth: np.ndarray
    growing: np.ndarray
    reach: float
    """Of t-SNE's coordinates, what is at the card's edge."""
    colors: np.ndarray | None = None
    ringed: np.ndarray | None = None


class StandingClouds:
    """Points by item."""

    def __init__(self):
        self._points: dict[Item, _Points] = {}
        self._serial = -1
        self.dragged: tuple[Item, int, tuple[float, float]] | None = None
        """A point that is held, and where: scene units right and up from the stand's centre."""

    def follow(self, snapshot: LabSnapshot, items: Sequence[Item]) -> None:
        """The goals are those of this snapshot."""
        self._points = {item: points for item, points in self._points.items() if item in items}
        if snapshot.serial == self._serial and all(item in self._points for item in items):
            return
        self._serial = snapshot.serial
        for view in snapshot.embeddings:
            if (view.layer, view.kind) in items:
                self._take((view.layer, view.kind), view.positions, view.change)
        classes = snapshot.classes
        if classes is not None and (classes.layer, CLASSES) in items:
            item = (classes.layer, CLASSES)
            self._take(item, classes.positions, np.zeros(len(classes.positions)))
            palette = np.array(CLASS_COLORS, np.float32)[:, :3] / 255
            self._points[item].colors = palette[classes.labels % len(palette)]
            self._points[item].ringed = classes.labels != classes.guesses

    def _take(self, item: Item, positions: np.ndarray, change: np.ndarray) -> None:
        farthest = max(float(np.abs(positions).max(initial=0.0)), 1e-6)
        known = self._points.get(item)
        # The zoom follows the farthest point slowly when the picture shrinks, at once when it grows.
        reach = farthest if known is None else max(known.reach + 0.1 * (farthest - known.reach), farthest)
        goals, growing = positions.astype(np.float64) / reach, change.astype(np.float64)
        if known is None or len(known.goals) != len(goals):
            self._points[item] = _Points(goals, goals, growing, growing, reach)
            return
        known.goals, known.growing, known.reach = goals, growing, reach

    def update(self, dt: float) -> bool:
        """Ease by `dt` seconds; True if anything moved."""
        share, moved = 1 - float(np.exp(-dt / SECONDS)), False
        for points in self._points.values():
            ways = points.goals - points.places
            if np.abs(ways).max(initial=0.0) > _STILL:
                points.places, moved = points.places + share * ways, True
            grows = points.growing - points.growth
            if np.abs(grows).max(initial=0.0) > 0.01:
                points.growth, moved = points.growth + share * grows, True
        return moved

    def cloud(self, stand: Stand) -> Cloud | None:
        """The points on a stand; None: they are not computed yet."""
        points = self._points.get(stand.item)
        if points is None:
            return None
        places = points.places * np.array([1.0, -1.0]) * _reach(stand, points)
        order = np.argsort(points.growth, kind="stable")  # those that change lie over the others
        if points.colors is not None:
            halves = np.full(len(places), DOT)
            return Cloud(stand.item, places, halves, order, points.colors, points.ringed)  # type: ignore[arg-type]
        halves = _half(stand, len(places)) * (1 + GROWTH * points.growth)
        if self.dragged is not None and self.dragged[0] == stand.item:
            index = self.dragged[1]
            if index < len(places):
                places[index] = self.dragged[2]
                order = np.append(order[order != index], index)
        return Cloud(stand.item, places, halves, order)

    def drop(self, stand: Stand) -> None:
        """Let go of the dragged point: it goes on from where it is."""
        held, self.dragged = self.dragged, None
        points = self._points.get(stand.item)
        if held is not None and points is not None and held[1] < len(points.places):
            points.places = points.places.copy()
            points.places[held[1]] = np.array(held[2]) * np.array([1.0, -1.0]) / _reach(stand, points)

    def position(self, stand: Stand, x: float, up: float) -> tuple[float, float]:
        """Where in t-SNE's coordinates a place on a stand is."""
        points = self._points[stand.item]
        width, height = _reach(stand, points).tolist()
        return x / width * points.reach, -up / height * points.reach


def _half(stand: Stand, count: int) -> float:
    """Half a point's side where nothing changes."""
    width, height = stand.extent
    return min(LARGEST, ROOMY * math.sqrt(width * height / max(count, 1)))


def _reach(stand: Stand, points: _Points) -> np.ndarray:
    """float64 (2,): how far from the card's middle the middle of a point may be: all of it stays inside."""
    count = len(points.places)
    edge = DOT if points.colors is not None else (1 + GROWTH) * _half(stand, count)
    number = _NUMBER if points.colors is None and count < MANY else 0.0
    return np.maximum(np.array(stand.extent) / 2 - edge - np.array([1.5 + number, 1.5]), 1.0)
