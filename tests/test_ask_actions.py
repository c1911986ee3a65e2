"""Asking by name: keys, panels and tours reach everything, and words get out."""

import pytest

from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.spec import NeuronId
from nnvis3d.scene.input_events import KeyChanged
from nnvis3d.tools.actions import Actions
from nnvis3d.tools.ask_actions import AskPorts, connect_ask
from nnvis3d.tools.wave import Wave
from tests.asking import Asking

COLORS = color_maps()[0]


class _Connected(Asking):
    """All actions registered; notes what is asked of the rest of the program."""

    def __init__(self):
        super().__init__()
        self.wave = Wave(self.spec)
        self.actions = Actions()
        self.done: list[tuple[str, object]] = []
        ports = AskPorts(
            layout=lambda: self.layout,
            fly_to=lambda target: self.done.append(("fly", target)),
            say=lambda words: self.done.append(("say", words)),
            card_text=lambda card: self.answers.card_text(COLORS, card),
            copy=lambda text: self.done.append(("copy", text)) or "Copied",
            save=lambda card: self.done.append(("save", card)),
        )
        connect_ask(self.actions, self.ask, self.wave, ports)

    def press(self, name: str, *modifiers: str) -> None:
        action = self.actions.for_key(KeyChanged(name, True, False, frozenset(modifiers)))
        assert action is not None
        self.actions.invoke(action)


@pytest.fixture
def case() -> _Connected:
    return _Connected()


def test_by_keys_alone_a_neuron_is_reached_inspected_pinned_and_copied(case):
    case.press("arrow_right")
    case.press("tab")
    case.press("arrow_down")
    case.press("enter")
    neuron = case.ask.selected
    assert neuron.layer == "pool1" and case.ask.cards.neurons == (neuron,)
    case.press("enter", "shift")
    assert case.ask.cards.pinned == (neuron,)
    case.press("c", "control")
    (copied, text), said = case.done[-2:]
    assert copied == "copy" and text.startswith("pool1") and said == ("say", "Copied")
    case.press("s", "control")
    assert case.done[-1] == ("save", str(neuron))


def test_without_a_card_there_is_nothing_to_copy_and_that_is_said(case):
    case.press("c", "control")
    case.press("s", "control")
    assert [what for what, _ in case.done] == ["say", "say"]


def test_edges_are_chosen_by_key_and_by_name_and_said(case):
    case.press("i")
    assert case.ask.choice.mode == "outgoing" and "what reads it" in case.done[-1][1]
    case.actions.invoke("edges_mode", "path")
    assert case.ask.choice.mode == "path"
    case.press("u")
    assert case.ask.choice.quantity == "weight"
    case.press("i", "shift")
    assert case.ask.choice.everything and "all edges" in case.done[-1][1]


def test_a_tour_selects_by_address(case):
    case.actions.invoke("select", "conv1:2:10:11")
    assert case.ask.selected == NeuronId("conv1", 2, 10, 11) and case.ask.cards.neurons
    case.actions.invoke("select", None)
    assert case.ask.selected is None


def test_steps_by_key_and_panel(case):
    case.actions.invoke("step", "conv1")
    walk = case.ask.steps.stepper
    case.press("space")
    assert not walk.playing and not case.wave.running
    case.press("space")
    assert walk.playing
    case.actions.invoke("step_speed", 4.0)
    assert walk.speed == 4
    walk.pause()
    case.actions.invoke("step_forward")
    walk.update(99)
    assert case.answers.stepper.position == 0 and walk.share == 1
    case.actions.invoke("step_back")
    assert walk.share == 0
    case.actions.invoke("step_play")
    assert walk.playing
    case.actions.invoke("step_close")
    assert case.answers.stepper is None
    case.actions.invoke("step_softmax")
    assert case.answers.stepper.title.startswith("softmax of output")
    case.press("y")
    assert case.answers.stepper is None


def test_the_wave_by_key(case):
    case.press("space")
    assert case.wave.running
    case.press("space", "shift")
    assert case.wave.after_strokes and "after every stroke" in case.done[-1][1]


def test_find_flies_there(case):
    case.press("f", "control")
    case.actions.invoke("find_query", "fc")
    case.actions.invoke("find_choose", 1)
    case.actions.invoke("find_go")
    assert case.done[-1] == ("fly", "fc2") and case.answers.find is None
    case.actions.invoke("find")
    case.actions.invoke("find_query", "output 7")
    case.actions.invoke("find_go", 0)
    assert case.done[-1] == ("fly", NeuronId("output", 7)) and case.ask.selected == NeuronId("output", 7)
    case.actions.invoke("find")
    case.actions.invoke("find_close")
    assert case.answers.find is None


def test_panels_close_and_pin_by_id(case):
    case.actions.invoke("select", "fc1:3:0:0")
    case.actions.invoke("inspector_pin", "fc1:3:0:0")
    case.actions.invoke("select", "fc1:4:0:0")
    case.actions.invoke("inspector_close", "fc1:3:0:0")
    assert [str(neuron) for neuron in case.ask.cards.neurons] == ["fc1:4:0:0"]
