"""Two networks on one stage: one over the other, the same layers in the same columns."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from nnvis3d.network import catalog
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.layout import arrange, columns_of
from nnvis3d.network.picking import pick
from nnvis3d.network.poses import project
from nnvis3d.network.spec import LayerSpec, NetworkSpec, NeuronId
from nnvis3d.network.stacking import GAP, OVER, above, common_columns, joined, same_neuron
from nnvis3d.scene.hud.state import SceneLabel
from nnvis3d.tools.arrangement import Arrangement
from nnvis3d.tools.compare_labels import lower_labels


def network(name: str) -> NetworkSpec:
    return catalog.network_spec(name)


def wider(spec: NetworkSpec, name: str, more: int) -> NetworkSpec:
    """With more filters in one layer."""
    layers = [
        replace(layer, shape=(layer.shape[0] + more, *layer.shape[1:])) if layer.name == name else layer
        for layer in spec.layers
    ]
    return replace(spec, layers=tuple(layers))


def longer(spec: NetworkSpec, after: str) -> NetworkSpec:
    """With a layer more."""
    at = [layer.name for layer in spec.layers].index(after) + 1
    layer = spec.by_name[after]
    extra = LayerSpec("extra", "conv", layer.shape, "Extra", (after,))
    return replace(spec, layers=(*spec.layers[:at], extra, *spec.layers[at:]))


@pytest.mark.parametrize(("name", "view"), tuple(product(("cnn", "mlp", "resnet20"), ("3d", "2d"))))
def test_the_second_stands_over_the_first_and_both_are_in_the_picture(name, view):
    first = arrange(network(name), view)
    upper = above(arrange(network(name), view), first)
    lowest = min(layer.corners()[:, 2].min() for layer in upper.layers.values())
    assert lowest == pytest.approx(first.upper[2] + GAP)
    assert upper.pad == first.pad
    both = joined(first, upper)
    assert np.all(both.lower <= first.lower) and np.all(both.upper >= upper.upper)
    pose = home_pose(both, 16 / 9, (0.3, 0.2, 0.1, 0.1))
    corners = np.concatenate([layer.corners() for layer in both.layers.values()])
    pixels, depth = project(pose, corners, (1280, 720))
    assert depth.min() > 0
    assert pixels[:, 0].min() > 0.3 * 1280 - 1 and pixels[:, 0].max() < 0.8 * 1280 + 1
    assert pixels[:, 1].min() > 0.1 * 720 - 1 and pixels[:, 1].max() < 0.9 * 720 + 1


def test_a_ray_through_a_neuron_of_the_upper_one_meets_it():
    first = arrange(network("cnn"))
    upper = above(arrange(network("cnn")), first)
    neuron = NeuronId("conv2", 7, 3, 6)
    point = upper.position(neuron)
    eye = np.array([20.0, -900.0, 200.0])
    assert pick(upper, eye, point - eye).neuron == neuron
    assert pick(first, eye, point - eye) is None
    assert np.allclose(
        joined(first, upper).layers[OVER + "conv2"].cells(np.array([0])),
        upper.layers["conv2"].cells(np.array([0])),
    )


def test_the_same_layers_stand_over_one_another_whatever_their_widths():
    spec = network("cnn")
    for other in (wider(spec, "conv1", 9), longer(spec, "conv2"), longer(wider(spec, "fc1", 200), "pool1")):
        columns = common_columns(columns_of(spec, {}), columns_of(other, {}))
        assert next(iter(columns)) == "input" and set(columns) == set(spec.by_name) | set(other.by_name)
        for view in ("3d", "2d"):
            first = arrange(spec, view, columns=columns)
            second = arrange(other, view, columns=columns)
            for name in spec.by_name:
                a, b = first.layers[name].placement, second.layers[name].placement
                assert a.position[:2] == pytest.approx(b.position[:2]) and a.heading == pytest.approx(
                    b.heading
                )


@pytest.mark.parametrize("folds", [{"stage1", "stage2", "stage3"}, {"stage1", "stage3"}, set()])
def test_in_rows_too_the_same_layers_and_blocks_stand_over_one_another(folds):
    spec = network("resnet20")
    for other in (wider(spec, "conv1", 9), longer(spec, "conv1"), longer(spec, "relu1")):
        columns = common_columns(columns_of(spec, {}, folds), columns_of(other, {}, folds))
        first = arrange(spec, folds=folds, columns=columns)
        second = arrange(other, folds=folds, columns=columns)
        for name, layer in first.layers.items():
            assert layer.placement.position == pytest.approx(second.layers[name].placement.position, abs=0.01)


def test_slots_of_other_folds_are_left_aside():
    spec = network("resnet20")
    folded, open_ = {"stage1", "stage2", "stage3"}, {"stage1", "stage3"}
    alone, stale = (arrange(spec, folds=open_, columns=of) for of in ({}, columns_of(spec, {}, folded)))
    assert {n: one.placement for n, one in alone.layers.items()} == {
        n: one.placement for n, one in stale.layers.items()
    }


def test_rows_and_columns_have_nothing_in_common():
    long = columns_of(network("resnet20"), {})
    assert common_columns(long, columns_of(network("cnn"), {})) == {}


def test_the_lower_one_says_only_where_it_is_another():
    spec = network("resnet20")
    other = longer(wider(spec, "conv1", 1), "relu1")
    stage = replace(other.groups[0], layers=other.groups[0].layers[1:])
    other = replace(other, groups=(stage, *other.groups[1:]))
    keys = ("layer/conv1", "layer/norm1", "layer/extra", f"group/{stage.name}", "group/stage2")
    titles = [SceneLabel((key, "more"), 0, 0, key=key) for key in keys]
    found = {label.key: label.lines for label in lower_labels(titles, other, spec)}
    assert found == {
        "layer/conv1": ("more",),
        "layer/extra": ("layer/extra",),
        f"group/{stage.name}": ("more",),
    }


def test_an_arrangement_stands_like_another_as_far_as_it_can():
    spec = network("cnn")
    first, second = Arrangement(spec), Arrangement(longer(wider(spec, "conv1", 2), "conv2"))
    first.set_style("conv1", "row")
    first.set_style("conv2", "fold")
    first.set_flat(True)
    second.stand_like(first)
    assert second.styles == first.styles and second.flat
    second.arrive()
    assert not second.moving and second.layout is second.goal and second.layout.arrangement == "2d"
    other = Arrangement(network("mlp"))
    other.stand_like(first)
    assert not other.styles and other.flat


def test_the_neuron_at_the_same_place_is_there_or_it_is_none():
    spec = network("cnn")
    assert same_neuron(NeuronId("conv1", 5, 27, 27), spec) == NeuronId("conv1", 5, 27, 27)
    assert same_neuron(NeuronId("conv1", 6, 0, 0), spec) is None
    assert same_neuron(NeuronId("extra", 0), spec) is None
    assert same_neuron(None, spec) is None
