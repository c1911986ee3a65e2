"""Texts of the kiosk: broken into lines in reading order; each is then joined and turned if it is Arabic."""

from nnvis3d.kiosk.shaping import shaped
from nnvis3d.scene.hud.kit import Kit
from nnvis3d.scene.imgui_fonts import CAP
from nnvis3d.scene.theme import Color

_NO_START = "、。？！：；）」』ー…々ぁぃぅぇぉっゃゅょァィゥェォッャュョ!?:;)."
"""What no line begins with (JIS X 4051, in short)."""


def width(ui: Kit, text: str, size: str = "small", bold: bool = False) -> float:
    """Pixels."""
    return ui.width(shaped(text), size, bold)


def wrap(ui: Kit, text: str, most: float, size: str = "small", bold: bool = False) -> list[str]:
    """Lines of at most `most` pixels, in reading order, still to be shaped. Words stay whole if they can."""
    lines: list[str] = []
    line = ""
    for part in _parts(text):
        joined = line + part
        if line and width(ui, joined.rstrip(), size, bold) > most:
            lines.append(line.rstrip())
            line = part.lstrip()
        else:
            line = joined
    return [*lines, line.rstrip()] if line.strip() else lines or [""]


def _parts(text: str) -> list[str]:
    """Where a line may be broken: after spaces, and between Japanese characters."""
    parts: list[str] = []
    for letter in text:
        new = not parts or parts[-1].endswith(" ") or (_ideographic(letter) and letter not in _NO_START)
        if new or (_ideographic(parts[-1][-1]) and letter not in _NO_START and letter != " "):
            parts.append(letter)
        else:
            parts[-1] += letter
    return parts


def _ideographic(letter: str) -> bool:
    return "\u3000" <= letter <= "\u9fff" or "\uff00" <= letter <= "\uffef"


def draw_lines(
    ui: Kit,
    lines: list[str],
    x: float,
    y: float,
    size: str = "small",
    color: Color | None = None,
    *,
    bold: bool = False,
    align: float = 0.0,
) -> float:
    """Draw lines with the first one's capitals beginning at height y; returns where the last one's end."""
    step = line_height(ui, size)
    for index, line in enumerate(lines):
        middle = y + CAP / 2 * ui.theme.em(size) + index * step
        ui.text(x, middle, shaped(line), size, color, bold=bold, align=align)
    return y + CAP * ui.theme.em(size) + (len(lines) - 1) * step


def line_height(ui: Kit, size: str) -> float:
    """Pixels from line to line: airy, for Arabic has letters far below."""
    return 1.36 * ui.theme.em(size)


def block_height(ui: Kit, lines: int, size: str) -> float:
    """From the first line's capitals to the last one's base, pixels."""
    return CAP * ui.theme.em(size) + (lines - 1) * line_height(ui, size)


def fitting(
    ui: Kit, text: str, wide: float, high: float, sizes: tuple[str, ...], bold: bool = False
) -> tuple[str, list[str]]:
    """The largest of `sizes` in which the text fits the box (pixels), else the last one; and its lines."""
    for size in sizes:
        lines = wrap(ui, text, wide, size, bold)
        fits = block_height(ui, len(lines), size) <= high
        if fits and all(width(ui, line, size, bold) <= wide for line in lines):
            return size, lines
    return sizes[-1], wrap(ui, text, wide, sizes[-1], bold)
