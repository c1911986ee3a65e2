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


def draw_class_names(ui: Widgets, state: LabState, x: float, y: float, right: float) -> None:
    """What the colours of dots mean, as many as there is room for."""
    for color, name in zip(CLASS_COLORS, state.snapshot.shown.plan.labels, strict=False):
        if x + ui.px(12) + ui.width(name[:6]) > right:
            return
        ui.draw.add_circle_filled((x + ui.px(4), y), ui.px(4), ui.ink(color))
        x += ui.px(11) + ui.text(x + ui.px(11), y, name[:6], "small", ui.theme.muted) + ui.px(7)
