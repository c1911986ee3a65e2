"""The colours that one can draw with."""

from nnvis3d.inputs.strokes import CHALK, Color

PALETTE: tuple[Color, ...] = (
    CHALK,
    (150, 155, 160),
    (15, 15, 20),
    (120, 80, 45),
    (215, 50, 45),
    (245, 200, 60),
    (70, 140, 60),
    (90, 160, 225),
)
"""Few enough to see at a glance, near those of things and places in photographs."""


def after(color: Color) -> Color:
    """The next one of the palette; the first after a colour that is not in it."""
    return PALETTE[(PALETTE.index(color) + 1) % len(PALETTE)] if color in PALETTE else PALETTE[0]
