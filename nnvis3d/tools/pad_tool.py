"""The pad as a person uses it: pen, eraser, hand, brush and colour, with the pointer."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nnvis3d.inputs.strokes import CHALK, DEFAULT_BRUSH, Color, Drawing, Stroke
from nnvis3d.scene import input_events as events
from nnvis3d.tools.drawing_board import DrawingBoard
from nnvis3d.tools.leafing import Sheet
from nnvis3d.tools.palette import after

BRUSHES = (0.015, 0.16)
"""Smallest and largest brush, diameter in pad units."""
_BRUSH_STEP = 1.25
_WHEEL_SCALE = 1.06
_WHEEL_DEGREES = 5.0

ToPad = Callable[[float, float, bool], tuple[float, float] | None]
"""Pixel x, y, and whether to answer outside the pad too -> pad coordinates, 0-1."""


class PadTool(DrawingBoard):
    """Turns pointer events over the pad into a drawing."""

    def __init__(self, to_pad: ToPad, canvas_size: int = 384):
        super().__init__(canvas_size)
        self.tool = "pen"
        """ "pen", "eraser" or "hand"."""
        self.brush = DEFAULT_BRUSH
        """Diameter, pad units."""
        self.color = CHALK
        """Of the pen."""
        self.finished_strokes = 0
        """Counts strokes that were drawn to their end."""
        self._to_pad = to_pad
        self._button: int | None = None
        """The one that is held while a stroke is drawn, or the hand moves the drawing."""
        self._hand: tuple[float, float] | None = None
        self._turning = False

    # pointer

    def handle(self, event: events.Event) -> bool:
        """True if the event was meant for the pad."""
        match event:
            case events.ButtonChanged(down=True):
                return self._press(event)
            case events.ButtonChanged(down=False):
                return self._release(event)
            case events.PointerMoved() if self._button is not None:
                self._drag(event.x, event.y)
                return True
            case events.Wheel() if self.tool == "hand" and self._to_pad(event.x, event.y, False) is not None:
                self._wheel(event)
                return True
        return False

    def _press(self, event: events.ButtonChanged) -> bool:
        at = self._to_pad(event.x, event.y, False)
        if self._live is not None:
            return True  # a second button during a stroke belongs to it
        if at is None or event.button == 1 or (event.button == 2 and self.tool != "hand"):
            return False
        if self.tool == "hand" and self.drawing.empty:
            return True  # there is nothing to take hold of
        self._button = event.button
        if self.tool == "hand":
            self._hand, self._turning, self._live = at, event.button == 2, self.drawing
            return True
        point = np.array([at], np.float32)
        self._show(self.drawing.with_stroke(Stroke(point, self.brush, self.tool, self.color)))
        return True

    def _drag(self, x: float, y: float) -> None:
        at = self._to_pad(x, y, True)
        if at is None or self._live is None:
            return
        if self._hand is None:
            last = self._live.placed_strokes[-1].points[-1]
            if abs(at[0] - last[0]) + abs(at[1] - last[1]) > 1e-4:
                self._show(self._live.extended(np.array([at], np.float32)))
            return
        before, self._hand = self._hand, at
        if self._turning:
            cx, cy = self._live.centre
            turn = np.arctan2(at[1] - cy, at[0] - cx) - np.arctan2(before[1] - cy, before[0] - cx)
            self._show(self._live.transformed(degrees=float(np.degrees(turn))))
        else:
            self._show(self._live.transformed(move=(at[0] - before[0], at[1] - before[1])))

    def _release(self, event: events.ButtonChanged) -> bool:
        if self._live is None:
            return False
        if event.button == self._button:
            finished, moved, before = self._live, self._hand is not None, self._sheet
            self._end()
            self.finished_strokes += not moved
            if finished is not self.drawing:
                self._keep(replace(before, drawing=finished) if moved else Sheet(finished))
        return True

    def _wheel(self, event: events.Wheel) -> None:
        """Scale with the wheel, turn with a sideways one (or shift and the wheel, as most systems send
        it)."""
        if event.dx:
            self.transform(degrees=_WHEEL_DEGREES * event.dx)
        else:
            self.transform(scale=_WHEEL_SCALE**event.dy)

    # what keys, panels, tours ask for

    def choose(self, tool: str) -> None:
        self.tool = tool

    def set_brush(self, width: float) -> None:
        """Diameter of pen and eraser, pad units; kept within BRUSHES."""
        self.brush = min(max(width, BRUSHES[0]), BRUSHES[1])

    def step_brush(self, steps: int) -> None:
        self.set_brush(self.brush * _BRUSH_STEP**steps)

    def set_color(self, color: Color) -> None:
        """Draw in this colour from now on."""
        self.color, self.tool = color, "pen"

    def next_color(self) -> None:
        self.set_color(after(self.color))

    def fill_paper(self) -> None:
        """Paint what is under everything in the pen's colour, undoably."""
        self.paint_paper(self.color)

    def show_live(self, drawing: Drawing | None) -> None:
        """As if a pen were drawing this just now (tours, the demo); None: the pen is lifted, keep it."""
        if drawing is not None:
            self._show(drawing)
        elif self._live is not None:
            self.finished_strokes += 1
            self._set(self._live)

    def _end(self) -> None:
        super()._end()
        self._button = self._hand = None
