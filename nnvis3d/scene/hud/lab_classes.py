"""The colours of classes, and what they are called."""

from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.theme import Color

CLASS_COLORS: tuple[Color, ...] = (
    (31, 119, 180, 255),
    (255, 127, 14, 255),
    (44, 160, 44, 255),
    (214, 39, 40, 255),
    (148, 103, 189, 255),
    (180, 120, 104, 255),
    (227, 119, 194, 255),
    (150, 150, 150, 255),
    (188, 189, 34, 255),
    (23, 190, 207, 255),
)
"""Those that matplotlib calls tab10, the brown lighter."""


def class_rows(ui: Widgets, state: LabState, room: float, most: int) -> list[list[str]]:
    """The names of the classes in at most so many rows of `room` pixels; what does not fit is left out."""
    rows: list[list[str]] = [[]]
    x = 0.0
    for _, name in zip(CLASS_COLORS, state.snapshot.shown.plan.labels, strict=False):
        wide = ui.px(11) + ui.width(name[:6]) + ui.px(7)
        if x + wide - ui.px(6) > room and rows[-1]:
            if len(rows) == most:
                break
            rows.append([])
            x = 0.0
        rows[-1].append(name)
        x += wide
    return rows


def draw_class_names(ui: Widgets, x: float, y: float, names: list[str], first: int = 0) -> None:
    """What the colours of dots mean: of `names`, the first of which is class `first`."""
    for color, name in zip(CLASS_COLORS[first:], names, strict=False):
        ui.draw.add_circle_filled((x + ui.px(4), y), ui.px(4), ui.ink(color))
        x += ui.px(11) + ui.text(x + ui.px(11), y, name[:6], "small", ui.theme.muted) + ui.px(7)
