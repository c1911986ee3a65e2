"""Words over the picture that belong to no panel: captions and titles of tours."""

from dataclasses import dataclass, replace

import panda3d.core as p3d

from nnvis3d.scene.hud.kit import Kit
from nnvis3d.scene.overlay import Overlay
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.theme import Theme

SORT = 110
"""Over the panels."""
CAPTION_EM = 0.041
"""Height of a caption's type, share of the picture's height (its width, where that is smaller, counts)."""
TITLE_EM = 0.085
WIDEST = 0.74
"""Share of the picture's width that words take before they go on in another line."""
FOOT = 0.045
"""From the picture's edge to a caption, share of its height."""


@dataclass(frozen=True)
class ShownWords:
    """Words as they are shown now."""

    text: str
    below: str = ""
    style: str = "caption"
    """"caption" or "title"."""
    place: str = "bottom"
    """"bottom" or "top"."""
    alpha: float = 1.0


class Captions:
    """Draws words; built anew only when they change. Nothing is drawn, and nothing costs, while there are
    none."""

    def __init__(self, output: p3d.GraphicsOutput, shaders: ShaderLibrary, theme: Theme):
        self._overlay = Overlay(output, shaders, SORT)
        self._ui = Kit(self._overlay, theme)
        self._shown: tuple | None = None
        self._taken = (0, 0)
        self.builds = 0
        """How often they were built."""

    def update(
        self,
        words: tuple[ShownWords, ...],
        size: tuple[int, int],
        theme: Theme,
        taken: tuple[int, int] = (0, 0),
    ) -> bool:
        """Show these words in a picture of `size` pixels; True if they differ from those before.

        Args:
            taken: pixels at the left and at the lower edge where something else is; captions stay beside it.
        """
        wanted = (words, size, theme, taken)
        if wanted == self._shown or not (words or (self._shown and self._shown[0])):
            return False
        self._shown, self._taken = wanted, taken
        self._overlay.visible = bool(words)
        self._overlay.begin(0.0, size)
        self._ui.begin(0.0, size, _sized(theme, *size), {})
        with self._ui.layer("front"):
            for one in words:
                (self._title if one.style == "title" else self._caption)(one)
        self._ui.end()
        self._overlay.end()
        self.builds += 1
        return True

    def close(self) -> None:
        self._overlay.destroy()

    def _caption(self, words: ShownWords) -> None:
        ui, (width, height), (taken, low) = self._ui, self._ui.size, self._taken
        em, width = ui.theme.em("body"), width - taken
        lines = wrapped(ui, words.text, WIDEST * width, "body")
        step, pad = round(em * 1.36), round(em * 0.62)
        wide = round(max(ui.width(line, "body") for line in lines) + 2.6 * pad)
        tall = step * (len(lines) - 1) + em + 2 * pad
        foot = round(FOOT * height)
        top = foot if words.place == "top" else height - low - foot - tall
        left = taken + round((width - wide) / 2)
        ui.rect(left, top, left + wide, top + tall, ui.theme.panel_solid, 0.84 * words.alpha, pad)
        for number, line in enumerate(lines):
            middle = taken + width / 2
            ui.text(middle, top + pad + em / 2 + number * step, line, "body", align=0.5, alpha=words.alpha)

    def _title(self, words: ShownWords) -> None:
        ui, (width, height) = self._ui, self._ui.size
        ui.rect(0, 0, width, height, ui.theme.panel_solid, 0.78 * words.alpha)
        lines = wrapped(ui, words.text, 0.84 * width, "hero", bold=True)
        more = wrapped(ui, words.below, 0.8 * width, "large") if words.below else []
        step, small = round(ui.theme.em("hero") * 1.22), round(ui.theme.em("large") * 1.45)
        y = height / 2 - (step * (len(lines) - 1) + small * len(more)) / 2
        for line in lines:
            ui.text(width / 2, y, line, "hero", bold=True, align=0.5, alpha=words.alpha)
            y += step
        for line in more:
            ui.text(width / 2, y, line, "large", ui.theme.accent, align=0.5, alpha=words.alpha)
            y += small


def wrapped(ui: Kit, text: str, most: float, size: str, bold: bool = False) -> list[str]:
    """`text` in lines of `most` pixels, about equally long; a line feed begins a new one."""
    lines: list[str] = []
    for part in text.split("\n"):
        count = len(_filled(ui, part, most, size, bold))
        width = ui.width(part, size, bold) / count * 1.08
        while len(found := _filled(ui, part, width, size, bold)) > count:  # ends before `width` is `most`
            width *= 1.04
        lines += found
    return lines


def _filled(ui: Kit, text: str, most: float, size: str, bold: bool) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and ui.width(longer, size, bold) > most:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _sized(theme: Theme, width: int, height: int) -> Theme:
    """Type of films: as large as the picture asks for, whatever the panels' size is."""
    unit = min(height, 0.8 * width)
    return replace(
        theme,
        scale=1.0,
        body=max(9.0, CAPTION_EM * unit),
        hero=max(14.0, TITLE_EM * unit),
        large=max(9.0, 0.44 * TITLE_EM * unit),
    )
