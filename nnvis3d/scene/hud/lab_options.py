"""How it is trained, as sliders: what is let go of takes effect with the next step."""

import math
from dataclasses import dataclass

from imgui_bundle import imgui

from nnvis3d.network.lab_commands import OPTIMIZERS
from nnvis3d.network.lab_snapshot import LAYER_OPTIONS
from nnvis3d.scene.hud.lab_scope import draw_as_others, draw_dot, draw_scope
from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.hud.widgets import Widgets

ROW = 28
NAMES = {"sgd": "SGD", "momentum": "Momentum", "nesterov": "Nesterov", "adam": "Adam", "adamw": "AdamW"}


@dataclass(frozen=True)
class Slide:
    """One slider."""

    option: str
    """Field of TrainingOptions."""
    title: str
    low: float
    high: float
    logarithmic: bool = False
    """Then `low` is the smallest that is not 0, and everything left of it is 0."""
    whole: bool = False
    hint: str = ""

    def place(self, value: float) -> float:
        """Where on the track, 0 to 1."""
        if not self.logarithmic:
            return (value - self.low) / (self.high - self.low)
        if value < self.low:
            return 0.0
        span = math.log(self.high / self.low)
        return 0.04 + 0.96 * math.log(value / self.low) / span

    def value(self, place: float) -> float:
        """The inverse, to two digits."""
        if self.logarithmic:
            if place < 0.03 and not self.whole:
                return 0.0
            found = self.low * (self.high / self.low) ** max((place - 0.04) / 0.96, 0.0)
        else:
            found = self.low + place * (self.high - self.low)
        return float(round(found)) if self.whole else float(f"{found:.2g}")


SLIDES = (
    Slide("learning_rate", "Learning rate", 1e-4, 1.0, True, hint="How far the weights go in each step"),
    Slide("momentum", "Momentum", 0.0, 0.99, hint="How much of the last step each step keeps"),
    Slide("weight_decay", "Weight decay", 1e-5, 0.1, True, hint="Pulls all weights toward zero"),
    Slide("dropout", "Dropout", 0.0, 0.8, hint="Share of the neurons that each step leaves out"),
    Slide("batch_size", "Batch size", 1.0, 512.0, True, True, hint="Pictures in a step"),
)
ELSEWHERE = 3
"""How many of them a script that trains elsewhere may let a viewer set."""


def height_of(state: LabState) -> int:
    """Of all sliders, pixels at scale 1."""
    return ROW * (ELSEWHERE if state.snapshot.elsewhere else len(SLIDES) + 2)


def _slides(state: LabState) -> tuple[Slide, ...]:
    """Of all layers, or of the chosen one alone; behind the last layer nothing is dropped."""
    if not state.alone:
        return SLIDES
    last = state.layer == state.snapshot.shown.spec.output.name
    known = LAYER_OPTIONS[:-1] if last else LAYER_OPTIONS
    return tuple(slide for slide in SLIDES if slide.option in known)


class TrainingSliders:
    """Remembers what is being dragged: it is said once, when it is let go."""

    def __init__(self):
        self._drafts: dict[tuple[str, str | None], float] = {}
        """By option and layer."""

    def draw(self, ui: Widgets, state: LabState, left: float, top: float, width: float) -> None:
        """What all layers share, or what the chosen one has of its own."""
        row = ui.px(ROW)
        if state.snapshot.elsewhere:
            for slide in SLIDES[:ELSEWHERE]:
                self._slide(ui, slide, state, (left, top, width))
                top += row
            return
        draw_scope(ui, state, left, top, width)
        top += row
        for slide in _slides(state):
            self._slide(ui, slide, state, (left, top, width))
            top += row
        if state.alone:
            draw_as_others(ui, state, left, top, width)
        else:
            _optimizers(ui, state.snapshot.options.optimizer, left, top, width)

    def _slide(self, ui: Widgets, slide: Slide, state: LabState, place: tuple[float, float, float]) -> None:
        left, top, width = place
        row, options = ui.px(ROW), state.snapshot.options
        layer = state.layer if state.alone else None
        own = options.own(layer) if layer is not None else {}
        name = f"lab_{slide.option}" + (f"/{layer}" if layer else "")
        key = (slide.option, layer)
        value = self._drafts.get(key, own.get(slide.option, float(getattr(options, slide.option))))
        differs = slide.option in own
        ui.text(left, top + row / 2, slide.title, "small", ui.theme.text if differs else ui.theme.muted)
        start, number = left + ui.px(112), ui.px(58)
        track = (start, top, width - ui.px(112) - number, row)
        dragged = ui.slider(name, slide.place(value), 0.0, 1.0, track, slide.hint)
        if dragged is not None:
            self._drafts[key] = slide.value(dragged)
        if imgui.is_item_deactivated() and key in self._drafts:
            ui.ask("lab_option", (slide.option, self._drafts.pop(key), layer))
        some = layer is None and bool(getattr(options, f"layer_{slide.option}", ()))
        color = ui.theme.accent if differs else ui.theme.text
        taken = ui.text(left + width, top + row / 2, f"{value:g}", "small", color, bold=differs, align=1)
        if some:
            draw_dot(ui, left + width - taken - ui.px(7), top + row / 2)


def _optimizers(ui: Widgets, chosen: str, left: float, top: float, width: float) -> None:
    """Five words side by side, as wide as they are long."""
    row = ui.px(ROW)
    words = [ui.width(NAMES[kind], "small", True) for kind in OPTIMIZERS]
    gap = max((width - sum(words)) / len(words), ui.px(4))
    for kind, word in zip(OPTIMIZERS, words, strict=True):
        place = (left, top, word + gap, row)
        hint = "The rule by which the weights follow their gradients"
        if ui.text_button(f"lab_optimizer/{kind}", NAMES[kind], place, on=kind == chosen, hint=hint):
            ui.ask("lab_option", ("optimizer", kind))
        left += word + gap
