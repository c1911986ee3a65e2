"""What the interface looks like: colours, text sizes and the one factor that everything scales by."""

from dataclasses import dataclass, replace

Color = tuple[int, int, int, int]
"""Red, green, blue, alpha: sRGB, 0-255, not premultiplied."""

REFERENCE = (1280, 720)
"""Pixels of the picture in which scale 1 is right."""


@dataclass(frozen=True)
class Theme:
    """One look. Sizes are pixels at scale 1; multiply by `scale`, or ask `px`."""

    name: str
    scale: float
    backdrop: Color
    """What the stage shows behind the panels where text reads worst on it."""
    panel: Color
    panel_solid: Color
    """For what must hide what is behind it: help, menus, tooltips."""
    rim: Color
    hover: Color
    """Laid over a panel where the pointer is."""
    text: Color
    muted: Color
    """Captions and second lines."""
    faint: Color
    """What cannot be used now; and tracks, separators."""
    accent: Color
    """The interface's own colour: what is on, what invites."""
    on_accent: Color
    """Text and icons on a field of `accent`."""
    selection: Color
    """What the person chose in the scene."""
    error: Color
    shadow: Color
    """Behind text that stands in the scene without a panel."""
    small: float = 15.0
    body: float = 20.0
    large: float = 34.0
    hero: float = 62.0
    """Of the one digit that is the answer."""
    corner: float = 9.0
    """Radius of a panel's corners."""
    pad: float = 10.0
    """From a panel's rim to what it holds."""
    target: float = 38.0
    """Side of the smallest thing to click."""

    def px(self, length: float) -> int:
        """`length` (pixels at scale 1) in whole pixels of the picture."""
        return round(length * self.scale)

    def em(self, size: str) -> int:
        """Pixels of the em of text size "small", "body", "large" or "hero"."""
        return max(6, round(getattr(self, size) * self.scale))

    def role(self, name: str) -> Color:
        """Colour of text by what it is: "text", "muted", "accent", "selection" or "error"."""
        return getattr(self, name)

    def scaled(self, scale: float) -> "Theme":
        return self if scale == self.scale else replace(self, scale=scale)


DARK = Theme(
    name="dark",
    scale=1.0,
    backdrop=(19, 26, 40, 255),
    panel=(24, 33, 48, 200),
    panel_solid=(22, 30, 44, 251),
    rim=(150, 182, 214, 38),
    hover=(190, 215, 240, 26),
    text=(233, 239, 245, 255),
    muted=(164, 179, 196, 255),
    faint=(122, 140, 160, 110),
    accent=(104, 226, 196, 255),
    on_accent=(9, 32, 32, 255),
    selection=(255, 112, 190, 255),
    error=(255, 146, 134, 255),
    shadow=(8, 12, 20, 205),
)

LIGHT = Theme(
    name="light",
    scale=1.0,
    backdrop=(219, 224, 232, 255),
    panel=(250, 252, 253, 214),
    panel_solid=(250, 252, 253, 252),
    rim=(34, 58, 88, 44),
    hover=(20, 60, 90, 22),
    text=(24, 34, 47, 255),
    muted=(76, 91, 108, 255),
    faint=(90, 108, 128, 110),
    accent=(0, 98, 88, 255),
    on_accent=(244, 252, 250, 255),
    selection=(184, 16, 112, 255),
    error=(176, 38, 28, 255),
    shadow=(246, 249, 251, 215),
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def interface_scale(width: int, height: int, user_scale: float = 1.0) -> float:
    """The factor for a picture of `width` x `height` pixels: 1.0 at 1280x720, 1.5 at 1920x1080.

    A narrow picture is scaled by its width, but never below 0.75: text must stay legible. In steps of 0.05,
    so that a window being resized does not draw its letters anew at every pixel.
    """
    fit = min(width / 1000.0, height / REFERENCE[1])
    return round(max(0.75, min(fit, 4.0)) * user_scale * 20) / 20


def over(color: Color, ground: Color) -> Color:
    """`color` laid over the opaque `ground`."""
    share = color[3] / 255
    red, green, blue = (
        round(c * share + g * (1 - share)) for c, g in zip(color[:3], ground[:3], strict=True)
    )
    return red, green, blue, 255


def contrast(one: Color, other: Color) -> float:
    """Contrast ratio 1-21 of two opaque colours (WCAG 2.2, "contrast ratio" and "relative luminance")."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in color[:3])
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
