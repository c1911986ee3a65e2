"""Steering: add, remove, freeze, reset, with what it does to the loss; undo, and what was done so far."""

import math

import numpy as np

from nnvis3d.network.lab_snapshot import TRAINING, ActionRecord, LabSnapshot
from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle

ROW = 32
LINE = 22
MOST_ROWS = 3
"""Of the names of layers."""
COSTS = 6
"""Rows of the list of removals, where there is room for them."""
DONE = 90
"""What is left below that list, pixels at scale 1: undo, and what was done last."""


def draw_steering(ui: Widgets, state: LabState, place: Rectangle) -> None:
    left, top, width, height = place
    bottom = top + height
    top = _layers(ui, state, left, top, width)
    if state.layer:
        top = _whole_layer(ui, state, left, top, width)
        top = _one_filter(ui, state, left, top, width)
        top = _costs(ui, state, left, top, width, bottom)
    _done(ui, state.snapshot, left, top + ui.px(6), width, bottom)


def _layers(ui: Widgets, state: LabState, left: float, top: float, width: float) -> float:
    """Their names, as many in a row as fit; the wheel moves those of a deep network."""
    rows, row = _rows(ui, state.layers, width - ui.px(8)), ui.px(ROW)
    shown = min(len(rows), MOST_ROWS)
    first = ui.scroll("lab_choose", (left, top, width, shown * row), len(rows), shown)
    for names in rows[first : first + shown]:
        x = left
        for name in names:
            wide = _wide(ui, name)
            if ui.text_button(f"lab_choose/{name}", name, (x, top, wide, row), on=name == state.layer):
                ui.ask("lab_choose", (name, None))
            x += wide
        top += row
    return top


def _wide(ui: Widgets, name: str) -> float:
    return ui.width(name, "small", True) + ui.px(18)


def _rows(ui: Widgets, names: tuple[str, ...], width: float) -> list[list[str]]:
    """Names that stand beside each other in `width` pixels."""
    rows: list[list[str]] = [[]]
    for name in names:
        if rows[-1] and sum(_wide(ui, other) for other in (*rows[-1], name)) > width:
            rows.append([])
        rows[-1].append(name)
    return rows


def _buttons(
    ui: Widgets, left: float, top: float, width: float, buttons: list[tuple[str, str, object, str]]
) -> None:
    """(action, title, argument, hint) side by side."""
    each = width / len(buttons)
    for index, (action, title, argument, hint) in enumerate(buttons):
        place = (left + index * each, top, each, ui.px(ROW))
        ui.rect(
            place[0] + 2, top + 3, place[0] + each - 2, top + ui.px(ROW) - 3, ui.theme.hover, 0.6, ui.px(6)
        )
        if ui.text_button(f"{action}/{title}", ui.fit(title, each - 6, True), place, hint=hint):
            ui.ask(action, argument)


def _whole_layer(ui: Widgets, state: LabState, left: float, top: float, width: float) -> float:
    snapshot, layer, thing = state.snapshot, state.layer, state.thing
    frozen = layer in snapshot.frozen.layers
    taken = _saved(ui, snapshot, left + width, top + ui.px(12), width / 2)
    number = f"{layer}: {state.filters} {thing}s" + (", frozen" if frozen else "")
    ui.text(left, top + ui.px(12), ui.fit(number, width - taken - ui.px(8), True), "small", bold=True)
    top += ui.px(25)
    freeze = ("lab_thaw", "Thaw", (layer, None), "Let the layer learn again")
    if not frozen:
        freeze = ("lab_freeze", "Freeze", (layer, None), "The layer learns no more")
    buttons = [
        ("lab_add", f"+ {thing}", layer, f"One more {thing}; what the network computes stays as it is"),
        ("lab_add_layer", "+ layer", layer, "A new layer behind this one that passes on what it reads"),
        freeze,
        ("lab_reset", "Reset", (layer, None), "New random weights for the whole layer"),
    ]
    if layer == snapshot.shown.spec.output.name:
        buttons = buttons[2:]
    _buttons(ui, left, top, width, buttons)  # type: ignore[arg-type]
    return top + ui.px(ROW + 4)


def _saved(ui: Widgets, snapshot: LabSnapshot, right: float, y: float, most: float) -> float:
    """What freezing saves, in words that take at most so many pixels; how many they take."""
    saved = snapshot.frozen.saved_share
    if not snapshot.frozen.filters or math.isnan(saved) or saved <= 0:
        return 0.0
    share = f"{100 * saved:.0f} %"
    said = (f"freezing saves {share} of a step", f"saves {share} of a step", f"saves {share}")
    words = next((words for words in said if ui.width(words) <= most), said[-1])
    return ui.text(right, y, words, "small", ui.theme.accent, align=1)


def _one_filter(ui: Widgets, state: LabState, left: float, top: float, width: float) -> float:
    if state.filter is None:
        words = f"Click a {state.thing} in the scene to steer it alone"
        ui.text(left, top + ui.px(12), words, "small", ui.theme.muted)
        return top + ui.px(28)
    layer, index = state.layer, state.filter
    frozen = index in state.snapshot.frozen.filters.get(layer, ())
    known = _known(state)
    words = f"{state.thing.capitalize()} {index}" + (", frozen" if frozen else "")
    words += "" if known is None else f" · without it: loss {known[index]:+.3f}"
    ui.text(left, top + ui.px(12), words, "small", ui.theme.selection, bold=True)
    side = ui.px(26)
    for k, (icon, step) in enumerate((("previous", -1), ("next", 1))):
        other = (index + step) % max(state.filters, 1)
        if ui.button(f"lab_filter/{icon}", icon, left + width - (2 - k) * side, top, side=side):
            ui.ask("lab_choose", (layer, other))
    top += ui.px(27)
    freeze = ("lab_thaw", "Thaw", (layer, index), "Let it learn again")
    if not frozen:
        freeze = ("lab_freeze", "Freeze", (layer, index), "It learns no more")
    buttons = [freeze, ("lab_reset", "Reset", (layer, index), "New random weights for it")]
    if layer != state.snapshot.shown.spec.output.name:
        hint = "Show what the loss would be without it" if known is None else "Take it away: can be undone"
        title = "Remove…" if known is None else "Remove"
        buttons.insert(0, ("lab_remove", title, (layer, index), hint))
    _buttons(ui, left, top, width, buttons)  # type: ignore[arg-type]
    return top + ui.px(ROW + 4)


def _known(state: LabState) -> np.ndarray | None:
    """float32 (F,): what each removal would add to the loss, if that is known of the network as it is."""
    cost, snapshot = state.snapshot.removal, state.snapshot
    if cost is None or cost.layer != state.layer or cost.refusal or len(cost.losses) != state.filters:
        return None
    return cost.losses - cost.loss if cost.step == snapshot.step else None


def _costs(ui: Widgets, state: LabState, left: float, top: float, width: float, bottom: float) -> float:
    """What the loss would be without each, the least useful first: a click takes it away."""
    if state.layer == state.snapshot.shown.spec.output.name:
        return top
    known, cost = _known(state), state.snapshot.removal
    if cost is not None and cost.layer == state.layer and cost.refusal:
        ui.text(left, top + ui.px(12), ui.fit(cost.refusal, width), "small", ui.theme.error)
        return top + ui.px(28)
    title = f"What would removing each {state.thing} cost?" if known is None else "Measure again"
    buttons = [("lab_costs", title, state.layer, "The loss without each of them, measured on unseen images")]
    _buttons(ui, left, top, width, buttons)  # type: ignore[arg-type]
    top += ui.px(ROW + 4)
    if known is None:
        return top
    order = np.argsort(known, kind="stable")
    shown = max(1, min(COSTS, len(order), int((bottom - top - ui.px(DONE)) / ui.px(LINE))))
    first = ui.scroll("lab_costs", (left, top, width, shown * ui.px(LINE)), len(order), shown)
    most = max(float(np.abs(known).max()), 1e-9)
    for index in order[first : first + shown].tolist():
        _cost(ui, state, index, float(known[index]), most, (left, top, width - ui.px(8), ui.px(LINE)))
        top += ui.px(LINE)
    return top + ui.px(4)


def _cost(ui: Widgets, state: LabState, index: int, cost: float, most: float, place: Rectangle) -> None:
    left, top, width, height = place
    name = f"lab_remove/{index}"
    touch = ui.touch(name, left, top, width, height)
    box = (left, top, left + width, top + height)
    if index == state.filter:
        ui.rect(*box, ui.theme.selection, 0.15, ui.px(4))
    ui.glow(name, touch, box)
    y = top + height / 2
    start, room = left + ui.px(92), width - ui.px(92) - ui.px(112)
    long = room * abs(cost) / most
    color = ui.theme.error if cost > 0 else ui.theme.accent
    ui.rect(start, y - ui.px(4), start + max(long, 1), y + ui.px(4), color, 0.8, ui.px(2))
    ui.text(left + ui.px(4), y, f"{state.thing} {index}", "small")
    ui.text(left + width - ui.px(40), y, f"{cost:+.4f}", "small", align=1)
    ui.icon(
        "clear", left + width - ui.px(18), y, ui.theme.error if touch.hovered else ui.theme.muted, scale=0.8
    )
    ui.hint(
        name, f"Remove {state.thing} {index}: loss {cost:+.4f}", touch, left + width / 2, top, top + height
    )
    if touch.clicked:
        ui.ask("lab_remove_now", (state.layer, index))


def _done(ui: Widgets, snapshot: LabSnapshot, left: float, top: float, width: float, bottom: float) -> None:
    """Undo, redo, and what was done, the newest first."""
    side = ui.px(32)
    ui.rect(left, top - ui.px(4), left + width, top - ui.px(3), ui.theme.rim)
    ui.text(left, top + side / 2, "Done so far", "small", bold=True)
    ui.text(left + width - 2 * side - ui.px(8), top + side / 2, "loss", "small", ui.theme.muted, align=1)
    for k, (action, able) in enumerate((("undo", snapshot.can_undo), ("redo", snapshot.can_redo))):
        at = left + width - (2 - k) * side
        hint = "Undo the newest" if action == "undo" else "Do it again"
        if ui.button(f"lab_{action}", action, at, top, enabled=able, side=side, hint=hint):
            ui.ask(f"lab_{action}")
    top += side + ui.px(2)
    rows = max(0, int((bottom - top) / ui.px(LINE)))
    actions = snapshot.actions[::-1]
    first = ui.scroll("lab_done", (left, top, width, rows * ui.px(LINE)), len(actions), rows) if rows else 0
    for record in actions[first : first + rows]:
        _record(ui, record, left, top + ui.px(LINE) / 2, width - ui.px(8))
        top += ui.px(LINE)


def _record(ui: Widgets, record: ActionRecord, left: float, y: float, width: float) -> None:
    change = record.loss_after - record.loss_before
    text = f"{change:+.3f}" if abs(change) >= 5e-4 else "±0"
    if record.title == TRAINING:
        text = "…"
    color = ui.theme.error if change >= 5e-4 else ui.theme.accent if change <= -5e-4 else ui.theme.muted
    alpha = 0.45 if record.undone else 1.0
    taken = ui.text(left + width, y, text, "small", color, align=1, alpha=alpha)
    title = ui.fit(("undone: " if record.undone else "") + record.title, width - taken - ui.px(10))
    ui.text(left, y, title, "small", alpha=alpha)
