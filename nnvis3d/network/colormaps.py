"""Colour maps: from a normalised activation to a colour.

Each has a sequential half (zero to the maximum) and a diverging whole (minus the maximum to the maximum,
zero in the middle), which share their positive side, so that "warm" always means "active". Lightness rises
steadily from zero outwards on both sides: that is what survives print, a projector and every kind of colour
blindness.
Interpolated in OKLab (Ottosson 2020, "A perceptual color space for image processing").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

SIZE = 256

_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_oklab(srgb: np.ndarray) -> np.ndarray:
    """OKLab (n, 3) of sRGB colours (n, 3) in 0-1."""
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _RGB_TO_LMS.T) @ _LMS_TO_LAB.T


def from_oklab(lab: np.ndarray) -> np.ndarray:
    """sRGB (n, 3) in 0-1 of OKLab colours (n, 3); colours outside sRGB are clipped."""
    linear = (lab @ np.linalg.inv(_LMS_TO_LAB).T) ** 3 @ np.linalg.inv(_RGB_TO_LMS).T
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _ramp(stops: Sequence[str], size: int) -> np.ndarray:
    """sRGB (size, 3) through hexadecimal colours, evenly spaced in OKLab."""
    colours = np.array([[int(stop[i : i + 2], 16) / 255 for i in (1, 3, 5)] for stop in stops])
    lab = to_oklab(colours)
    at = np.linspace(0, len(stops) - 1, size)
    return from_oklab(np.stack([np.interp(at, range(len(stops)), lab[:, k]) for k in range(3)], axis=1))


@dataclass(frozen=True)
class ColorMap:
    """Two lookup tables, uint8 (256, 3), sRGB."""

    name: str
    title: str
    sequential: np.ndarray
    """Index 0: the value 0; index 255: the layer's maximum."""
    diverging: np.ndarray
    """Index 0: minus the layer's maximum; 128: the value 0; 255: the maximum."""

    def colors(self, values: np.ndarray, scale: float, signed: bool) -> np.ndarray:
        """uint8 (..., 3) of values, as the shaders colour them; `scale` is the magnitude at full
        brightness."""
        share = np.clip(np.nan_to_num(values / max(scale, 1e-12)), -1 if signed else 0, 1)
        if signed:
            return self.diverging[np.rint(127.5 + 127.5 * share).astype(int)]
        return self.sequential[np.rint(255 * share).astype(int)]


def _color_map(name: str, title: str, positive: Sequence[str], negative: Sequence[str]) -> ColorMap:
    up, down = _ramp(positive, SIZE), _ramp([positive[0], *negative], SIZE // 2 + 1)
    half = _ramp(positive, SIZE // 2)
    diverging = np.concatenate([down[:0:-1], half])

    def table(colours: np.ndarray) -> np.ndarray:
        return np.rint(colours * 255).astype(np.uint8)

    return ColorMap(name, title, table(up), table(diverging))


@cache
def color_maps(light: bool = False) -> tuple[ColorMap, ...]:
    """All colour maps, the default first, for the dark stage or for the light one."""
    if light:
        return (
            _color_map(
                "ember",
                "ember and azure",
                ["#dfe3ea", "#f0c987", "#ec9b3b", "#d65f21", "#a32c1c", "#5e0f1d"],
                ["#a9cbea", "#5c9fdc", "#2a70bd", "#174788", "#0b2350"],
            ),
            _color_map(
                "glacier",
                "blue to cyan",
                ["#e3e6ee", "#9fd8e0", "#3fb3d0", "#2b74d0", "#3f3bb0", "#241a66"],
                ["#efc9a0", "#dd9048", "#b05f1c", "#6f360c"],
            ),
            _color_map(
                "graphite",
                "greys",
                ["#e6e8ec", "#9da3ad", "#5b616b", "#14171c"],
                ["#c9b79c", "#94713f", "#523607"],
            ),
        )
    return (
        _color_map(
            "ember",
            "ember and azure",
            ["#1d2536", "#5a2547", "#a83248", "#e0602f", "#f6a63c", "#fde08a", "#fffbe8"],
            ["#1c3f6e", "#1f69b3", "#3b9be8", "#86cdfb", "#e4f5ff"],
        ),
        _color_map(
            "glacier",
            "blue to cyan, as Harley's",
            ["#151a2b", "#35308a", "#3f55e0", "#2f97f2", "#22d3ee", "#7dffd9"],
            ["#4a2f1c", "#9a5420", "#e08a35", "#ffd08a"],
        ),
        _color_map(
            "graphite",
            "greys",
            ["#22262e", "#5b626d", "#a7aeb8", "#fafbfc"],
            ["#3d3320", "#7d6431", "#c9a356", "#ffe9b8"],
        ),
    )
