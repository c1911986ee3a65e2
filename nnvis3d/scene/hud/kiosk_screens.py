"""What the kiosk's screens show beside their buttons: what to do, the answer, the warning, the finger."""

from nnvis3d.kiosk.shaping import shaped
from nnvis3d.scene.hud.kiosk_state import KioskState
from nnvis3d.scene.hud.kiosk_text import block_height, draw_lines, fitting, width, wrap
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.imgui_fonts import CAP
from nnvis3d.scene.overlay import Rectangle
from nnvis3d.scene.theme import Color, Theme

BLACK: Color = (0, 0, 0, 255)
NIGHT, NIGHT_INK = 0.8, (164, 179, 196, 255)
"""From this darkness on a closed exhibit is as good as black, in both themes; what is read on it then."""
_PAPER: Color = (250, 250, 250, 255)


def draw_header(ui: Widgets, state: KioskState, place: Rectangle) -> None:
    """Title and what to do, on a ground of their own, at the upper edge."""
    left, top, right, bottom = place
    side, between = ui.px(6), ui.px(4.5)
    with ui.panel(
        "header", (round(left), round(top), round(right - left), round(bottom - top)), card="panel_solid"
    ):
        wide, high = right - left - 2 * side, bottom - top - 2 * ui.px(5)
        if state.step is not None:
            _dots(ui, state, place)
            wide -= ui.px(5 * state.step[1] + 4)
        title, lines, size, text = _fitted(ui, state, wide, high, between)
        tall = block_height(ui, len(lines), title)
        rest = between + block_height(ui, len(text), size) if text else 0.0
        y = (top + bottom - tall - rest) / 2
        x, align = (right - side, 1.0) if state.right_to_left else (left + side, 0.0)
        y = draw_lines(ui, lines, x, y, title, bold=True, align=align)
        if text:
            draw_lines(ui, text, x, y + between, size, ui.theme.muted, align=align)


def _fitted(
    ui: Widgets, state: KioskState, wide: float, high: float, between: float
) -> tuple[str, list[str], str, list[str]]:
    """Size and lines of title and text: the text gives way first."""
    for title, size in (("large", "body"), ("large", "small"), ("body", "small"), ("small", "small")):
        lines = wrap(ui, state.title, wide, title, True)
        text = wrap(ui, state.text, wide, size) if state.text else []
        tall = block_height(ui, len(lines), title) + (
            between + block_height(ui, len(text), size) if text else 0
        )
        if tall <= high and all(width(ui, line, title, True) <= wide for line in lines):
            return title, lines, size, text
    return title, lines, size, text


def _dots(ui: Widgets, state: KioskState, place: Rectangle) -> None:
    """Where one is on the guided path: what was done is full, where one is larger."""
    assert state.step is not None
    now, count = state.step
    left, top, right, _ = place
    y = top + ui.px(8)
    for k in range(count):
        step = (k + 0.9) * ui.px(5)
        x = left + step if state.right_to_left else right - (count - k - 0.1) * ui.px(5) - ui.px(1)
        radius = ui.px(1.9) if k == now else ui.px(1.2)
        ink = ui.theme.accent if k <= now else ui.theme.faint
        ui.draw.add_circle_filled((round(x), round(y)), radius, ui.ink(ink))


def draw_answer(ui: Widgets, state: KioskState, place: Rectangle, wide_card: bool) -> None:
    """The digit, to be read across the room; how sure the network is; its second guess."""
    answer = state.answer
    assert answer is not None
    left, top, right, bottom = place
    box = (round(left), round(top), round(right - left), round(bottom - top))
    with ui.panel("answer", box, card="panel_solid"):
        if not answer.digit:
            _centred(ui, answer.before, place)
        elif wide_card:
            _answer_row(ui, state, place)
        else:
            _answer_column(ui, state, place)


def _centred(ui: Widgets, text: str, place: Rectangle) -> None:
    left, top, right, bottom = place
    size, lines = fitting(ui, text, right - left - ui.px(8), bottom - top - ui.px(8), ("body", "small"))
    y = (top + bottom - block_height(ui, len(lines), size)) / 2
    draw_lines(ui, lines, (left + right) / 2, y, size, ui.theme.muted, align=0.5)


def _answer_row(ui: Widgets, state: KioskState, place: Rectangle) -> None:
    answer = state.answer
    assert answer is not None
    left, top, right, bottom = place
    middle, digit = (top + bottom) / 2, ui.px(16)
    at, side = (right - digit, -1) if state.right_to_left else (left + digit, 1)
    ui.text(at, middle, answer.digit, "hero", ui.theme.accent, bold=True, align=0.5)
    x, align = at + side * ui.px(17), 0.0 if side > 0 else 1.0
    room = right - left - 2 * ui.px(16) - ui.px(4)
    for text, y, size, ink, bold in (
        (answer.before, -9.5, "small", ui.theme.muted, False),
        (answer.percent, 0.5, "large", ui.theme.text, True),
        (answer.second, 11.0, "small", ui.theme.muted, False),
    ):
        lines = wrap(ui, text, room, size, bold)[:1]
        ui.text(x, middle + ui.px(y), shaped(lines[0]), size, ink, bold=bold, align=align)


def _answer_column(ui: Widgets, state: KioskState, place: Rectangle) -> None:
    answer = state.answer
    assert answer is not None
    left, top, right, bottom = place
    x, room = (left + right) / 2, right - left - ui.px(5)
    before, second = wrap(ui, answer.before, room), wrap(ui, answer.second, room)
    digit, percent = (CAP * ui.theme.em(size) for size in ("hero", "large"))
    heights = [block_height(ui, len(before), "small"), digit, percent]
    heights.append(block_height(ui, len(second), "small"))
    gap = min(ui.px(7), (bottom - top - ui.px(6) - sum(heights)) / 3)
    y = (top + bottom - sum(heights) - 3 * gap) / 2
    y = draw_lines(ui, before, x, y, "small", ui.theme.muted, align=0.5) + gap
    ui.text(x, y + digit / 2, answer.digit, "hero", ui.theme.accent, bold=True, align=0.5)
    y += digit + gap
    ui.text(x, y + percent / 2, answer.percent, "large", bold=True, align=0.5)
    draw_lines(ui, second, x, y + percent + gap, "small", ui.theme.muted, align=0.5)


def draw_finger(ui: Widgets, state: KioskState, pad: Rectangle) -> None:
    """A finger at the pen that draws by itself."""
    if state.pen is None:
        return
    left, top, right, bottom = pad
    x, y = left + state.pen[0] * (right - left), top + state.pen[1] * (bottom - top)
    with ui.layer("front"):
        ui.icon("finger", x + ui.px(5.5), y + ui.px(16.5), ui.theme.shadow, scale=1.75)
        ui.icon("finger", x + ui.px(5), y + ui.px(16), ui.theme.text, scale=1.75)


def draw_note(ui: Widgets, state: KioskState, scene: Rectangle) -> None:
    """A word over the scene's foot."""
    if not state.note:
        return
    left, _, right, bottom = scene
    lines = wrap(ui, state.note, right - left - ui.px(16), "body", True)
    wide = max(width(ui, line, "body", True) for line in lines) + ui.px(12)
    high = block_height(ui, len(lines), "body") + ui.px(10)
    x, top = (left + right) / 2, bottom - high - ui.px(2)
    with ui.panel("note", (round(x - wide / 2), round(top), round(wide), round(high)), card="panel_solid"):
        draw_lines(ui, lines, x, top + ui.px(5), "body", ui.theme.accent, bold=True, align=0.5)


def draw_warning(ui: Widgets, state: KioskState, controls: Rectangle) -> None:
    """Over everything: the time left as a bar, a number, and one large button."""
    warning = state.warning
    assert warning is not None
    wide = min(ui.px(190), ui.size[0] - 2 * ui.px(8))
    inner = wide - 2 * ui.px(10)
    title = wrap(ui, warning.title, inner, "large", True)
    text = wrap(ui, warning.text, inner, "body")
    button = ui.px(26)
    high = (
        block_height(ui, len(title), "large")
        + block_height(ui, len(text), "body")
        + button
        + ui.px(10 + 8 + 9 + 9 + 12)
    )
    left, x = (ui.size[0] - wide) / 2, ui.size[0] / 2
    top = max(ui.px(6), min((ui.size[1] - high) / 2, controls[3] - high))
    with ui.panel("warning", (0, 0, *ui.size), card="", front=True):
        ui.rect(0, 0, *ui.size, ui.theme.backdrop, 0.72)
        ui.card(round(left), round(top), round(wide), round(high), "panel_solid")
        y = draw_lines(ui, title, x, top + ui.px(10), "large", bold=True, align=0.5)
        y = draw_lines(ui, text, x, y + ui.px(8), "body", ui.theme.muted, align=0.5) + ui.px(9)
        bar = (left + ui.px(10), y, left + wide - ui.px(10), y + ui.px(2))
        ui.rect(*bar, ui.theme.faint, 1.0, ui.px(1))
        ui.rect(
            bar[0], bar[1], bar[0] + (bar[2] - bar[0]) * warning.share, bar[3], ui.theme.accent, 1.0, ui.px(1)
        )
        room = max(width(ui, warning.stay, "body", True) + ui.px(20), ui.px(70))
        place = (round(x - room / 2), round(y + ui.px(9)), round(room), button)
        ui.touch("kiosk_stay", *place)
        ui.rect(place[0], place[1], place[0] + place[2], place[1] + button, ui.theme.accent, 1.0, ui.px(4))
        ui.text(
            x, place[1] + button / 2, shaped(warning.stay), "body", ui.theme.on_accent, bold=True, align=0.5
        )


def closed_ink(theme: Theme, dim: float) -> Color:
    """Of the words on a screen so dark: calm where it is night, else as on every card."""
    return NIGHT_INK if dim >= NIGHT else theme.text


def draw_closed(ui: Widgets, state: KioskState, controls: Rectangle) -> None:
    """Dark, with when it opens again; on a card of their own where the scene can still be seen behind."""
    with ui.panel("closed", (0, 0, *ui.size), card="", front=True):
        ui.rect(0, 0, *ui.size, BLACK, state.dim)
        ink, x, y = closed_ink(ui.theme, state.dim), ui.size[0] / 2, ui.size[1] * 0.42
        lines = wrap(ui, state.title, ui.size[0] * 0.8, "large", True)
        if state.dim < NIGHT:
            wide = max(width(ui, state.text, "body"), *(width(ui, line, "large") for line in lines)) + ui.px(
                20
            )
            high = block_height(ui, len(lines), "large") + ui.px(9) + block_height(ui, 1, "body") + ui.px(16)
            ui.card(round(x - wide / 2), round(y - ui.px(8)), round(wide), round(high), "panel_solid")
        y = draw_lines(ui, lines, x, y, "large", ink, align=0.5)
        if state.text:
            draw_lines(ui, [state.text], x, y + ui.px(9), "body", ink, align=0.5)


def draw_code(ui: Widgets, state: KioskState, scene: Rectangle) -> None:
    """The QR code on white, at least 60 mm wide: telephones like it large."""
    assert state.code is not None
    left, top, right, bottom = scene
    modules = state.code.pixels.shape[0]
    lines = wrap(ui, state.code_text, right - left - ui.px(16), "body")
    side = min(
        ui.px(78), bottom - top - block_height(ui, len(lines), "body") - ui.px(18), right - left - ui.px(12)
    )
    side = max(side // modules, 1) * modules
    x, y = (left + right) / 2, top + ui.px(6)
    wide = max(side, max(width(ui, line, "body") for line in lines)) + ui.px(12)
    high = side + block_height(ui, len(lines), "body") + ui.px(17)
    with ui.panel(
        "code", (round(x - wide / 2), round(top), round(wide), round(high)), card="panel_solid", front=True
    ):
        box = (round(x - side / 2), round(y), round(x - side / 2) + side, round(y) + side)
        ui.rect(*box, _PAPER)
        ui.picture("kiosk-code", state.code, box)
        draw_lines(ui, lines, x, y + side + ui.px(5), "body", align=0.5)
