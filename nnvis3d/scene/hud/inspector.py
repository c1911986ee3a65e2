"""One neuron's card: where it is, inputs, weights and products as pictures, the calculation in numbers."""

from imgui_bundle import imgui

from nnvis3d.scene.hud.ask_state import InspectorPicture, InspectorState
from nnvis3d.scene.hud.places import BOTTOM, EDGE, TOP
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle

WIDTH = 396
PAD = 16
HEAD = 42
LINE = 23
BUTTON = 28
PICTURE = 104
BETWEEN = 26
"""Between two pictures, where the sign stands."""
BUTTONS = (
    ("inspector_pin", "pin", "Keep it open"),
    ("inspector_copy", "copy", "Copy as text"),
    ("inspector_save", "save", "Save as a picture"),
    ("inspector_close", "close", "Close"),
)
SIGNS = ("×", "=")
"""Between inputs, weights and products."""


class Inspectors:
    """All open cards; remembers where each was dragged."""

    def __init__(self):
        self._dragged: dict[str, tuple[float, float]] = {}

    def draw(self, ui: Widgets, states: tuple[InspectorState, ...]) -> None:
        """From the right edge leftwards, one under the other, unless they were dragged elsewhere."""
        self._dragged = {state.id: self._dragged.get(state.id, (0.0, 0.0)) for state in states}
        width, gap = ui.px(WIDTH), ui.px(EDGE)
        left, top = ui.size[0] - width - gap, ui.px(TOP)
        for state in states:
            height = _height(ui, state)
            if top > ui.px(TOP) and top + height > ui.size[1] - ui.px(BOTTOM):
                left, top = left - width - gap, ui.px(TOP)
            x, y = self._dragged[state.id]
            at = _inside(left + x, ui.size[0] - width), _inside(top + y, ui.size[1] - height)
            self._card(ui, state, (*at, width, height))
            top += height + gap

    def _card(self, ui: Widgets, state: InspectorState, place: Rectangle) -> None:
        left, top, width, height = place
        ui.places[f"inspector/{state.id}"] = (left, top, left + width, top + height)
        with ui.panel(f"inspector/{state.id}", place, card="panel_solid", front=True):
            self._drag(ui, state, left, top, width)
            pad = ui.px(PAD)
            y = _head(ui, state, left + pad, top, left + width - ui.px(8))
            if state.pictures:
                y = _pictures(ui, state, left + pad, y)
            _calculation(ui, state, left + pad, left + width - pad, y, top + height - ui.px(8))

    def _drag(self, ui: Widgets, state: InspectorState, left: float, top: float, width: float) -> None:
        grip = width - len(BUTTONS) * ui.px(BUTTON) - ui.px(8)
        if ui.touch(f"drag/{state.id}", left, top, grip, ui.px(HEAD)).held:
            moved = imgui.get_io().mouse_delta
            x, y = self._dragged[state.id]
            self._dragged[state.id] = (x + moved.x, y + moved.y)


def _inside(at: float, most: float) -> int:
    return round(max(0.0, min(at, most)))


def _height(ui: Widgets, state: InspectorState) -> int:
    needs = HEAD + 12 + (LINE if state.subtitle else 0) + (LINE if state.note else 0)
    needs += (PICTURE + 34 if state.pictures else 0) + LINE * len(state.lines)
    return min(ui.px(needs), max(ui.size[1] - ui.px(TOP) - ui.px(BOTTOM), 1))


def _head(ui: Widgets, state: InspectorState, left: float, top: float, right: float) -> float:
    """Title, buttons, subtitle; returns where the rest begins."""
    side = ui.px(BUTTON)
    at = right - len(BUTTONS) * side
    title = ui.fit(state.title, at - left - ui.px(4), True)
    ui.text(left, top + ui.px(HEAD) / 2, title, "small", ui.theme.selection, bold=True)
    for action, icon, hint in BUTTONS:
        on = action == "inspector_pin" and state.pinned
        if ui.button(f"{action}/{state.id}", icon, at, top + ui.px(6), on=on, hint=hint, side=side):
            ui.ask(action, state.id)
        at += side
    top += ui.px(HEAD)
    for words in (state.subtitle, state.note):
        if words:
            ui.text(
                left, top + ui.px(LINE) / 2 - ui.px(4), ui.fit(words, right - left), "small", ui.theme.muted
            )
            top += ui.px(LINE)
    return top


def _pictures(ui: Widgets, state: InspectorState, left: float, top: float) -> float:
    side, gap = ui.px(PICTURE), ui.px(BETWEEN)
    for index, shown in enumerate(state.pictures[:3]):
        at = left + index * (side + gap)
        _picture(ui, f"inspector/{state.id}/{index}", shown, at, top, side)
        if len(state.pictures) == 3 and index < 2:
            ui.text(at + side + gap / 2, top + side / 2, SIGNS[index], "body", ui.theme.muted, align=0.5)
    return top + side + ui.px(34)


def _picture(ui: Widgets, key: str, shown: InspectorPicture, left: float, top: float, side: int) -> None:
    """As large as fits in a square of `side`, whole pixels a texel where there is room for it."""
    rows, columns = shown.picture.pixels.shape[:2]
    scale = side / max(rows, columns)
    width, height = round(columns * scale), round(rows * scale)
    x, y = round(left + (side - width) / 2), round(top + (side - height) / 2)
    ui.picture(key, shown.picture, (x, y, x + width, y + height))
    ui.draw.add_rect((x - 1, y - 1), (x + width + 1, y + height + 1), ui.ink(ui.theme.rim), 0, 1)
    if shown.marked is not None:
        a, b, c, d = shown.marked
        corners = (round(x + a * width), round(y + b * height)), (round(x + c * width), round(y + d * height))
        ui.draw.add_rect(*corners, ui.ink(ui.theme.selection), 0, max(1.0, ui.px(1.5)))
    ui.text(left + side / 2, top + side + ui.px(15), shown.caption, "small", ui.theme.muted, align=0.5)


def _calculation(
    ui: Widgets, state: InspectorState, left: float, right: float, y: float, bottom: float
) -> None:
    line = ui.px(LINE)
    room = max(0, int((bottom - y) / max(line, 1)))
    lines = state.lines
    if len(lines) > room > 1:  # the beginning, a word about what is left out, the result
        skipped = len(lines) - room + 1
        cut = room - 2
        lines = (*lines[:cut], (f"… {skipped} more", ""), *lines[cut + skipped :])
    for what, value in lines[:room]:
        result = what.startswith("=")
        if result:
            ui.rect(left, y, right, y + 1, ui.theme.rim)
        ui.value_row(left, right, y + line / 2, what.lstrip("= "), value, strong=result)
        y += line
