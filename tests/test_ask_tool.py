"""Pointing, selecting, pinning, searching: what follows, what is kept, what closes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.edges import QUANTITIES
from nnvis3d.network.spec import NeuronId
from nnvis3d.tools.ask_answers import AskAnswers
from nnvis3d.tools.ask_tool import AskTool
from nnvis3d.tools.edge_choice import CONNECTED_EDGES, MODES
from nnvis3d.tools.inspectors import MOST
from nnvis3d.tools.neuron_walk import DIRECTIONS
from tests.asking import Asking, shipped

COLORS = color_maps()[0]
A, B, C = NeuronId("conv1", 2, 10, 11), NeuronId("fc1", 37), NeuronId("output", 3)


@pytest.fixture
def case() -> Asking:
    return Asking()


def _cards(case: Asking) -> list[str]:
    return [state.id for state in case.answers.inspectors(COLORS)]


# pointing


def test_edges_are_of_what_is_pointed_at_or_else_selected(case):
    assert case.answers.edges() == ()
    case.ask.click(B)
    (selected,) = case.answers.edges()
    case.ask.hover(A)
    (pointed,) = case.answers.edges()
    assert (pointed.source, pointed.target) == ("input", "conv1")
    case.ask.hover(None)
    (again,) = case.answers.edges()
    assert (again.sources == selected.sources).all() and again.target == "fc1"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_explainer_is_asked_once_until_something_changes(case, mode, quantity):
    case.ask.choice.set_mode(mode)
    case.ask.choice.set_quantity(quantity)
    case.ask.hover(B)

    def everything() -> tuple:
        answers = case.answers
        case.ask.update(1 / 60, case.frame)
        return answers.edges(), answers.marks(COLORS), answers.edge_legend(COLORS), answers.inspectors(COLORS)

    first, asked = everything(), len(case.explainer.asked)
    case.ask.hover(B)
    assert all(a is b for a, b in zip(first, everything(), strict=True))
    assert len(case.explainer.asked) == asked
    for change in (
        lambda: case.see(4),
        lambda: case.ask.hover(NeuronId("fc1", 38)),
        lambda: case.ask.choice.toggle_everything(),
        lambda: case.ask.choice.set_mode(None),
        lambda: case.ask.invalidate(),
    ):
        before = everything()[0]
        change()
        assert everything()[0] is not before


def test_update_says_whether_anything_changed(case):
    ask, frame = case.ask, case.frame
    ask.update(0.1, frame)
    assert not ask.update(0.1, frame)
    for change in (
        lambda: ask.hover(A),
        lambda: ask.click(B),
        lambda: ask.cards.pin(),
        lambda: ask.choice.set_quantity(None),
        lambda: ask.open_find(),
        lambda: ask.find_query("conv"),
        lambda: ask.set_hidden({"pool1"}),
        lambda: ask.start_step("conv1"),
    ):
        change()
        assert ask.update(0.0, frame) and not ask.update(0.0, frame)
    assert ask.update(0.1, frame) and ask.update(0.1, frame)  # a step plays
    ask.steps.close()
    assert ask.update(0.1, case.see(5)) is False  # seen already
    assert ask.update(0.1, frame)


@pytest.mark.parametrize("by", QUANTITIES)
def test_a_window_has_all_its_edges_a_full_connection_the_strongest(case, by):
    case.ask.choice.set_quantity(by)
    expected = {"conv1": 25, "pool1": 4, "conv2": 150, "fc1": CONNECTED_EDGES, "output": CONNECTED_EDGES}
    for name, count in expected.items():
        layer = case.spec.by_name[name]
        case.ask.hover(layer.neuron(layer.neurons // 2))
        (edges,) = case.answers.edges()
        assert len(edges) == count and edges.by == by
    case.ask.choice.toggle_everything()
    case.ask.hover(B)
    assert len(case.answers.edges()[0]) == 400
    case.ask.choice.set_mode("outgoing")
    case.ask.hover(NeuronId("pool1", 0, 6, 6))
    assert len(case.answers.edges()[0]) == 16 * 25


def test_the_words_follow_what_is_drawn(case):
    case.ask.hover(B)
    tooltip = case.answers.tooltip(3, 4)
    assert (tooltip.title, tooltip.x, tooltip.y) == ("fc1 · neuron 37", 3, 4)
    assert tooltip.note == f"the {CONNECTED_EDGES} strongest inputs by weight × activation"
    legend = case.answers.edge_legend(COLORS)
    assert legend.high == case.answers.edges()[0].peak == -legend.low
    assert legend.lut is case.answers.edge_legend(COLORS).lut
    case.ask.choice.toggle_everything()
    case.ask.choice.set_quantity("weight")
    assert case.answers.tooltip(3, 4).note == "400 inputs by weight"
    assert "weight" in case.answers.edge_legend(COLORS).title
    case.ask.choice.set_mode("path")
    assert case.answers.tooltip(3, 4).note.startswith("strongest path: ")
    case.ask.hover(C)
    assert case.answers.tooltip(0, 0).title == 'output · "3"' and "%" in case.answers.tooltip(0, 0).value
    with pytest.raises(ValueError, match="edges_mode: expected one of incoming, outgoing, path"):
        case.ask.choice.set_mode("sideways")


# selecting and cards


def test_a_click_opens_one_on_the_same_or_on_nothing_closes(case):
    case.ask.click(A)
    assert _cards(case) == [str(A)] and case.ask.selected == A
    case.ask.click(B)
    assert _cards(case) == [str(B)] and case.ask.selected == B
    case.ask.click(B)
    assert _cards(case) == [] and case.ask.selected is None
    case.ask.click(A)
    case.ask.click(None)
    assert _cards(case) == [] and case.ask.selected is None


def test_pinned_cards_stay_and_can_be_let_go(case):
    ask = case.ask
    ask.click(A)
    ask.cards.pin(str(A))
    ask.click(B)
    assert _cards(case) == [str(A), str(B)]
    assert [state.pinned for state in case.answers.inspectors(COLORS)] == [True, False]
    ask.click(A)  # shown already: the loose card is not needed
    assert _cards(case) == [str(A)] and ask.selected == A
    ask.click(B)
    ask.click(None)
    assert _cards(case) == [str(A)]
    ask.cards.pin(str(A))  # lets it go: it is the selection's card now
    assert ask.selected == A and not case.answers.inspectors(COLORS)[0].pinned
    ask.click(B)
    assert _cards(case) == [str(B)]
    ask.cards.close(str(B))
    assert _cards(case) == [] and ask.selected == B
    ask.cards.close("nothing:0:0:0")


def test_when_all_are_pinned_no_more_open_and_that_is_said(case):
    for k in range(MOST):
        assert case.ask.click(NeuronId("fc1", k)) == ""
        case.ask.cards.pin()
    assert f"{MOST} inspectors are pinned" in case.ask.click(B)
    assert len(_cards(case)) == MOST and case.ask.selected == B
    case.ask.cards.close("fc1:0:0:0")
    assert _cards(case)[-1] == str(B)


def test_cards_show_the_newest_frame(case):
    case.ask.click(C)
    case.ask.cards.pin()
    case.ask.click(A)
    before = case.answers.inspectors(COLORS)
    frame = case.see(7)
    after = case.answers.inspectors(COLORS)
    assert before[0].id == after[0].id and before[0].lines != after[0].lines
    assert case.answers.inspectors(COLORS) is after
    text = case.answers.card_text(COLORS, str(C))
    assert text.startswith('output · "3"') and "fc2:" in text
    assert case.answers.card_text(COLORS).startswith("conv1")
    assert case.answers.card_text(COLORS, "gone:1:2:3") == ""
    assert frame.value(C) != 0


MOVES = st.one_of(
    st.tuples(st.just("click"), st.sampled_from([A, B, C, None, NeuronId("conv1", 9, 0, 0)])),
    st.tuples(st.just("pin"), st.sampled_from([None, str(A), str(B), "no"])),
    st.tuples(st.just("close"), st.sampled_from([None, str(A), str(C)])),
    st.tuples(st.just("walk"), st.sampled_from(list(DIRECTIONS))),
    st.tuples(st.just("tab"), st.sampled_from([1, -1])),
    st.tuples(st.just("inspect"), st.none()),
    st.tuples(st.just("hide"), st.sampled_from([set(), {"conv1"}, {"fc1", "output"}])),
)


@settings(max_examples=40)
@given(st.lists(MOVES, max_size=14))
def test_whatever_is_done_cards_are_few_and_each_of_another_neuron_that_is_shown(moves):
    case = Asking()
    ask = case.ask
    for what, argument in moves:
        {
            "click": lambda a: ask.click(a),
            "pin": lambda a: ask.cards.pin(a),
            "close": lambda a: ask.cards.close(a),
            "walk": lambda a: ask.walk(a, case.layout),
            "tab": lambda a: ask.walk_layer(a, case.layout),
            "inspect": lambda a: ask.inspect(),
            "hide": lambda a: ask.set_hidden(a),
        }[what](argument)
        cards = case.answers.inspectors(COLORS)
        assert len(cards) <= MOST and len({state.id for state in cards}) == len(cards)
        assert sum(not state.pinned for state in cards) <= 1
        for neuron in (*ask.cards.neurons, *([ask.selected] if ask.selected else [])):
            case.spec.by_name[neuron.layer].index(neuron)
            assert neuron.layer not in ask.hidden
        assert all(mark.layer not in ask.hidden for mark in case.answers.marks(COLORS).rectangles)
        assert not {edges.source for edges in case.answers.edges()} & ask.hidden


# walking


def test_walking_begins_at_the_strongest_and_opens_nothing_until_enter(case):
    ask = case.ask
    ask.walk("right", case.layout)
    first = ask.selected
    assert first.layer == "conv1" and case.frame.value(first) == case.frame.layer("conv1").max()
    assert _cards(case) == []
    ask.inspect()
    assert _cards(case) == [str(first)]
    ask.walk("down", case.layout)
    assert ask.selected != first and _cards(case) == [str(ask.selected)]
    ask.walk_layer(1, case.layout)
    assert ask.selected.layer == "pool1" and _cards(case) == [str(ask.selected)]
    ask.inspect()
    assert _cards(case) == [] and ask.selected.layer == "pool1"


def test_enter_asks_what_is_pointed_at_and_without_anything_the_first(case):
    case.ask.hover(B)
    case.ask.inspect()
    assert case.ask.selected == B and _cards(case) == [str(B)]
    other = Asking()
    other.ask.inspect()
    assert other.ask.selected.layer == "conv1"


# what no longer exists


def test_a_hidden_layer_closes_its_cards_and_says_so(case):
    ask = case.ask
    ask.click(A)
    ask.cards.pin()
    ask.click(NeuronId("conv1", 0, 0, 0))
    ask.hover(A)
    assert ask.set_hidden({"conv1"}) == "conv1 is hidden: 2 inspectors were closed"
    assert _cards(case) == [] and ask.selected is None and ask.hovered is None
    ask.hover(A)
    ask.click(A)
    assert ask.hovered is None and ask.selected is None
    assert ask.set_hidden(set()) == ""
    ask.click(A)
    assert ask.set_hidden({"conv1"}) == "conv1 is hidden: its inspector was closed"
    ask.click(B)
    ask.cards.pin()
    ask.click(C)
    assert ask.set_hidden({"fc1", "output"}) == "fc1 and output are hidden: 2 inspectors were closed"


def test_another_network_closes_everything_and_says_so(case):
    ask = case.ask
    ask.click(B)  # the mlp, too, has an fc1:37; it is not this neuron
    ask.hover(B)
    ask.open_find()
    ask.start_step("conv1")
    runner, explainer = shipped("mlp")
    assert ask.set_network(runner.spec, explainer) == "Another network is shown: its inspector was closed"
    assert ask.update(0.1, case.frame)  # a late frame of the old network
    assert (ask.frame, ask.selected, ask.hovered, ask.box.state, ask.steps.state) == (None,) * 5
    assert case.answers.inspectors(COLORS) == () and case.answers.edges() == ()
    assert not case.answers.marks(COLORS) and case.answers.answer_path() == ()
    assert ask.set_network(None, None) == ""


def test_without_a_network_or_a_frame_nothing_is_answered_and_nothing_fails():
    runner, explainer = shipped("cnn")
    spec = runner.spec
    for ask in (AskTool(), AskTool(spec, explainer)):
        answers = AskAnswers(ask)
        ask.update(0.1, None)
        ask.hover(A)
        ask.click(A)
        ask.cards.pin()
        ask.open_find()
        assert ask.find_go() in (None, "input")
        assert ask.start_step("conv1") == "There is nothing to step through yet"
        assert (answers.edges(), answers.inspectors(COLORS), answers.stepper) == ((), (), None)
        assert answers.tooltip(0, 0) is None and answers.edge_legend(COLORS) is None
        assert answers.card_text(COLORS) == "" and answers.answer_path() == ()
        answers.marks(COLORS)


def test_the_empty_pad_can_be_asked_but_has_no_answer():
    case = Asking(digit=None)
    case.ask.click(C)
    assert case.answers.inspectors(COLORS)[0].lines and case.answers.edges()
    assert case.answers.answer_path() == ()


# finding


def test_find_goes_there_and_selects(case):
    ask = case.ask
    ask.open_find()
    assert len(ask.box.state.results) == len(case.spec.layers)
    serial = ask.box.state.serial
    ask.find_query("conv1:2:10:11")
    assert ask.box.state.query == "conv1:2:10:11"
    assert ask.find_go(0) == A and ask.selected == A and _cards(case) == [str(A)]
    assert ask.box.state is None
    ask.open_find()
    assert ask.box.state.serial > serial
    ask.find_query("pool")
    ask.box.choose(1)
    assert ask.box.state.chosen == 1
    assert ask.find_go() == "pool2" and ask.selected == A
    ask.open_find()
    ask.find_query("no such thing")
    assert ask.find_go() is None and ask.box.state is not None
    ask.box.choose(5)
    ask.box.close()
    assert ask.find_go(0) is None


def test_here_is_the_layer_that_is_asked(case):
    case.ask.click(B)
    case.ask.open_find()
    case.ask.find_query("the three most active here")
    assert [name.split(" ·")[0] for name, _ in case.ask.box.state.results] == ["fc1"] * 3


def test_escape_closes_one_thing_after_the_other(case):
    ask = case.ask
    ask.click(A)
    ask.start_step("conv1")
    ask.open_find()
    assert ask.dismiss() and ask.box.state is None and ask.steps.stepper is not None
    assert ask.dismiss() and ask.steps.stepper is None and ask.selected == A
    assert ask.dismiss() and ask.selected is None
    assert not ask.dismiss()
