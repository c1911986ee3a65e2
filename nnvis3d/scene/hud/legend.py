"""What the colours mean: bars of them with their numbers, and how values become brightness."""

from nnvis3d.scene.hud.places import EDGE
from nnvis3d.scene.hud.state import LegendState, Picture
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import overlaps

WIDTH = 336
HEIGHT = 52
STOPS = 24
"""Pieces of which a bar of colours is made, each a gradient."""


def number(value: float) -> str:
    """A number as short as it may be: "4.2", "−0.31", "120"."""
    shown = f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    return shown.replace("-", "\u2212")


class Legend:
    """One card at the lower right; a click on it asks for the next colour map."""

    def __init__(self):
        self._stops: list[tuple[Picture, list[int]]] = []

    def draw(self, ui: Widgets, legends: tuple[LegendState, ...]) -> None:
        if not legends:
            return
        height = ui.px(HEIGHT)
        top = ui.size[1] - height - ui.px(5)
        needed = ui.width(_words(legends[0])) + ui.width(legends[0].colormap) + ui.px(56)
        width = round(min(max(ui.px(WIDTH), needed), max(ui.px(WIDTH), _room(ui, top))))
        left = ui.size[0] - width - ui.px(EDGE)
        place = (left, top, left + width, top + height)
        if min(left, top) < 0 or any(overlaps(place, box) for box in ui.overlay.built):
            return
        with ui.panel("legend", (left, top, width, height)):
            touch = ui.touch("next_colormap", left, top, width, height)
            if touch.clicked:
                ui.ask("next_colormap")
            ui.hint("next_colormap", "Other colours", touch, left + width / 2, top, top + height)
            pad = ui.px(12)
            self._bars(ui, legends[:2], left + pad, left + width - pad, top + ui.px(17))
            self._words(ui, legends[0], left + pad, left + width - pad, top + ui.px(38))

    def _bars(
        self, ui: Widgets, legends: tuple[LegendState, ...], left: float, right: float, y: float
    ) -> None:
        gap = ui.px(16)
        each = (right - left - gap * (len(legends) - 1)) / len(legends)
        for index, legend in enumerate(legends):
            start = left + index * (each + gap)
            low, high = number(legend.low), f"{number(legend.high)}{legend.unit}"
            before = ui.text(start, y, low, "small", ui.theme.text) + ui.px(7)
            after = ui.text(start + each, y, high, "small", ui.theme.text, align=1) + ui.px(7)
            self._bar(ui, legend.lut, start + before, start + each - after, y)

    def _bar(self, ui: Widgets, lut: Picture, left: float, right: float, y: float) -> None:
        half, inks = ui.px(5), self._inks(ui, lut)
        step = (right - left) / STOPS
        for index in range(STOPS):
            one, other = inks[index], inks[index + 1]
            corners = (left + index * step, y - half), (left + (index + 1) * step, y + half)
            ui.draw.add_rect_filled_multi_color(*corners, one, other, other, one)
        ui.draw.add_rect((left - 1, y - half - 1), (right + 1, y + half + 1), ui.ink(ui.theme.rim), 2, 1)

    def _inks(self, ui: Widgets, lut: Picture) -> list[int]:
        for known, inks in self._stops:
            if known == lut:
                return inks
        rows = [round(index * (len(lut.pixels) - 1) / STOPS) for index in range(STOPS + 1)]
        colors = ((*(int(v) for v in lut.pixels[row]), 255) for row in rows)
        inks = [ui.ink(color) for color in colors]  # type: ignore[arg-type]
        self._stops = [*self._stops[-3:], (lut, inks)]
        return inks

    def _words(self, ui: Widgets, legend: LegendState, left: float, right: float, y: float) -> None:
        name = ui.text(right, y, legend.colormap, "small", ui.theme.accent, align=1) + ui.px(12)
        ui.text(left, y, ui.fit(_words(legend), right - left - name), "small", ui.theme.muted)


def _words(legend: LegendState) -> str:
    return " · ".join(word for word in (legend.title, legend.note) if word)


def _room(ui: Widgets, top: float) -> float:
    """Pixels from the toolbar to the right edge."""
    taken = [right for _, _, right, bottom in ui.overlay.built if bottom > top and right < ui.size[0] / 1.3]
    return ui.size[0] - max(taken, default=0) - 2 * ui.px(EDGE)
