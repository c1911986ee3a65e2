"""Marks as their shader wants them: rectangles in the scene, each with a colour and a way to be drawn."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from nnvis3d.inputs.reduction import FIELD
from nnvis3d.network.layer_layout import Placement
from nnvis3d.network.layout import Layout
from nnvis3d.network.marks import CellMarks, Color, Flight, Marks, MarkSpec
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.scene.theme import Theme

Box = tuple[float, float, float, float]
"""Top, left, bottom, right."""

STYLES = {"fill": 0, "frame": 1, "ring": 2}
PAD_LIFT = 0.6
"""Of a mark on the pad, scene units."""
ARCH = 0.12
"""How far a flight swings towards the viewer, in shares of its way."""


@dataclass(frozen=True)
class Look:
    """How a role is drawn."""

    color: str
    """A colour of the theme."""
    line: float = 1.8
    """Width in pixels at 720p."""
    glow: float = 0.0
    """0-1."""
    least: float = 3.0
    """Half of its least size, pixels at 720p."""


LOOKS: Mapping[str, Look] = {
    "hover": Look("text", 1.6, 0.5),
    "selected": Look("selection", 2.8, 1.0),
    "pinned": Look("selection", 1.8, 0.3),
    "field": Look("accent", 1.6),
    "window": Look("accent", 1.8),
    "winner": Look("accent", 2.6, 0.8),
    "product": Look("text", least=0.8),
    "summed": Look("text", least=0.8),
    "target": Look("selection", 2.4, 1.0),
    "drop": Look("selection", 1.8, 0.8, 2.0),
    "pending": Look("backdrop", least=0.0),
}


def on_pad(network: NetworkSpec, box: Box) -> Box | None:
    """Where a region of the input lies on the pad, in shares 0-1 of its side; None: outside, or everywhere.

    Only true of a drawing that is not normalised: others are moved and scaled before they become the input.

    Args:
        box: in cells of the input.
    """
    _, height, width = network.preprocessing.shape
    side = min(height, width)
    field = FIELD if FIELD <= side <= FIELD + 8 else side  # as inputs.reduction places it
    corner = ((height - field) // 2, (width - field) // 2) * 2
    top, left, bottom, right = (
        min(max((edge - first) / field, 0.0), 1.0) for edge, first in zip(box, corner, strict=True)
    )
    if bottom <= top or right <= left or (top, left, bottom, right) == (0, 0, 1, 1):
        return None
    return top, left, bottom, right


def mark_rows(
    marks: Marks, layout: Layout, theme: Theme, hidden: Collection[str] = (), pad: Box | None = None
) -> np.ndarray:
    """All marks in the order in which they are drawn.

    Args:
        hidden: names of layers whose marks are left out.
        pad: a frame on the pad, as `on_pad` gives it.

    Returns:
        float32 (k, 4, 4): centre x, y, z, index in STYLES; half width, half height, sine and cosine of the
        heading; sRGB and alpha 0-1; width of the line, glow, half of the least size (pixels at 720p), unused.
    """
    rows = [_cells(group, layout, theme) for group in marks.cells if group.layer not in hidden]
    rows += [_rectangle(mark, layout, theme) for mark in marks.rectangles if mark.layer not in hidden]
    rows += [
        _flight(one, layout, theme)
        for one in marks.flights
        if not {one.start.layer, one.end.layer} & {*hidden}
    ]
    if pad is not None:
        rows.append(_pad(pad, layout, theme))
    return np.concatenate(rows) if rows else np.zeros((0, 4, 4), np.float32)


def _rows(
    placement: Placement, local: np.ndarray, half: np.ndarray, style: str, look: Look, color: np.ndarray
) -> np.ndarray:
    """float32 (k, 4, 4) of local centres (k, 3), half sizes (2,) and colours (k or 1, 4)."""
    heading = math.radians(placement.heading)
    rows = np.empty((len(local), 4, 4), np.float32)
    rows[:, 0, :3], rows[:, 0, 3] = placement.to_scene(local), STYLES[style]
    rows[:, 1, :2], rows[:, 1, 2:] = half, (math.sin(heading), math.cos(heading))
    rows[:, 2] = color
    rows[:, 3] = (look.line, look.glow, look.least, 0)
    return rows


def _color(theme: Theme, look: Look, own: Color | None, alpha: float) -> np.ndarray:
    rgb = own if own is not None else [value / 255 for value in getattr(theme, look.color)[:3]]
    return np.array([[*rgb, alpha]], np.float32)


def _rectangle(mark: MarkSpec, layout: Layout, theme: Theme) -> np.ndarray:
    layer = layout.layers[mark.layer]
    _, height, width = layer.spec.map_shape
    x, z = layer.centres[mark.channel].tolist()
    local = np.array(
        [
            [
                x + ((mark.left + mark.right) - width) / 2 * layer.pitch,
                float(layer.depths[mark.channel]) - mark.lift * layer.pitch,
                z - ((mark.top + mark.bottom) - height) / 2 * layer.pitch,
            ]
        ]
    )
    half = np.array([mark.right - mark.left, mark.bottom - mark.top]) * layer.pitch / 2
    look = LOOKS[mark.role]
    return _rows(layer.placement, local, half, mark.style, look, _color(theme, look, mark.color, mark.alpha))


def _cells(group: CellMarks, layout: Layout, theme: Theme) -> np.ndarray:
    layer, look = layout.layers[group.layer], LOOKS[group.role]
    color = np.repeat(_color(theme, look, None, group.alpha), len(group), axis=0)
    if group.colors is not None:
        color[:, :3] = group.colors
    local = layer.placement.to_local(layer.cells(group.cells))
    local[:, 1] -= group.lift * layer.pitch
    half = np.full(2, group.size * layer.pitch / 2)
    return _rows(layer.placement, local, half, "fill", look, color)


def _flight(flight: Flight, layout: Layout, theme: Theme) -> np.ndarray:
    start, end = (_rectangle(mark, layout, theme) for mark in (flight.start, flight.end))
    rows = end.copy()
    share = flight.share
    rows[:, 0, :3] = start[:, 0, :3] + (end[:, 0, :3] - start[:, 0, :3]) * share
    rows[:, 1] = start[:, 1] + (end[:, 1] - start[:, 1]) * share
    rows[:, 2, 3] = start[:, 2, 3] + (end[:, 2, 3] - start[:, 2, 3]) * share
    reach = np.linalg.norm(end[:, 0, :3] - start[:, 0, :3])
    rows[:, 0, 1] -= ARCH * reach * 4 * share * (1 - share)
    return rows


def _pad(box: Box, layout: Layout, theme: Theme) -> np.ndarray:
    top, left, bottom, right = box
    local = np.array([[(left + right) / 2 - 0.5, 0, 0.5 - (top + bottom) / 2]]) * layout.pad_size
    local[:, 1] = -PAD_LIFT
    half = np.array([right - left, bottom - top]) * layout.pad_size / 2
    look = LOOKS["field"]
    return _rows(layout.pad, local, half, "frame", look, _color(theme, look, None, 1.0))
