"""What is under a pixel is what was drawn there."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.network.blending import blend
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.layer_layout import Placement
from nnvis3d.network.layout import Layout, arrange
from nnvis3d.network.picking import layer_at, neuron_at, pick, pick_plane
from nnvis3d.network.poses import at_target_depth, project, ray
from nnvis3d.network.spec import NetworkSpec, NeuronId
from tests.networks import cnn, network, networks

SIZE = (1280, 720)
MARGINS = (0.03, 0.03, 0.05, 0.08)


def _neuron(spec: NetworkSpec, share: float) -> NeuronId:
    """One neuron, by its place (0-1) in the flat order of all."""
    index = int(share * (spec.neurons - 1))
    layer = [layer for layer in spec.layers if spec.offsets[layer.name] <= index][-1]
    return layer.neuron(index - spec.offsets[layer.name])


def _ray_to(layout: Layout, neuron: NeuronId):
    pose = home_pose(layout, SIZE[0] / SIZE[1], MARGINS)
    pixels, depth = project(pose, layout.position(neuron)[None], SIZE)
    assert depth[0] > 0
    return ray(pose, *pixels[0], SIZE)


@given(networks(), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_picking_what_was_projected_gives_it_back_in_both_arrangements_and_between(spec, share, blended):
    layout = blend(arrange(spec, "3d"), arrange(spec, "2d"), blended)
    neuron = _neuron(spec, share)
    hit = pick(layout, *_ray_to(layout, neuron))
    assert hit is not None and hit.neuron == neuron
    assert np.allclose(hit.point, layout.position(neuron), atol=1e-3)


def test_every_neuron_of_a_small_network_is_picked_at_home():
    layout = arrange(network((1, 8, 8), (3, 6, 6), (20,), (10,)))
    for name, layer in layout.layers.items():
        for index in range(layer.spec.neurons):
            neuron = layer.spec.neuron(index)
            assert pick(layout, *_ray_to(layout, neuron)).neuron == neuron, name


def test_air_between_cells_belongs_to_the_nearer_and_between_maps_to_none():
    layer = arrange(cnn(), "2d").layers["layer1"]
    x, z = layer.centres[2]
    top = z + layer.map_extent[1] / 2
    assert neuron_at(layer, x + 0.01, top - layer.pitch * 0.99) == NeuronId("layer1", 2, 0, 14)
    assert neuron_at(layer, x - 0.01, top - layer.pitch * 1.01) == NeuronId("layer1", 2, 1, 13)
    assert neuron_at(layer, x, top + 0.05 * layer.pitch) is None


def test_the_nearest_layer_wins_unless_hidden():
    layout = arrange(cnn(), "2d")
    behind = layout.layers["layer3"].placement
    layers = dict(layout.layers)
    front = tuple(p + d for p, d in zip(behind.position, (0, -30, 0), strict=True))
    layers["layer1"] = replace(layers["layer1"], placement=Placement(front))
    stacked = Layout("2d", layers, layout.pad)
    eye, towards = np.array([behind.position[0], -300.0, behind.position[2]]), np.array([0.0, 2.0, 0.0])
    assert layer_at(stacked, eye, towards) == "layer1"
    assert layer_at(stacked, eye, towards, hidden={"layer1"}) == "layer3"
    assert layer_at(stacked, eye, -towards) is None
    x, z = layers["layer1"].centres[0]
    hit = pick(stacked, eye + np.array([x, 0, z]), towards)
    assert hit.neuron.layer == "layer1" and hit.distance == pytest.approx(270)


@given(st.floats(-60, 60), st.floats(0, 1), st.floats(0, 1))
def test_the_pad_answers_where_it_was_hit_from_any_angle(heading, u, v):
    pad = Placement((-120.0, 40.0, 60.0), heading)
    point = pad.to_scene(np.array([[(u - 0.5) * 88, 0, (0.5 - v) * 88]]))[0]
    eye = np.array([10.0, -400.0, 120.0])
    inside = pick_plane(pad, 88.0, eye, point - eye, outside=True)
    assert inside == pytest.approx((u, v), abs=1e-9)
    if 1e-6 < u < 1 - 1e-6 and 1e-6 < v < 1 - 1e-6:
        assert pick_plane(pad, 88.0, eye, point - eye) == inside
        assert pick_plane(pad, (44.0, 88.0), eye, point - eye, outside=True) == pytest.approx(
            (2 * u - 0.5, v)
        )


def test_beyond_the_pads_edge_only_when_asked():
    pad = Placement((0.0, 0.0, 0.0))
    eye, towards = np.array([60.0, -100.0, 0.0]), np.array([0.0, 1.0, 0.0])
    assert pick_plane(pad, 88.0, eye, towards) is None
    assert pick_plane(pad, 88.0, eye, towards, outside=True) == pytest.approx((60 / 88 + 0.5, 0.5))
    assert pick_plane(pad, 88.0, eye, np.array([1.0, 0.0, 0.0]), outside=True) is None


def test_twenty_million_neurons_are_picked_as_fast_as_a_hundred():
    spec = network((3, 224, 224), (64, 224, 224), (256, 224, 224), (1000,))
    assert spec.neurons > 16_000_000
    layout = arrange(spec)
    neuron = NeuronId("layer2", 200, 100, 50)
    towards = _ray_to(layout, neuron)
    started = time.perf_counter()
    for _ in range(50):
        hit = pick(layout, *towards)
    assert hit.neuron == neuron
    assert (time.perf_counter() - started) / 50 < 0.005


def test_a_ray_through_the_target_depth_ends_there():
    pose = home_pose(arrange(cnn()), SIZE[0] / SIZE[1], MARGINS)
    point = at_target_depth(pose, 300, 500, SIZE)
    pixels, depth = project(pose, point[None], SIZE)
    assert pixels[0] == pytest.approx((300, 500)) and depth[0] == pytest.approx(pose.distance)


def test_layers_of_single_cells_that_touch_leave_no_crack():
    layer = arrange(network((1, 28, 28), (300,), (10,)), "2d").layers["layer1"]
    for above, below in ((0, 1), (20, 21)):
        border = (layer.centres[above] + layer.centres[below]) / 2
        for offset in np.linspace(-1e-6, 1e-6, 21):
            assert neuron_at(layer, float(border[0]), float(border[1]) + offset) is not None
