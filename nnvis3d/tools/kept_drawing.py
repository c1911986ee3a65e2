"""What is on the pad, as text keeps it: strokes, the picture under them, how it lies; pictures as numbers."""

import math
import zlib
from typing import Annotated, Literal

import msgspec
import numpy as np

from nnvis3d.inputs.strokes import SLATE, Base, Color, Drawing, Similarity, Stroke

MOST_POINTS = 50_000
"""Of all strokes of a drawing."""
LONGEST_SIDE = 512
"""Pixels of a picture, as a pad keeps them."""
_SCALES = 0.01, 100.0
_DIGITS = 5
"""Decimals of a point, pad units: a hundredth of the pad's pixel."""

Byte = Annotated[int, msgspec.Meta(ge=0, le=255)]
Side = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_SIDE)]
Place = Annotated[float, msgspec.Meta(ge=-100, le=100)]
"""Pad units."""


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a later version adds is left out by this one."""


class KeptNumbers(Struct, frozen=True):
    """An array."""

    shape: Annotated[tuple[Side, ...], msgspec.Meta(max_length=3)]
    kind: Literal["u1", "f2"]
    """Bytes, or floats: half precision is finer than the 256 steps of a screen."""
    packed: bytes
    """Row-major, little-endian, zlib."""

    @classmethod
    def of(cls, array: np.ndarray) -> "KeptNumbers":
        """Of uint8, or of floats from 0 to 1."""
        kind: Literal["u1", "f2"] = "u1" if array.dtype == np.uint8 else "f2"
        content = np.ascontiguousarray(array, np.dtype(f"<{kind}")).tobytes()
        return cls(shape=array.shape, kind=kind, packed=zlib.compress(content, 1))

    @property
    def floats(self) -> np.ndarray:
        """float32, from 0 to 1.

        Raises:
            ValueError: cut short, longer than its shape, or other numbers.
        """
        array = self._read("f2")
        if not ((array >= 0) & (array <= 1)).all():
            raise ValueError("a picture: expected numbers from 0 to 1")
        return array.astype(np.float32)

    @property
    def bytes(self) -> np.ndarray:
        """uint8; raises as `floats`."""
        return self._read("u1")

    def _read(self, kind: str) -> np.ndarray:
        if self.kind != kind:
            raise ValueError(f"a picture: expected numbers of kind {kind}, got {self.kind}")
        size = math.prod(self.shape) * int(self.kind[1])
        unpacking = zlib.decompressobj()
        try:
            content = unpacking.decompress(self.packed, size + 1)  # never more than the shape says
        except zlib.error as error:
            raise ValueError(f"a picture is damaged ({error})") from error
        if len(content) != size:
            raise ValueError(f"a picture: expected {size:,} bytes, got others")
        return np.frombuffer(content, np.dtype(f"<{kind}")).reshape(self.shape)


class KeptPicture(Struct, frozen=True):
    """As `inputs.strokes.Base`."""

    pixels: KeptNumbers
    color: KeptNumbers | None = None
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""

    @classmethod
    def of(cls, base: Base) -> "KeptPicture":
        color = None if base.color is None else KeptNumbers.of(base.color)
        return cls(pixels=KeptNumbers.of(base.pixels.clip(0, 1)), color=color, name=base.name[:200])

    @property
    def base(self) -> Base:
        """Raises ValueError: no such picture."""
        color = None if self.color is None else self.color.bytes
        return Base(self.pixels.floats, color, self.name)


class KeptStroke(Struct, frozen=True):
    """As `inputs.strokes.Stroke`."""

    points: Annotated[list[tuple[Place, Place]], msgspec.Meta(min_length=1, max_length=MOST_POINTS)]
    width: Annotated[float, msgspec.Meta(gt=0, le=20)]
    kind: Literal["pen", "eraser"] = "pen"
    color: tuple[Byte, Byte, Byte] = (255, 255, 255)

    @classmethod
    def of(cls, stroke: Stroke) -> "KeptStroke":
        points = [(x, y) for x, y in stroke.points.astype(np.float64).round(_DIGITS).tolist()]
        kind: Literal["pen", "eraser"] = "pen" if stroke.kind == "pen" else "eraser"
        red, green, blue = (int(part) for part in stroke.color)
        return cls(points=points, width=float(stroke.width), kind=kind, color=(red, green, blue))

    @property
    def stroke(self) -> Stroke:
        return Stroke(np.array(self.points, np.float32), self.width, self.kind, self.color)


class KeptDrawing(Struct, frozen=True):
    """As `inputs.strokes.Drawing`."""

    sample: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """Number of the sample that ships; then only `placement` counts."""
    strokes: Annotated[list[KeptStroke], msgspec.Meta(max_length=MOST_POINTS)] = []
    picture: KeptPicture | None = None
    turn: tuple[Place, Place] = (1.0, 0.0)
    """Factor of the placement, real and imaginary."""
    move: tuple[Place, Place] = (0.0, 0.0)
    paper: tuple[Byte, Byte, Byte] = SLATE

    @classmethod
    def of(cls, drawing: Drawing, sample: int = -1) -> "KeptDrawing | None":
        """
        Args:
            sample: which of the samples that ship it is; -1: none.

        Returns:
            None: it is more than is kept, or lies too far away.
        """
        try:
            kept = cls._of(drawing, sample)
            msgspec.convert(msgspec.to_builtins(kept), cls)  # what is written can be read
        except ValueError:
            return None
        return kept

    @classmethod
    def _of(cls, drawing: Drawing, sample: int) -> "KeptDrawing":
        """Raises ValueError: too many points."""
        factor, offset = drawing.placement.factor, drawing.placement.offset
        turn, move = (factor.real, factor.imag), (offset.real, offset.imag)
        if sample >= 0 and drawing.paper == SLATE:
            return cls(sample=sample, turn=turn, move=move)
        _check_points([len(stroke.points) for stroke in drawing.strokes])
        strokes = [KeptStroke.of(stroke) for stroke in drawing.strokes]
        picture = None if drawing.base is None else KeptPicture.of(drawing.base)
        return cls(strokes=strokes, picture=picture, turn=turn, move=move, paper=drawing.paper)

    @property
    def placement(self) -> Similarity:
        """Raises ValueError: nothing would be seen of it."""
        factor = complex(*self.turn)
        least, most = _SCALES
        if not least <= abs(factor) <= most:
            raise ValueError(f"a drawing: expected a scale of {least:g} to {most:g}, got {abs(factor):g}")
        return Similarity(factor, complex(*self.move))

    @property
    def drawing(self) -> Drawing:
        """If it is no sample.

        Raises:
            ValueError: too many points, no such picture, nothing would be seen of it.
        """
        _check_points([len(stroke.points) for stroke in self.strokes])
        base = None if self.picture is None else self.picture.base
        strokes = tuple(stroke.stroke for stroke in self.strokes)
        paper: Color = self.paper
        return Drawing(strokes, base, self.placement, paper)


def _check_points(counts: list[int]) -> None:
    """Raises ValueError: too many."""
    if sum(counts) > MOST_POINTS:
        raise ValueError(f"a drawing: expected at most {MOST_POINTS:,} points, got {sum(counts):,}")
