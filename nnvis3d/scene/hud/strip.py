"""The strip at the lower edge on which a tour's keyframes stand, and are moved by the pointer."""

from collections.abc import Callable

from imgui_bundle import imgui

from nnvis3d.scene.hud.ask_state import StripState
from nnvis3d.scene.hud.places import BOTTOM, EDGE
from nnvis3d.scene.hud.widgets import Widgets

HEIGHT = 84
LEAST_SECONDS = 10.0
"""What the strip shows at least, so that the first keyframes do not stand at its ends."""


def draw_strip(ui: Widgets, state: StripState, lift: float = 0.0) -> None:
    """Over the lower strip; `lift`: pixels higher, where the step controls are."""
    width, height = max(1, ui.size[0] - 2 * ui.px(EDGE)), ui.px(HEIGHT)
    left = ui.px(EDGE)
    top = max(0, ui.size[1] - height - ui.px(BOTTOM) - ui.px(4) - round(lift))
    with ui.panel("strip", (left, top, width, height), card="panel_solid"):
        side = ui.px(ui.theme.target)
        row = top + ui.px(6)
        _buttons(ui, state, left + ui.px(8), row, side)
        words = state.file or "F6 drops a keyframe where the camera is; F7 writes down what you do"
        ui.text(
            left + width - ui.px(14) - side,
            row + side / 2,
            ui.fit(words, width / 2),
            "small",
            ui.theme.muted,
            align=1,
        )
        if ui.button("tour_strip", "close", left + width - side - ui.px(4), row, hint="Close"):
            ui.ask("tour_strip")
        _line(ui, state, left + ui.px(22), left + width - ui.px(22), top + height - ui.px(22))


def _buttons(ui: Widgets, state: StripState, left: float, top: float, side: float) -> None:
    for action, icon, hint, on in (
        ("play_tour", "pause" if state.playing else "play", "Play the keyframes, or stop", state.playing),
        ("keyframe", "pin", "Keyframe here", False),
        ("keyframe_remove", "close", "Remove the chosen keyframe", False),
    ):
        enabled = action != "keyframe_remove" or state.selected >= 0
        if ui.button(f"strip/{action}", icon, left, top, on=on, enabled=enabled, hint=hint):
            ui.ask(action)
        left += side
    for on, words in ((state.recording, "● writing down"), (state.filming, "● filming")):
        if on:
            left += ui.px(10)
            left += ui.text(left, top + side / 2, words, "small", ui.theme.error, bold=True)


def _line(ui: Widgets, state: StripState, start: float, end: float, y: float) -> None:
    """The line of time, its keyframes, and where the tour is."""
    length = max(LEAST_SECONDS, (state.times[-1] if state.times else 0.0) * 1.15)
    scale = (end - start) / length
    half = max(1, ui.px(1))
    ui.rect(start, y - half, end, y + half, ui.theme.faint, 1, half)
    for second in range(int(length) + 1):
        x, tall = start + second * scale, ui.px(5 if second % 5 == 0 else 2)
        ui.rect(x - 0.5, y - tall, x + 0.5, y + tall, ui.theme.faint)
    if state.now is not None:
        x = start + min(state.now, length) * scale
        ui.rect(x - half, y - ui.px(12), x + half, y + ui.px(12), ui.theme.accent)
    for index, time in enumerate(state.times):
        _keyframe(ui, state, index, start + time * scale, y, lambda x: (x - start) / scale)


def _keyframe(
    ui: Widgets, state: StripState, index: int, x: float, y: float, time_at: Callable[[float], float]
) -> None:
    reach = ui.px(13)
    touch = ui.touch(f"keyframe/{index}", x - reach, y - reach, 2 * reach, 2 * reach)
    color = ui.theme.selection if index == state.selected else ui.theme.accent
    r = ui.px(8 if touch.hovered or touch.held else 7)
    corners = ((x, y - r), (x + r, y), (x, y + r), (x - r, y))
    ui.draw.add_quad_filled(*corners, ui.ink(color))
    words = f"{state.times[index]:g} s: drag it, click to look"
    ui.hint(f"keyframe/{index}", words, touch, x, y - reach, y + reach)
    if touch.held and imgui.is_mouse_dragging(0, 3.0):
        ui.ask("keyframe_move", (index, time_at(imgui.get_mouse_pos().x)))
    elif touch.clicked and not imgui.is_mouse_dragging(0, 3.0):
        ui.ask("keyframe_show", index)
