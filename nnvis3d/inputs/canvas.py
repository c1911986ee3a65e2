"""The pad's picture: a drawing as anti-aliased pixels, brought up to date by what is new only."""

import numpy as np

from nnvis3d.inputs.base_image import sample_base
from nnvis3d.inputs.path import midpoint_curves
from nnvis3d.inputs.strokes import Drawing, Similarity, Stroke

_FLATNESS = 0.1  # pixels: how far a line may leave the curve that it stands for
_LONGEST = 24.0  # pixels: longer lines are cut, so that a diagonal's bounding box stays small


class Canvas:
    """uint8 `pixels` (size, size), row 0 on top, 0 = paper, 255 = ink.

    `show` compares with what it showed last: one stroke that grew costs its new points, anything else (undo,
    move, turn) a full redraw. Both ways give the same bytes.
    """

    def __init__(self, size: int = 384):
        self.size = size
        self.pixels = np.zeros((size, size), np.uint8)
        self.version = 0
        """Counts changes of `pixels`: upload the texture when it differs from the version uploaded last."""
        self._shown = Drawing()
        self._under_tail: tuple[tuple[slice, slice], np.ndarray] | None = None

    def show(self, drawing: Drawing) -> bool:
        """Make `pixels` show `drawing`; True if they may have changed."""
        old = self._shown
        if drawing is old:
            return False
        done = len(old.strokes)
        if drawing.base is not old.base or drawing.placement != old.placement or len(drawing.strokes) < done:
            self._redraw(drawing)
        elif drawing.strokes[:done] == old.strokes:  # the same Stroke objects
            self._add(drawing, done)
        elif done and drawing.strokes[: done - 1] == old.strokes[:-1] and self._grew(drawing, done):
            self._grow(drawing, done)
        else:
            self._redraw(drawing)
        self._shown = drawing
        self.version += 1
        return True

    def _grew(self, drawing: Drawing, done: int) -> bool:
        """Whether the stroke that was last is now the same one with more points."""
        old, new = self._shown.strokes[-1], drawing.strokes[done - 1]
        count = len(old.points)
        same_brush = old.kind == new.kind and old.width == new.width
        return same_brush and len(new.points) >= count and np.array_equal(new.points[:count], old.points)

    def _redraw(self, drawing: Drawing) -> None:
        self.pixels[...] = 0
        self._under_tail = None
        if drawing.base is not None:
            to_pixels = drawing.placement.then(Similarity(complex(self.size)))
            image = sample_base(drawing.base, to_pixels, self.size)
            self.pixels[...] = np.rint(image * 255)
        self._add(drawing, 0)

    def _add(self, drawing: Drawing, done: int) -> None:
        """Draw the strokes from number `done` on."""
        for stroke in drawing.strokes[done:]:
            self._draw(stroke.transformed(drawing.placement), 0)

    def _grow(self, drawing: Drawing, done: int) -> None:
        stroke = drawing.strokes[done - 1].transformed(drawing.placement)
        self._lift_tail()
        self._draw(stroke, len(self._shown.strokes[-1].points))
        self._add(drawing, done)

    def _draw(self, stroke: Stroke, known: int) -> None:
        """Draw a stroke whose first `known` points are already there, but for its tail."""
        points = stroke.points * np.float32(self.size)
        radius = stroke.width * self.size / 2
        self._under_tail = None
        if len(points) == 1:
            self._paint(points, radius, stroke.kind)
            return
        if known < 2:
            self._paint(np.stack([points[0], (points[0] + points[1]) / 2]), radius, stroke.kind)
        fresh = points[max(0, known - 2) :]
        if len(fresh) > 2:
            self._paint(midpoint_curves(fresh, _FLATNESS), radius, stroke.kind)
        # The last half step is a guess: the next point will bend it. It is lifted off again when that comes.
        tail = np.stack([(points[-2] + points[-1]) / 2, points[-1]])
        box = stroke_box(tail, radius, self.size)
        self._under_tail = box, self.pixels[box].copy()
        self._paint(tail, radius, stroke.kind)

    def _lift_tail(self) -> None:
        if self._under_tail is not None:
            box, pixels = self._under_tail
            self.pixels[box] = pixels

    def _paint(self, path: np.ndarray, radius: float, kind: str) -> None:
        """A line through `path` (m, 2), pixels, with a round brush."""
        for piece in _short_pieces(path, max(_LONGEST, 2 * radius)):
            box = stroke_box(piece, radius, self.size)
            target = self.pixels[box]
            if not target.size:
                continue
            covered = line_coverage(piece, radius, box)
            if kind == "pen":
                np.maximum(target, covered, out=target)
            else:
                np.minimum(target, 255 - covered, out=target)


def line_coverage(path: np.ndarray, radius: float, box: tuple[slice, slice]) -> np.ndarray:
    """How much a brush along `path` covers of each pixel: uint8 (h, w) for `box` (rows, columns).

    A pixel's cover falls from full to none over the one pixel around the brush's rim.
    """
    rows, columns = box
    x = np.arange(columns.start, columns.stop, dtype=np.float32) + np.float32(0.5)
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + np.float32(0.5)
    if len(path) == 1:
        path = np.concatenate([path, path])
    start, step = path[:-1, :, None, None], np.diff(path, axis=0)[:, :, None, None]  # (k, 2, 1, 1)
    ux, uy = x - start[:, 0], y - start[:, 1]  # (k, 1, w), (k, h, 1)
    dx, dy = step[:, 0], step[:, 1]
    length2 = np.maximum(dx * dx + dy * dy, np.float32(1e-12))
    t = np.clip(ux * (dx / length2) + uy * (dy / length2), 0, 1)  # (k, h, w)
    distance2 = np.square(ux - t * dx) + np.square(uy - t * dy)
    distance = np.sqrt(distance2.min(axis=0))
    cover = np.clip(np.float32(radius + 0.5) - distance, 0, min(1.0, 2 * radius))
    return (cover * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def stroke_box(path: np.ndarray, radius: float, size: int) -> tuple[slice, slice]:
    """(rows, columns) of the pixels that a brush along `path` can touch, cut to the canvas."""
    reach = radius + 1
    low = np.floor(path.min(axis=0) - reach).clip(0, size).astype(int)
    high = np.ceil(path.max(axis=0) + reach).clip(0, size).astype(int)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _short_pieces(path: np.ndarray, longest: float) -> list[np.ndarray]:
    """`path` cut into paths of about `longest` at most, each beginning where the last one ended."""
    if len(path) < 2:
        return [path]
    steps = np.diff(path, axis=0)
    lengths = np.sqrt(np.einsum("ij,ij->i", steps, steps))
    if lengths.max() > longest:  # cut single lines first
        cuts = np.maximum(1, np.ceil(lengths / longest)).astype(int)
        pieces = [np.linspace(path[i], path[i + 1], n, endpoint=False) for i, n in enumerate(cuts)]
        path = np.concatenate([*pieces, path[-1:]]).astype(np.float32)
        lengths = np.repeat(lengths / cuts, cuts)
    group = (np.cumsum(lengths) / longest).astype(int)
    ends = [*np.nonzero(np.diff(group))[0] + 1, len(path) - 1]
    return [path[a : b + 1] for a, b in zip([0, *ends[:-1]], ends, strict=True) if b > a]


def render(drawing: Drawing, size: int = 384) -> np.ndarray:
    """uint8 (size, size): the drawing as the pad shows it."""
    canvas = Canvas(size)
    canvas.show(drawing)
    return canvas.pixels
