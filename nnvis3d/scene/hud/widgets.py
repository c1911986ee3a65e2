"""What can be pressed: buttons, switches, sliders. Drawn here; imgui only knows what the pointer does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

from nnvis3d.scene.hud.kit import Kit
from nnvis3d.scene.hud.state import Choice
from nnvis3d.scene.overlay import Overlay, Rectangle
from nnvis3d.scene.theme import Theme

INSET = 3.0
"""From a button's edge to the ground that shows that it is on: neighbours stay apart."""
HINT_DELAY_S = 0.45
"""How long the pointer rests before a button says what it does."""


@dataclass(frozen=True)
class Touch:
    """What the pointer does to one thing."""

    clicked: bool
    hovered: bool
    held: bool


class Widgets(Kit):
    """A Kit with things to press."""

    def __init__(self, overlay: Overlay, theme: Theme):
        super().__init__(overlay, theme)
        self._hint: tuple[str, str, float, float, float] | None = None
        self._rested = ("", 0.0)
        """The thing under the pointer, and for how many seconds."""
        self._resting = False
        self.places: dict[str, Rectangle] = {}
        """Thing to press, and each inspector's card -> left, top, right, bottom, in the last build."""
        self._scrolled: dict[str, int] = {}

    def begin(self, dt: float, size: tuple[int, int], theme: Theme, keys: Mapping[str, str]) -> None:
        super().begin(dt, size, theme, keys)
        self.places.clear()

    def touch(self, name: str, left: float, top: float, width: float, height: float) -> Touch:
        """A place to press; draws nothing."""
        self.places[name] = (left, top, left + width, top + height)
        imgui.set_cursor_screen_pos((left, top))
        clicked = imgui.invisible_button(name, (max(width, 1), max(height, 1)))
        return Touch(clicked, imgui.is_item_hovered(), imgui.is_item_active())

    def button(
        self,
        name: str,
        icon: str,
        left: float,
        top: float,
        *,
        on: bool = False,
        enabled: bool = True,
        hint: str = "",
        side: float | None = None,
    ) -> bool:
        """A square button with an icon; True in the build in which it was pressed."""
        side = side or self.px(self.theme.target)
        touch = self.touch(name, left, top, side, side)
        self._ground(name, touch, (left, top, left + side, top + side), on, enabled)
        color = self.theme.accent if on else self.theme.text if enabled else self.theme.faint
        self.icon(
            icon, left + side / 2, top + side / 2, color, 1.0 if on or touch.hovered or not enabled else 0.86
        )
        self.hint(name, hint, touch, left + side / 2, top, top + side)
        return touch.clicked and enabled

    def glow(self, name: str, touch: Touch, place: Rectangle) -> None:
        """Lighten the stretch (left, top, right, bottom) under the pointer."""
        lit = self.ease(f"{name}/lit", float(touch.hovered), 0.12)
        if lit > 0:
            self.rect(
                *place, self.theme.hover, lit * (1.6 if touch.held else 1.0), self.px(self.theme.corner - 2)
            )

    def text_button(
        self,
        name: str,
        text: str,
        place: Rectangle,
        *,
        on: bool = False,
        hint: str = "",
    ) -> bool:
        """A button with a word, in (left, top, width, height)."""
        left, top, width, height = place
        touch = self.touch(name, left, top, width, height)
        self._ground(name, touch, (left, top, left + width, top + height), on, True)
        color = self.theme.accent if on else self.theme.text
        self.text(left + width / 2, top + height / 2, text, "small", color, align=0.5, bold=on)
        self.hint(name, hint, touch, left + width / 2, top, top + height)
        return touch.clicked

    def swatch(
        self, name: str, color: tuple[int, int, int], place: Rectangle, *, on: bool = False, hint: str = ""
    ) -> bool:
        """A colour to choose, in (left, top, width, height); True in the build in which it was pressed."""
        left, top, width, height = place
        touch = self.touch(name, left, top, width, height)
        grow = self.ease(f"{name}/on", max(float(on), 0.5 * touch.hovered))
        x, y, half = left + width / 2, top + height / 2, (width / 2) * (0.74 + 0.2 * grow)
        corner = self.px(5)
        self.rect(x - half, y - half, x + half, y + half, (*color, 255), 1, corner)
        rim = self.ink(self.theme.accent if on else self.theme.faint)
        self.draw.add_rect((x - half, y - half), (x + half, y + half), rim, corner, 2.0 if on else 1.0)
        self.hint(name, hint, touch, x, top, top + height)
        return touch.clicked

    def segmented_width(self, choices: Sequence[Choice]) -> int:
        """Pixels that `segmented` needs."""
        return sum(self._segment(choice) for choice in choices)

    def segmented(
        self, name: str, choices: Sequence[Choice], chosen: str, left: float, top: float, hint: str = ""
    ) -> str | None:
        """A switch between a few; the name of the one that was pressed."""
        side = self.px(self.theme.target)
        pressed = None
        for choice in choices:
            width, name_of_it = self._segment(choice), f"{name}/{choice.name}"
            if self.text_button(
                name_of_it, choice.title, (left, top, width, side), on=choice.name == chosen, hint=hint
            ):
                pressed = choice.name
            left += width
        return pressed

    def slider(
        self,
        name: str,
        value: float,
        low: float,
        high: float,
        place: tuple[float, float, float, float],
        hint: str = "",
    ) -> float | None:
        """A value on a track in (left, top, width, height); the new one while it is dragged."""
        left, top, width, height = place
        touch = self.touch(name, left, top, width, height)
        knob = self.px(7)
        share = min(1.0, max(0.0, (value - low) / max(high - low, 1e-9)))
        middle, start, end = top + height / 2, left + knob, left + width - knob
        at = start + share * (end - start)
        thick = max(1, self.px(1.5))
        self.rect(start, middle - thick, end, middle + thick, self.theme.faint, 1, thick)
        self.rect(start, middle - thick, at, middle + thick, self.theme.accent, 1, thick)
        grow = self.ease(f"{name}/knob", float(touch.hovered or touch.held))
        self.draw.add_circle_filled((at, middle), knob * (0.86 + 0.2 * grow), self.ink(self.theme.accent))
        self.hint(name, hint, touch, left + width / 2, top, top + height)
        if not touch.held or end <= start:
            return None
        dragged = low + min(1.0, max(0.0, (imgui.get_mouse_pos().x - start) / (end - start))) * (high - low)
        return dragged if dragged != value else None

    def scroll(self, name: str, place: tuple[float, float, float, float], count: int, shown: int) -> int:
        """The first of `count` rows to show where `shown` fit in `place`; the wheel moves it."""
        most = max(count - shown, 0)
        first = min(self._scrolled.get(name, 0), most)
        left, top, width, height = place
        if most and imgui.is_mouse_hovering_rect((left, top), (left + width, top + height)):
            step = 3 if most > 2 * shown else 1  # long lists go by faster
            first = min(max(first - step * round(imgui.get_io().mouse_wheel), 0), most)
        self._scrolled[name] = first
        if most:
            right, track = left + width - self.px(2), height / count
            start = top + first * track
            self.rect(
                right - self.px(3), start, right, start + shown * track, self.theme.faint, 1, self.px(1)
            )
        return first

    def value_row(
        self, left: float, right: float, y: float, what: str, value: str, *, strong: bool = False
    ) -> None:
        """A caption at the left and its number at the right, on one line."""
        color = self.theme.text if strong else self.theme.muted
        self.text(left, y, what, "small", color, bold=strong)
        self.text(right, y, value, "small", self.theme.text, align=1.0, bold=strong)

    def separator(self, x: float, top: float, bottom: float) -> None:
        """A thin upright line between groups."""
        self.rect(x, top, x + 1, bottom, self.theme.rim)

    # hints

    def hint(self, name: str, text: str, touch: Touch, x: float, top: float, bottom: float) -> None:
        """Let `text`, and the key of the action `name`, appear by the thing once the pointer rests on it."""
        if not text or not touch.hovered:
            return
        known, seconds = self._rested
        seconds = -HINT_DELAY_S if touch.held else seconds + self.dt if known == name else 0.0
        self._rested, self._resting = (name, seconds), True
        if seconds < HINT_DELAY_S:
            self.overlay.stay_awake(1e-3)
        else:
            action, _, choice = name.partition("/")
            key = self.keys.get(action) or self.keys.get(choice, "")
            self._hint = (text, key, x, top, bottom)

    def show_hint(self) -> None:
        """Draw the hint that is due; once a build, last."""
        hint, self._hint = self._hint, None
        if not self._resting:
            self._rested = ("", 0.0)
        self._resting = False
        if hint is None:
            return
        text, key, x, top, bottom = hint
        pad, gap = self.px(9), self.px(8)
        key_width = self.width(key, "small", True) + 2 * pad if key else 0
        width = self.width(text) + 2 * pad + key_width
        height = self.px(32)
        left = min(max(x - width / 2, 4), max(self.size[0] - width - 4, 4))
        upper = bottom + gap if bottom + gap + height < self.size[1] else top - gap - height
        with self.layer("front"):
            self.card(round(left), round(upper), round(width), height, "panel_solid")
            self.text(left + pad, upper + height / 2, text)
            if key:
                self.text(
                    left + width - pad,
                    upper + height / 2,
                    key,
                    "small",
                    self.theme.accent,
                    bold=True,
                    align=1,
                )

    # inside

    def _segment(self, choice: Choice) -> int:
        return round(self.width(choice.title, "small", True)) + self.px(30)

    def _ground(self, name: str, touch: Touch, place: Rectangle, on: bool, enabled: bool) -> None:
        inset = self.px(INSET)
        place = (place[0] + inset, place[1] + inset, place[2] - inset, place[3] - inset)
        chosen = self.ease(f"{name}/on", float(on))
        if chosen > 0:
            self.rect(*place, self.theme.accent, 0.17 * chosen, self.px(self.theme.corner - 2))
        if enabled:
            self.glow(name, touch, place)
