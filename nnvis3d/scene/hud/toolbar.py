"""The pad's toolbar: pen, eraser, move; undo, redo, clear; brush; centring or colours; samples."""

from collections.abc import Callable
from dataclasses import dataclass

from nnvis3d.scene.hud.places import BOTTOM, EDGE
from nnvis3d.scene.hud.state import PadState
from nnvis3d.scene.hud.widgets import Widgets

SLIDER = 96
SWATCH = 23
"""Width of a colour."""
NAME = 170
"""Most that a picture's name takes."""
GAP = 9
"""Between groups, with the line in the middle."""

Drawer = Callable[[Widgets, PadState, float, float], None]


@dataclass(frozen=True)
class Group:
    """Some controls that belong together."""

    width: int
    draw: Drawer


def draw_toolbar(ui: Widgets, state: PadState) -> None:
    """In the lower left corner, or under the pad in as many rows as its width asks for."""
    groups = _groups(ui, state)
    side, gap = ui.px(ui.theme.target), ui.px(GAP)
    full = sum(group.width for group in groups) + gap * (len(groups) - 1)
    left, under, most = _place(ui, state)
    rows = _rows(groups, max(min(most, ui.size[0] - left - ui.px(EDGE)), 1), gap)
    width = min(full, max(sum(g.width for g in row) + gap * (len(row) - 1) for row in rows))
    height = len(rows) * side
    top = max(0, min(under, ui.size[1] - height - ui.px(EDGE)))
    with ui.panel("toolbar", (left, top, width, height)):
        for index, row in enumerate(rows):
            _draw_row(ui, state, row, left, top + index * side, gap)


def draw_no_tools(ui: Widgets, words: str) -> None:
    """Where the tools would be: why there are none."""
    height, inset = ui.px(ui.theme.target), ui.px(14)
    top = ui.size[1] - ui.px(BOTTOM) + ui.px(12)
    width = min(ui.width(words) + 2 * inset, ui.size[0] - 2 * ui.px(EDGE))
    with ui.panel("toolbar", (ui.px(EDGE), top, width, height)):
        ui.text(ui.px(EDGE) + inset, top + height / 2, words, "small", ui.theme.muted)


def _place(ui: Widgets, state: PadState) -> tuple[int, int, int]:
    """(left, top, most width)."""
    if state.place is None:
        top = ui.size[1] - ui.px(BOTTOM) + ui.px(12)
        return ui.px(EDGE), top, ui.size[0] - 2 * ui.px(EDGE)
    at_left, at_top, width = state.place
    return max(0, round(at_left)), max(0, round(at_top)), max(round(width), ui.px(200))


def _rows(groups: list[Group], most: int, gap: int) -> list[list[Group]]:
    rows: list[list[Group]] = [[]]
    used = 0
    for group in groups:
        if rows[-1] and used + gap + group.width > most:
            rows.append([])
            used = 0
        used += group.width + (gap if rows[-1] else 0)
        rows[-1].append(group)
    return rows


def _draw_row(ui: Widgets, state: PadState, row: list[Group], left: float, top: float, gap: int) -> None:
    side, inset = ui.px(ui.theme.target), ui.px(9)
    for index, group in enumerate(row):
        if index:
            ui.separator(left - gap // 2 - 1, top + inset, top + side - inset)
        group.draw(ui, state, left, top)
        left += group.width + gap


def _groups(ui: Widgets, state: PadState) -> list[Group]:
    side = ui.px(ui.theme.target)
    groups = [
        Group(3 * side, _tools),
        Group(3 * side, _history),
        Group(ui.px(SLIDER) + 2 * ui.px(8), _brush),
    ]
    if state.colored:
        groups.append(Group(len(state.palette) * ui.px(SWATCH) + side, _palette))
    if buttons := (not state.colored) + state.transformed:
        groups.append(Group(buttons * side, _centring))
    return [*groups, Group(2 * side + round(ui.width(_sample(ui, state))) + ui.px(2), _samples)]


def _sample(ui: Widgets, state: PadState) -> str:
    return ui.fit(state.sample, ui.px(NAME)) if state.sample else "samples"


def _tools(ui: Widgets, state: PadState, left: float, top: float) -> None:
    hints = {"pen": "Pen", "eraser": "Eraser", "hand": "Move, turn and scale the drawing"}
    for index, (tool, hint) in enumerate(hints.items()):
        at = left + index * ui.px(ui.theme.target)
        if ui.button(tool, tool, at, top, on=state.tool == tool, hint=hint):
            ui.ask(tool)


def _history(ui: Widgets, state: PadState, left: float, top: float) -> None:
    can = {"undo": state.can_undo, "redo": state.can_redo, "clear": state.can_clear}
    for index, (action, enabled) in enumerate(can.items()):
        at = left + index * ui.px(ui.theme.target)
        if ui.button(action, action, at, top, enabled=enabled, hint=action.capitalize()):
            ui.ask(action)


def _brush(ui: Widgets, state: PadState, left: float, top: float) -> None:
    side, inset = ui.px(ui.theme.target), ui.px(8)
    place = (left + inset, top, ui.px(SLIDER), side)
    value = ui.slider("brush_size", state.brush, *state.brush_range, place, "Width of the pen")
    if value is not None:
        ui.ask("brush_size", value)


def _palette(ui: Widgets, state: PadState, left: float, top: float) -> None:
    """The colours, and the button that paints the paper."""
    width, height = ui.px(SWATCH), ui.px(ui.theme.target)
    for index, color in enumerate(state.palette):
        place, chosen = (left + index * width, top, width, height), color == state.color
        if ui.swatch(f"pen_color/{index}", color, place, on=chosen, hint="Draw in this colour"):
            ui.ask("pen_color", color)
    hint = "Paint the paper in the pen's colour"
    if ui.button("fill_paper", "fill", left + len(state.palette) * width, top, hint=hint):
        ui.ask("fill_paper")


def _centring(ui: Widgets, state: PadState, left: float, top: float) -> None:
    if not state.colored:
        hint = "Centre and scale the drawing for the network"
        if ui.button("toggle_normalize", "centre", left, top, on=state.normalize, hint=hint):
            ui.ask("toggle_normalize")
        left += ui.px(ui.theme.target)
    if state.transformed:
        hint = "Put the drawing back where it was drawn"
        if ui.button("reset_drawing_transform", "reset", left, top, hint=hint):
            ui.ask("reset_drawing_transform")


def _samples(ui: Widgets, state: PadState, left: float, top: float) -> None:
    side = ui.px(ui.theme.target)
    word = _sample(ui, state)
    if ui.button("previous_sample", "previous", left, top, hint="Sample before"):
        ui.ask("previous_sample")
    color = ui.theme.text if state.sample else ui.theme.muted
    width = ui.text(left + side, top + side / 2, word, "small", color)
    if ui.button("next_sample", "next", left + side + round(width) + ui.px(2), top, hint="Next sample"):
        ui.ask("next_sample")
