"""Shows a first-time visitor what to do: a faint digit writes itself on the empty pad, twice, then rests."""

import numpy as np

from nnvis3d.inputs.canvas import Canvas
from nnvis3d.inputs.samples import sample_strokes
from nnvis3d.inputs.strokes import Drawing, Stroke

WRITING_SECONDS = 1.6
RESTING_SECONDS = 1.0
TIMES = 2
"""How often it writes itself before it stays: nothing keeps moving without a reason."""
FADE_SECONDS = 0.3
_BRUSH = 0.055
_CHOICE = 3  # of the shipped pen digits: a 3, which has no start that one could miss


class Invitation:
    """A ghost of a digit. `strength` eases to 0 as soon as something is drawn, to 1 on an empty pad."""

    def __init__(self, canvas_size: int):
        self.canvas = Canvas(canvas_size)
        self.strength = 1.0
        """How clearly the pad invites, 0-1."""
        drawing = sample_strokes()[_CHOICE].drawing
        self._strokes = [_enlarged(stroke.points) for stroke in drawing.strokes]
        self._points = sum(len(points) for points in self._strokes)
        self._time = 0.0

    def update(self, dt: float, wanted: bool) -> bool:
        """Let `dt` seconds pass; True if what is seen has changed."""
        goal = 1.0 if wanted else 0.0
        fading = self.strength != goal
        step = dt / FADE_SECONDS
        self.strength = (
            min(goal, self.strength + step) if goal > self.strength else max(goal, self.strength - step)
        )
        if not wanted:
            self._time = 0.0 if self.strength == 0 else self._time
            return fading
        if self._time >= TIMES * (WRITING_SECONDS + RESTING_SECONDS):
            return fading
        self._time += dt
        return self.canvas.show(self._written()) or fading

    def _written(self) -> Drawing:
        turn, into = divmod(self._time, WRITING_SECONDS + RESTING_SECONDS)
        share = 1.0 if turn >= TIMES else min(1.0, into / WRITING_SECONDS)
        left = max(1, round(share * self._points))
        strokes = []
        for points in self._strokes:
            if left > 0:
                strokes.append(Stroke(points[:left], _BRUSH))
            left -= len(points)
        return Drawing(tuple(strokes))


def _enlarged(points: np.ndarray) -> np.ndarray:
    """The same points, a little larger and centred: people draw small, an invitation should not."""
    middle = np.array([0.5, 0.5], np.float32)
    return (middle + (points - points.mean(axis=0)) * 1.15).clip(0.06, 0.94)
