"""What is seen while nobody is there: a hand draws people's digits, the network answers. No clock."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnvis3d.inputs.samples import sample_strokes
from nnvis3d.inputs.strokes import DEFAULT_BRUSH, Drawing, Stroke

SPEED = 1.1
"""Pad widths a second: slow enough to follow, quick enough to be a hand."""
LIFT_SECONDS = 0.25
"""From one stroke to the next."""
LOOK_SECONDS = 3.2
"""From a finished digit to the next one: the wave runs, the answer stands."""
EMPTY_SECONDS = 0.5
"""The pad is empty before the hand begins again."""


@dataclass(frozen=True)
class _Pose:
    """The hand at one moment of a digit."""

    strokes: tuple[Stroke, ...]
    pen: tuple[float, float] | None
    down: bool


class AttractHand:
    """Draws one sample after another; can be stopped at once, and begins anew."""

    def __init__(self, show: Callable[[Drawing | None], None], clear: Callable[[], None]):
        """
        Args:
            show: what is being drawn; None: the pen is lifted, keep it (PadTool.show_live).
            clear: the pad is to be empty.
        """
        self._show, self._clear = show, clear
        self._digits = [_centred(item.drawing) for item in sample_strokes()]
        self._index = 0
        self._time = 0.0
        self._finished = False
        self._drawn: tuple[int, int] = (-1, -1)
        self.pen: tuple[float, float] | None = None
        """Where its finger is, pad units; None: away."""
        self.digits_drawn = 0

    def restart(self, index: int | None = None) -> None:
        """Begin with an empty pad."""
        self._index = self._index + 1 if index is None else index
        self._time, self._finished, self._drawn, self.pen = -EMPTY_SECONDS, False, (-1, -1), None
        self._clear()

    def stop(self) -> None:
        """Leave the pad, within this tick."""
        if not self._finished:
            self._show(None)
        self.pen = None
        self._clear()

    def update(self, dt: float) -> bool:
        """Let `dt` seconds pass; True in the tick in which a digit was finished."""
        self._time += dt
        strokes = self._digits[self._index % len(self._digits)]
        pose, length = _pose(strokes, max(0.0, self._time))
        if self._time < 0:
            self.pen = _place(strokes[0][0])
            return False
        if self._time < length:
            self.pen = pose.pen
            drawn = (len(pose.strokes), len(pose.strokes[-1].points) if pose.strokes else 0)
            if drawn != self._drawn and pose.strokes:
                self._drawn = drawn
                self._show(Drawing(pose.strokes))
            return False
        if not self._finished:
            self._finished, self.pen = True, None
            self._show(Drawing(tuple(Stroke(points, DEFAULT_BRUSH) for points in strokes)))
            self._show(None)
            self.digits_drawn += 1
            return True
        if self._time > length + LOOK_SECONDS:
            self.restart()
        return False


def _pose(strokes: list[np.ndarray], time: float) -> tuple[_Pose, float]:
    """Where the hand is after so many seconds, and how many the digit takes."""
    done: list[Stroke] = []
    start = 0.0
    pose: _Pose | None = None
    for k, points in enumerate(strokes):
        along = _along(points)
        seconds = max(along[-1] / SPEED, 0.05)
        if pose is None and time < start + seconds:
            reach = (time - start) * SPEED
            if time < start:
                share = 1 - (start - time) / LIFT_SECONDS
                before = strokes[k - 1][-1]
                pose = _Pose(tuple(done), _place(before + (points[0] - before) * share), False)
            else:
                count = max(1, int(np.searchsorted(along, reach, side="right")))
                pose = _Pose((*done, Stroke(points[:count], DEFAULT_BRUSH)), _place(points[count - 1]), True)
        done.append(Stroke(points, DEFAULT_BRUSH))
        start += seconds + LIFT_SECONDS
    return pose or _Pose(tuple(done), None, False), start - LIFT_SECONDS


def _along(points: np.ndarray) -> np.ndarray:
    """Length of the path (n, 2) at each point, pad units."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])


def _place(point: np.ndarray) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _centred(drawing: Drawing) -> list[np.ndarray]:
    """Its strokes, in the middle of the pad, three quarters of its height."""
    points = np.concatenate([stroke.points for stroke in drawing.strokes])
    low, high = points.min(axis=0), points.max(axis=0)
    scale = 0.68 / max(float((high - low).max()), 0.05)
    middle = (low + high) / 2
    return [((s.points - middle) * scale + 0.5).astype(np.float32) for s in drawing.strokes]
