"""Where long networks stand: nothing overlaps, everything is found again, blocks fold into one layer."""

import numpy as np
import pytest

from nnvis3d.network.blending import blend
from nnvis3d.network.grouping import ancestors, first_folds, items, paged, revealed, stands_in, toggled
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.layout import arrange
from nnvis3d.network.links import ADD, CONCAT, FLOW, links, pieces
from nnvis3d.network.picking import pick
from nnvis3d.network.poses import project
from tests.large_networks import LARGE, efficientnet_lite0, resnet20, transformer, unet
from tests.networks import cnn, mlp

PAGED = [name for name, make in LARGE.items() if paged(make())]


@pytest.fixture(params=PAGED)
def network(request):
    return LARGE[request.param]()


def test_small_networks_stand_as_before():
    assert not paged(cnn()) and not paged(mlp())


def test_a_resnet_first_reads_as_its_stages():
    shown = [item.group or item.layer for item in items(resnet20(), first_folds(resnet20()))]
    assert shown == ["input", "conv1", "bn1", "relu", "layer1", "layer2", "layer3", "avgpool", "fc"]


def test_a_block_that_holds_nearly_everything_is_open():
    shown = [item.group for item in items(efficientnet_lite0(), first_folds(efficientnet_lite0()))]
    assert [name for name in shown if name] == [f"blocks.{k}" for k in range(7)]


def test_every_layer_is_seen_or_stands_behind_one_that_is(network):
    shown = items(network, first_folds(network))
    place = stands_in(network, shown)
    assert set(place) == set(network.by_name)
    assert set(place.values()) == {item.layer for item in shown}
    assert arrange(network).away == {name for name, other in place.items() if name != other}


def test_opening_a_block_shows_the_blocks_in_it():
    network = resnet20()
    folds = toggled(network, first_folds(network), "layer2")
    assert {"layer2.0", "layer2.1", "layer2.2"} <= folds and "layer2" not in folds
    assert toggled(network, folds, "layer2") >= {"layer2"}
    with pytest.raises(LookupError):
        toggled(network, folds, "layer9")


def test_revealing_a_layer_opens_all_that_it_is_folded_into():
    network = resnet20()
    folds = revealed(network, first_folds(network), "layer2.1.bn1")
    assert not set(ancestors(network, "layer2.1")) & folds
    assert {"layer1", "layer3", "layer2.0", "layer2.2"} <= folds
    assert "layer2.1.bn1" not in arrange(network, folds=folds).away


@pytest.mark.parametrize("arrangement", ["3d", "2d"])
@pytest.mark.parametrize("unfolded", [False, True])
def test_boxes_never_overlap(network, arrangement, unfolded):
    layout = arrange(network, arrangement, folds=() if unfolded else None)
    boxes = []
    for layer in layout.layers.values():
        if layer.presence > 0:
            x, _, z = layer.placement.position
            width, height = layer.extent
            boxes.append((x - width / 2, x + width / 2, z - height / 2, z + height / 2))
    x, _, z = layout.pad.position
    half = layout.pad_size / 2
    boxes.append((x - half, x + half, z - half, z + half))
    low_x, high_x, low_z, high_z = np.array(boxes).T
    across = np.minimum(high_x[:, None], high_x) - np.maximum(low_x[:, None], low_x)
    high = np.minimum(high_z[:, None], high_z) - np.maximum(low_z[:, None], low_z)
    over = (across > 1e-4) & (high > 1e-4)
    np.fill_diagonal(over, False)
    assert not over.any()
    assert low_z.min() > 0


def test_maps_stay_in_their_layer_s_box(network):
    for layer in arrange(network, folds=()).layers.values():
        if layer.spec.name == network.output.name:
            continue
        half = np.array(layer.map_extent) / 2
        reach = np.abs(layer.centres) + half
        assert (reach <= np.array(layer.extent) / 2 + 1e-3).all(), layer.spec.name


def test_rows_are_read_from_the_top_left(network):
    layout = arrange(network, "2d", folds=())
    stood = [layer for layer in layout.layers.values() if layer.band != (0.0, 0.0)]
    places = [(-layer.band[0], layer.placement.position[0]) for layer in stood]
    assert places == sorted(places)


def test_all_of_it_fits_the_first_view(network):
    layout = arrange(network, folds=())
    pose = home_pose(layout, 16 / 9, (0.01, 0.01, 0.08, 0.12))
    corners = np.concatenate([layer.corners() for layer in layout.layers.values()])
    pixels, depth = project(pose, corners, (1280, 720))
    assert (depth > 0).all()
    assert (pixels > 0).all() and (pixels < (1280, 720)).all()


def test_what_is_projected_is_picked(network):
    layout = arrange(network, "2d", folds=())
    pose = home_pose(layout, 16 / 9, (0.01, 0.01, 0.08, 0.12))
    random = np.random.default_rng(1)
    for layer in network.layers[1::7]:
        neuron = layer.neuron(int(random.integers(layer.neurons)))
        place = layout.position(neuron)
        hit = pick(layout, pose.eye, place - pose.eye, layout.away)
        assert hit is not None and hit.neuron == neuron


def test_half_way_everything_is_between(network):
    start, end = arrange(network), arrange(network, folds=())
    middle = blend(start, end, 0.5)
    for name, layer in middle.layers.items():
        assert layer.presence == (start.layers[name].presence + end.layers[name].presence) / 2
    assert {plate.key for plate in end.plates} <= {plate.key for plate in middle.plates}


def test_skips_are_drawn_where_they_are():
    network = resnet20()
    drawn = links(network, frozenset())
    assert sum(link.kind == ADD for link in drawn) == 9
    assert sum(link.kind == FLOW for link in drawn) == len(network.layers) - 1
    assert [link.kind for link in links(network, first_folds(network))] == [FLOW] * 8
    across = [link for link in links(unet(), first_folds(unet())) if link.kind == CONCAT]
    assert [(link.source, link.target) for link in across] == [
        ("down4.relu2", "up4.relu"),
        ("down3.relu2", "up3.relu"),
        ("down2.relu2", "up2.relu"),
        ("down1.relu2", "up1.relu"),
    ]
    assert sum(link.kind == ADD for link in links(transformer(), frozenset())) == 24


def test_lines_begin_and_end_at_their_layers(network):
    layout = arrange(network, "2d", folds=())
    for link in links(network, frozenset()):
        line = pieces(layout, [link])
        assert line.starts[0, 3] == 0 and line.ends[-1, 3] == pytest.approx(1)
        assert np.allclose(line.starts[1:], line.ends[:-1])
        for name, at in ((link.source, line.starts[0]), (link.target, line.ends[-1])):
            layer = layout.layers[name]
            apart = np.abs(at[:3] - np.array(layer.placement.position))[[0, 2]]
            assert (apart <= np.array(layer.extent) / 2 + 0.01).all(), link
    hidden = {network.layers[1].name}
    assert len(pieces(layout, links(network, frozenset()), hidden).kinds) < len(
        pieces(layout, links(network, frozenset())).kinds
    )
