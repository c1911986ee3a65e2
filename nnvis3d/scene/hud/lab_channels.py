"""Draws the card beside a point of an embedding: its filter's channels, and what a drag would do."""

import math

from nnvis3d.network.filter_pictures import Sheet
from nnvis3d.scene.hud.filter_card import FilterCard
from nnvis3d.scene.hud.filter_pictures import Brush
from nnvis3d.scene.hud.widgets import Widgets

LARGEST, SMALLEST = 34, 9
"""Side of a channel's picture, pixels at scale 1: of few, and of very many."""
ONE_ROW = 8
"""So many channels stand in one row."""
MOST = 128
"""Channels that are shown."""
WIDEST = 280


def draw_filter_card(ui: Widgets, card: FilterCard) -> None:
    """Beside the pointer, inside the picture."""
    pad, line, gap = ui.px(12), ui.line(), ui.px(18)
    count, side, columns = _grid(ui, card.channels)
    words = [card.title, *card.lines]
    width = max(*(ui.width(text, bold=k == 0) for k, text in enumerate(words)), columns * side)
    width = round(width + 2 * pad)
    rows = -(-count // columns) if count else 0
    height = round(2 * ui.px(9) + len(words) * line + (rows * side + ui.px(6) if rows else 0))
    left = card.x + gap if card.x + gap + width < ui.size[0] else card.x - gap - width
    top = min(max(card.y - height - gap, 2), ui.size[1] - height - 2)
    left = max(2, round(left))
    with ui.layer("front"):
        ui.card(left, round(top), width, height, "panel_solid")
        y = round(top) + ui.px(9)
        for k, text in enumerate(words):
            color = ui.theme.text if k == 0 else ui.theme.muted
            ui.text(left + pad, y + line / 2, text, "small", color, bold=k == 0)
            y += line
        if card.channels is not None:
            _channels(ui, card.channels, count, side, columns, left + pad, y + ui.px(6))


def _grid(ui: Widgets, sheet: Sheet | None) -> tuple[int, int, int]:
    """How many channels, the side of each, and how many in a row."""
    if sheet is None:
        return 0, 0, 1
    count = min(sheet.count, MOST)
    columns = count if count <= ONE_ROW else math.ceil(math.sqrt(1.8 * count))
    side = min(ui.px(LARGEST), max(ui.px(SMALLEST), ui.px(WIDEST) // columns))
    return count, side, columns


def _channels(
    ui: Widgets, sheet: Sheet, count: int, side: int, columns: int, left: float, top: float
) -> None:
    brush = Brush(ui, "lab/channels", sheet)
    for index in range(count):
        x, y = left + index % columns * side, top + index // columns * side
        brush.draw(index, (x, y, x + side - 2, y + side - 2))
