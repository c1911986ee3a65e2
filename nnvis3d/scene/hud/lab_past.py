"""The past of the training: a slider over it, branches, and what is kept on disk."""

import numpy as np

from nnvis3d.network.lab_snapshot import BranchInfo, LabSnapshot
from nnvis3d.scene.hud.lab_curves import draw_curves
from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle

ROW = 34
LATE_SECONDS = 30.0
"""A lab saves itself every 20 seconds."""
LEAST_CURVES = 110
"""Height of a plot of curves."""


def draw_past(ui: Widgets, state: LabState, place: Rectangle) -> None:
    left, top, width, height = place
    bottom = top + height
    top = _slider(ui, state, left, top, width)
    top = _branches(ui, state, left, top + ui.px(6), width)
    top = _keep(ui, state.snapshot, left, top + ui.px(6), width)
    room = bottom - top - ui.px(6)
    if room > ui.px(LEAST_CURVES):
        draw_curves(ui, state, (left, top + ui.px(6), width, room), both=room > ui.px(2 * LEAST_CURVES))


def _slider(ui: Widgets, state: LabState, left: float, top: float, width: float) -> float:
    """Which step is shown; playing; going on from there."""
    snapshot = state.snapshot
    steps = snapshot.history.steps
    shown = snapshot.viewing
    words = f"step {shown:,} of {snapshot.step:,}" if shown is not None else f"now: step {snapshot.step:,}"
    ui.text(left, top + ui.px(12), words, "small", bold=True)
    kept = f"{len(steps)} steps kept, {snapshot.history.bytes / 1e6:,.0f} MB"
    ui.text(left + width, top + ui.px(12), kept, "small", ui.theme.muted, align=1)
    top += ui.px(24)
    side = ui.px(34)
    hint = "Play the training so far"
    if ui.button("lab_play", "pause" if state.playing else "play", left, top, hint=hint, side=side):
        ui.ask("lab_play")
    if len(steps) > 1:
        at = len(steps) - 1 if shown is None else int(np.searchsorted(steps, shown, "right")) - 1
        track = (left + side + ui.px(4), top, width - side - ui.px(4), side)
        moved = ui.slider("lab_view", float(at), 0.0, float(len(steps) - 1), track, "Any step of the past")
        if moved is not None and round(moved) != at:
            ui.ask("lab_view", int(steps[round(moved)]))
    top += side + ui.px(2)
    if shown is not None:
        half = width / 2
        place = (left, top, half, ui.px(ROW))
        if ui.text_button("lab_now", "Back to now", place, on=True):
            ui.ask("lab_view", None)
        if ui.text_button("lab_goto", "Go on from here", (left + half, *place[1:]), hint="Can be undone"):
            ui.ask("lab_goto", shown)
        top += ui.px(ROW)
    return top


def _branches(ui: Widgets, state: LabState, left: float, top: float, width: float) -> float:
    snapshot = state.snapshot
    ui.text(left, top + ui.px(ROW) / 2, "Branches", "small", bold=True)
    wide = ui.width("New branch from here", "small", True) + ui.px(20)
    place = (left + width - wide, top, wide, ui.px(ROW))
    hint = "Train on in two ways from this step, and compare them"
    if ui.text_button("lab_branch", "New branch from here", place, hint=hint):
        ui.ask("lab_branch", snapshot.viewing)
    top += ui.px(ROW)
    for branch in snapshot.branches:
        _branch(ui, snapshot, branch, left, top, width)
        top += ui.px(ROW)
    return top


def _branch(
    ui: Widgets, snapshot: LabSnapshot, branch: BranchInfo, left: float, top: float, width: float
) -> None:
    current = branch.name == snapshot.branch
    compared = snapshot.compared is not None and snapshot.compared.branch == branch.name
    side, height = ui.px(30), ui.px(ROW)
    wide = width - (0 if current else 2 * side)
    touch = ui.touch(f"lab_switch/{branch.name}", left, top, wide, height)
    box = (left - ui.px(4), top, left + wide, top + height)
    if current:
        ui.rect(*box, ui.theme.accent, 0.15, ui.px(5))
    ui.glow(f"lab_switch/{branch.name}", touch, box)
    y = top + height / 2
    ui.text(
        left + ui.px(4), y, branch.name, "small", ui.theme.accent if current else ui.theme.text, bold=current
    )
    curve = snapshot.curves.get(branch.name)
    accuracy = ""
    if curve is not None and len(curve.validation_accuracy):
        accuracy = f" · {100 * float(curve.validation_accuracy[-1]):.1f} %"
    words = f"step {branch.step:,}{accuracy}"
    ui.text(left + wide - ui.px(8), y, words, "small", ui.theme.muted, align=1)
    if touch.clicked and not current:
        ui.ask("lab_switch", branch.name)
    if not current:
        at = left + width - side
        hint = "Only the current branch" if compared else "Its network beside the current one"
        if ui.button(
            f"lab_compare/{branch.name}", "compare", at - side, top, on=compared, hint=hint, side=side
        ):
            ui.ask("lab_compare", branch.name)
        if ui.button(f"lab_delete/{branch.name}", "clear", at, top, hint="Delete this branch", side=side):
            ui.ask("lab_delete", branch.name)


def saved_words(snapshot: LabSnapshot) -> tuple[str, bool]:
    """Since when it is saved, and whether that is too long ago: a message that it failed has long faded."""
    if snapshot.saved_step is None:
        return "saved nowhere yet", False
    step = f"step {snapshot.saved_step:,}"
    late = snapshot.saved_step != snapshot.step and snapshot.saved_seconds_ago > LATE_SECONDS
    if snapshot.saved_unasked:
        return f"not saved; kept for now, {step}", False
    return (f"not saved since {step}" if late else f"saved at {step}, and every 20 s"), late


def _keep(ui: Widgets, snapshot: LabSnapshot, left: float, top: float, width: float) -> float:
    """Saving and exporting, all beside the working folder's other files: a message says where."""
    ui.text(left, top + ui.px(ROW) / 2, "Keep", "small", bold=True)
    words, late = saved_words(snapshot)
    color = ui.theme.error if late else ui.theme.muted
    ui.text(left + width, top + ui.px(ROW) / 2, words, "small", color, align=1, bold=late)
    top += ui.px(ROW - 4)
    buttons = (
        ("lab_save", "Save lab", "Everything, into a folder; from then on by itself"),
        ("lab_export_weights", "Weights", "As a safetensors file"),
        ("lab_export_curves", "Curves", "As a table, CSV"),
        ("screenshot", "Picture", "What is on screen, PNG"),
    )
    each = width / len(buttons)
    for index, (action, title, hint) in enumerate(buttons):
        place = (left + index * each, top, each, ui.px(ROW - 2))
        box = (place[0] + 2, top + 3, place[0] + each - 2, top + ui.px(ROW) - 5)
        ui.rect(*box, ui.theme.hover, 0.6, ui.px(6))
        if ui.text_button(action, title, place, hint=hint):
            ui.ask(action)
    return top + ui.px(ROW)
