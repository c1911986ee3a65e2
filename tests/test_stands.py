"""Where embeddings stand in the scene, what their points are, and how filters look: no window needed."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.network import catalog
from nnvis3d.network.blending import blend
from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.filter_pictures import channel_sheet, filter_sheet, sheet_of
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.lab_commands import KINDS
from nnvis3d.network.lab_snapshot import EmbeddingView, NetworkPlan, ShownNetwork
from nnvis3d.network.layout import arrange
from nnvis3d.network.poses import project
from nnvis3d.network.stands import CLASSES, TITLES, Stand
from nnvis3d.tools.arrangement import Arrangement
from nnvis3d.tools.lab_desk import weighted_layers
from nnvis3d.tools.standing_clouds import SECONDS, StandingClouds
from nnvis3d.tools.standing_labels import stand_labels, stand_rectangles

COLORS = color_maps()[0].diverging
CNN, RESNET = catalog.network_spec("cnn"), catalog.network_spec("resnet20")
ALL = {
    spec.name: [(layer, kind) for layer in weighted_layers(spec) for kind in (*KINDS, CLASSES)]
    for spec in (CNN, RESNET)
}


def on_floor(stand: Stand) -> np.ndarray:
    """Its corners' x and z in a flat layout: left, right, low, high."""
    x, _, z = stand.corners().T
    return np.array([x.min(), x.max(), z.min(), z.max()])


@settings(max_examples=25)
@given(st.data(), st.sampled_from([CNN, RESNET]), st.sampled_from(["3d", "2d"]))
def test_however_many_are_open_none_overlaps_another_or_a_layer(data, spec, arrangement):
    items = data.draw(st.lists(st.sampled_from(ALL[spec.name]), min_size=1, max_size=14, unique=True))
    layout = arrange(spec, arrangement, embeddings=items)
    assert sorted(one.item for one in layout.stands) == sorted(items)
    top = max(layer.corners()[:, 2].max() for layer in layout.layers.values())
    for one in layout.stands:
        assert one.corners()[:, 2].min() >= top + TITLES - 1e-6
    for one, other in combinations(arrange(spec, "2d", embeddings=items).stands, 2):
        a, b = on_floor(one), on_floor(other)
        apart = a[1] <= b[0] + 1e-6 or b[1] <= a[0] + 1e-6 or a[3] <= b[2] + 1e-6 or b[3] <= a[2] + 1e-6
        assert apart, (one, other)
    pose = home_pose(layout, 16 / 9, (0.02, 0.02, 0.09, 0.12))
    for one in layout.stands:
        pixels, _ = project(pose, one.corners(), (1280, 720))
        assert (pixels >= -0.5).all() and (pixels <= (1280.5, 720.5)).all()


def test_one_stands_in_the_middle_above_its_layer_and_turned_as_it_is():
    layout = arrange(CNN, embeddings=[("conv2", KINDS[0])])
    (one,), layer = layout.stands, layout.layers["conv2"]
    assert one.placement.position[:2] == pytest.approx(layer.placement.position[:2], abs=1e-6)
    assert one.placement.heading == pytest.approx(layer.placement.heading)
    assert one.root[0][2] == pytest.approx(layer.corners()[:, 2].max())


def test_a_layer_that_is_gone_has_none_and_nothing_else_moves():
    with_it, without = arrange(CNN, embeddings=[("nowhere", KINDS[0])]), arrange(CNN)
    assert not with_it.stands
    assert np.array_equal(with_it.upper, without.upper)


def test_they_come_and_go_at_ease_and_turn_with_the_arrangement():
    arrangement = Arrangement(CNN)
    assert arrangement.set_embeddings((("conv1", KINDS[0]),))
    arrangement.update(0.3)
    assert 0 < arrangement.layout.stands[0].presence < 1
    arrangement.update(2.0)
    assert arrangement.layout.stands == arrange(CNN, embeddings=[("conv1", KINDS[0])]).stands
    assert not arrangement.set_embeddings((("conv1", KINDS[0]),))
    arrangement.set_flat(True)
    arrangement.update(0.5)
    assert arrangement.layout.stands[0].placement not in (
        arrange(CNN, kind, embeddings=[("conv1", KINDS[0])]).stands[0].placement for kind in ("3d", "2d")
    )
    arrangement.update(2.0)
    arrangement.set_embeddings(())
    arrangement.update(2.0)
    assert arrangement.layout.stands == ()


def test_on_the_way_between_two_layouts_the_ends_are_exact():
    a, b = (arrange(CNN, kind, embeddings=ALL["cnn"][:5]) for kind in ("3d", "2d"))
    assert blend(a, b, 0).stands == a.stands and blend(a, b, 1).stands == b.stands


@pytest.mark.parametrize("arrangement", ["3d", "2d"])
def test_in_the_first_view_each_title_stands_above_its_own_and_over_none(arrangement):
    items = [(layer, KINDS[0]) for layer in weighted_layers(CNN)]
    layout = arrange(CNN, arrangement, embeddings=items)
    pose = home_pose(layout, 16 / 9, (0.29, 0.01, 0.14, 0.12))

    def to_pixels(points):
        pixels, _ = project(pose, points, (1280, 720))
        return pixels, np.ones(len(points), bool)

    labels = stand_labels(layout.stands, to_pixels, 1.0)
    rectangles = stand_rectangles(layout.stands, to_pixels)
    assert [label.lines[0].split()[0] for label in labels] == [layer for layer, _ in items]
    for label in labels:
        box = (label.x - 40, label.y - 20, label.x + 40, label.y)
        for left, top, right, bottom in rectangles:
            assert not (box[0] < right and left < box[2] and box[1] < bottom and top < box[3])


# Points.


def view(positions, change=None) -> EmbeddingView:
    positions = np.array(positions, np.float32)
    change = np.zeros(len(positions), np.float32) if change is None else np.array(change, np.float32)
    return EmbeddingView("conv1", KINDS[0], positions, change, 0.1)


class Snapshot:
    """What clouds read of one."""

    def __init__(self, serial: int, *views: EmbeddingView):
        self.serial, self.embeddings, self.classes = serial, views, None


ITEM = ("conv1", KINDS[0])
STAND = arrange(CNN, embeddings=[ITEM]).stands[0]


def test_points_go_where_tsne_goes_at_ease_and_stay_on_the_card():
    clouds = StandingClouds()
    clouds.follow(Snapshot(1, view([(-3, -1), (3, 1)])), [ITEM])
    first = clouds.cloud(STAND)
    assert first.places[0, 0] < 0 < first.places[0, 1]  # rows of a t-SNE picture go down
    clouds.follow(Snapshot(2, view([(3, 1), (-3, -1)])), [ITEM])
    assert clouds.update(SECONDS / 4)
    moved = clouds.cloud(STAND).places
    assert first.places[0, 0] < moved[0, 0] < -first.places[0, 0]
    while clouds.update(SECONDS):
        pass
    assert np.allclose(clouds.cloud(STAND).places, -first.places, atol=1e-2)
    clouds.follow(Snapshot(3, view([(9, 9), (-9, -9), (9, -9)], [1, 0, 1])), [ITEM])
    clouds.update(10.0)
    large = clouds.cloud(STAND)
    assert (np.abs(large.places) + large.halves[:, None] <= np.array(STAND.extent) / 2).all()
    assert large.halves[0] > 1.5 * large.halves[1]


def test_the_pointer_has_the_uppermost_point_which_is_the_one_that_changes_most():
    clouds = StandingClouds()
    clouds.follow(Snapshot(1, view([(0, 0), (0.01, 0), (5, 5)], [0.9, 0.2, 0])), [ITEM])
    clouds.update(10.0)
    cloud = clouds.cloud(STAND)
    assert cloud.at(*cloud.places[1]) == 0
    assert cloud.at(*cloud.places[2]) == 2
    assert cloud.at(*(cloud.places[2] * 0.5)) is None


def test_a_place_on_the_card_is_the_place_in_the_embedding_that_is_drawn_there():
    clouds = StandingClouds()
    positions = [(-3, -1.5), (2, 1), (0.5, 3)]
    clouds.follow(Snapshot(1, view(positions)), [ITEM])
    for place, expected in zip(clouds.cloud(STAND).places, positions, strict=True):
        assert clouds.position(STAND, *place) == pytest.approx(expected)
    clouds.dragged = (ITEM, 1, (4.0, 5.0))
    assert clouds.cloud(STAND).places[1].tolist() == [4.0, 5.0]
    clouds.drop(STAND)
    assert clouds.cloud(STAND).places[1] == pytest.approx([4.0, 5.0])


# Pictures of filters.


def test_a_layers_filters_are_one_picture_in_the_colours_of_their_weights():
    weight = np.zeros((5, 2, 3, 3), np.float32)
    weight[4, :, 0, 1] = 2.0
    weight[1, 0, 2, 2] = -1.0
    sheet = sheet_of(weight, COLORS)
    assert sheet.columns == 3 and sheet.pixels.shape == (6, 9, 3)
    assert sheet.places()[4].tolist() == [3, 3, 6, 6]
    assert sheet.pixels[3, 3 + 1].tolist() == COLORS[255].tolist()
    assert sheet.pixels[2, 3 + 2].tolist() == COLORS[95].tolist()
    assert sheet.pixels[0, 0].tolist() == COLORS[127].tolist()


def shown(**weights: np.ndarray) -> ShownNetwork:
    plan = NetworkPlan("cnn", (1, 32, 32), tuple("0123456789"))
    tensors = {f"{name}.weight": weight for name, weight in weights.items()}
    return ShownNetwork(CNN, plan, 0, 0, 0, tensors, np.zeros(0), np.zeros(0))


def test_a_neurons_weights_are_laid_out_as_what_it_reads_and_else_folded():
    rng = np.random.default_rng(0)
    fc1, fc2 = rng.normal(size=(120, 400)).astype(np.float32), rng.normal(size=(100, 120)).astype(np.float32)
    network = shown(fc1=fc1, fc2=fc2)
    sheet = filter_sheet(network, "fc1", COLORS)
    assert sheet.cell == (5, 5)  # of the pooled maps, their mean
    means = fc1.reshape(120, 16, 5, 5).mean(1)
    expected = COLORS[(127.5 + 127.5 * means[7] / np.abs(means).max()).astype(np.uint8)]
    left, top, right, bottom = sheet.places()[7]
    assert np.array_equal(sheet.pixels[top:bottom, left:right], expected)
    assert filter_sheet(network, "fc2", COLORS).cell == (11, 11)
    assert filter_sheet(network, "conv1", COLORS) is None


def test_a_filters_channels_are_a_picture_each_and_one_alone_has_none():
    conv2 = np.arange(16 * 6 * 25, dtype=np.float32).reshape(16, 6, 5, 5)
    sheet = channel_sheet(shown(conv2=conv2), "conv2", 3, COLORS)
    assert sheet.count == 6 and sheet.cell == (5, 5)
    assert channel_sheet(shown(conv1=np.ones((6, 1, 5, 5), np.float32)), "conv1", 0, COLORS) is None
    assert channel_sheet(shown(conv2=conv2), "conv2", 99, COLORS) is None
