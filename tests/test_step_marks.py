"""What is marked: of a neuron its window and receptive field, and of a step each moment."""

import numpy as np
import pytest
from torch import nn

from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.marks import ROLES, STYLES, Marks, MarkSpec
from nnvis3d.network.spec import NeuronId
from nnvis3d.runtime.explain import Explainer
from nnvis3d.tools.ask_answers import AskAnswers
from nnvis3d.tools.ask_tool import AskTool
from nnvis3d.tools.stepping import PHASES, SECONDS, Phase
from tests.asking import Asking
from tests.chains import Chain, run

COLORS = color_maps()[0]


@pytest.fixture
def case() -> Asking:
    return Asking()


def _of(marks: Marks, role: str) -> list[MarkSpec]:
    return [mark for mark in marks.rectangles if mark.role == role]


def _cells(marks: Marks, role: str) -> np.ndarray:
    found = [mark.cells for mark in marks.cells if mark.role == role]
    return np.concatenate(found) if found else np.zeros(0, int)


def _to(case: Asking, phase: Phase, share: float = 1.0) -> Marks:
    """Step on until this phase has come so far."""
    walk = case.ask.steps.stepper
    walk.pause()
    last = PHASES[PHASES.index(phase) - 1] if share < 1 else phase
    while (walk.phase, walk.share) != (last, 1.0):
        walk.forward()
        walk.update(99)
    if share < 1:
        walk.forward()
        walk.update(SECONDS[phase] * share)
    return case.answers.marks(COLORS)


# a neuron


def test_pointed_at_selected_and_pinned_are_ringed_once_each(case):
    pinned, selected, hovered = (NeuronId("fc1", k) for k in (1, 2, 3))
    case.ask.click(pinned)
    case.ask.cards.pin()
    case.ask.click(selected)
    case.ask.hover(hovered)
    rings = {mark.role: mark for mark in case.answers.marks(COLORS).rectangles if mark.style == "ring"}
    assert {role: mark.channel for role, mark in rings.items()} == {"pinned": 1, "selected": 2, "hover": 3}
    case.ask.hover(selected)
    assert not _of(case.answers.marks(COLORS), "hover")
    case.ask.click(pinned)
    assert not _of(case.answers.marks(COLORS), "pinned")


def test_a_window_stands_on_every_map_that_is_read(case):
    case.ask.hover(NeuronId("conv2", 3, 4, 5))
    marks = case.answers.marks(COLORS)
    windows = _of(marks, "window")
    assert [(m.layer, m.channel) for m in windows] == [("pool1", k) for k in range(6)]
    assert {(m.top, m.left, m.bottom, m.right) for m in windows} == {(4, 5, 9, 10)}
    (field,) = _of(marks, "field")
    box = case.explainer.receptive_field(NeuronId("conv2", 3, 4, 5))
    assert field.layer == "input" and (field.top, field.left, field.bottom, field.right) == box
    case.ask.choice.set_mode("outgoing")
    assert not _of(case.answers.marks(COLORS), "window")


def test_the_winner_of_a_maximum_is_marked(case):
    neuron = NeuronId("pool1", 2, 7, 6)
    case.ask.hover(neuron)
    marks = case.answers.marks(COLORS)
    (winner,) = _of(marks, "winner")
    (window,) = _of(marks, "window")
    assert (window.top, window.left, window.bottom, window.right) == (14, 12, 16, 14)
    values = case.frame.layer("conv1")[2, 14:16, 12:14]
    assert values[int(winner.top) - 14, int(winner.left) - 12] == values.max() == case.frame.value(neuron)


def test_a_fully_connected_neuron_reads_everything_so_no_window_is_drawn(case):
    case.ask.hover(NeuronId("fc1", 5))
    marks = case.answers.marks(COLORS)
    assert not _of(marks, "window") and not _of(marks, "field")
    case.ask.hover(NeuronId("input", 0, 3, 3))
    assert [mark.role for mark in case.answers.marks(COLORS).rectangles] == ["hover"]


# a step


def test_a_convolution_moment_by_moment(case):
    layer = case.spec.by_name["conv1"]
    at = layer.neuron(int(case.frame.layer("conv1").argmax()))
    row, column = at.row, at.column
    assert case.ask.start_step(at) == "" and case.answers.stepper.playing
    marks = _to(case, Phase.WINDOW)
    (window,) = _of(marks, "window")
    assert window.layer == "input"
    assert (window.top, window.left, window.bottom, window.right) == (row, column, row + 5, column + 5)
    (target,) = _of(marks, "target")
    assert NeuronId(target.layer, target.channel, target.top, target.left) == at
    assert len(_cells(marks, "product")) == 0
    pending = _cells(marks, "pending")
    assert len(pending) == 28 * 28 - (28 * row + column) and pending[0] == layer.index(at)
    marks = _to(case, Phase.PRODUCTS)
    rows, columns = np.mgrid[row : row + 5, column : column + 5]
    assert list(_cells(marks, "product")) == list((rows * 32 + columns).ravel())
    marks = _to(case, Phase.SUM)
    assert len(_cells(marks, "summed")) == 25 and len(_cells(marks, "product")) == 0
    assert not marks.flights
    marks = _to(case, Phase.DROP, 0.5)
    (flight,) = marks.flights
    assert flight.share == pytest.approx(0.5)
    assert NeuronId("conv1", flight.end.channel, flight.end.top, flight.end.left) == at
    assert (flight.start.layer, flight.start.top, flight.start.left) == ("input", row + 2, column + 2)
    scale = case.frame.scales[1]
    expected = COLORS.colors(np.array([case.frame.value(at)]), scale, False)[0] / 255
    assert case.frame.value(at) > 0 and flight.end.color == pytest.approx(tuple(expected))
    marks = _to(case, Phase.DROP)
    assert not marks.flights and layer.index(at) not in _cells(marks, "pending")


def test_products_have_the_colours_of_their_values(case):
    case.ask.start_step(NeuronId("conv2", 3, 4, 5))
    marks = _to(case, Phase.PRODUCTS)
    (cells,) = [mark for mark in marks.cells if mark.role == "product"]
    products = case.ask.steps.stepper.explanation.products
    expected = COLORS.colors(products, np.abs(products).max(), True) / 255
    assert cells.layer == "pool1" and len(cells) == 150
    assert cells.colors == pytest.approx(expected, abs=1e-6) and cells.colors.dtype == np.float32
    assert len(_to(case, Phase.DROP, 0.5).flights) == 6


def test_what_is_summed_keeps_its_colours_and_steps_back(case):
    case.ask.start_step(NeuronId("conv2", 3, 4, 5))
    (shown,) = [mark for mark in _to(case, Phase.PRODUCTS).cells if mark.role == "product"]
    summed, rest = _to(case, Phase.SUM, 0.4).cells[:2]
    assert (summed.role, rest.role) == ("summed", "product") and summed.alpha < rest.alpha
    assert len(summed) == case.ask.steps.stepper.terms_summed == pytest.approx(60, abs=1)
    assert list(np.concatenate([summed.cells, rest.cells])) == list(shown.cells)
    assert (np.concatenate([summed.colors, rest.colors]) == shown.colors).all()


def test_over_the_edge_there_are_no_cells_but_the_window_stands_there():
    chain = Chain(nn.Conv2d(2, 2, 3, padding=2), nn.MaxPool2d(2, padding=1))
    spec = chain.spec((2, 6, 6))
    frame = run(chain, spec, np.random.default_rng(2).random((2, 6, 6), np.float32))
    ask = AskTool(spec, Explainer(chain, spec))
    answers = AskAnswers(ask)
    ask.update(0, frame)
    ask.hover(NeuronId("layer1", 1, 0, 1))
    windows = _of(answers.marks(COLORS), "window")
    assert [(m.channel, m.top, m.left) for m in windows] == [(0, -2, -1), (1, -2, -1)]
    ask.hover(NeuronId("layer2", 1, 0, 0))
    (winner,) = _of(answers.marks(COLORS), "winner")
    assert (winner.layer, winner.channel, winner.top, winner.left) == ("layer1", 1, 0, 0)
    ask.hover(None)
    ask.start_step(NeuronId("layer1", 1, 0, 1))
    for _ in range(2):
        ask.steps.forward()
        ask.update(99, frame)
    (products,) = [mark for mark in answers.marks(COLORS).cells if mark.role == "product"]
    explanation = ask.steps.stepper.explanation
    assert list(products.cells) == [0, 1, 36, 37]
    real = explanation.sources >= 0
    peak = np.abs(explanation.products).max()
    expected = COLORS.colors(explanation.products[real], peak, True) / 255
    assert products.colors == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", ["conv1", "pool1", "conv2", "pool2", "fc1", "fc2", "output"])
def test_every_layer_is_stepped_to_its_end_with_marks_that_fit_it(case, name):
    layer = case.spec.by_name[name]
    case.ask.start_step(layer.neuron(layer.neurons - 1))
    roles = set()
    for _ in range(300):
        case.ask.update(1 / 30, case.frame)
        marks = case.answers.marks(COLORS)
        for rectangle in (
            *marks.rectangles,
            *(f.start for f in marks.flights),
            *(f.end for f in marks.flights),
        ):
            assert rectangle.role in ROLES and rectangle.style in STYLES
            assert 0 <= rectangle.channel < case.spec.by_name[rectangle.layer].map_shape[0]
            roles.add(rectangle.role)
        for cells in marks.cells:
            neurons = case.spec.by_name[cells.layer].neurons
            assert len(cells) and cells.cells.min() >= 0 and cells.cells.max() < neurons
            assert cells.colors is None or cells.colors.shape == (len(cells), 3)
            roles.add(cells.role)
    assert not case.answers.stepper.playing and case.answers.stepper.position == case.answers.stepper.count
    assert {"target", "product", "summed", "drop", "pending"} <= roles
    assert ("winner" in roles) == name.startswith("pool")


def test_the_walk_goes_on_with_the_new_drawing(case):
    case.ask.start_step(NeuronId("output", 3))
    _to(case, Phase.FINISH)
    before, marks = case.answers.stepper, case.answers.marks(COLORS)
    frame = case.see(8)
    assert case.answers.stepper.running != before.running
    assert case.answers.marks(COLORS) is not marks
    assert case.ask.steps.stepper.explanation.result == frame.value(NeuronId("output", 3))


def test_one_key_goes_from_the_outputs_to_their_softmax_and_ends(case):
    case.ask.click(NeuronId("output", 3))
    assert case.ask.step() == "" and not case.ask.steps.softmax
    assert case.ask.step() == "" and case.ask.steps.softmax
    assert case.answers.stepper.title == "softmax of output · neuron 3"
    marks = _to(case, Phase.FINISH)
    assert set(_cells(marks, "summed")) == set(range(10)) and len(_cells(marks, "pending")) == 0
    shown = case.ask.steps.stepper.explanation.result
    assert shown == pytest.approx(float(case.frame.probabilities[3]), rel=1e-5)
    assert case.ask.step() == "" and case.answers.stepper is None


def test_what_cannot_be_stepped_says_so(case):
    assert "the drawing" in case.ask.start_step("input")
    assert case.ask.start_step("conv9") == "conv9 is not shown"
    case.ask.set_hidden({"conv1"})
    assert case.ask.start_step("conv1") == "conv1 is not shown" and case.answers.stepper is None
    case.ask.set_hidden(())
    case.ask.start_step("conv1")
    case.ask.set_hidden({"conv1"})
    assert case.answers.stepper is None
    case.ask.start_step("pool1")  # what it reads is hidden: it goes on, without marks there
    _to(case, Phase.PRODUCTS)
    marks = case.answers.marks(COLORS)
    assert {mark.layer for mark in (*marks.rectangles, *marks.cells)} == {"pool1"}


def test_while_stepping_edges_are_only_of_what_is_pointed_at(case):
    case.ask.click(NeuronId("fc1", 5))
    assert case.answers.edges()
    case.ask.start_step()
    assert case.answers.edges() == () and len(PHASES) == 5
    case.ask.hover(NeuronId("fc1", 6))
    assert case.answers.edges()
