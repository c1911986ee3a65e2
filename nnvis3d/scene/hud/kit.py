"""What every panel is drawn with: cards, text, ink; and what is remembered from build to build."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from imgui_bundle import imgui

from nnvis3d.scene.hud.icons import draw_icon
from nnvis3d.scene.hud.state import Invocation, Picture
from nnvis3d.scene.imgui_fonts import ASCENT, CAP, LINE
from nnvis3d.scene.overlay import Overlay, Rectangle
from nnvis3d.scene.theme import Color, Theme

_WINDOW = (
    imgui.WindowFlags_.no_decoration
    | imgui.WindowFlags_.no_background
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_saved_settings
    | imgui.WindowFlags_.no_nav
    | imgui.WindowFlags_.no_focus_on_appearing
    | imgui.WindowFlags_.no_scroll_with_mouse
).value
_STAY_BACK = imgui.WindowFlags_.no_bring_to_front_on_focus.value
SIZES = ("small", "body", "large", "hero")
MOST_WIDTHS = 4096
"""How many widths of texts are remembered."""


class Kit:
    """Draws into the panel that is open. All places are pixels of the picture; `px` scales lengths."""

    def __init__(self, overlay: Overlay, theme: Theme):
        self.overlay = overlay
        self.theme = theme
        self.size = (1, 1)
        """Of the picture, pixels."""
        self.keys: Mapping[str, str] = {}
        self.asked: list[Invocation] = []
        self.dt = 0.0
        self._eased: dict[str, float] = {}
        self._touched: set[str] = set()
        self._widths: dict[tuple[str, int, bool], float] = {}
        self._list: Any = None
        self._ems: dict[str, int] = {}
        """By size of text, pixels of its em: asked for two hundred times a build."""
        self._measured: Theme | None = None

    def begin(self, dt: float, size: tuple[int, int], theme: Theme, keys: Mapping[str, str]) -> None:
        self.dt, self.size, self.theme, self.keys = dt, size, theme, keys
        self.asked = []
        self._list = None  # nothing is open
        if theme is not self._measured:
            self._measured = theme
            self._ems = {name: theme.em(name) for name in SIZES}

    def end(self) -> None:
        """Forget what was eased by things that are not there any more."""
        self._eased = {key: value for key, value in self._eased.items() if key in self._touched}
        self._touched.clear()

    def ask(self, action: str, argument: object = None) -> None:
        self.asked.append(Invocation(action, argument))

    def px(self, length: float) -> int:
        return self.theme.px(length)

    def ease(self, key: str, target: float, seconds: float = 0.18, start: float | None = None) -> float:
        """Go from the last value under `key` to `target`, 0 to 1 in `seconds`; keeps builds coming."""
        value = self._eased.get(key, target if start is None else start)
        step = self.dt / seconds
        value = min(target, value + step) if value < target else max(target, value - step)
        self._eased[key] = value
        self._touched.add(key)
        if value != target:
            self.overlay.stay_awake(1e-3)
        return value

    # where drawing goes

    @contextmanager
    def panel(
        self,
        name: str,
        place: Rectangle,
        *,
        card: str = "panel",
        front: bool = False,
        alpha: float = 1.0,
    ) -> Iterator[None]:
        """A stretch of the picture (left, top, width, height) that takes the pointer.

        `card`: "panel", "panel_solid" or "" for no ground. `front`: comes forward when opened or clicked.
        """
        left, top, width, height = place
        imgui.set_next_window_pos((left, top))
        imgui.set_next_window_size((width, height))
        imgui.begin(name, None, _WINDOW | (0 if front else _STAY_BACK))
        if front and imgui.is_window_appearing():  # what was just opened, not what was clicked last
            imgui.internal.bring_window_to_display_front(imgui.internal.get_current_window())
        self.overlay.solid((left, top, left + width, top + height))
        before, self._list = self._list, imgui.get_window_draw_list()
        if card:
            self.card(left, top, width, height, card, alpha)
        try:
            yield
        finally:
            self._list = before
            imgui.end()

    @contextmanager
    def layer(self, which: str) -> Iterator[None]:
        """Draw behind all panels ("back") or over them ("front"); takes no pointer."""
        before = self._list
        self._list = imgui.get_background_draw_list() if which == "back" else imgui.get_foreground_draw_list()
        yield
        self._list = before

    @property
    def draw(self) -> imgui.ImDrawList:
        """imgui's list that the open panel draws into."""
        return self._list

    # what is drawn

    def ink(self, color: Color, alpha: float = 1.0) -> int:
        """imgui's number for a colour."""
        red, green, blue, own = color
        return red | green << 8 | blue << 16 | int(own * alpha + 0.5) << 24

    def card(
        self, left: float, top: float, width: float, height: float, kind: str = "panel", alpha: float = 1.0
    ) -> None:
        """A panel's ground: a tone, round corners, a thin rim."""
        corner = self.px(self.theme.corner)
        right, bottom = left + width, top + height
        self.rect(left, top, right, bottom, getattr(self.theme, kind), alpha, corner)
        self._list.add_rect((left, top), (right, bottom), self.ink(self.theme.rim, alpha), corner, 1.0)

    def rect(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        color: Color,
        alpha: float = 1.0,
        corner: float = 0,
    ) -> None:
        self._list.add_rect_filled((left, top), (right, bottom), self.ink(color, alpha), corner)

    def icon(
        self, name: str, x: float, y: float, color: Color, alpha: float = 1.0, scale: float = 1.0
    ) -> None:
        """An icon of about 18 pixels about (x, y)."""
        unit = self.theme.scale * scale
        draw_icon(self._list, name, round(x), round(y), unit, self.ink(color, alpha))

    def width(self, text: str, size: str = "small", bold: bool = False) -> float:
        """Pixels from the left to the right of `text`."""
        key = (text, self._ems[size], bold)
        known = self._widths.get(key)
        if known is None:
            if len(self._widths) > MOST_WIDTHS:
                self._widths.clear()
            # imgui measures at a whole size, and draws at any: some 2 % more, which ran over edges.
            drawn = key[1] * LINE
            whole = max(round(drawn), 1)
            imgui.push_font(self._font(bold), whole)
            known = self._widths[key] = imgui.calc_text_size(text).x * drawn / whole
            imgui.pop_font()
        return known

    def fit(self, text: str, most: float, bold: bool = False, size: str = "small") -> str:
        """`text` cut to `most` pixels with an ellipsis."""
        if self.width(text, size, bold) <= most:
            return text
        while text and self.width(text + "…", size, bold) > most:
            text = text[:-1]
        return text.rstrip() + "…"

    def fit_end(self, name: str, most: float, bold: bool = False) -> str:
        """A qualified name, small, its beginning cut to `most` pixels: its end tells it from others."""
        if self.width(name, "small", bold) <= most:
            return name
        while name and self.width("…" + name, "small", bold) > most:
            name = name[1:]
        return "…" + name

    def wrapped(self, text: str, most: float) -> list[str]:
        """`text`, small, in lines of at most `most` pixels; a word that is longer stands alone."""
        lines = [""]
        for word in text.split():
            joined = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.width(joined) > most:
                lines.append(word)
            else:
                lines[-1] = joined
        return lines

    def line(self, size: str = "small") -> int:
        """Pixels from one line of text to the next."""
        return round(self._ems[size] * 1.3)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: str = "small",
        color: Color | None = None,
        *,
        bold: bool = False,
        align: float = 0.0,
        alpha: float = 1.0,
    ) -> float:
        """One line whose capitals are centred on the height y; `align` 0 starts, 0.5 centres, 1 ends at x.

        Returns its width.
        """
        em = self._ems[size]
        width = self.width(text, size, bold)
        place = (round(x - align * width), round(y - (ASCENT - CAP / 2) * em))
        ink = self.ink(color or self.theme.text, alpha)
        self._list.add_text(self._font(bold), em * LINE, place, ink, text)
        return width

    def picture(self, key: str, picture: Picture, place: Rectangle, alpha: float = 1.0) -> None:
        """A small picture, its texels as sharp squares, in (left, top, right, bottom)."""
        left, top, right, bottom = place
        texture = self.overlay.textures.picture(key, picture.pixels, picture.serial)
        white = self.ink((255, 255, 255, 255), alpha)
        self._list.add_image(texture, (left, top), (right, bottom), (0, 0), (1, 1), white)

    def _font(self, bold: bool) -> imgui.ImFont:
        return self.overlay.fonts.bold if bold else self.overlay.fonts.regular
