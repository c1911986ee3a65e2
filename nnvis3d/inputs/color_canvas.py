"""The pad's picture in colours: paper, the picture that lies on it, strokes in the order of drawing."""

from dataclasses import replace

import numpy as np

from nnvis3d.inputs.canvas import Canvas, stroke_box
from nnvis3d.inputs.color_base import place_base
from nnvis3d.inputs.strokes import Drawing, Stroke


class ColorCanvas:
    """uint8 `pixels` (size, size, 3), row 0 on top.

    A later stroke covers earlier ones; an eraser uncovers the paper. `show` draws anew only the stroke that
    grew, over a copy of what lies under it. Both ways give the same bytes.
    """

    def __init__(self, size: int = 384):
        self.size = size
        self.pixels = np.zeros((size, size, 3), np.uint8)
        self.version = 0
        """Counts changes of `pixels`: upload the texture when it differs from the version uploaded last."""
        self._under = self.pixels.copy()
        """Without the last stroke."""
        self._cover = Canvas(size)
        """Of the last stroke alone: 255 where it covers all."""
        self._shown = Drawing()

    def show(self, drawing: Drawing) -> bool:
        """Make `pixels` show `drawing`; True if they may have changed."""
        old, self._shown = self._shown, drawing
        if drawing is old:
            return False
        done = len(old.strokes)
        ground = (drawing.base, drawing.placement, drawing.paper) == (old.base, old.placement, old.paper)
        if ground and done and len(drawing.strokes) == done and drawing.strokes[:-1] == old.strokes[:-1]:
            self._last(drawing, old.strokes[-1])
        elif ground and len(drawing.strokes) >= done and drawing.strokes[:done] == old.strokes:
            self._add(drawing, done)
        else:
            self.pixels[...] = drawing.paper
            if drawing.base is not None:
                place_base(drawing.base, drawing.placement, self.pixels)
            self._add(drawing, 0)
        self.version += 1
        return True

    def _add(self, drawing: Drawing, done: int) -> None:
        """Lay the strokes from number `done` on over what is there."""
        for stroke in drawing.strokes[done:]:
            self._under[...] = self.pixels
            self._cover = Canvas(self.size)
            self._lay(stroke, drawing, 0)

    def _last(self, drawing: Drawing, before: Stroke) -> None:
        """The last stroke is another one than `before`: most likely it grew."""
        stroke, known = drawing.strokes[-1], len(before.points)
        same = (stroke.kind, stroke.width, stroke.color) == (before.kind, before.width, before.color)
        grew = same and len(stroke.points) >= known and np.array_equal(stroke.points[:known], before.points)
        if not grew:
            self.pixels[...] = self._under
            self._cover = Canvas(self.size)
        self._lay(stroke, drawing, known if grew else 0)

    def _lay(self, stroke: Stroke, drawing: Drawing, known: int) -> None:
        """Paint a stroke whose first `known` points are there. Where it crosses itself, it covers once."""
        placed = replace(stroke.transformed(drawing.placement), kind="pen")
        self._cover.show(Drawing((placed,)))
        radius = placed.width * self.size / 2
        # The last half step is drawn anew with every point: see Canvas.
        box = stroke_box(placed.points[max(0, known - 2) :] * np.float32(self.size), radius, self.size)
        color = np.array(stroke.color if stroke.kind == "pen" else drawing.paper, np.uint16)
        share = self._cover.pixels[box][:, :, None].astype(np.uint16)
        mixed = self._under[box].astype(np.uint16) * (255 - share) + color * share
        self.pixels[box] = ((mixed + 127) // 255).astype(np.uint8)


def render_colors(drawing: Drawing, size: int = 384) -> np.ndarray:
    """uint8 (size, size, 3): the drawing as the pad shows it to a network that sees colours."""
    canvas = ColorCanvas(size)
    canvas.show(drawing)
    return canvas.pixels
