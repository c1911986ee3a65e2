"""What an inspector says: words, pictures, and numbers that add up as they are printed."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.explanation import Explanation, explain_softmax
from nnvis3d.network.spec import LayerSpec, NeuronId, Preprocessing
from nnvis3d.network.wording import decimals, fixed, number, percent
from nnvis3d.tools.inspector_calculation import calculation
from nnvis3d.tools.inspector_text import as_text, inspector_state
from tests.chains import Chain, run

EMBER = color_maps()[0]


def _explain(
    *modules: nn.Module, neuron: NeuronId, shape=(1, 9, 9), rectified=(), preprocessing=None
) -> Explanation:
    from nnvis3d.runtime.explain import Explainer

    chain = Chain(*modules, rectified=rectified)
    spec = chain.spec(shape, preprocessing)
    image = np.random.default_rng(3).random(shape, np.float32)
    return Explainer(chain, spec).explain(run(chain, spec, image), neuron)


def _read(text: str) -> float:
    return float(text.replace("−", "-"))


def _half_unit(text: str) -> float:
    return 0.5 * 10.0 ** -(len(text.split(".")[1]) if "." in text else 0)


def _sum_of(products, bias, activation="none", inputs=None) -> Explanation:
    """A made-up fully connected neuron."""
    products = np.asarray(products, np.float64)
    source = LayerSpec("before", "linear", (len(products),), "Before")
    pre = float(products.sum() + bias)
    return Explanation(
        NeuronId("fc", 0),
        LayerSpec("fc", "linear", (3,), "FC", ("before",), activation),
        "linear",
        max(pre, 0.0) if activation == "relu" else pre,
        source,
        np.arange(len(products)),
        np.ones(len(products), np.float32),
        np.ones(len(products)),
        products,
        products,
        source.map_shape,
        bias=bias,
        pre_activation=pre,
        activation=activation,
    )


@given(
    st.lists(st.floats(-50, 50, allow_subnormal=False), min_size=1, max_size=40),
    st.floats(-5, 5, allow_subnormal=False),
    st.sampled_from(["none", "relu"]),
    st.integers(1, 9),
)
@settings(deadline=None)
def test_what_is_printed_adds_up_within_what_is_printed(products, bias, activation, most):
    lines = calculation(_sum_of(products, bias, activation), most)
    at = next(i for i, (what, _) in enumerate(lines) if what.startswith("= sum"))
    added = [value for _, value in lines[:at]]
    rounding = sum(_half_unit(value) for value in (*added, lines[at][1]))
    assert abs(math.fsum(_read(value) for value in added) - _read(lines[at][1])) <= rounding * 1.001
    assert len({_half_unit(value) for value in added}) == 1
    if activation == "relu":
        assert _read(lines[-1][1]) == max(0.0, _read(lines[at][1]))
        assert lines[-1][0] == f"= ReLU({lines[at][1]})"


def test_784_terms_are_the_strongest_few_and_one_honest_line():
    explanation = _explain(nn.Linear(784, 5), neuron=NeuronId("layer1", 2), shape=(1, 28, 28))
    lines = inspector_state(explanation, EMBER).lines
    assert [what for what, _ in lines[6:]] == ["778 other terms", "bias", "= sum"]
    order = np.argsort(-np.abs(explanation.products))
    assert _read(lines[0][1]) == pytest.approx(explanation.products[order[0]], abs=5e-4)
    assert _read(lines[6][1]) == pytest.approx(explanation.products[order[6:]].sum(), abs=5e-4)
    row, column = divmod(int(order[0]), 28)
    assert lines[0][0].startswith(f"at {row}, {column}:  ") and " × " in lines[0][0]


def test_a_convolution_in_words_numbers_and_pictures():
    preprocessing = Preprocessing((2, 9, 9), (0.25,), (0.5,))
    explanation = _explain(
        nn.Conv2d(2, 3, 3, padding=1),
        neuron=NeuronId("layer1", 1, 0, 4),
        shape=(2, 9, 9),
        rectified=("layer1",),
        preprocessing=preprocessing,
    )
    state = inspector_state(explanation, EMBER, pinned=True)
    assert state.id == "layer1:1:0:4" and state.title == "layer1 · map 1 · row 0 · column 4" and state.pinned
    assert state.subtitle == "looks at a 3 × 3 window of all 2 maps of the input"
    assert state.note == "inputs: (pixel − 0.25) / 0.5, 6 of 18 lie over the edge"
    assert [p.caption for p in state.pictures] == ["inputs", "weights", "products"]
    weights = state.pictures[1].picture.pixels
    assert weights.shape == (3, 7, 3) and weights.dtype == np.uint8
    kernel = explanation.picture(explanation.weights)
    expected = EMBER.colors(kernel, float(np.abs(kernel).max()), True)
    assert np.array_equal(weights[1:, :3], expected[0, 1:]) and np.array_equal(
        weights[1:, 4:], expected[1, 1:]
    )
    edge = weights[0, 0]
    assert (weights[0, :3] == edge).all() and (weights[:, 3] == edge).all()


def test_grouped_maps_and_averages_are_named():
    grouped = _explain(nn.Conv2d(4, 2, 3, groups=2), neuron=NeuronId("layer1", 1), shape=(4, 5, 5))
    assert (
        inspector_state(grouped, EMBER).subtitle == "looks at a 3 × 3 window of 2 of the 4 maps of the input"
    )
    averaged = _explain(nn.AvgPool2d(2), neuron=NeuronId("layer1", 0, 1, 2))
    state = inspector_state(averaged, EMBER)
    assert state.subtitle == "averages a 2 × 2 window of the input"
    assert len(state.lines) == 5 and all("× 0.2500" in what for what, _ in state.lines[:4])


def test_pooling_shows_its_window_and_the_winner():
    explanation = _explain(nn.MaxPool2d(2), neuron=NeuronId("layer1", 0, 1, 2))
    state = inspector_state(explanation, EMBER)
    assert state.subtitle == "keeps the largest in a 2 × 2 window of the input"
    assert [what for what, _ in state.lines if "(largest)" in what] == [state.lines[explanation.winner][0]]
    assert state.lines[-1] == ("= maximum", state.lines[explanation.winner][1])
    left, top, right, bottom = state.pictures[0].marked
    assert (left, top) == (explanation.winner % 2 / 2, explanation.winner // 2 / 2)
    assert (right - left, bottom - top) == (0.5, 0.5)
    large = _explain(nn.MaxPool2d(5), neuron=NeuronId("layer1", 0, 0, 0))
    lines = inspector_state(large, EMBER).lines
    assert lines[-2][0] == "19 others, none larger" and sum("(largest)" in what for what, _ in lines) == 1


def _output(logits, index=1) -> Explanation:
    softmax = explain_softmax(
        LayerSpec("output", "linear", (len(logits),), "Output"), np.float32(logits), index
    )
    made = _sum_of([0.5, -0.25], float(logits[index]) - 0.25)
    return replace(made, softmax=softmax.softmax, result=float(logits[index]))


@pytest.mark.parametrize("logits", [[1.5, 3.25, -2.0], [100.0, 98.5, -200.0], [-900.0, -901.0, -902.0]])
def test_softmax_is_a_power_by_a_sum_of_powers_however_large(logits):
    state = inspector_state(_output(logits), EMBER, ("a", "b", "c"))
    assert state.title == 'fc · "b"'
    own, total, share = (value for _, value in state.lines[-3:])
    powers = np.exp(np.float64(logits) - max(logits))
    assert share == percent(powers[1] / powers.sum())
    assert _read(own) / _read(total) == pytest.approx(powers[1] / powers.sum(), rel=1e-3)
    assert [what for what, _ in state.lines if what.startswith("= logit")]


def test_softmax_by_itself_adds_up():
    layer = LayerSpec("output", "linear", (10,), "Output")
    explanation = explain_softmax(layer, np.linspace(-3, 4, 10).astype(np.float32), 9)
    lines = inspector_state(explanation, EMBER).lines
    assert sum(_read(value) for _, value in lines[:10]) == pytest.approx(_read(lines[10][1]), abs=5e-3)
    assert lines[11][1] == percent(explanation.result)


def test_a_pixel_says_how_the_network_reads_it():
    explanation = _explain(
        nn.Conv2d(1, 1, 3),
        neuron=NeuronId("input", 0, 3, 4),
        preprocessing=Preprocessing((1, 9, 9), (-0.5,), (2,)),
    )
    state = inspector_state(explanation, EMBER)
    assert state.title == "input · row 3 · column 4" and state.pictures == ()
    what, value = state.lines[1]
    assert "+ 0.5) / 2" in what and _read(value) == pytest.approx((explanation.result + 0.5) / 2, rel=1e-3)


def test_the_copied_text_holds_every_term_to_float_precision():
    explanation = _explain(nn.Linear(784, 5), neuron=NeuronId("layer1", 2), shape=(1, 28, 28))
    text = as_text(explanation, inspector_state(explanation, EMBER))
    rows = [line.split("\t") for line in text.splitlines() if "\t" in line]
    assert rows[0] == ["source", "input", "weight", "product"] and len(rows) == 785
    products = np.array([float(row[3]) for row in rows[1:]])
    assert products.sum() + explanation.bias == pytest.approx(explanation.total(), abs=1e-6)
    assert rows[1][0] == "input:0:0:0" and "layer1 · neuron 2" in text


def test_nothing_crashes_on_what_is_not_a_number():
    for bad in (np.nan, np.inf, -np.inf):
        for activation in ("none", "relu", "gelu"):
            made = _sum_of([1.0, bad, 2.0] * 5, 0.5, activation)
            state = inspector_state(made, EMBER)
            assert any("not a number" in value or "∞" in value for _, value in state.lines)
            as_text(made, state)
        pooled = _explain(nn.MaxPool2d(2), neuron=NeuronId("layer1", 0, 1, 2))
        pooled.inputs[1] = bad
        inspector_state(replace(pooled, result=bad), EMBER)
        inspector_state(_output([1.0, bad, 2.0]), EMBER)


def test_numbers_have_four_digits_and_a_real_minus_sign():
    assert [number(v) for v in (0, 0.5, -1.23456, 99.999, 9999.6, 12345.6)] == [
        "0",
        "0.5000",
        "−1.235",
        "100.0",
        "10000",
        "12346",
    ]
    assert (
        number(1.2e-9) == "1.200e−9" and number(-3.4e12) == "−3.400e12" and number(0.000123456) == "0.0001235"
    )
    assert fixed(-0.0004, 3) == "0.000" and fixed(-0.4, 0) == "0" and fixed(-12.5, 2) == "−12.50"
    assert number(math.nan) == "not a number" and fixed(-math.inf, 2) == "−∞"
    assert decimals([12.3, -0.05]) == 5 and decimals([]) == 3 and decimals([1e9]) == 0
    assert percent(0.99754) == "99.75\u2009%"


def test_lines_name_a_layer_deep_inside_by_its_last_word_where_that_is_enough():
    def line(first: str, second: str) -> str:
        parts = tuple(LayerSpec(name, "linear", (1, 2, 3), name) for name in (first, second))
        layer = LayerSpec("add", "add", (1, 2, 3), "Sum", (first, second))
        made = replace(_sum_of([1.0, 2.0], 0.0), kind="add", layer=layer, neuron=layer.neuron(4))
        made = replace(made, source=parts[0], others=parts[1:], sources=np.array([4, 10]))
        return calculation(made)[1][0].partition(":")[0]

    assert line("a", "encoder.layers.0.dropout1") == "dropout1, at 1, 1"
    assert line("a", "layer.b") == "layer.b, at 1, 1"
    assert line("encoder.layers.0.add", "encoder.layers.1.add") == "encoder.layers.1.add, at 1, 1"
