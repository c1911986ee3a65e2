"""The lab's column at the left: train and pause, how far it is, the open tab, what the network sees."""

from collections.abc import Callable

from nnvis3d.scene.hud.lab_curves import draw_curves
from nnvis3d.scene.hud.lab_images import ImagesTab
from nnvis3d.scene.hud.lab_layers import draw_layer_numbers
from nnvis3d.scene.hud.lab_options import TrainingSliders, height_of
from nnvis3d.scene.hud.lab_past import draw_past
from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.hud.lab_steer import draw_steering
from nnvis3d.scene.hud.places import BOTTOM, EDGE
from nnvis3d.scene.hud.state import Choice
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle

WIDTH = 348
TOP = 50
PAD = 14
HEAD = 54
PROGRESS = 34
TABS_HEIGHT = 36
FOOT = 62
TITLES = {"train": "Train", "layers": "Layers", "images": "Images", "steer": "Steer", "past": "Past"}
SOURCES = (
    Choice("drawing", "Drawing"),
    Choice("sample", "Training image"),
    Choice("hold", "Hold"),
)
HINTS = {
    "drawing": "The network on the stage sees the pad",
    "sample": "It sees an image of the step that is being trained",
    "hold": "It goes on seeing the picture of this moment",
}


class LabPanel:
    """Draws the column; remembers what is being dragged in it."""

    def __init__(self):
        self._sliders = TrainingSliders()
        self._tabs: dict[str, Callable[[Widgets, LabState, Rectangle], None]] = {
            "train": self._train,
            "layers": draw_layer_numbers,
            "images": ImagesTab().draw,
            "steer": draw_steering,
            "past": draw_past,
        }

    def draw(self, ui: Widgets, state: LabState, foot: float = BOTTOM) -> None:
        """`foot`: pixels at scale 1 that are left free at the picture's lower edge."""
        left, top, width = ui.px(EDGE), ui.px(TOP), ui.px(WIDTH)
        height = ui.size[1] - top - ui.px(foot) + ui.px(2)
        pad = ui.px(PAD)
        with ui.panel("lab", (left, top, width, max(height, 1)), card="panel_solid"):
            left, right = left + pad, left + width - pad
            _transport(ui, state, left, right, top + ui.px(8))
            _progress(ui, state, left, right, top + ui.px(8 + HEAD))
            begin = top + ui.px(8 + HEAD + PROGRESS)
            if len(state.tabs) > 1:
                _tabs(ui, state, left, right, begin)
                begin += ui.px(TABS_HEIGHT)
            foot = top + height - ui.px(FOOT)
            self._tabs[state.tab](ui, state, (left, begin, right - left, foot - begin - ui.px(4)))
            _source(ui, state, left, right, foot)

    def _train(self, ui: Widgets, state: LabState, place: Rectangle) -> None:
        """Curves, and under them the sliders, where there is room for both."""
        left, top, width, height = place
        snapshot = state.snapshot
        options = ui.px(height_of(state)) if snapshot.can_steer else 0
        draw_curves(ui, state, (left, top, width, max(height - options, ui.px(120))))
        if snapshot.can_steer:
            at = top + height - options
            self._sliders.draw(ui, state, left, at, width)


def _transport(ui: Widgets, state: LabState, left: float, right: float, top: float) -> None:
    """The one large button, and two small ones."""
    snapshot, height = state.snapshot, ui.px(44)
    side, gap = ui.px(44), ui.px(6)
    if not snapshot.can_steer:
        words = "Watching a training elsewhere"
        ui.text((left + right) / 2, top + height / 2, words, "body", align=0.5, bold=True)
        return
    width = right - left - (0 if snapshot.elsewhere else 2 * (side + gap))
    _big(ui, snapshot.running, (left, top, width, height))
    if snapshot.elsewhere:
        return
    at = left + width + gap
    if ui.button("lab_step", "step_forward", at, top, hint="One step", side=side):
        ui.ask("lab_step")
    if ui.button("lab_epoch", "to_end", at + side + gap, top, hint="To the end of this epoch", side=side):
        ui.ask("lab_epoch")


def _big(ui: Widgets, running: bool, place: Rectangle) -> None:
    left, top, width, height = place
    touch = ui.touch("lab_toggle", left, top, width, height)
    ground = ui.theme.accent
    lit = ui.ease("lab_toggle/lit", float(touch.hovered), 0.12)
    calm = 0.22 if running else 0.86
    ui.rect(left, top, left + width, top + height, ground, calm + 0.14 * lit, ui.px(ui.theme.corner))
    color = ui.theme.accent if running else ui.theme.on_accent
    middle, word = top + height / 2, "Pause" if running else "Train"
    start = left + (width - ui.width(word, "body", True) - ui.px(28)) / 2
    ui.icon("pause" if running else "play", start + ui.px(9), middle, color)
    ui.text(start + ui.px(28), middle, word, "body", color, bold=True)
    hint = "Stop after this step" if running else "Let it learn"
    ui.hint("lab_toggle", hint, touch, left + width / 2, top, top + height)
    if touch.clicked:
        ui.ask("lab_toggle")


def _progress(ui: Widgets, state: LabState, left: float, right: float, top: float) -> None:
    """What it learns from, how far it is, how fast."""
    snapshot = state.snapshot
    y = top + ui.px(9)
    rate = snapshot.numbers.examples_per_s
    speed = f"{rate:,.0f} images/s" if snapshot.running and rate == rate else ""
    taken = ui.text(right, y, speed, "small", ui.theme.accent, align=1)
    words = f"epoch {snapshot.epoch + 1} · step {snapshot.step:,}" if snapshot.step else snapshot.data
    ui.text(left, y, ui.fit(words, right - left - taken - ui.px(8)), "small", ui.theme.muted)
    line, thick = top + ui.px(24), ui.px(3)
    ui.rect(left, line, right, line + thick, ui.theme.faint, 0.5, thick / 2)
    share = min(max(snapshot.epoch_progress, 0.0), 1.0)
    if share > 0:
        ui.rect(left, line, left + share * (right - left), line + thick, ui.theme.accent, 1, thick / 2)


def _tabs(ui: Widgets, state: LabState, left: float, right: float, top: float) -> None:
    each = (right - left) / len(state.tabs)
    for index, tab in enumerate(state.tabs):
        place = (left + index * each, top, each, ui.px(TABS_HEIGHT - 4))
        if ui.text_button(f"lab_tab/{tab}", TITLES[tab], place, on=tab == state.tab):
            ui.ask("lab_tab", tab)
        if tab == "layers" and state.snapshot.alarms:
            ui.draw.add_circle_filled(
                (left + (index + 1) * each - ui.px(5), top + ui.px(6)), ui.px(3.5), ui.ink(ui.theme.error)
            )


def _source(ui: Widgets, state: LabState, left: float, right: float, top: float) -> None:
    """What the network on the stage sees."""
    ui.rect(left, top, right, top + 1, ui.theme.rim)
    seen = f"The network sees: {state.seen}"
    ui.text(left, top + ui.px(15), ui.fit(seen, right - left), "small", ui.theme.muted)
    choices = [choice for choice in SOURCES if choice.name in state.sources]
    words = [ui.width(choice.title, "small", True) for choice in choices]
    gap = (right - left - sum(words)) / max(len(words), 1)
    for choice, word in zip(choices, words, strict=True):
        place = (left, top + ui.px(26), word + gap, ui.px(32))
        name = f"lab_source/{choice.name}"
        on = choice.name == state.source
        if ui.text_button(name, choice.title, place, on=on, hint=HINTS[choice.name]):
            ui.ask("lab_source", choice.name)
        left += word + gap
