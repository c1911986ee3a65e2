"""The bar at the upper edge: which network, which view, which camera, and the way out of everything else."""

from nnvis3d.scene.hud.answer import answer_place
from nnvis3d.scene.hud.places import EDGE
from nnvis3d.scene.hud.state import Choice, HudState
from nnvis3d.scene.hud.widgets import Widgets

ARRANGEMENTS = (Choice("3d", "3D"), Choice("2d", "2D"))
CAMERAS = (Choice("orbit", "Orbit"), Choice("fly", "Fly"))
NAME = "nnvis3d"

BUTTONS = (
    ("home", "home", "Back to the first view"),
    ("toggle_layers_panel", "layers", "Layers"),
    ("toggle_labels", "labels", "Labels"),
    ("toggle_theme", "theme", "Dark or light"),
    ("toggle_help", "help", "Keys"),
)
"""(action, icon, hint), left to right."""


def draw_top_bar(ui: Widgets, state: HudState) -> None:
    """As many groups as fit beside the answer; the ones that matter least go first."""
    widths = _widths(ui, state)
    room = answer_place(ui)[0] - 2 * ui.px(EDGE)
    for group in ("name", "camera", "buttons", "arrangement", "networks"):
        if sum(widths.values()) <= room:
            break
        widths.pop(group, None)
    left, top = ui.px(EDGE), ui.px(3)
    drawers = {
        "name": _name,
        "networks": _networks,
        "arrangement": _arrangement,
        "camera": _camera,
        "buttons": _buttons,
    }
    for group, width in widths.items():
        drawers[group](ui, state, left, top, width - ui.px(EDGE))
        left += width


def _widths(ui: Widgets, state: HudState) -> dict[str, int]:
    """Group -> its width with the gap behind it, left to right."""
    gap = ui.px(EDGE)
    side = ui.px(ui.theme.target)
    widths = {
        "name": round(ui.width(NAME, "body", True)) + ui.px(10),
        "networks": ui.segmented_width(state.networks) if len(state.networks) > 1 else 0,
        "arrangement": ui.segmented_width(ARRANGEMENTS),
        "camera": ui.segmented_width(CAMERAS),
        "buttons": len(BUTTONS) * side,
    }
    return {group: width + gap for group, width in widths.items() if width}


def _name(ui: Widgets, state: HudState, left: int, top: int, width: int) -> None:
    with ui.layer("back"):
        ui.text(left, top + ui.px(19), NAME, "body", ui.theme.muted, bold=True)


def _networks(ui: Widgets, state: HudState, left: int, top: int, width: int) -> None:
    with ui.panel("networks", (left, top, width, ui.px(ui.theme.target))):
        chosen = ui.segmented("choose_network", state.networks, state.network, left, top, "Network")
        if chosen and chosen != state.network:
            ui.ask("choose_network", chosen)


def _arrangement(ui: Widgets, state: HudState, left: int, top: int, width: int) -> None:
    with ui.panel("arrangement", (left, top, width, ui.px(ui.theme.target))):
        hint = "In space or flat"
        chosen = ui.segmented("toggle_arrangement", ARRANGEMENTS, state.arrangement, left, top, hint)
        if chosen and chosen != state.arrangement:
            ui.ask("toggle_arrangement")


def _camera(ui: Widgets, state: HudState, left: int, top: int, width: int) -> None:
    with ui.panel("camera", (left, top, width, ui.px(ui.theme.target))):
        hint = "Camera: turn around the network, or fly through it"
        chosen = ui.segmented("camera", CAMERAS, state.camera, left, top, hint)
        if chosen and chosen != state.camera:
            ui.ask(chosen)


def _buttons(ui: Widgets, state: HudState, left: int, top: int, width: int) -> None:
    on = {
        "toggle_layers_panel": state.layers_open,
        "toggle_labels": state.labels_shown,
        "toggle_help": state.help_open,
    }
    side = ui.px(ui.theme.target)
    with ui.panel("buttons", (left, top, width, side)):
        for index, (action, icon, hint) in enumerate(BUTTONS):
            if ui.button(action, icon, left + index * side, top, on=on.get(action, False), hint=hint):
                ui.ask(action)
