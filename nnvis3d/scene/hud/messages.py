"""Words that come and go: messages, what is being loaded, the neuron under the pointer."""

from nnvis3d.scene.hud.places import BOTTOM, EDGE
from nnvis3d.scene.hud.state import Message, Tooltip
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle

LINE = 22
MOST_LINES = 3
"""Of a sentence."""


def draw_messages(ui: Widgets, messages: tuple[Message, ...], lift: float = 0.0, beside: float = 0.0) -> None:
    """Above the lower strip, `lift` pixels higher, the newest lowest.

    `beside`: pixels that are taken at the left.
    """
    bottom = ui.size[1] - ui.px(BOTTOM) - ui.px(4) - lift
    for index, message in enumerate(reversed(messages)):
        lines = _lines(ui, message.text, ui.size[0] - beside - 2 * ui.px(EDGE) - ui.px(82))
        height = ui.px(40 + LINE * (len(lines) - 1))
        if message.alpha > 0.01 and bottom - height > 0:
            _message(ui, message, lines, index, (beside, bottom - height, ui.size[0] - beside, height))
        bottom -= height + ui.px(6)


def _lines(ui: Widgets, text: str, most: float) -> list[str]:
    """`text` in lines of at most `most` pixels; of a very long one the end is missing."""
    lines = ui.wrapped(text, most)
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], " ".join(lines[MOST_LINES - 1 :])]
    return [ui.fit(line, most) for line in lines]


def _message(ui: Widgets, message: Message, lines: list[str], index: int, place: Rectangle) -> None:
    start, top, room, height = place
    side, pad = ui.px(28), ui.px(14)
    width = round(max(ui.width(line) for line in lines)) + 3 * pad + side + ui.px(6)
    left = round(start + (room - width) / 2)
    mark = ui.theme.error if message.kind == "error" else ui.theme.accent
    place, name = (left, top, width, height), f"message/{index}"
    with ui.panel(name, place, card="panel_solid", front=True, alpha=message.alpha):
        bar = left + ui.px(8)
        ui.rect(
            bar, top + ui.px(10), bar + ui.px(3), top + height - ui.px(10), mark, message.alpha, ui.px(1.5)
        )
        for number, line in enumerate(lines):
            y = top + ui.px(20) + number * ui.px(LINE)
            ui.text(left + pad + ui.px(6), y, line, alpha=message.alpha)
        name = f"dismiss_message/{index}"
        if ui.button(name, "close", left + width - side - ui.px(6), top + (height - side) / 2, side=side):
            ui.ask("dismiss_message", message.text)


def draw_loading(ui: Widgets, text: str, share: float | None) -> None:
    """In the middle of the picture: what is being waited for, and how far it is."""
    width = max(round(ui.width(text, "body")) + ui.px(64), ui.px(280))
    height = ui.px(76 if share is not None else 56)
    left, top = round((ui.size[0] - width) / 2), round((ui.size[1] - height) / 2)
    with ui.panel("loading", (left, top, width, height), card="panel_solid"):
        ui.text(left + width / 2, top + ui.px(28), text, "body", align=0.5)
        if share is not None:
            start, end = left + ui.px(28), left + width - ui.px(28)
            y, half = top + ui.px(54), max(1, ui.px(2))
            ui.rect(start, y - half, end, y + half, ui.theme.faint, 1, half)
            at = start + min(1.0, max(0.0, share)) * (end - start)
            ui.rect(start, y - half, at, y + half, ui.theme.accent, 1, half)


def draw_tooltip(ui: Widgets, tooltip: Tooltip) -> None:
    """Beside the neuron: where it is and what it says."""
    pad, line = ui.px(12), ui.line()
    lines = [tooltip.title, *([tooltip.note] if tooltip.note else [])]
    value = ui.width(tooltip.value, "body", True)
    width = round(max(value, *(ui.width(text) for text in lines)) + 2 * pad)
    height = round(2 * ui.px(8) + len(lines) * line + ui.line("body"))
    gap = ui.px(18)
    left = tooltip.x + gap if tooltip.x + gap + width < ui.size[0] else tooltip.x - gap - width
    top = tooltip.y - gap - height if tooltip.y - gap - height > 0 else tooltip.y + gap
    left, top = max(2, round(left)), max(2, min(round(top), ui.size[1] - height - 2))
    with ui.layer("front"):
        ui.card(left, top, width, height, "panel_solid")
        y = top + ui.px(8)
        ui.text(left + pad, y + line / 2, tooltip.title, "small", ui.theme.muted)
        ui.text(
            left + pad, y + line + ui.line("body") / 2, tooltip.value, "body", ui.theme.selection, bold=True
        )
        if tooltip.note:
            ui.text(left + pad, y + 1.5 * line + ui.line("body"), tooltip.note, "small", ui.theme.muted)
