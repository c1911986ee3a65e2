"""What is drawn: strokes and drawings as immutable values, so that undo is a list of them.

Pad units: 0 to 1 across the pad, x to the right, y down, (0, 0) the upper left corner.
"""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

DEFAULT_BRUSH = 0.04
"""Diameter of the pen, pad units: about one pixel of a 28x28 field, so small writing keeps its holes."""

Color = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""
CHALK: Color = (255, 255, 255)
SLATE: Color = (0, 0, 0)


@dataclass(frozen=True)
class Similarity:
    """Turn, scale and move: point z goes to `factor * z + offset`, with z = x + iy in pad units."""

    factor: complex = 1 + 0j
    offset: complex = 0j

    @classmethod
    def about(
        cls,
        centre: tuple[float, float],
        move: tuple[float, float] = (0.0, 0.0),
        degrees: float = 0.0,
        scale: float = 1.0,
    ) -> "Similarity":
        """Scale and turn (clockwise as seen) about `centre`, then move; pad units, degrees.

        Raises:
            ValueError: a scale that is not above zero.
        """
        if not scale > 0:
            raise ValueError(f"scale: expected above 0, got {scale}")
        turn = math.radians(degrees)
        factor = complex(scale * math.cos(turn), scale * math.sin(turn))
        pivot = complex(*centre)
        return cls(factor, pivot + complex(*move) - factor * pivot)

    def then(self, after: "Similarity") -> "Similarity":
        """This one first, `after` second."""
        return Similarity(after.factor * self.factor, after.factor * self.offset + after.offset)

    def inverse(self) -> "Similarity":
        return Similarity(1 / self.factor, -self.offset / self.factor)

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) -> (n, 2), float32."""
        if self == IDENTITY:
            return points
        a, b = self.factor, self.offset
        turn = np.array([[a.real, a.imag], [-a.imag, a.real]])  # row vectors: p @ turn
        return (points @ turn + (b.real, b.imag)).astype(np.float32)

    @property
    def scale(self) -> float:
        return abs(self.factor)

    @property
    def degrees(self) -> float:
        """Clockwise as seen, -180 to 180."""
        return math.degrees(math.atan2(self.factor.imag, self.factor.real))


IDENTITY = Similarity()


@dataclass(frozen=True, eq=False)
class Stroke:
    """From pen down to pen up."""

    points: np.ndarray
    """float32 (n, 2), n >= 1, pad units; read-only."""
    width: float = DEFAULT_BRUSH
    """Diameter of the round brush, pad units."""
    kind: str = "pen"
    """ "pen" or "eraser"."""
    color: Color = CHALK
    """Of a pen, for networks that see colours; to others all ink is the same."""

    def __post_init__(self):
        points = np.asarray(self.points, np.float32).reshape(-1, 2)
        if not len(points) or not np.isfinite(points).all():
            raise ValueError(f"stroke: expected finite points (n, 2), n >= 1, got {np.shape(self.points)}")
        if self.kind not in ("pen", "eraser"):
            raise ValueError(f"stroke: expected kind pen or eraser, got {self.kind}")
        if len(self.color) != 3 or not all(0 <= part <= 255 for part in self.color):
            raise ValueError(f"stroke: expected a colour of three numbers 0 to 255, got {self.color}")
        if points.flags.writeable:
            points = points.copy()  # the caller may go on writing into its own array
            points.flags.writeable = False
        object.__setattr__(self, "points", points)

    def extended(self, points: np.ndarray) -> "Stroke":
        """The same stroke with more points (n, 2) at its end."""
        grown = np.concatenate([self.points, np.asarray(points, np.float32).reshape(-1, 2)])
        return replace(self, points=grown)

    def transformed(self, similarity: Similarity) -> "Stroke":
        if similarity == IDENTITY:
            return self
        return replace(self, points=similarity.apply(self.points), width=self.width * similarity.scale)


@dataclass(frozen=True, eq=False)
class Base:
    """A picture under the strokes: a sample digit, an image file. It is fitted into the pad, centred."""

    pixels: np.ndarray
    """float32 (H, W), 0 to 1, ink is bright, row 0 on top."""
    color: np.ndarray | None = None
    """uint8 (h, w, 3): the picture as it is, for networks that see colours; None: `pixels` in grey."""
    name: str = ""
    """For people: "MNIST test digit 7", "cat.jpg"."""

    def __post_init__(self):
        pixels = np.ascontiguousarray(self.pixels, np.float32)
        if pixels.ndim != 2 or not pixels.size or not np.isfinite(pixels).all():
            raise ValueError(f"base image: expected finite (H, W), got {np.shape(self.pixels)}")
        object.__setattr__(self, "pixels", pixels)
        if self.color is not None and (self.color.dtype != np.uint8 or self.color.shape[2:] != (3,)):
            raise ValueError(f"base image: expected colours uint8 (h, w, 3), got {self.color.shape}")

    @cached_property
    def colors(self) -> np.ndarray:
        """uint8 (h, w, 3)."""
        if self.color is not None:
            return self.color
        grey = np.rint(np.clip(self.pixels, 0, 1) * 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)

    @property
    def pitch(self) -> float:
        """Size of one of its pixels, pad units."""
        return 1.0 / max(self.pixels.shape)

    @property
    def corner(self) -> tuple[float, float]:
        """Its upper left corner, (x, y) in pad units."""
        height, width = self.pixels.shape
        return (1 - width * self.pitch) / 2, (1 - height * self.pitch) / 2

    @cached_property
    def ink_points(self) -> np.ndarray:
        """float32 (n, 2): centres of the pixels that hold ink, pad units, before any placement."""
        rows, columns = np.nonzero(self.pixels > 0.25)
        points = np.stack([columns + 0.5, rows + 0.5], axis=1) * self.pitch
        return (points + self.corner).astype(np.float32)

    @cached_property
    def ink_weights(self) -> np.ndarray:
        """float32 (n,): the brightness of each of `ink_points`."""
        return self.pixels[self.pixels > 0.25]


@dataclass(frozen=True, eq=False)
class Drawing:
    """What stands on the pad: strokes as they were drawn, and `placement`, which moves all of it."""

    strokes: tuple[Stroke, ...] = ()
    """In order of drawing, before `placement`."""
    base: Base | None = None
    placement: Similarity = field(default=IDENTITY)
    paper: Color = SLATE
    """What is under everything, for networks that see colours."""

    @property
    def empty(self) -> bool:
        """Nothing was ever put on it (a drawing that was erased again is not empty, only blank)."""
        return not self.strokes and self.base is None and self.paper == SLATE

    def with_stroke(self, stroke: Stroke) -> "Drawing":
        """One more stroke, given where it is seen on the pad."""
        local = stroke.transformed(self.placement.inverse())
        return replace(self, strokes=(*self.strokes, local))

    def extended(self, points: np.ndarray) -> "Drawing":
        """The last stroke continued through `points` (n, 2), given where they are seen on the pad."""
        if not self.strokes:
            raise ValueError("extended: the drawing has no stroke to continue")
        local = self.placement.inverse().apply(np.asarray(points, np.float32).reshape(-1, 2))
        return replace(self, strokes=(*self.strokes[:-1], self.strokes[-1].extended(local)))

    def without_last(self) -> "Drawing":
        return replace(self, strokes=self.strokes[:-1])

    def transformed(
        self, move: tuple[float, float] = (0.0, 0.0), degrees: float = 0.0, scale: float = 1.0
    ) -> "Drawing":
        """Everything scaled and turned (clockwise) about the drawing's centre, then moved."""
        change = Similarity.about(self.centre, move, degrees, scale)
        return replace(self, placement=self.placement.then(change))

    @cached_property
    def placed_strokes(self) -> tuple[Stroke, ...]:
        """The strokes where they are seen on the pad."""
        return tuple(stroke.transformed(self.placement) for stroke in self.strokes)

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """(left, top, right, bottom) of the pen's centre line and the base's ink; None: nothing there."""
        clouds = [stroke.points for stroke in self.placed_strokes if stroke.kind == "pen"]
        if self.base is not None and len(self.base.ink_points):
            clouds.append(self.placement.apply(self.base.ink_points))
        if not clouds:
            return None
        points = np.concatenate(clouds)
        left, top = points.min(axis=0)
        right, bottom = points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) of the middle of `bounds`; of the pad if there is nothing."""
        left, top, right, bottom = self.bounds or (0.0, 0.0, 1.0, 1.0)
        return (left + right) / 2, (top + bottom) / 2
