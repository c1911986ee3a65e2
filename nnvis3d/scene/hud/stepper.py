"""The controls of a calculation shown step by step, and its running sum in large figures."""

from nnvis3d.scene.hud.ask_state import StepperState
from nnvis3d.scene.hud.places import BOTTOM, EDGE
from nnvis3d.scene.hud.widgets import Widgets

WIDTH = 620
HEIGHT = 116


def draw_stepper(ui: Widgets, state: StepperState) -> None:
    """At the foot of the picture, over the lower strip."""
    width = max(1, min(ui.px(WIDTH), ui.size[0] - 2 * ui.px(EDGE)))
    height = ui.px(HEIGHT)
    left = round((ui.size[0] - width) / 2)
    top = max(0, ui.size[1] - height - ui.px(BOTTOM) - ui.px(4))
    with ui.panel("stepper", (left, top, width, height), card="panel_solid", front=True):
        pad = ui.px(18)
        ui.text(left + pad, top + ui.px(18), ui.fit(state.title, width - 2 * pad), "small", ui.theme.muted)
        size = "large" if ui.width(state.running, "large", True) <= width - 2 * pad else "body"
        ui.text(left + width / 2, top + ui.px(48), state.running, size, bold=True, align=0.5)
        _controls(ui, state, left + ui.px(10), left + width - ui.px(10), top + height - ui.px(44))


def _controls(ui: Widgets, state: StepperState, left: float, right: float, top: float) -> None:
    side = ui.px(ui.theme.target)
    buttons = (
        ("step_back", "step_back", "One step back"),
        ("step_play", "pause" if state.playing else "play", "Pause" if state.playing else "Play"),
        ("step_forward", "step_forward", "One step forward"),
    )
    for action, icon, hint in buttons:
        if ui.button(action, icon, left, top, hint=hint):
            ui.ask(action)
        left += side
    if ui.button("step_close", "close", right - side, top, hint="Back to the whole network"):
        ui.ask("step_close")
    speed = ui.px(110)
    place = (right - side - speed, top, speed, side)
    value = ui.slider("step_speed", state.speed, *state.speed_range, place, "Speed")
    if value is not None:
        ui.ask("step_speed", value)
    _progress(ui, state, left + ui.px(8), place[0] - ui.px(14), top + side / 2)


def _progress(ui: Widgets, state: StepperState, left: float, right: float, y: float) -> None:
    count = f"{state.position} of {state.count}"
    # as wide as the last step's, so that the bar does not twitch
    room = ui.width(f"{state.count} of {state.count}") + ui.px(10)
    ui.text(right, y, count, "small", ui.theme.muted, align=1)
    end, half = right - room, max(1, ui.px(2))
    share = state.position / state.count if state.count else 0.0
    if end > left:
        ui.rect(left, y - half, end, y + half, ui.theme.faint, 1, half)
        ui.rect(left, y - half, left + share * (end - left), y + half, ui.theme.accent, 1, half)
