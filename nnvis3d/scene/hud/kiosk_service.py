"""For who looks after the exhibit: the keys for the PIN, the menu, the test picture."""

from nnvis3d.kiosk.shaping import shaped
from nnvis3d.scene.hud.kiosk_state import KioskService, KioskState
from nnvis3d.scene.hud.kiosk_text import draw_lines, line_height, width, wrap
from nnvis3d.scene.hud.state import Invocation
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle
from nnvis3d.scene.theme import Color

KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "<", "0", "x")
KEY_MM = 21.0
_WHITE: Color = (255, 255, 255, 255)
_BLACK: Color = (0, 0, 0, 255)
_GREY: Color = (150, 150, 150, 255)


def draw_service(ui: Widgets, state: KioskState, controls: Rectangle) -> None:
    """Over a solid ground; the keys first, then the menu."""
    service = state.service
    assert service is not None
    # Not a panel: imgui would draw it over the buttons that were there before it.
    ui.overlay.solid((0, 0, *ui.size))
    with ui.layer("back"):
        ui.rect(0, 0, *ui.size, ui.theme.backdrop)
        if not service.prompt:
            _menu(ui, state, controls)
    if service.prompt:
        _keys(ui, state, controls)


def _keys(ui: Widgets, state: KioskState, controls: Rectangle) -> None:
    """Three columns, four rows, where everybody reaches them."""
    service = state.service
    assert service is not None
    side, gap = ui.px(KEY_MM), ui.px(3)
    wide, high = 3 * side + 2 * gap, 4 * side + 3 * gap
    bottom = controls[3]
    left, top = round((ui.size[0] - wide) / 2), round(bottom - high)
    x = ui.size[0] / 2
    with ui.layer("back"):
        _prompt(ui, service, x, top - ui.px(27))
    with ui.panel("pin", (left, top, wide, high), card=""):
        for k, key in enumerate(KEYS):
            box = (left + k % 3 * (side + gap), top + k // 3 * (side + gap), side, side)
            _key(ui, key, box)


def _prompt(ui: Widgets, service: KioskService, x: float, y: float) -> None:
    """What is asked for, and a dot for each figure."""
    ui.text(x, y, shaped(service.title), "body", bold=True, align=0.5)
    ui.text(x, y + ui.px(10), shaped(service.prompt), "small", ui.theme.muted, align=0.5)
    for k in range(service.length):
        at = x + (k - (service.length - 1) / 2) * ui.px(7)
        full = k < service.entered
        radius, ink = ui.px(1.8), ui.ink(ui.theme.accent if full else ui.theme.muted)
        place = (round(at), round(y + ui.px(19)))
        if full:
            ui.draw.add_circle_filled(place, radius, ink)
        else:
            ui.draw.add_circle(place, radius, ink, 0, max(1, ui.px(0.5)))


def _key(ui: Widgets, key: str, place: Rectangle) -> None:
    left, top, side, _ = place
    touch = ui.touch(f"pin/{key}", *place)
    ui.card(*place, "panel_solid")
    if touch.held:
        ui.rect(left, top, left + side, top + side, ui.theme.hover, 2.0, ui.px(4))
    middle = left + side / 2, top + side / 2
    if key == "<":
        ui.icon("previous", *middle, ui.theme.text, scale=0.5)
    elif key == "x":
        ui.icon("close", *middle, ui.theme.text, scale=0.5)
    else:
        ui.text(*middle, key, "large", bold=True, align=0.5)
    if touch.clicked:
        ui.asked.append(Invocation("kiosk_pin", key))


def _menu(ui: Widgets, state: KioskState, controls: Rectangle) -> None:
    """Status on one side, the last errors on the other; below one another on a screen that stands."""
    service = state.service
    assert service is not None
    edge, (width_px, height_px) = ui.px(12), ui.size
    turned = state.right_to_left
    x: float
    x, align = (width_px - edge, 1.0) if turned else (edge, 0.0)
    draw_lines(ui, [service.title], x, ui.px(9), "large", bold=True, align=align)
    top, step = ui.px(30), line_height(ui, "small") * 1.1
    column = width_px * (0.46 if width_px > height_px else 1) - 2 * edge
    for index, (what, much) in enumerate(service.rows):
        y = top + index * step
        ends = (x, x + (-column if turned else column))
        draw_lines(ui, [what], ends[0], y, "small", ui.theme.muted, align=align)
        draw_lines(ui, [much], ends[1], y, "small", bold=True, align=1.0 - align)
    if width_px > height_px:
        x = width_px * 0.5 - edge if turned else width_px * 0.5
        y = top
        room = width_px * 0.5 - edge
    else:
        y, room = top + (len(service.rows) + 1) * step, width_px - 2 * edge
    draw_lines(ui, [service.errors_title], x, y, "small", ui.theme.muted, align=align)
    y += step
    for error in service.errors:
        for line in wrap(ui, error, room)[:2]:
            if y + step < controls[1]:
                draw_lines(ui, [_cut(ui, line, room)], x, y, "small", align=align)
                y += step


def _cut(ui: Widgets, text: str, most: float) -> str:
    """An error may hold a path without any space."""
    while text and width(ui, text) > most:
        text = text[:-1]
    return text


def draw_calibration(ui: Widgets, state: KioskState, scale: float) -> None:
    """Edges, 100 mm, targets of 20 mm, greys; and where it was touched.

    Args:
        scale: pixels a millimetre.
    """
    wide, high = ui.size
    ui.overlay.solid((0, 0, wide, high))
    with ui.layer("back"):
        ui.rect(0, 0, wide, high, _BLACK)
        for inset in (0, round(10 * scale)):
            corners = (inset, inset), (wide - inset - 1, high - inset - 1)
            ui.draw.add_rect(*corners, ui.ink(_WHITE if inset == 0 else _GREY), 0.0, 1.0)
        for x in (0.08, 0.5, 0.92):
            for y in (0.12, 0.5, 0.88):
                if (x, y) != (0.5, 0.88):  # there is the button
                    _cross(ui, wide * x, high * y, 10 * scale)
        _ruler(ui, state, wide / 2, high * 0.3, scale)
        step = wide * 0.6 / 11
        for k in range(11):
            level = round(255 * k / 10)
            left = wide * 0.2 + k * step
            ui.rect(left, high * 0.62, left + step, high * 0.62 + 15 * scale, (level, level, level, 255))
        for x, y in state.marks:
            ui.draw.add_circle((x, y), 3 * scale, ui.ink(ui.theme.accent), 0, 2.0)
            ui.draw.add_circle_filled((x, y), 0.6 * scale, ui.ink(ui.theme.accent))


def _cross(ui: Widgets, x: float, y: float, radius: float) -> None:
    ink = ui.ink(_WHITE)
    ui.draw.add_circle((x, y), radius, ink, 0, 1.0)
    ui.draw.add_line((x - radius, y), (x + radius, y), ink, 1.0)
    ui.draw.add_line((x, y - radius), (x, y + radius), ink, 1.0)


def _ruler(ui: Widgets, state: KioskState, x: float, y: float, scale: float) -> None:
    ink, half = ui.ink(_WHITE), 50 * scale
    ui.draw.add_line((x - half, y), (x + half, y), ink, max(1.0, 0.5 * scale))
    for k in range(11):
        at, tall = x - half + 10 * k * scale, (4 if k % 5 == 0 else 2) * scale
        ui.draw.add_line((at, y - tall), (at, y), ink, max(1.0, 0.4 * scale))
    lines = wrap(ui, state.text, ui.size[0] * 0.7, "small")
    draw_lines(ui, lines, x, y + 4 * scale, "small", _WHITE, align=0.5)
