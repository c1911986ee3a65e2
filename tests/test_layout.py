"""Where everything stands: nothing overlaps, all of it is in the first view, and large enough to see."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.network import poses
from nnvis3d.network.blending import blend
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.home_view import fit_pose, home_pose
from nnvis3d.network.layout import MOST_GROWTH, Layout, arrange
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.scene.hud.places import hud_margins
from nnvis3d.tools.scene_labels import LABEL_SPACE
from tests.networks import cnn, mlp, network, networks, networks_without_image, without_image

SIZE = (1280, 720)
MARGINS = (0.03, 0.03, 0.05, 0.08)

arrangements = st.sampled_from(["3d", "2d"])
short_ones = st.one_of(networks(), networks_without_image())


def _rectangles(layout: Layout) -> dict[str, np.ndarray]:
    """The corners (4, 3) of each layer and of the pad, in the scene."""
    bodies = {name: (layer.placement, *layer.extent) for name, layer in layout.layers.items()}
    if layout.pad_size > 0:
        bodies["pad"] = (layout.pad, layout.pad_size, layout.pad_size)
    signs = np.array([(-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1)]) / 2
    return {
        name: placement.to_scene(signs * (width, 0, height))
        for name, (placement, width, height) in bodies.items()
    }


def _segments_cross(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two footprints (2, 2), segments on the floor, meet."""

    def side(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    opposite = side(*a, b[0]) * side(*a, b[1]) < -1e-9 and side(*b, a[0]) * side(*b, a[1]) < -1e-9
    return bool(opposite)


def _gap(a: np.ndarray, b: np.ndarray, axis: int) -> float:
    """Between two bodies along an axis; below 0 where they overlap."""
    return max(b[:, axis].min() - a[:, axis].max(), a[:, axis].min() - b[:, axis].max())


@given(short_ones)
@settings(deadline=None)
def test_nothing_overlaps_in_2d(spec):
    for (one, a), (other, b) in combinations(_rectangles(arrange(spec, "2d")).items(), 2):
        assert max(_gap(a, b, 0), _gap(a, b, 2)) > -1e-6, (one, other)


@given(short_ones)
@settings(deadline=None)
def test_footprints_never_cross_in_3d(spec):
    for (one, a), (other, b) in combinations(_rectangles(arrange(spec, "3d")).items(), 2):
        apart = _gap(a, b, 2) > -1e-6
        assert apart or not _segments_cross(a[:2, :2], b[:2, :2]), (one, other)


@given(short_ones, arrangements)
@settings(deadline=None)
def test_maps_of_a_layer_never_overlap_and_fill_no_more_than_its_extent(spec, arrangement):
    for layer in arrange(spec, arrangement).layers.values():
        width, height = layer.map_extent
        apart = np.abs(layer.centres[:, None] - layer.centres[None]) - (width, height)
        overlapping = (apart < -1e-3 * layer.pitch).all(axis=2)
        assert not (overlapping & ~np.eye(len(layer.centres), dtype=bool)).any(), layer.spec
        reach = np.abs(layer.centres) + np.array([width, height]) / 2
        assert (reach <= np.array(layer.extent) / 2 * (1 + 1e-4) + 1e-6).all(), layer.spec


@given(short_ones, arrangements)
@settings(deadline=None)
def test_everything_stands_above_the_floor_and_inside_the_bounds(spec, arrangement):
    layout = arrange(spec, arrangement)
    points = np.concatenate(list(_rectangles(layout).values()))
    assert points[:, 2].min() > 0
    assert (points >= layout.lower - 1e-6).all() and (points <= layout.upper + 1e-6).all()


@given(networks(), st.floats(0, 1))
def test_indices_go_to_neurons_and_back(spec: NetworkSpec, share):
    index = int(share * (spec.neurons - 1))
    layer = [layer for layer in spec.layers if spec.offsets[layer.name] <= index][-1]
    neuron = layer.neuron(index - spec.offsets[layer.name])
    assert spec.offsets[layer.name] + layer.index(neuron) == index
    with pytest.raises(IndexError):
        layer.index(NeuronId(layer.name, layer.map_shape[0]))


@given(networks(), arrangements, st.floats(0, 1))
def test_a_neurons_place_is_that_of_its_cell(spec, arrangement, share):
    layout = arrange(spec, arrangement)
    layer = layout.layers[spec.layers[int(share * (len(spec.layers) - 1))].name]
    index = int(share * (layer.spec.neurons - 1))
    place = layout.position(layer.spec.neuron(index))
    local = layer.placement.to_local(place[None])[0]
    assert np.allclose(layer.placement.to_scene(local[None])[0], place) and abs(local[1]) < 1e-9
    inside = np.abs(local[[0, 2]]) <= np.array(layer.extent) / 2 * (1 + 1e-4)
    assert inside.all()


def test_rows_go_down_and_columns_to_the_right():
    layout = arrange(cnn(), "2d")
    first, right, below = (layout.position(NeuronId("layer1", 0, r, c)) for r, c in ((0, 0), (0, 1), (1, 0)))
    pitch = layout.layers["layer1"].pitch
    assert right - first == pytest.approx((pitch, 0, 0))
    assert below - first == pytest.approx((0, 0, -pitch))


@given(short_ones, st.floats(0, 1))
def test_between_two_arrangements_each_layer_moves_as_a_rigid_body(spec, share):
    start, end = arrange(spec, "3d"), arrange(spec, "2d")
    middle = blend(start, end, share)
    for name, layer in middle.layers.items():
        assert layer.centres is start.layers[name].centres and layer.pitch == start.layers[name].pitch
    for whole, part in ((0.0, start), (1.0, end)):
        exact = blend(start, end, whole)
        assert exact.lower == pytest.approx(part.lower) and exact.upper == pytest.approx(part.upper)


# The first view.


def _shares(layout: Layout, pose: CameraPose, aspect: float) -> np.ndarray:
    """Where all corners are, as shares (n, 2) of the picture from its top left."""
    points = np.concatenate(list(_rectangles(layout).values()))
    pixels, depth = poses.project(pose, points, (aspect, 1.0))
    assert depth.min() > 0
    return pixels / (aspect, 1.0)


margins = st.tuples(*[st.floats(0, 0.2)] * 4)


@given(short_ones, arrangements, st.floats(0.5, 3), margins)
@settings(deadline=None)
def test_the_first_view_shows_everything_between_the_margins_and_no_smaller_than_needed(
    spec, arrangement, aspect, margin
):
    layout = arrange(spec, arrangement)
    shares = _shares(layout, home_pose(layout, aspect, margin), aspect)
    left, right, bottom, top = margin
    free = np.array(
        [
            shares[:, 0].min() - left,
            1 - right - shares[:, 0].max(),
            shares[:, 1].min() - top,
            1 - bottom - shares[:, 1].max(),
        ]
    )
    assert free.min() > -1e-6
    across, high = free[:2], free[2:]
    assert np.allclose(across, 0, atol=1e-6) or np.allclose(high, 0, atol=1e-6)  # it fills one of the two
    if arrangement == "2d":  # with perspective the middle is where it looks evenly free, about
        assert across[0] == pytest.approx(across[1], abs=1e-6)
        assert high[0] == pytest.approx(high[1], abs=1e-6)


@given(
    st.tuples(*[st.floats(-100, 100)] * 3),
    st.tuples(*[st.floats(1, 200)] * 3),
    st.floats(-30, 30),
    st.floats(-10, 40),
    st.floats(1.5, 60),
    st.floats(0.5, 3),
)
def test_any_box_fits(corner, sides, heading, pitch, fov, aspect):
    corners = [[(i >> axis) & 1 for axis in range(3)] for i in range(8)]
    points = np.array(corner) + np.array(corners) * sides
    fitted = fit_pose(CameraPose((0, 0, 0), 1, heading, pitch, fov), points, aspect, MARGINS)
    pixels, depth = poses.project(fitted, points, (aspect, 1.0))
    assert depth.min() > 0 and fitted.distance > 0
    assert (fitted.heading, fitted.pitch, fitted.fov) == (heading, pitch, fov)
    shares = pixels / (aspect, 1.0)
    low, high = shares.min(axis=0), shares.max(axis=0)
    assert low[0] > 0.03 - 1e-6 and high[0] < 0.97 + 1e-6
    assert low[1] > 0.08 - 1e-6 and high[1] < 0.95 + 1e-6


def _first_view(layout: Layout) -> CameraPose:
    """At 1280x720, with the room that panels and the names of the layers take."""
    left, right, bottom, top = hud_margins(*SIZE, 1.0)
    return home_pose(layout, SIZE[0] / SIZE[1], (left, right, bottom, top + LABEL_SPACE / SIZE[1]))


def _map_heights(layout: Layout, pose: CameraPose, name: str) -> np.ndarray:
    """Pixels (C,) that each map of a layer is tall at 1280x720."""
    layer = layout.layers[name]
    local = np.zeros((len(layer.centres), 3))
    local[:, [0, 2]] = layer.centres
    half = np.array([0, 0, layer.map_extent[1] / 2])
    edges = [poses.project(pose, layer.placement.to_scene(local + s * half), SIZE)[0] for s in (1, -1)]
    return np.linalg.norm(edges[0] - edges[1], axis=1)


def _facing(layout: Layout, pose: CameraPose, name: str) -> float:
    """Largest angle, degrees, between where a map of a layer faces and where the viewer is."""
    layer = layout.layers[name]
    local = np.zeros((len(layer.centres), 3))
    local[:, [0, 2]] = layer.centres
    places = layer.placement.to_scene(local)
    normal = layer.placement.to_scene(np.array([[0.0, -1, 0]]))[0] - layer.placement.position
    towards = pose.eye - places
    cosines = towards @ normal / np.linalg.norm(towards, axis=1)
    return math.degrees(math.acos(cosines.min()))


@pytest.mark.parametrize("arrangement", ["3d", "2d"])
def test_first_layer_maps_are_tall_and_face_the_viewer(arrangement):
    layout = arrange(cnn(), arrangement)
    pose = _first_view(layout)
    assert _map_heights(layout, pose, "layer1").min() >= 90
    assert _facing(layout, pose, "layer1") <= 35


@pytest.mark.parametrize("arrangement", ["3d", "2d"])
@pytest.mark.parametrize("spec", [cnn(), mlp()], ids=["cnn", "mlp"])
def test_fully_connected_neurons_are_four_pixels_at_least(spec, arrangement):
    layout = arrange(spec, arrangement)
    pose = _first_view(layout)
    for layer in spec.layers[1:]:
        if len(layer.shape) == 1:
            assert _map_heights(layout, pose, layer.name).min() >= 4, layer


# Networks that read no image.


@given(networks_without_image(), arrangements)
@settings(deadline=None)
def test_without_an_image_no_place_is_kept_for_a_pad_and_all_layers_stand_on_one_height(spec, arrangement):
    layout = arrange(spec, arrangement)
    middles = [layer.placement.position[2] for layer in layout.layers.values()]
    assert layout.pad_size == 0 and middles == [middles[0]] * len(middles)
    corners = np.concatenate([layer.corners() for layer in layout.layers.values()])
    assert np.allclose([corners.min(axis=0), corners.max(axis=0)], [layout.lower, layout.upper])


@pytest.mark.parametrize("arrangement", ["3d", "2d"])
@pytest.mark.parametrize(
    "shapes",
    [
        [(8,), (16,), (16,), (3,)],
        [(6,), (1, 3, 8), (8,), (2,)],
        [(1, 12, 6), (1, 12, 24), (4,)],
        [(2,), (5,), (32,), (32,), (64,), (200,)],
        [(2,), (2,)],
    ],
)
def test_without_an_image_few_and_small_layers_fill_the_picture(shapes, arrangement):
    layout = arrange(without_image(*shapes), arrangement)
    left, right, bottom, top = hud_margins(*SIZE, 1.0)
    shares = _shares(layout, _first_view(layout), SIZE[0] / SIZE[1])
    width, height = np.ptp(shares, axis=0)
    assert width > 0.68 and height > 0.25 and width * height > 0.3
    assert max(width / (1 - left - right), height / (1 - bottom - top - LABEL_SPACE / SIZE[1])) > 0.99


@given(networks_without_image())
@settings(deadline=None)
def test_without_an_image_cells_keep_their_proportions_and_none_is_huge(spec):
    drawn, layout = arrange(replace(spec, drawable=True), "2d"), arrange(spec, "2d")
    inner = spec.layers[1:-1]
    factors = [layout.layers[one.name].pitch / drawn.layers[one.name].pitch for one in inner]
    assert factors == pytest.approx(factors[:1] * len(factors))
    assert all(1 - 1e-6 <= factor <= MOST_GROWTH + 1e-6 for factor in factors)


def test_an_unknown_arrangement_is_refused():
    with pytest.raises(ValueError, match='"3d" or "2d", got \'4d\''):
        arrange(cnn(), "4d")


def test_the_pad_and_the_input_stand_left_of_all_else():
    for spec in (cnn(), mlp(), network((3, 64, 64), (32, 30, 30), (10,))):
        rectangles = _rectangles(arrange(spec, "2d"))
        left = max(rectangles.pop("pad")[:, 0].max(), rectangles.pop("input")[:, 0].max())
        assert all(corners[:, 0].min() > left for corners in rectangles.values())
