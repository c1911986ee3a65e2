"""The find box: type a layer, a neuron, a shape; Enter goes there."""

from imgui_bundle import imgui

from nnvis3d.scene.hud.ask_state import FindState
from nnvis3d.scene.hud.places import EDGE, TOP
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.imgui_fonts import CAP, LINE
from nnvis3d.scene.overlay import Rectangle

WIDTH = 460
FIELD = 48
ROW = 36
MOST_ROWS = 8
EXAMPLE = "conv1, conv2:3:4:7, 16 × 5 × 5, most active …"


class Find:
    """The box under the bar. Says "find_query", "find_choose", "find_go", "find_close"."""

    def __init__(self):
        self._focused: int | None = None
        self._typed = ""

    def draw(self, ui: Widgets, state: FindState | None) -> None:
        if state is None:
            self._focused = None
            return
        rows = min(len(state.results), MOST_ROWS)
        width = min(ui.px(WIDTH), ui.size[0] - 2 * ui.px(EDGE))
        height = ui.px(FIELD) + rows * ui.px(ROW) + (ui.px(8) if rows else 0)
        left, top = round((ui.size[0] - width) / 2), ui.px(TOP)
        with ui.panel("find", (left, top, max(width, 1), height), card="panel_solid", front=True):
            middle = top + ui.px(FIELD) / 2
            ui.icon("search", left + ui.px(24), middle, ui.theme.accent)
            close = ui.px(32)
            at = left + width - close - ui.px(8)
            if ui.button("find_close", "close", at, middle - close / 2, side=close, hint="Close"):
                ui.ask("find_close")
            field = (left + ui.px(46), middle - ui.px(16), max(at - left - ui.px(54), 1), ui.px(32))
            self._field(ui, state, field)
            self._keys(ui, state, rows)
            first = max(0, min(state.chosen - MOST_ROWS + 1, len(state.results) - rows))
            for index in range(first, first + rows):
                y = top + ui.px(FIELD) + (index - first) * ui.px(ROW)
                _row(ui, state, index, (left + ui.px(6), y, width - 2 * ui.px(6), ui.px(ROW)))

    def _field(self, ui: Widgets, state: FindState, place: Rectangle) -> None:
        left, top, width, height = place
        em = ui.theme.em("body")
        if self._focused != state.serial:
            self._focused = state.serial
            imgui.set_keyboard_focus_here()
            ui.overlay.wake()
        # imgui centres lines, capitals stand a little above the middle of theirs
        padding = (height - em * LINE) / 2
        colors = {
            imgui.Col_.frame_bg: (0, 0, 0, 0),
            imgui.Col_.text: ui.theme.text,
            imgui.Col_.text_selected_bg: (*ui.theme.accent[:3], 70),
            imgui.Col_.input_text_cursor: ui.theme.accent,
        }
        for part, color in colors.items():
            imgui.push_style_color(part, ui.ink(color))
        imgui.push_style_var(imgui.StyleVar_.frame_padding, imgui.ImVec2(0, max(padding, 0)))
        imgui.push_font(ui.overlay.fonts.regular, em * LINE)
        imgui.set_cursor_screen_pos((left, top))
        imgui.set_next_item_width(width)
        changed, query = imgui.input_text("##find", state.query)
        imgui.pop_font()
        imgui.pop_style_var()
        imgui.pop_style_color(len(colors))
        if changed and query != self._typed:
            ui.ask("find_query", query)
        self._typed = query
        if not query:
            middle = top + height / 2 + (LINE / 2 - 0.293 - CAP / 2) * em * 0.2
            ui.text(left + ui.px(3), middle, ui.fit(EXAMPLE, width), "small", ui.theme.muted)

    def _keys(self, ui: Widgets, state: FindState, rows: int) -> None:
        if imgui.is_key_pressed(imgui.Key.escape):
            ui.ask("find_close")
        if not rows:
            return
        step = imgui.is_key_pressed(imgui.Key.down_arrow) - imgui.is_key_pressed(imgui.Key.up_arrow)
        if step:
            ui.ask("find_choose", (state.chosen + step) % len(state.results))
        if imgui.is_key_pressed(imgui.Key.enter):
            ui.ask("find_go", state.chosen)


def _row(ui: Widgets, state: FindState, index: int, place: Rectangle) -> None:
    left, top, width, height = place
    name, what = state.results[index]
    touch = ui.touch(f"find/{index}", *place)
    box = (left, top, left + width, top + height)
    if index == state.chosen:
        ui.rect(*box, ui.theme.accent, 0.15, ui.px(ui.theme.corner - 3))
    ui.glow(f"find/{index}", touch, box)
    if touch.clicked:
        ui.ask("find_go", index)
    pad = ui.px(12)
    before = ui.text(left + pad, top + height / 2, name, bold=index == state.chosen)
    room = width - before - 3 * pad
    ui.text(left + width - pad, top + height / 2, ui.fit(what, room), "small", ui.theme.muted, align=1)
