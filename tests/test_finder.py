"""Finding layers and neurons: by name, type, shape, index, class, and by what is active now."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import LayerSpec, NetworkSpec, NeuronId, Preprocessing
from nnvis3d.tools.finder import Finder, find_state
from tests.networks import networks

_LAYERS = (
    ("input", "input", "Input", (1, 32, 32)),
    ("conv1", "conv", "Convolution 1", (6, 28, 28)),
    ("pool1", "maxpool", "Max pooling 1", (6, 14, 14)),
    ("conv2", "conv", "Convolution 2", (16, 10, 10)),
    ("pool2", "maxpool", "Max pooling 2", (16, 5, 5)),
    ("fc1", "linear", "Fully connected 1", (120,)),
    ("output", "linear", "Output", (10,)),
)


def _spec(labels=tuple("0123456789")) -> NetworkSpec:
    layers = tuple(
        LayerSpec(name, kind, shape, title, activation="relu" if kind == "conv" else "none")
        for name, kind, title, shape in _LAYERS
    )
    return NetworkSpec("cnn", "CNN", layers, Preprocessing((1, 32, 32)), labels)


def _frame(spec: NetworkSpec, values: np.ndarray) -> ActivationFrame:
    scales = np.arange(1, len(spec.layers) + 1, dtype=np.float32)
    return ActivationFrame(
        spec, 1, values.astype(np.float32), np.zeros(spec.neurons, np.uint16), scales, None
    )


def _found(query: str, **options) -> list:
    return [result.target for result in Finder(_spec()).find(query, **options)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [name for name, *_ in _LAYERS]),
        ("conv2", ["conv2"]),
        ("  CONV2 ", ["conv2"]),
        ("conv", ["conv1", "conv2"]),
        ("Convolution 2", ["conv2"]),
        ("fc", ["fc1", "output"]),
        ("max pooling", ["pool1", "pool2"]),
        ("pool max", ["pool1", "pool2"]),
        ("fully connected", ["fc1", "output"]),
        ("dense", ["fc1", "output"]),
        ("relu", ["conv1", "conv2"]),
        ("6x28x28", ["conv1"]),
        ("6 × 14 × 14", ["pool1"]),
        ("16*5*5", ["pool2"]),
        ("28x28", ["conv1"]),
        ("6", [NeuronId("output", 6), "conv1", "pool1"]),
        ("120", ["fc1"]),
        ("5x16", []),
        ("pl2", ["pool2"]),
        ("zzz", []),
    ],
)
def test_layers_are_found_by_name_title_type_and_shape(query, expected):
    assert _found(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("conv1:3:12:7", NeuronId("conv1", 3, 12, 7)),
        ("conv1 3 12 7", NeuronId("conv1", 3, 12, 7)),
        ("Conv1 · map 3 · row 12 · column 7", NeuronId("conv1", 3, 12, 7)),
        ("convolution 1 3 12 7", NeuronId("conv1", 3, 12, 7)),
        ("conv 1 3", NeuronId("conv1", 3, 14, 14)),
        ("input 3 4", NeuronId("input", 0, 3, 4)),
        ("fc1 37", NeuronId("fc1", 37)),
        ("fc1:37:0:0", NeuronId("fc1", 37)),
        ("output 7", NeuronId("output", 7)),
        ("output · neuron 7", NeuronId("output", 7)),
    ],
)
def test_neurons_are_found_by_index(query, expected):
    assert _found(query)[0] == expected


def test_an_index_that_there_is_not_is_said():
    for query in ("conv1:6", "conv1:3:28:0", "fc1 120", "fc1:0:1:0", "conv1:0:0:0:0"):
        (result,) = Finder(_spec()).find(query)
        assert isinstance(result.target, str) and "it has no" in result.what, query


def test_classes_are_found_by_their_names():
    finder = Finder(
        _spec(("aeroplane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"))
    )
    assert [result.target for result in finder.find("cat")] == [NeuronId("output", 3)]
    assert [result.target for result in finder.find("output dog")] == [NeuronId("output", 5)]
    assert finder.find("ca")[0].target == NeuronId("output", 1)
    assert finder.find("truck")[0].what == 'Output · class "truck"'


def test_the_most_active_are_those_of_largest_value():
    spec = _spec()
    values = np.random.default_rng(0).normal(size=spec.neurons)
    frame = _frame(spec, values)
    conv2 = frame.layer("conv2").reshape(-1)
    best = [spec.by_name["conv2"].neuron(int(i)) for i in np.argsort(-conv2)[:10]]
    for query in ("ten most active conv2", "most active in conv2", "the 10 strongest neurons of conv2"):
        assert _found(query, frame=frame) == best, query
    assert _found("ten most active here", frame=frame, here="conv2") == best
    assert _found("top 3 conv2", frame=frame) == best[:3]
    assert len(_found("most active max pooling", frame=frame)) == 10
    assert {n.layer for n in _found("most active max pooling", frame=frame)} <= {"pool1", "pool2"}
    shares = np.concatenate([frame.layer(n).reshape(-1) / (k + 1) for k, (n, *_) in enumerate(_LAYERS)])
    top = int(np.argmax(shares[1024:])) + 1024
    assert _found("most active", frame=frame)[0] == _neuron(spec, top)
    assert _found("most active") == [] and _found("most active zzz", frame=frame) == []


def _neuron(spec: NetworkSpec, index: int) -> NeuronId:
    layer = [layer for layer in spec.layers if spec.offsets[layer.name] <= index][-1]
    return layer.neuron(index - spec.offsets[layer.name])


def test_equals_and_what_is_not_a_number_keep_their_order():
    spec = _spec()
    frame = _frame(spec, np.full(spec.neurons, np.nan))
    assert len(_found("most active", frame=frame)) == 10
    frame.values[:] = 0
    frame.layer("fc1")[5] = np.inf
    assert _found("3 most active fc1", frame=frame) == [NeuronId("fc1", k) for k in (5, 0, 1)]


def test_the_panels_state_keeps_the_choice_inside():
    results = Finder(_spec()).find("conv")
    state = find_state("conv", results, chosen=7, serial=3)
    assert state.results[0] == ("conv1", "Convolution 1 · 6 × 28 × 28")
    assert (state.chosen, state.serial, state.query) == (1, 3, "conv")
    assert find_state("", ()).chosen == 0


@given(networks(), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_every_neuron_is_found_by_the_text_that_names_it(spec, place):
    neuron = _neuron(spec, place % spec.neurons)
    assert Finder(spec).find(str(neuron))[0].target == neuron


@given(st.text(max_size=24))
@settings(deadline=None)
def test_no_text_is_too_strange(text):
    spec = _spec()
    Finder(spec).find(text, _frame(spec, np.zeros(spec.neurons)))
