"""The list of layers, each with an eye to show or hide it."""

from nnvis3d.scene.hud.places import BOTTOM, EDGE, TOP
from nnvis3d.scene.hud.state import LayerRow
from nnvis3d.scene.hud.widgets import Widgets

WIDTH = 300
ROW = 36


def draw_layers(ui: Widgets, rows: tuple[LayerRow, ...]) -> None:
    """At the right, under the answer; scrolls where it does not fit."""
    width, row = ui.px(WIDTH), ui.px(ROW)
    left, top = max(ui.size[0] - width - ui.px(EDGE), 0), ui.px(TOP)
    head = ui.px(42)
    most = ui.size[1] - top - ui.px(BOTTOM)
    shown = max(1, min(len(rows), (most - head) // max(row, 1)))
    height = head + shown * row + ui.px(8)
    with ui.panel("layers", (left, top, width, height), card="panel_solid", front=True):
        ui.text(left + ui.px(14), top + head / 2, "Layers", "body", bold=True)
        side = ui.px(32)
        at = left + width - side - ui.px(6), top + ui.px(5)
        if ui.button("toggle_layers_panel/close", "close", *at, side=side):
            ui.ask("toggle_layers_panel")
        first = ui.scroll("layers", (left, top + head, width, shown * row), len(rows), shown)
        for index, layer in enumerate(rows[first : first + shown]):
            _row(ui, layer, left + ui.px(6), top + head + index * row, width - 2 * ui.px(6), row)


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
    shape = ui.text(left + width - ui.px(10), y, layer.shape, "small", ui.theme.muted, align=1, alpha=alpha)
    room = width - ui.px(42) - shape - ui.px(16)
    ui.text(left + ui.px(42), y, ui.fit(layer.title, room), "small", color, alpha=alpha)
