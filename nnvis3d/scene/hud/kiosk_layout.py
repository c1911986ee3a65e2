"""Where the kiosk's things stand: a pure function of the screen in millimetres and of what must fit.

Everything that is touched lies within reach of children and of wheelchair users; the rest may be higher.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]
"""Left, top, right, bottom: millimetres from the picture's upper left corner, or pixels where it says so."""

TARGET_MM = 20.0
"""Least side of what is touched (Colle and Hiszem 2004)."""
CAPITAL_MM = 4.8
"""Least height of a capital (Section 508, 402.4)."""
GAP_MM = 4.0
MARGIN_MM = 7.0
REFERENCE_MM = (527.0, 296.0)
"""The screen on which texts have their usual size; larger ones hang farther away."""
SHARE_MM = 15.0
"""What a probability takes beside the end of its bar, which the scene's outline does not know of."""
TITLE_MM = 13.0
"""What the layers' titles take above the scene's outline."""
OTHER_SHAPE = 1.03
"""From this ratio on a picture has another shape than the config's screen."""
SMALLEST_MM = (165.0, 290.0)
"""Shorter and longer side of the smallest screen that everything fits on."""


@dataclass(frozen=True)
class KioskScreen:
    """The picture, and the part of it that can be reached."""

    pixels: tuple[int, int]
    width_mm: float
    height_mm: float
    reach: tuple[float, float]
    """Lowest and highest place within reach, mm above the lower edge."""
    pad_mm: float = 170.0

    @property
    def scale(self) -> float:
        """Pixels a millimetre: the smaller one, were they different, so that everything fits."""
        return min(self.pixels[0] / self.width_mm, self.pixels[1] / self.height_mm)

    @property
    def growth(self) -> float:
        """By how much texts and controls are larger than on the usual screen, 1 to 2."""
        area = self.width_mm * self.height_mm / (REFERENCE_MM[0] * REFERENCE_MM[1])
        return min(max(area**0.5, 1.0), 2.0)

    @property
    def landscape(self) -> bool:
        return self.width_mm >= self.height_mm


def covered(pixels: tuple[int, int], wide: float, high: float) -> tuple[float, float]:
    """Millimetres that the picture counts as: those of the config, or of its shape if that is another one.

    A screen that comes back in another mode stretches it; then the picture is to be filled, come what may.
    """
    scale = min(pixels[0] / wide, pixels[1] / high)
    shape = pixels[0] / scale, pixels[1] / scale
    return (wide, high) if max(shape[0] / wide, shape[1] / high) < OTHER_SHAPE else shape


@dataclass(frozen=True)
class KioskLayout:
    """Boxes in millimetres."""

    header: Box
    """Title and what to do."""
    answer: Box
    pad: Box
    """Square."""
    scene: Box
    """What is left to the network."""
    controls: Box
    """Rows of buttons, `rows` of them."""
    languages: Box
    row_mm: float
    """Height of a row of controls."""

    def margins(self, screen: KioskScreen) -> tuple[float, float, float, float]:
        """Shares of the picture beside the scene: left, right, bottom, top."""
        left, top, right, bottom = self.scene
        width, height = screen.width_mm, screen.height_mm
        return left / width, 1 - right / width, 1 - bottom / height, top / height


def kiosk_layout(screen: KioskScreen, control_rows: int, language_rows: int) -> KioskLayout:
    """Place everything.

    Args:
        control_rows, language_rows: how many rows the widest language needs: all have the same places.
    """
    wide, tall, grown = screen.width_mm, screen.height_mm, screen.growth
    gap, margin = GAP_MM * grown, MARGIN_MM * grown
    row = (TARGET_MM + 1) * grown
    low, high = tall - screen.reach[0], tall - screen.reach[1]  # from above
    bottom = min(tall - margin, low)
    languages = (margin, bottom - _rows(language_rows, row, gap), wide - margin, bottom)
    lower = languages[1] - 1.5 * gap
    controls = (margin, lower - _rows(control_rows, row, gap), wide - margin, lower)
    body = controls[1] - 2 * gap
    head = margin + 33 * grown if screen.landscape else margin + 42 * grown
    top = max(head + gap, high)
    if screen.landscape:
        return _landscape(screen, row, languages, controls, body, head, top)
    return _portrait(screen, row, languages, controls, body, head, top)


def _landscape(
    screen: KioskScreen, row: float, languages: Box, controls: Box, body: float, head: float, top: float
) -> KioskLayout:
    """Pad at the left, the network beside it; the answer over the network's end."""
    grown, wide = screen.growth, screen.width_mm
    margin, gap = MARGIN_MM * grown, GAP_MM * grown
    side = max(min(screen.pad_mm, body - top - 4, 0.4 * wide), 30.0)
    answer_wide = min(118 * grown, 0.38 * wide)
    middle = min(body - side - 2, max(top, (head + gap + body - side) / 2))
    pad = (margin + 3, middle, margin + 3 + side, middle + side)
    return KioskLayout(
        header=(margin, margin, wide - margin - answer_wide - gap, head),
        answer=(wide - margin - answer_wide, margin, wide - margin, head),
        pad=pad,
        scene=(pad[2] + 3 * gap, head + gap + TITLE_MM * grown, wide - margin - SHARE_MM * grown, body),
        controls=controls,
        languages=languages,
        row_mm=row,
    )


def _portrait(
    screen: KioskScreen, row: float, languages: Box, controls: Box, body: float, head: float, top: float
) -> KioskLayout:
    """The network above, the pad below it with the answer beside."""
    grown, wide = screen.growth, screen.width_mm
    margin, gap = MARGIN_MM * grown, GAP_MM * grown
    answer_wide = max(46 * grown, 0.27 * wide)
    free = wide - 2 * margin - answer_wide - 2 * gap - 6
    side = max(min(screen.pad_mm, free, body - top - 4, 0.46 * (body - head)), 30.0)
    left = margin + 3 + max(0.0, free - side) / 2
    pad = (left, body - side - 2, left + side, body - 2)
    beside = pad[2] + 2 * gap + 3
    return KioskLayout(
        header=(margin, margin, wide - margin, head),
        answer=(beside, pad[1], min(beside + answer_wide, wide - margin), pad[3]),
        pad=pad,
        scene=(margin, head + gap + TITLE_MM * grown, wide - margin - SHARE_MM * grown, pad[1] - 3 * gap),
        controls=controls,
        languages=languages,
        row_mm=row,
    )


def _rows(count: int, row: float, gap: float) -> float:
    return count * row + max(0, count - 1) * gap


def flow(widths: Sequence[float], most: float, gap: float) -> list[list[int]]:
    """Indices in rows, none wider than `most` unless one thing alone is."""
    rows: list[list[int]] = []
    used = 0.0
    for index, width in enumerate(widths):
        if rows and used + gap + width <= most:
            rows[-1].append(index)
            used += gap + width
        else:
            rows.append([index])
            used = width
    return _balanced(rows, widths, most, gap)


def _balanced(rows: list[list[int]], widths: Sequence[float], most: float, gap: float) -> list[list[int]]:
    """Two rows of about one length look better than a full one and a rest."""
    if len(rows) != 2:
        return rows
    everything = [*rows[0], *rows[1]]

    def longest(split: int) -> float:
        parts = everything[:split], everything[split:]
        return max(sum(widths[i] for i in part) + gap * (len(part) - 1) for part in parts)

    split = min(range(1, len(everything)), key=longest)
    return [everything[:split], everything[split:]] if longest(split) <= most else rows
