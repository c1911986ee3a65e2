"""The pad as a person uses it: pen, eraser, hand, undo, samples. Owns the drawing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nnvis3d.inputs.album import Album
from nnvis3d.inputs.canvas import Canvas
from nnvis3d.inputs.color_canvas import ColorCanvas
from nnvis3d.inputs.reduced_image import ReducedImage
from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.strokes import CHALK, DEFAULT_BRUSH, Base, Color, Drawing, Stroke
from nnvis3d.scene import input_events as events
from nnvis3d.tools.history import History
from nnvis3d.tools.leafing import Leafing, Sheet
from nnvis3d.tools.palette import after

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
        """The drawing as ink."""
        self.painting = ColorCanvas(canvas_size)
        """The drawing in colours: what is shown while `colored`."""
        self.colored = False
        """Whether the network sees colours."""
        self.color = CHALK
        """Of the pen."""
        self.tool = "pen"
        """ "pen", "eraser" or "hand"."""
        self.brush = DEFAULT_BRUSH
        """Diameter, pad units."""
        self.normalize = True
        self.version = 0
        self.finished_strokes = 0
        """Counts strokes that were drawn to their end."""
        self._to_pad = to_pad
        self._history: History[Sheet] = History(Sheet(Drawing()))
        self._leafing = Leafing()
        self._camera: Drawing | None = None
        """What a camera sees now."""
        self._live: Drawing | None = None
        self._button: int | None = None
        """The one that is held while a stroke is drawn, or the hand moves the drawing."""
        self._hand: tuple[float, float] | None = None
        self._turning = False

    @property
    def drawing(self) -> Drawing:
        """What is on the pad now, a stroke that is being drawn included."""
        if self._live is not None:
            return self._live
        return self._camera if self._camera is not None else self._history.now.drawing

    @property
    def sample(self) -> int:
        """Number, from 0, of the sample digit or picture that is on the pad; -1: it is none."""
        return self._leafing.index(self._sheet, self.colored)

    @property
    def title(self) -> str:
        """What the sample, the picture of a folder, or what a camera sees is called; empty: it is none."""
        base = self.drawing.base
        return base.name if base is not None and (self.watching or self.sample >= 0) else ""

    @property
    def _sheet(self) -> Sheet:
        """What is on the pad when no pen is down."""
        return Sheet(self._camera) if self._camera is not None else self._history.now

    @property
    def watching(self) -> bool:
        """Whether the pad shows what a camera sees."""
        return self._camera is not None

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
            finished, moved = self._live, self._hand is not None
            self._end()
            self.finished_strokes += not moved
            if finished is not self.drawing:
                self._set(finished, keep=moved)
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
            self._camera = None
            self._touch()

    def redo(self) -> None:
        if self._live is None and self._history.redo():
            self._touch()

    def clear(self) -> None:
        if not self.drawing.empty:
            self._set(Drawing())

    def put(self, drawing: Drawing) -> None:
        """Replace what is on the pad, undoably."""
        self._set(drawing)

    def show_live(self, drawing: Drawing | None) -> None:
        """As if a pen were drawing this just now (tours, the demo); None: the pen is lifted, keep it."""
        if drawing is not None:
            self._show(drawing)
        elif self._live is not None:
            self.finished_strokes += 1
            self._set(self._live)

    def step_sample(self, steps: int) -> list[str]:
        """Put the next (or, with -1, the previous) drawing of the album on the pad.

        Returns what is to be said of those that cannot be read and were passed over.

        Raises:
            UserError: none can be read.
        """
        sheet, skipped = self._leafing.step(self._sheet, steps, self.colored)
        self._keep(sheet)
        return skipped

    def open_album(self, album: Album) -> list[str]:
        """Step through these from now on, beginning with the first; returns and raises as `step_sample`."""
        self._leafing.open(album)
        return self.step_sample(1)

    def watch(self, base: Base | None) -> None:
        """Show what a camera sees, until something is drawn or put on the pad; None: it is off, keep its
        last picture."""
        if base is not None and self._live is None:
            self._camera = Drawing(base=base)
            self._touch()
        elif base is None and self._camera is not None:
            self._set(self._camera)

    def transform(
        self, move: tuple[float, float] = (0.0, 0.0), degrees: float = 0.0, scale: float = 1.0
    ) -> None:
        """Move (pad units), turn (clockwise) and scale the whole drawing about its centre, undoably."""
        if not self.drawing.empty and _SIZES[0] <= self.drawing.placement.scale * scale <= _SIZES[1]:
            self._set(self.drawing.transformed(move, degrees, scale), keep=True)

    def reset_transform(self) -> None:
        """Put the drawing back where it was drawn."""
        if self.transformed:
            self._set(replace(self.drawing, placement=Drawing().placement), keep=True)

    @property
    def transformed(self) -> bool:
        return self.drawing.placement != Drawing().placement

    def set_normalize(self, normalize: bool) -> None:
        if normalize != self.normalize:
            self.normalize = normalize
            self._touch()

    # colours

    def set_colored(self, colored: bool) -> None:
        """Whether the network sees colours: then they are drawn and shown, and nothing is centred."""
        if colored != self.colored:
            self.colored = colored
            self._touch()

    def set_color(self, color: Color) -> None:
        """Draw in this colour from now on."""
        self.color, self.tool = color, "pen"

    def next_color(self) -> None:
        self.set_color(after(self.color))

    def fill_paper(self) -> None:
        """Paint what is under everything in the pen's colour, undoably."""
        if self.drawing.paper != self.color:
            self._set(replace(self.drawing, paper=self.color), keep=True)

    def reduced(self, shape: tuple[int, int, int], normalize: bool | None = None) -> ReducedImage:
        """The drawing as the network sees it that takes (C, H, W).

        Args:
            normalize: whether it is centred and scaled; None: as the person chose.
        """
        painted = self.painting.pixels if self.colored and shape[0] == 3 else None
        normalize = self.normalize if normalize is None else normalize
        return reduce_drawing(self.drawing, shape, normalize, painted)

    # inside

    def _show(self, drawing: Drawing) -> None:
        self._live = drawing
        self._touch()

    def _set(self, drawing: Drawing, keep: bool = False) -> None:
        """From now on this is on the pad; `keep`: it still is the sample that it was."""
        self._keep(replace(self._sheet, drawing=drawing) if keep else Sheet(drawing))

    def _keep(self, sheet: Sheet) -> None:
        self._end()
        self._history.push(sheet)
        self._touch()

    def _end(self) -> None:
        """Whatever the pointer was doing to the drawing."""
        self._live = self._button = self._hand = self._camera = None

    def _touch(self) -> None:
        self.version += 1
        (self.painting if self.colored else self.canvas).show(self.drawing)
