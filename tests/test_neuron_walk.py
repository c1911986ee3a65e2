"""Walking: every step ends at a neuron that exists, the way back leads back, and order is that of the eye."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.network.layout import arrange
from nnvis3d.network.spec import NeuronId
from nnvis3d.tools.neuron_walk import DIRECTIONS, counterpart, first_neuron, neighbour, other_layer
from tests.asking import frame
from tests.networks import cnn, network, networks

OPPOSITE = {"left": "right", "right": "left", "up": "down", "down": "up"}
AXIS = {"left": (0, -1), "right": (0, 1), "up": (1, 1), "down": (1, -1)}  # 0 along x, 1 along z; sign


def _neurons(spec):
    return st.integers(0, spec.neurons - 1).map(spec.neuron)


@settings(max_examples=60)
@given(st.data())
def test_a_step_ends_at_a_neuron_further_in_that_direction_and_the_opposite_leads_back(data):
    spec = data.draw(networks())
    layout = arrange(spec, "2d")
    layer = data.draw(st.sampled_from(spec.layers))
    start = data.draw(_neurons(layer))
    direction = data.draw(st.sampled_from(list(DIRECTIONS)))
    end = neighbour(layout.layers[layer.name], start, direction)
    layer.index(end)
    if end == start:
        return
    assert neighbour(layout.layers[layer.name], end, OPPOSITE[direction]) == start
    way = (layout.position(end) - layout.position(start))[[0, 2]]
    axis, sign = AXIS[direction]
    assert way[axis] * sign > 0 and abs(way[1 - axis]) < 1e-3


@settings(max_examples=60)
@given(st.data())
def test_another_layer_answers_with_a_neuron_of_its_own_that_is_shown(data):
    spec = data.draw(networks())
    layout = arrange(spec)
    start = data.draw(_neurons(data.draw(st.sampled_from(spec.layers))))
    names = [layer.name for layer in spec.layers if layer.name != start.layer]
    hidden = data.draw(st.sets(st.sampled_from(names)))
    end = other_layer(spec, layout, start, data.draw(st.sampled_from([1, -1])), hidden)
    spec.by_name[end.layer].index(end)
    assert end.layer not in hidden
    assert (end.layer == start.layer) == (len(hidden) == len(names))


@settings(max_examples=40)
@given(st.data())
def test_in_its_own_layer_a_neurons_counterpart_is_itself(data):
    spec = data.draw(networks())
    layer = arrange(spec).layers[data.draw(st.sampled_from(spec.layers)).name]
    neuron = data.draw(_neurons(layer.spec))
    assert counterpart(layer, neuron, layer) == neuron


def test_over_the_edge_of_a_map_the_one_beside_it_follows():
    spec = cnn()
    layout = arrange(spec)
    conv2 = layout.layers["layer3"]  # 16 maps of 10 x 10
    assert neighbour(conv2, NeuronId("layer3", 0, 4, 7), "right") == NeuronId("layer3", 0, 4, 8)
    assert neighbour(conv2, NeuronId("layer3", 0, 9, 7), "down") == NeuronId("layer3", 1, 0, 7)
    beside = conv2.rows
    assert neighbour(conv2, NeuronId("layer3", 0, 4, 9), "right") == NeuronId("layer3", beside, 4, 0)
    assert neighbour(conv2, NeuronId("layer3", 0, 4, 0), "left") == NeuronId("layer3", 0, 4, 0)
    last = NeuronId("layer3", 15, 9, 9)
    assert neighbour(conv2, last, "down") == last


def test_fully_connected_neurons_are_walked_as_their_block_stands():
    spec = network((1, 8, 8), (100,), (10,))
    layer = arrange(spec).layers["layer1"]
    assert neighbour(layer, NeuronId("layer1", 3), "down") == NeuronId("layer1", 4)
    assert neighbour(layer, NeuronId("layer1", 3), "right") == NeuronId("layer1", 3 + layer.rows)
    foot = NeuronId("layer1", layer.rows - 1)
    assert neighbour(layer, foot, "down") == foot


def test_tab_goes_through_all_layers_and_comes_round_keeping_the_place():
    spec = cnn()
    layout = arrange(spec)
    at, seen = NeuronId("layer1", 0, 0, 0), []
    for _ in spec.layers:
        at = other_layer(spec, layout, at, 1)
        seen.append(at.layer)
    assert seen == [layer.name for layer in (*spec.layers[2:], *spec.layers[:2])]
    corner = other_layer(spec, layout, NeuronId("layer1", 0, 0, 0), 1)
    assert corner == NeuronId("layer2", 0, 0, 0)


def test_a_walk_begins_at_the_strongest_neuron_of_the_first_shown_layer_after_the_input():
    seen = frame("cnn", 5)
    first = first_neuron(seen.spec, seen)
    assert first.layer == "conv1" and seen.value(first) == seen.layer("conv1").max() > 0
    assert first_neuron(seen.spec, seen, {"conv1"}).layer == "pool1"
    assert first_neuron(seen.spec, None) == NeuronId("conv1", 0, 0, 0)
    assert first_neuron(seen.spec, seen, {layer.name for layer in seen.spec.layers}) is None
    everything = {layer.name for layer in seen.spec.layers[1:]}
    assert first_neuron(seen.spec, seen, everything).layer == "input"
    assert np.isfinite(seen.values).all()
