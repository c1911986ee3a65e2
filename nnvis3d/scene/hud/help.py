"""All keys, in two columns over the scene."""

from itertools import groupby

from nnvis3d.scene.hud.places import EDGE
from nnvis3d.scene.hud.state import HelpRow
from nnvis3d.scene.hud.widgets import Widgets

Line = tuple[str, str]
"""(keys, text); a heading has keys "" and its group as text."""


def columns(rows: tuple[HelpRow, ...]) -> tuple[list[Line], list[Line]]:
    """The rows as two columns of about one length; a group stays together."""
    groups: list[list[Line]] = []
    for name, members in groupby(rows, key=lambda row: row.group):
        groups.append([("", name), *((row.keys, row.text) for row in members)])
    splits = range(1, max(2, len(groups)))
    lengths = [sum(len(group) + 0.6 for group in groups[:split]) for split in splits]
    total = sum(len(group) + 0.6 for group in groups)
    best = min(range(len(lengths)), key=lambda k: max(lengths[k], total - lengths[k])) + 1
    return _joined(groups[:best]), _joined(groups[best:])


def _joined(groups: list[list[Line]]) -> list[Line]:
    return [line for group in groups for line in group]


def draw_help(ui: Widgets, rows: tuple[HelpRow, ...]) -> None:
    """Over everything; a press anywhere closes it."""
    sides = columns(rows)
    head, foot = ui.px(62), ui.px(26)
    lengths = [len(side) + 0.6 * sum(not keys for keys, _ in side) for side in sides]
    row = min(ui.px(29), int((ui.size[1] - head - foot) / max(1.0, *lengths)))
    width = min(ui.px(1100), ui.size[0] - 2 * ui.px(EDGE))
    height = min(round(head + max(lengths) * row + foot), ui.size[1])
    left, top = round((ui.size[0] - width) / 2), max(0, round((ui.size[1] - height) / 2))
    with ui.panel("help", (0, 0, *ui.size), card="", front=True):
        ui.rect(0, 0, *ui.size, ui.theme.backdrop, 0.55)
        ui.card(left, top, width, height, "panel_solid")
        ui.text(left + ui.px(28), top + head / 2 + ui.px(2), "Keys and pointer", "large", bold=True)
        ui.icon("close", left + width - ui.px(30), top + head / 2, ui.theme.muted)
        if ui.touch("toggle_help/close", 0, 0, *ui.size).clicked:
            ui.ask("toggle_help")
        half = (width - ui.px(28)) / 2
        for index, lines in enumerate(sides):
            _column(ui, lines, left + ui.px(28) + index * half, top + head, half - ui.px(28), row)


def _column(ui: Widgets, lines: list[Line], left: float, top: float, width: float, row: int) -> None:
    keys_width = ui.px(150)
    y = top - row * 0.4
    for keys, text in lines:
        y += row * (1.0 if keys else 1.6)
        if keys:
            ui.text(left, y, ui.fit(keys, keys_width - ui.px(8), True), "small", ui.theme.text, bold=True)
            ui.text(left + keys_width, y, ui.fit(text, width - keys_width), "small", ui.theme.muted)
        else:
            ui.text(left, y, text, "small", ui.theme.accent, bold=True)
