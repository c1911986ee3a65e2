"""Walking through an operation: order, sums, pace, and what can be done on the way."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nnvis3d.network.explanation import explain_softmax
from nnvis3d.network.spec import NeuronId
from nnvis3d.network.wording import number
from nnvis3d.runtime.explain import Explainer
from nnvis3d.tools.stepping import PHASES, SECONDS, Phase, Stepper
from tests.chains import Chain, run

CELL = sum(SECONDS.values())


class _Case:
    """conv 1x7x7 -> 2x5x5, max pooling -> 2x2x2, linear -> 4; counts what is asked."""

    def __init__(self):
        chain = Chain(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Linear(8, 4), rectified=("layer1",))
        self.spec = chain.spec((1, 7, 7))
        self.frame = run(chain, self.spec, np.random.default_rng(5).random((1, 7, 7), np.float32))
        self.explainer = Explainer(chain, self.spec)
        self.asked: list[NeuronId] = []

    def explain(self, neuron: NeuronId):
        self.asked.append(neuron)
        return self.explainer.explain(self.frame, neuron)

    def stepper(self, layer: str, start: NeuronId | None = None) -> Stepper:
        return Stepper(self.spec.by_name[layer], self.explain, start)

    def softmax(self) -> Stepper:
        logits = self.frame.layer("layer3")
        output = self.spec.output
        return Stepper(output, lambda neuron: explain_softmax(output, logits, neuron.channel))


def test_one_cell_goes_through_its_phases_in_order():
    stepper = _Case().stepper("layer1", NeuronId("layer1", 1, 2, 3))
    seen = []
    for phase in PHASES:
        stepper.forward()
        assert stepper.update(SECONDS[phase] / 2) and stepper.share == pytest.approx(0.5)
        assert stepper.update(99) and stepper.share == 1 and not stepper.update(99)
        seen.append(stepper.phase)
        assert stepper.neuron == NeuronId("layer1", 1, 2, 3) and not stepper.playing
        stepper.state()
    assert tuple(seen) == PHASES
    stepper.forward()
    assert stepper.neuron == NeuronId("layer1", 1, 2, 4) and stepper.phase is Phase.WINDOW


@pytest.mark.parametrize("layer", ["layer1", "layer2", "layer3"])
def test_the_running_sum_ends_in_the_networks_own_value(layer):
    case = _Case()
    stepper = case.stepper(layer, case.spec.by_name[layer].neuron(3))
    explanation = stepper.explanation
    sums = []
    stepper.play()
    while stepper.phase in (Phase.WINDOW, Phase.PRODUCTS, Phase.SUM):
        if stepper.phase is Phase.SUM:
            sums.append((stepper.terms_summed, stepper.running))
            assert stepper.terms_shown == explanation.count
        stepper.update(0.01)
    for terms, running in sums:
        products, inputs = explanation.products[:terms], explanation.inputs[:terms]
        expected = (inputs.max() if terms else 0) if layer == "layer2" else products.sum()
        assert running == pytest.approx(expected)
    assert [terms for terms, _ in sums] == sorted(terms for terms, _ in sums) and sums[-1][
        0
    ] == explanation.count
    value = case.frame.value(stepper.neuron)
    shown = max(stepper.running, 0.0) if layer == "layer1" else stepper.running
    assert shown == pytest.approx(value, abs=explanation.tolerance)
    assert stepper.state().running.endswith(number(value))


def test_terms_appear_one_by_one():
    stepper = _Case().stepper("layer1")
    stepper.forward()
    stepper.update(9)
    stepper.forward()
    shown = [stepper.terms_shown]
    while stepper.update(SECONDS[Phase.PRODUCTS] / 9 + 1e-9):
        shown.append(stepper.terms_shown)
    assert shown[0] == 0 and shown[-1] == 9 and all(b - a in (0, 1, 2) for a, b in pairwise(shown))
    assert stepper.terms_summed == 0


@pytest.mark.parametrize(("layer", "cells"), [("layer1", 25), ("layer2", 4), ("layer3", 4)])
def test_playing_walks_the_whole_map_and_rests(layer, cells):
    stepper = _Case().stepper(layer)
    stepper.play()
    seconds, done = 0.0, 0
    while stepper.playing:
        assert stepper.update(1 / 60)
        seconds += 1 / 60
        assert len(stepper.done) in (done, done + 1)
        done = len(stepper.done)
    assert stepper.count == cells == done == stepper.state().position
    assert np.array_equal(stepper.done, np.arange(cells))
    assert not stepper.update(1) and seconds < cells * CELL + 1e-6
    stepper.play()
    assert stepper.playing and stepper.neuron.channel == 0 and len(stepper.done) == 0


def test_the_pace_quickens_only_while_playing_and_speed_scales_it():
    slow, fast = _Case().stepper("layer1"), _Case().stepper("layer1")
    fast.set_speed(4)
    for stepper in (slow, fast):
        stepper.play()
        stepper.update(2 * CELL / stepper.speed - 1e-6)
        assert stepper.neuron.column == 1
    slow.update(CELL)
    assert slow.neuron.column in (2, 3)
    before = len(slow.done)
    for _ in range(8):
        slow.update(CELL)
    assert len(slow.done) - before > 8
    fast.set_speed(1000)
    assert fast.state().speed == fast.state().speed_range[1]
    fast.set_speed(0)
    assert fast.speed == fast.state().speed_range[0]


@given(st.lists(st.floats(0, 3, allow_subnormal=False), max_size=40), st.floats(0.25, 8))
@settings(max_examples=15, deadline=None)
def test_how_time_is_cut_into_ticks_makes_no_difference(ticks, speed):
    case = _Case()
    one, many = case.stepper("layer1"), case.stepper("layer1")
    for stepper in (one, many):
        stepper.set_speed(speed)
        stepper.play()
    one.update(sum(ticks))
    for tick in ticks:
        many.update(tick)
    at = [s._cell * len(PHASES) + PHASES.index(s.phase) + s.share for s in (one, many)]
    assert at[0] == pytest.approx(at[1], abs=1e-6)


def test_back_is_the_way_forward_in_reverse():
    stepper = _Case().stepper("layer2", NeuronId("layer2", 1, 0, 1))
    for _ in range(7):
        stepper.forward()
        stepper.update(99)
    assert stepper.neuron == NeuronId("layer2", 1, 1, 0) and stepper.phase is Phase.PRODUCTS
    seen = []
    for _ in range(8):
        stepper.back()
        seen.append((stepper.neuron.row, stepper.neuron.column, stepper.phase))
    assert seen[0] == (1, 0, Phase.WINDOW) and seen[1] == (0, 1, Phase.DROP) and seen[6] == (0, 0, Phase.DROP)
    for _ in range(9):
        stepper.back()
    assert (stepper.phase, stepper.share) == (Phase.WINDOW, 0) and len(stepper.done) == 0


def test_asking_for_the_next_step_again_does_not_wait():
    stepper = _Case().stepper("layer1")
    stepper.forward()
    stepper.forward()
    assert stepper.phase is Phase.PRODUCTS and stepper.share == 0
    stepper.play()
    stepper.update(0.1)
    stepper.toggle()
    assert not stepper.playing and not stepper.update(1)
    for _ in range(200):
        stepper.forward()
    assert len(stepper.done) == 25 and not stepper.update(1)


def test_jumping_marks_what_lies_before_as_done():
    stepper = _Case().stepper("layer1")
    stepper.play()
    stepper.jump(NeuronId("layer1", 1, 1, 2))
    assert stepper.playing and stepper.neuron == NeuronId("layer1", 1, 1, 2)
    assert np.array_equal(stepper.done, 25 + np.arange(7))
    with pytest.raises(LookupError):
        stepper.jump(NeuronId("layer1", 2, 0, 0))
    with pytest.raises(LookupError):
        stepper.jump(NeuronId("layer2", 0, 0, 0))


def test_each_cell_is_asked_for_once_until_the_drawing_changes():
    case = _Case()
    stepper = case.stepper("layer1")
    stepper.play()
    for _ in range(30):
        stepper.update(CELL / 40)
        stepper.state()
    assert len(case.asked) == 1
    case.frame.values[:] = 0
    stepper.refresh()
    assert stepper.explanation.products.sum() == 0 and len(case.asked) == 2


def test_softmax_is_walked_too():
    stepper = _Case().softmax()
    stepper.play()
    texts = set()
    while stepper.playing:
        stepper.update(0.05)
        texts.add(stepper.state().running)
    assert len(stepper.done) == 4 and stepper.state().title == "softmax of layer3 · neuron 3"
    assert any(" / " in text and text.endswith("%") for text in texts)


def test_words_name_the_place_and_the_formula():
    case = _Case()
    stepper = case.stepper("layer1", NeuronId("layer1", 1, 2, 3))
    assert stepper.state().title == "layer1 · map 1: row 2, column 3"
    assert stepper.state().running == "3 × 3 of the input, from row 2, column 3"
    for _ in range(7):
        stepper.forward()
    stepper.back()
    stepper.back()
    stepper.back()
    assert stepper.phase is Phase.FINISH and stepper.state().running.startswith("ReLU(")


def test_nothing_crashes_on_what_is_not_a_number():
    case = _Case()
    case.frame.values[::2] = np.nan
    case.frame.values[1::4] = np.inf
    for layer in ("layer1", "layer2", "layer3"):
        stepper = case.stepper(layer)
        stepper.play()
        while stepper.playing:
            stepper.update(0.2)
            stepper.state()
    stepper = case.softmax()
    stepper.play()
    stepper.update(3)
    stepper.state()
