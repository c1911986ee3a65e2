"""The list of layers, each with an eye to show or hide it, and buttons to lay out its maps and to fold it."""

from nnvis3d.scene.hud.places import BOTTOM, EDGE, TOP
from nnvis3d.scene.hud.state import LayerRow
from nnvis3d.scene.hud.widgets import Widgets

WIDTH = 300
BUTTONS_WIDTH = 64
"""That the panel is wider where layers can be laid out."""
ROW = 36
INDENT = 14
"""Of what is in a block."""
SHOWS = {"strongest": "folded: strongest map", "mean": "folded: mean of all"}


def draw_layers(
    ui: Widgets, rows: tuple[LayerRow, ...], fold_shows: str = "", foot: tuple[str, ...] = ()
) -> None:
    """At the right, under the answer; scrolls where it does not fit.

    Args:
        fold_shows: what folded layers show; empty where none is folded.
        foot: what is said under the list, line by line.
    """
    buttons = ui.px(BUTTONS_WIDTH) if any(len(layer.styles) > 1 for layer in rows) else 0
    width, row = ui.px(WIDTH) + buttons, ui.px(ROW)
    left, top = max(ui.size[0] - width - ui.px(EDGE), 0), ui.px(TOP)
    head, line_height = ui.px(42), ui.line("small")
    under = len(foot) * line_height + ui.px(6) if foot else 0
    most = ui.size[1] - top - ui.px(BOTTOM) - under
    shown = max(1, min(len(rows), (most - head) // max(row, 1)))
    height = head + shown * row + ui.px(8) + under
    with ui.panel("layers", (left, top, width, height), card="panel_solid", front=True):
        ui.text(left + ui.px(14), top + head / 2, "Layers", "body", bold=True)
        side = ui.px(32)
        at = left + width - side - ui.px(6), top + ui.px(5)
        if ui.button("toggle_layers_panel/close", "close", *at, side=side):
            ui.ask("toggle_layers_panel")
        if fold_shows:
            _shows(ui, fold_shows, at[0] - ui.px(6), at[1], side)
        for index, text in enumerate(foot):
            y = top + height - ui.px(8) - (len(foot) - index - 0.5) * line_height
            ui.text(left + ui.px(14), y, ui.fit(text, width - ui.px(28)), "small", ui.theme.muted)
        first = ui.scroll("layers", (left, top + head, width, shown * row), len(rows), shown)
        for index, layer in enumerate(rows[first : first + shown]):
            line, inner = top + head + index * row, width - 2 * ui.px(6)
            _row(ui, layer, left + ui.px(6), line, inner - buttons, row)
            if len(layer.styles) > 1:
                _buttons(ui, layer, left + ui.px(6) + inner - buttons, line, row)


def _shows(ui: Widgets, shows: str, right: float, top: float, height: float) -> None:
    """What folded layers show; a click changes it."""
    width = ui.width(SHOWS[shows], "small", True) + ui.px(24)
    place = (right - width, top, width, height)
    if ui.text_button("fold_shows", SHOWS[shows], place, hint="What folded layers show"):
        ui.ask("fold_shows")


def _buttons(ui: Widgets, layer: LayerRow, left: float, top: float, height: float) -> None:
    """How its maps stand, and whether it is folded."""
    side, folded = ui.px(30), layer.style == "fold"
    y = top + (height - side) / 2
    if set(layer.styles) - {"grid", "fold"}:
        name, icon = f"layer_style/{layer.name}", "grid" if folded else layer.style
        hint = "Grid, row or stack"
        if ui.button(name, icon, left, y, on=layer.style in ("row", "stack"), hint=hint, side=side):
            ui.ask("layer_style", layer.name)
    if "fold" in layer.styles:
        name, icon = f"fold_layer/{layer.name}", "unfold" if folded else "fold"
        hint = "Unfold" if folded else "Fold"
        if ui.button(name, icon, left + side + ui.px(2), y, on=folded, hint=hint, side=side):
            ui.ask("fold_layer", layer.name)


def _row(ui: Widgets, layer: LayerRow, left: float, top: float, width: float, height: float) -> None:
    touch = ui.touch(f"layer/{layer.name}", left, top, width, height)
    ui.glow(f"layer/{layer.name}", touch, (left, top, left + width, top + height))
    if touch.clicked:
        ui.ask("toggle_layer", layer.name)
    y = top + height / 2
    color = ui.theme.text if layer.visible else ui.theme.muted
    alpha = 1.0 if layer.visible else 0.75
    ui.icon(
        "eye" if layer.visible else "eye_off",
        left + ui.px(20),
        y,
        ui.theme.accent if layer.visible else color,
    )
    indent = ui.px(INDENT) * layer.depth
    shape = ui.text(left + width - ui.px(10), y, layer.shape, "small", ui.theme.muted, align=1, alpha=alpha)
    room = width - ui.px(42) - indent - shape - ui.px(16)
    title = ui.fit(layer.title, room, layer.block)
    ui.text(left + ui.px(42) + indent, y, title, "small", color, alpha=alpha, bold=layer.block)
