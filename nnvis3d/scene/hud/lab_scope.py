"""Of which layers the sliders of the training are: of all, or of the chosen one alone."""

from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.hud.widgets import Widgets

ROW = 28
WORDS = {
    "learning_rate": "learning rate",
    "momentum": "momentum",
    "weight_decay": "weight decay",
    "dropout": "dropout",
}


def own_words(state: LabState, layer: str) -> str:
    """ "learning rate 0.001, dropout 0.2": what a layer has of its own; "" if it is trained as the others."""
    own = state.snapshot.options.own(layer)
    return ", ".join(f"{WORDS[option]} {value:g}" for option, value in own.items())


def draw_scope(ui: Widgets, state: LabState, left: float, top: float, width: float) -> None:
    """A switch between the two; the layer can be leafed through here, or chosen anywhere else."""
    row, side = ui.px(ROW), ui.px(24)
    wide = ui.width("All layers", "small", True) + ui.px(20)
    place = (left, top, wide, row)
    if ui.text_button("lab_alone/all", "All layers", place, on=not state.alone, hint="Sliders set all"):
        ui.ask("lab_alone", False)
    if not state.layer:
        return
    start, end = left + wide + side, left + width - side
    name = ui.fit_end(state.layer, end - start - ui.px(20), True)
    place = (start, top, end - start, row)
    if ui.text_button("lab_alone/one", name, place, on=state.alone, hint="Sliders set this layer alone"):
        ui.ask("lab_alone", True)
    if own_words(state, state.layer):
        middle = (start + end + ui.width(name, "small", state.alone)) / 2
        draw_dot(ui, middle + ui.px(9), top + row / 2)
    for icon, step, at in (("previous", -1, start - side), ("next", 1, end)):
        other = state.layers[(state.layers.index(state.layer) + step) % len(state.layers)]
        hint = f"{other}: {own_words(state, other) or 'trained as the others'}"
        if ui.button(f"lab_alone/{icon}", icon, at, top + (row - side) / 2, side=side, hint=hint):
            ui.ask("lab_choose", (other, None))
            ui.ask("lab_alone", True)


def draw_as_others(ui: Widgets, state: LabState, left: float, top: float, width: float) -> None:
    """What the layer has of its own, and the way back."""
    row, words = ui.px(ROW), own_words(state, state.layer)
    if not words:
        ui.text(left, top + row / 2, "Trained as the others", "small", ui.theme.muted)
        return
    wide = ui.width("As the others", "small", True) + ui.px(20)
    place = (left + width - wide, top, wide, row)
    ui.rect(place[0], top + 2, left + width, top + row - 2, ui.theme.hover, 0.6, ui.px(6))
    if ui.text_button("lab_as_others", "As the others", place, hint="Nothing of its own any more"):
        ui.ask("lab_as_others", state.layer)
    ui.text(left, top + row / 2, "Differs from the others", "small", ui.theme.accent)


def draw_dot(ui: Widgets, x: float, y: float) -> None:
    """A layer that has options of its own."""
    ui.draw.add_circle_filled((x, y), ui.px(3), ui.ink(ui.theme.accent))
