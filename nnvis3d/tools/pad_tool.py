"""The pad as a person uses it: pen, eraser, hand, undo, samples. Owns the drawing."""

from collections.abc import Callable

import numpy as np

from nnvis3d.inputs.canvas import Canvas
from nnvis3d.inputs.samples import sample_digits
from nnvis3d.inputs.strokes import DEFAULT_BRUSH, Drawing, Stroke
from nnvis3d.scene import input_events as events
from nnvis3d.tools.history import History

BRUSHES = (0.015, 0.16)
"""Smallest and largest brush, diameter in pad units."""
_BRUSH_STEP = 1.25
_WHEEL_SCALE = 1.06
_WHEEL_DEGREES = 5.0
_SIZES = (0.1, 6.0)  # how far a drawing may be scaled from what it was drawn at

ToPad = Callable[[float, float, bool], tuple[float, float] | None]
"""Pixel x, y, and whether to answer outside the pad too -> pad coordinates, 0-1."""


class PadTool:
    """Turns pointer events over the pad into a drawing, and a drawing into pixels.

    `version` counts changes of the drawing: run the network when it differs from the one that was run last.
    `stroking` is True while the pen is down: then the picture must follow at once.
    """

    def __init__(self, to_pad: ToPad, canvas_size: int = 384):
        self.canvas = Canvas(canvas_size)
        self.tool = "pen"
        """ "pen", "eraser" or "hand"."""
        self.brush = DEFAULT_BRUSH
        """Diameter, pad units."""
        self.normalize = True
        self.version = 0
        self.finished_strokes = 0
        """Counts strokes that were drawn to their end."""
        self._to_pad = to_pad
        self._history: History[tuple[Drawing, int]] = History((Drawing(), -1))
        """Each with the index of the sample digit that it is."""
        self._live: Drawing | None = None
        self._button: int | None = None
        """The one that is held while a stroke is drawn, or the hand moves the drawing."""
        self._hand: tuple[float, float] | None = None
        self._turning = False

    @property
    def drawing(self) -> Drawing:
        """What is on the pad now, a stroke that is being drawn included."""
        return self._live if self._live is not None else self._history.now[0]

    @property
    def sample(self) -> int:
        """Index of the sample digit on the pad; -1: it is none."""
        return self._history.now[1]

    @property
    def stroking(self) -> bool:
        return self._live is not None

    @property
    def can_undo(self) -> bool:
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        return self._history.can_redo

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
        self._show(self.drawing.with_stroke(Stroke(point, self.brush, self.tool)))
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
            finished, moved = self._live, self._hand is not None
            self._end()
            self.finished_strokes += not moved
            if finished is not self.drawing:
                self._set(finished, self.sample if moved else -1)
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

    def undo(self) -> None:
        if self._live is None and self._history.undo():
            self._touch()

    def redo(self) -> None:
        if self._live is None and self._history.redo():
            self._touch()

    def clear(self) -> None:
        if not self.drawing.empty:
            self._set(Drawing())

    def put(self, drawing: Drawing, sample: int = -1) -> None:
        """Replace what is on the pad, undoably."""
        self._set(drawing, sample)

    def show_live(self, drawing: Drawing | None) -> None:
        """As if a pen were drawing this just now (tours, the demo); None: the pen is lifted, keep it."""
        if drawing is not None:
            self._show(drawing)
        elif self._live is not None:
            self.finished_strokes += 1
            self._set(self._live)

    def step_sample(self, steps: int) -> None:
        """Put the next (or, with -1, the previous) sample digit on the pad."""
        digits = sample_digits()
        index = (
            (self.sample + steps) % len(digits) if self.sample >= 0 else (0 if steps > 0 else len(digits) - 1)
        )
        self.put(digits[index].drawing, index)

    def transform(
        self, move: tuple[float, float] = (0.0, 0.0), degrees: float = 0.0, scale: float = 1.0
    ) -> None:
        """Move (pad units), turn (clockwise) and scale the whole drawing about its centre, undoably."""
        if not self.drawing.empty and _SIZES[0] <= self.drawing.placement.scale * scale <= _SIZES[1]:
            self._set(self.drawing.transformed(move, degrees, scale), self.sample)

    def reset_transform(self) -> None:
        """Put the drawing back where it was drawn."""
        if self.transformed:
            self._set(Drawing(self.drawing.strokes, self.drawing.base), self.sample)

    @property
    def transformed(self) -> bool:
        return self.drawing.placement != Drawing().placement

    def set_normalize(self, normalize: bool) -> None:
        if normalize != self.normalize:
            self.normalize = normalize
            self._touch()

    # inside

    def _show(self, drawing: Drawing) -> None:
        self._live = drawing
        self._touch()

    def _set(self, drawing: Drawing, sample: int = -1) -> None:
        self._end()
        self._history.push((drawing, sample))
        self._touch()

    def _end(self) -> None:
        """Whatever the pointer was doing to the drawing."""
        self._live = self._button = self._hand = None

    def _touch(self) -> None:
        self.version += 1
        self.canvas.show(self.drawing)
