"""A pen that writes in time: which of its points it has passed when."""

from dataclasses import dataclass

import numpy as np

from nnvis3d.inputs.strokes import Drawing

SPEED = 1.25
"""Pad widths a second: an unhurried hand."""
LIFTED = 2.0
"""How much faster a lifted pen goes to the next stroke."""
SIZE = 0.64
"""Share of the pad that a digit takes: people who show something write large."""
RATE = 120.0
"""Points a second that a mouse would report."""
LEAST = 1 / 60
"""Seconds that the shortest stroke takes: press and release in one tick would be a click."""


@dataclass(frozen=True, eq=False)
class PenPath:
    """Strokes with a time at each point."""

    points: tuple[np.ndarray, ...]
    """By stroke float64 (n, 2), pad units."""
    times: tuple[np.ndarray, ...]
    """By stroke float64 (n,), seconds since the first was begun, rising."""
    width: float | None = None
    """Of the pen, pad units; none: as it is."""

    @property
    def seconds(self) -> float:
        """From the first point to the last."""
        return float(self.times[-1][-1]) if self.times else 0.0

    def between(self, before: float, now: float) -> list[tuple[str, float, float]]:
        """What the pen does after `before` until `now`: ("down" | "move" | "up", x, y), in order."""
        done: list[tuple[str, float, float]] = []
        for points, times in zip(self.points, self.times, strict=True):
            for index in np.flatnonzero((times > before) & (times <= now)):
                x, y = points[index].tolist()
                done.append(("down" if index == 0 else "move", x, y))
                if index == len(times) - 1:
                    done.append(("up", x, y))
        return done


def at_even_speed(
    drawing: Drawing, seconds: float | None, size: float = SIZE, width: float | None = None
) -> PenPath:
    """A drawing's strokes one after the other, in the middle of the pad.

    Args:
        seconds: how long it takes; None: as long as an unhurried hand needs.
        size: share of the pad that it takes.
        width: of the pen, pad units.
    """
    strokes = [_resampled(points) for points in _fitted(drawing, size)]
    spans, clock = [], 0.0
    for number, points in enumerate(strokes):
        if number:
            clock += float(np.linalg.norm(points[0] - strokes[number - 1][-1])) / (SPEED * LIFTED)
        span = max(_length(points) / SPEED, LEAST)
        spans.append(np.linspace(clock, clock + span, len(points)))
        clock += span
    stretch = 1.0 if seconds is None or not clock else seconds / clock
    return PenPath(tuple(strokes), tuple(span * stretch for span in spans), width)


def as_recorded(strokes: list[list[list[float]]], width: float | None) -> PenPath:
    """Strokes of points [x, y, t].

    Raises:
        ValueError: points of another kind, or times that do not rise.
    """
    points, times, clock = [], [], -1e-9
    for stroke in strokes:
        array = np.array(stroke, np.float64)
        if array.ndim != 2 or array.shape[1] != 3 or not len(array):
            raise ValueError("strokes: expected points [x, y, t]")
        if not np.isfinite(array).all() or np.abs(array[:, :2]).max() > 10:
            raise ValueError("strokes: expected finite numbers, x and y about 0 to 1")
        if array[0, 2] < clock or (np.diff(array[:, 2]) < 0).any():
            raise ValueError("strokes: times run backwards")
        clock = float(array[-1, 2])
        points.append(array[:, :2])
        times.append(array[:, 2])
    return PenPath(tuple(points), tuple(times), width)


def _length(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _fitted(drawing: Drawing, size: float) -> list[np.ndarray]:
    """Strokes float64 (n, 2) as large as `size`, in the middle of the pad."""
    strokes = [stroke.points.astype(np.float64) for stroke in drawing.placed_strokes]
    both = np.concatenate(strokes)
    low, high = both.min(axis=0), both.max(axis=0)
    factor = size / max(float((high - low).max()), 1e-6)
    return [(points - (low + high) / 2) * factor + 0.5 for points in strokes]


def _resampled(points: np.ndarray) -> np.ndarray:
    """float64 (m, 2): the path (n, 2) in even steps, both ends kept."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(2, round(along[-1] / SPEED * RATE) + 1)
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, points[:, k]) for k in (0, 1)], axis=1).clip(0.01, 0.99)
