"""The kiosk's buttons: large, in rows, the same size in every language; and the languages themselves."""

from collections.abc import Collection, Sequence

from nnvis3d.kiosk.shaping import shaped
from nnvis3d.scene.hud.kiosk_layout import GAP_MM, MARGIN_MM, TARGET_MM, KioskScreen, flow
from nnvis3d.scene.hud.kiosk_state import KioskButton, KioskState
from nnvis3d.scene.hud.kiosk_text import width
from nnvis3d.scene.hud.state import Choice, Invocation
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle

ICON_MM = 9.0
_ICON_SCALE = 0.45
_SIDE_MM = 5.0
"""From a button's edge to what is on it."""


def button_width(ui: Widgets, text: str, large: bool = False) -> float:
    """Pixels; never less than a finger needs."""
    before, side = ICON_MM + 2.5, 3 * _SIDE_MM if large else _SIDE_MM
    words = width(ui, text, "body" if large else "small", True)
    return max(ui.px(TARGET_MM + 0.5), words + ui.px(2 * side + before))


def chip_width(ui: Widgets, choice: Choice) -> float:
    return max(ui.px(TARGET_MM + 0.5), width(ui, choice.title, "small", True) + ui.px(9))


def rows_needed(
    ui: Widgets, screen: KioskScreen, texts: Sequence[Collection[str]], languages: tuple[Choice, ...]
) -> tuple[int, int]:
    """How many rows of buttons the widest of `texts` takes, and how many the languages do."""
    most = screen.width_mm * screen.scale - 2 * ui.px(MARGIN_MM)
    gap = ui.px(GAP_MM)
    rows = [len(flow([button_width(ui, text) for text in words], most, gap)) for words in texts]
    chips = len(flow([chip_width(ui, one) for one in languages], most, gap)) if len(languages) > 1 else 0
    return max(rows, default=1), chips


def draw_controls(ui: Widgets, state: KioskState, place: Rectangle, screen: KioskScreen) -> None:
    """The rows of buttons, from the lower edge up; turned around where one reads from right to left."""
    left, _, right, bottom = place
    gap, row = ui.px(GAP_MM), ui.px(TARGET_MM + 1)
    widths = [button_width(ui, button.text, button.large) for button in state.buttons]
    rows = flow(widths, right - left, gap)
    top = bottom - len(rows) * row - (len(rows) - 1) * gap
    for line in rows:
        total = sum(widths[k] for k in line) + gap * (len(line) - 1)
        at = (left + right - total) / 2
        for k in reversed(line) if state.right_to_left else line:
            draw_button(ui, state, state.buttons[k], (at, top, widths[k], row))
            at += widths[k] + gap
        top += row + gap


def draw_button(ui: Widgets, state: KioskState, button: KioskButton, place: Rectangle) -> None:
    """In (left, top, width, height)."""
    left, top, wide, high = (round(edge) for edge in place)
    theme = ui.theme
    with ui.panel(f"button/{button.name}", (left, top, wide, high), card=""):
        touch = ui.touch(button.name, left, top, wide, high)
        box = (left, top, left + wide, top + high)
        ui.card(left, top, wide, high, "panel_solid")
        filled = button.inviting
        if filled:
            ui.rect(*box, theme.accent, 0.86 + 0.14 * state.breath, ui.px(theme.corner))
        elif button.on:
            ui.rect(*box, theme.accent, 0.16, ui.px(theme.corner))
        if touch.held:
            ui.rect(*box, theme.hover, 2.0, ui.px(theme.corner))
        ink = theme.on_accent if filled else theme.accent if button.on else theme.text
        _label(ui, button, box, ink, state.right_to_left)
        if touch.clicked:
            ui.asked.append(button.says)


def _label(ui: Widgets, button: KioskButton, box: Rectangle, ink, turned: bool) -> None:
    """Icon and word, both in the middle; the icon is what comes first in reading."""
    left, top, right, bottom = box
    middle = (top + bottom) / 2
    size = "body" if button.large else "small"
    words = width(ui, button.text, size, True)
    icon, between = ui.px(ICON_MM), ui.px(2.5) if button.text else 0
    start = (left + right - icon - between - words) / 2
    if turned:
        ui.text(start, middle, shaped(button.text), size, ink, bold=True)
        ui.icon(button.icon, start + words + between + icon / 2, middle, ink, scale=_ICON_SCALE)
    else:
        ui.icon(button.icon, start + icon / 2, middle, ink, scale=_ICON_SCALE)
        ui.text(start + icon + between, middle, shaped(button.text), size, ink, bold=True)


def draw_languages(ui: Widgets, state: KioskState, place: Rectangle, screen: KioskScreen) -> None:
    """One touch each; the one that is spoken has a check mark too, so that it needs no colour."""
    if len(state.languages) < 2:
        return
    left, top, right, _ = place
    gap, row = ui.px(GAP_MM), ui.px(TARGET_MM + 1)
    widths = [chip_width(ui, choice) for choice in state.languages]
    for line in flow(widths, right - left, gap):
        spare = right - left - sum(widths[k] for k in line) - gap * (len(line) - 1)
        more = min(spare / len(line), ui.px(10))
        at = left + (spare - more * len(line)) / 2
        for k in line:
            _chip(ui, state, state.languages[k], (round(at), round(top), round(widths[k] + more), row))
            at += widths[k] + more + gap
        top += row + gap


def _chip(ui: Widgets, state: KioskState, choice: Choice, place: Rectangle) -> None:
    left, top, wide, high = place
    name, on = f"language/{choice.name}", choice.name == state.language
    theme = ui.theme
    with ui.panel(name, place, card=""):
        touch = ui.touch(name, *place)
        ui.card(*place, "panel_solid")
        if on:
            box = (left, top, left + wide, top + high)
            ui.rect(*box, theme.accent, 0.16, ui.px(theme.corner))
            inset, line = ui.px(4), max(2, ui.px(0.8))
            ui.rect(
                left + inset,
                top + high - ui.px(3.2),
                left + wide - inset,
                top + high - ui.px(3.2) + line,
                theme.accent,
            )
        if touch.held:
            ui.rect(left, top, left + wide, top + high, theme.hover, 2.0, ui.px(theme.corner))
        ink = theme.accent if on else theme.text
        ui.text(left + wide / 2, top + high / 2, shaped(choice.title), "small", ink, bold=on, align=0.5)
        if touch.clicked and not on:
            ui.asked.append(Invocation("kiosk_language", choice.name))
