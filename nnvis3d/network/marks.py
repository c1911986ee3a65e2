"""What is marked in the scene: cells, windows, whole maps. Plain data that says where and what it means.

Places are layers, maps and cells, so they hold in every arrangement; who draws them asks LayerLayout where
that is.
"""

from dataclasses import dataclass

import numpy as np

ROLES = (
    "hover",
    "selected",
    "pinned",
    "field",
    "window",
    "winner",
    "product",
    "summed",
    "target",
    "drop",
    "pending",
)
"""What a mark means, and so which colour it takes where it has none of its own: the neuron under the pointer;
the one selected; one whose inspector is pinned; the receptive field; what is read; the winner of a maximum; a
product; one that is in the sum already; the cell that is computed; its result on the way there; a cell whose
turn is still to come, drawn as a veil over it."""

STYLES = ("ring", "frame", "fill")
"""Just outside the rectangle with rounded corners; a thin line just inside it; all of it."""

Color = tuple[float, float, float]
"""sRGB, 0-1."""


@dataclass(frozen=True)
class MarkSpec:
    """One rectangle on one map, in cells: cell (row r, column c) reaches from (r, c) to (r + 1, c + 1)."""

    layer: str
    channel: int
    top: float
    left: float
    bottom: float
    right: float
    """Exclusive; all four may lie over the map's edge, where the padding is."""
    role: str
    """One of ROLES."""
    style: str = "frame"
    """One of STYLES."""
    color: Color | None = None
    """That of a value; None: that of the role."""
    alpha: float = 1.0
    """0-1."""
    lift: float = 0.0
    """How far it stands out of the layer's plane towards the viewer, in pitches of the layer."""


@dataclass(frozen=True, eq=False)
class CellMarks:
    """k single cells of one layer, each filled."""

    layer: str
    cells: np.ndarray
    """int64 (k,): flat indices in the layer, as LayerLayout.cells takes them."""
    role: str
    """One of ROLES."""
    colors: np.ndarray | None = None
    """float32 (k, 3), sRGB 0-1: those of values; None: that of the role."""
    alpha: float = 1.0
    size: float = 0.7
    """Side of the square, share of the pitch."""
    lift: float = 0.0
    """Towards the viewer, in pitches of the layer."""

    def __len__(self) -> int:
        return len(self.cells)


@dataclass(frozen=True)
class Flight:
    """A mark on its way: corners, colour and alpha stand `share` of the way from `start` to `end`."""

    start: MarkSpec
    end: MarkSpec
    """Its role, style and colour are drawn."""
    share: float
    """0-1."""


@dataclass(frozen=True, eq=False)
class Marks:
    """All that is marked now. The same object for as long as nothing changed: compare with `is`."""

    rectangles: tuple[MarkSpec, ...] = ()
    cells: tuple[CellMarks, ...] = ()
    flights: tuple[Flight, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rectangles or self.cells or self.flights)


NO_MARKS = Marks()
