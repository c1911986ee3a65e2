"""Layers in a grid, in a row, stacked and folded: where they stand, what a ray hits, how they get there."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.network.blending import blend, with_faces
from nnvis3d.network.folding import face_offsets, face_texels, faces, strongest_map
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.layer_styles import STYLES, styles_of
from nnvis3d.network.layout import Layout, arrange
from nnvis3d.network.picking import layer_at, neuron_at, pick
from nnvis3d.network.poses import project, ray
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.tools.actions import Actions
from nnvis3d.tools.arrangement import SECONDS, STYLE_SECONDS, Arrangement
from nnvis3d.tools.key_bindings import BINDINGS
from nnvis3d.tools.layer_actions import LayerPorts, connect_layers, next_style
from nnvis3d.tools.neuron_walk import neighbour
from nnvis3d.tools.scene_labels import layer_labels
from tests.networks import cnn, mlp, network, networks

SIZE = (1280, 720)
MARGINS = (0.03, 0.03, 0.05, 0.08)

arrangements = st.sampled_from(["3d", "2d"])


@st.composite
def styled_networks(draw):
    """A network, a style for each layer, and for each layer a map that it would show folded."""
    spec = draw(networks())
    styles = {layer.name: draw(st.sampled_from(styles_of(spec, layer))) for layer in spec.layers}
    shown = {layer.name: draw(st.integers(0, layer.map_shape[0] - 1)) for layer in spec.layers}
    return spec, styles, shown


def same(one: Layout, other: Layout) -> bool:
    """Whether everything stands in the same places in both, to the last bit."""
    return one.pad == other.pad and all(
        (a.placement, a.pitch, a.extent, a.folded, a.style)
        == (b.placement, b.pitch, b.extent, b.folded, b.style)
        and np.array_equal(a.centres, b.centres)
        and np.array_equal(a.depths, b.depths)
        and np.array_equal(a.shown, b.shown)
        for a, b in zip(one.layers.values(), other.layers.values(), strict=True)
    )


# Where they stand.


def test_only_maps_can_be_laid_out_and_only_what_has_several_neurons_can_fold():
    offered = {layer.name: styles_of(cnn(), layer) for layer in cnn().layers}
    assert offered["input"] == offered["layer7"] == ("grid",)
    assert offered["layer1"] == STYLES and offered["layer5"] == ("grid", "fold")
    assert styles_of(
        network((1, 8, 8), (1, 8, 8), (10,)), network((1, 8, 8), (1, 8, 8), (10,)).layers[1]
    ) == ("grid",)


def test_what_a_layer_cannot_be_is_refused_by_name():
    with pytest.raises(ValueError, match="style of layer5: expected grid or fold, got 'row'"):
        arrange(cnn(), styles={"layer5": "row"})
    with pytest.raises(ValueError, match="style of 'conv9': test has input, layer1"):
        arrange(cnn(), styles={"conv9": "fold"})


@given(networks(), arrangements)
@settings(max_examples=25)
def test_without_a_style_everything_is_a_grid(spec, arrangement):
    layout = arrange(spec, arrangement)
    grids = arrange(spec, arrangement, {layer.name: "grid" for layer in spec.layers})
    assert same(layout, grids)
    for layer in layout.layers.values():
        assert (
            not layer.depths.any() and layer.shown.all() and layer.folded == 0 and len(layer.corners()) == 4
        )


def test_the_grid_of_the_first_view_is_where_it_has_always_been():
    layer = arrange(cnn(), "3d").layers["layer3"]
    assert layer.placement.position == pytest.approx((-11.446883, -0.139416, 101.0), abs=1e-5)
    assert layer.centres[9] == pytest.approx((12.134343, 58.189754), abs=1e-5)
    assert (layer.pitch, *layer.extent) == pytest.approx((2.106869, 45.337373, 184.0), abs=1e-5)


@given(styled_networks())
@settings(max_examples=60)
def test_nothing_overlaps_in_2d_in_any_style(case):
    spec, styles, _ = case
    layout = arrange(spec, "2d", styles)
    boxes = [layer.corners() for layer in layout.layers.values()]
    boxes.append(layout.pad.corners(layout.pad_size, layout.pad_size))
    for a, b in combinations(boxes, 2):
        gaps = np.maximum(b.min(axis=0) - a.max(axis=0), a.min(axis=0) - b.max(axis=0))
        assert max(gaps[0], gaps[2]) > -1e-6


@given(styled_networks())
@settings(max_examples=60)
def test_each_layer_keeps_to_its_part_of_the_arc_in_3d(case):
    spec, styles, _ = case
    layout = arrange(spec, "3d", styles)
    bodies = list(layout.layers.values())[1:]  # the input stands above the pad
    radius = max(470.0, _radius(bodies))
    angles = [np.arctan2(c[:, 0], c[:, 1] + radius) for c in (body.corners() for body in bodies)]
    assert all(a.max() < b.min() + 1e-6 for a, b in pairwise(angles))


def _radius(bodies: list[LayerLayout]) -> float:
    """Of the circle on which the layers stand: position = radius * (sin, cos - 1) of the heading."""
    body = max(bodies, key=lambda body: abs(body.placement.heading))
    sine = np.sin(np.radians(-body.placement.heading))
    return body.placement.position[0] / sine if abs(sine) > 1e-9 else 0.0


@given(styled_networks(), arrangements)
@settings(max_examples=60)
def test_maps_fill_no_more_than_the_layer_s_box_and_stand_above_the_floor(case, arrangement):
    spec, styles, _ = case
    layout = arrange(spec, arrangement, styles)
    for layer in layout.layers.values():
        width, height = layer.map_extent
        reach = np.abs(layer.centres) + np.array([width, height]) / 2
        assert (reach <= np.array(layer.extent) / 2 * (1 + 1e-4) + 1e-5).all()
        assert layer.depths.min() == 0 and (layer.depths <= layer.depth).all()
        corners = layer.corners()
        assert corners[:, 2].min() > 0
        assert (corners >= layout.lower - 1e-6).all() and (corners <= layout.upper + 1e-6).all()


def test_a_row_goes_to_the_right_and_a_stack_up_right_and_back():
    row = arrange(cnn(), "2d", {"layer3": "row"}).layers["layer3"]
    assert (np.diff(row.centres[:, 0]) > row.map_extent[0]).all() and not np.diff(row.centres[:, 1]).any()
    stack = arrange(cnn(), "2d", {"layer3": "stack"}).layers["layer3"]
    assert (np.diff(stack.centres, axis=0) > 0).all() and (np.diff(stack.depths) > 0).all()
    assert stack.pitch > arrange(cnn(), "2d").layers["layer3"].pitch
    fold = arrange(cnn(), "2d", {"layer3": "fold"}).layers["layer3"]
    assert (fold.centres == fold.centres[0]).all() and fold.extent[0] < row.extent[0] / 8


def test_a_neuron_s_place_is_as_deep_as_its_map():
    layout = arrange(cnn(), "2d", {"layer1": "stack"})
    layer = layout.layers["layer1"]
    first, last = (layout.position(NeuronId("layer1", c, 3, 4)) for c in (0, 5))
    assert last - first == pytest.approx((*(layer.centres[5, :1] - layer.centres[0, :1]), layer.depths[5],
                                          layer.centres[5, 1] - layer.centres[0, 1]), abs=1e-4)  # fmt: skip


# What a ray hits.


def _ray_to(layout: Layout, neuron: NeuronId):
    pose = home_pose(layout, SIZE[0] / SIZE[1], MARGINS)
    pixels, depth = project(pose, layout.position(neuron)[None], SIZE)
    assert depth[0] > 0
    return ray(pose, *pixels[0], SIZE)


@given(styled_networks(), arrangements, st.floats(0, 1))
@settings(max_examples=150)
def test_picking_what_was_projected_gives_it_back_where_it_is_seen(case, arrangement, share):
    spec, styles, shown = case
    layout = arrange(spec, arrangement, styles, shown)
    index = int(share * (spec.neurons - 1))
    layer = [layer for layer in spec.layers if spec.offsets[layer.name] <= index][-1]
    neuron = layer.neuron(index - spec.offsets[layer.name])
    body = layout.layers[layer.name]
    if body.style == "fold":
        neuron = NeuronId(layer.name, shown[layer.name], neuron.row, neuron.column)
    towards = _ray_to(layout, neuron)
    hit = pick(layout, *towards)
    assert hit is not None and layer_at(layout, *towards) == layer.name == hit.neuron.layer
    if body.style == "stack" and hit.neuron != neuron:  # a card before it hides it
        assert body.depths[hit.neuron.channel] < body.depths[neuron.channel]
    else:
        assert hit.neuron == neuron
        assert np.allclose(hit.point, layout.position(neuron), atol=2e-3)


def test_the_first_of_a_stack_is_in_front_and_the_last_from_behind():
    layout = arrange(cnn(), "2d", {"layer1": "stack"})
    layer = layout.layers["layer1"]
    middle = layer.placement.to_scene(np.zeros((1, 3)))[0]
    ahead = np.array([0.0, 1, 0])
    front = pick(layout, middle - 300 * ahead, ahead)
    behind = pick(layout, middle + 300 * ahead, -ahead)
    assert front.neuron.channel < behind.neuron.channel
    assert neuron_at(layer, 0.0, 0.0).channel == front.neuron.channel


def test_the_mean_is_no_neuron_but_its_layer_is_there():
    layout = arrange(cnn(), "2d", {"layer1": "fold"})
    towards = _ray_to(layout, NeuronId("layer1", 2, 14, 14))
    assert pick(layout, *towards) is None and layer_at(layout, *towards) == "layer1"
    shown = with_faces(layout, {"layer1": 2})
    assert pick(shown, *towards).neuron == NeuronId("layer1", 2, 14, 14)
    assert shown.layers["layer1"].face == 2 and layout.layers["layer1"].face is None


def test_a_walk_goes_along_a_row_and_stays_on_a_slab():
    layout = arrange(cnn(), "2d", {"layer1": "row", "layer3": "fold"}, {"layer3": 4})
    row = layout.layers["layer1"]
    assert neighbour(row, NeuronId("layer1", 1, 3, 27), "right") == NeuronId("layer1", 2, 3, 0)
    edge = NeuronId("layer3", 4, 3, 9)
    assert neighbour(layout.layers["layer3"], edge, "right") == edge


# How they get there.


@given(styled_networks(), arrangements, arrangements, st.floats(0, 1))
@settings(max_examples=60)
def test_ways_begin_and_end_exactly_where_they_should(case, one, other, share):
    spec, styles, shown = case
    start, end = arrange(spec, one), arrange(spec, other, styles, shown)
    assert same(blend(start, end, 0.0), start) and same(blend(start, end, 1.0), end)
    middle = blend(start, end, share)
    for name, layer in middle.layers.items():
        low = np.minimum(start.layers[name].centres, end.layers[name].centres)
        high = np.maximum(start.layers[name].centres, end.layers[name].centres)
        assert (layer.centres >= low - 1e-3).all() and (layer.centres <= high + 1e-3).all()


@given(st.lists(st.tuples(st.sampled_from(["flat", *STYLES]), st.integers(1, 80)), min_size=1, max_size=6))
@settings(max_examples=40)
def test_turning_round_anywhere_never_jumps_and_ends_where_it_should(turns):
    arrangement = Arrangement(cnn())
    places = _places(arrangement.layout)
    for wanted, ticks in turns:
        if wanted == "flat":
            arrangement.set_flat(not arrangement.flat)
        else:
            arrangement.set_style("layer3", wanted)
        for _ in range(ticks):
            flatness = arrangement.flatness
            arrangement.update(1 / 60)
            now = _places(arrangement.layout)
            assert np.abs(now - places).max() < 20 and abs(arrangement.flatness - flatness) < 0.06
            places = now
    while arrangement.moving:
        arrangement.update(0.1)
    wanted = arrange(cnn(), "2d" if arrangement.flat else "3d", arrangement.styles)
    assert same(arrangement.layout, wanted) and arrangement.flatness == float(arrangement.flat)


def _places(layout: Layout) -> np.ndarray:
    layer = layout.layers["layer3"]
    return np.concatenate([layer.cells(np.arange(0, 1600, 97)), [layout.layers["layer1"].placement.position]])


def test_a_way_takes_its_time_and_going_nowhere_takes_none():
    arrangement = Arrangement(cnn())
    assert not arrangement.update(0.1)
    arrangement.set_style("layer1", "grid")
    assert not arrangement.moving
    arrangement.set_style("layer1", "fold")
    assert arrangement.update(STYLE_SECONDS * 0.98) and arrangement.moving
    arrangement.update(STYLE_SECONDS * 0.03)
    assert not arrangement.moving and arrangement.layout is arrangement.goal
    arrangement.set_flat(True)
    arrangement.update(SECONDS / 2)
    arrangement.set_flat(False)  # from half way, half of the time
    arrangement.update(SECONDS / 2)
    assert not arrangement.moving


def test_unfolding_goes_back_to_the_style_before():
    arrangement = Arrangement(cnn())
    arrangement.set_style("layer1", "stack")
    arrangement.toggle_fold("layer1")
    assert arrangement.style("layer1") == "fold"
    arrangement.toggle_fold("layer1")
    assert arrangement.style("layer1") == "stack"
    assert arrangement.unfold_all() and arrangement.styles == {} and not arrangement.unfold_all()


# What slabs show.


def _frame(spec: NetworkSpec, seed: int = 0) -> ActivationFrame:
    random = np.random.default_rng(seed)
    values = random.normal(size=spec.neurons).astype(np.float32)
    texels = random.integers(0, 65536, spec.neurons).astype(np.uint16)
    return ActivationFrame(spec, 1, values, texels, np.ones(len(spec.layers), np.float32), None)


def test_the_strongest_map_is_that_of_the_largest_mean_magnitude():
    maps = np.zeros((4, 3, 3))
    maps[1, 0, 0], maps[2] = 9, -2  # a peak; strong all over, and negative
    assert strongest_map(maps) == 2
    maps[3] = np.nan
    assert strongest_map(maps) == 2
    assert strongest_map(np.array([0.1, -3, 2])) == 1


@given(networks(), st.integers(0, 99))
@settings(max_examples=20)
def test_a_mean_is_numpy_s_and_a_face_is_its_map(spec, seed):
    frame = _frame(spec, seed)
    for name, offset in face_offsets(spec).items():
        layer = spec.by_name[name]
        start = spec.offsets[name]
        own = frame.texels[start : start + layer.neurons]
        maps = own.reshape(layer.map_shape[0], -1)
        assert offset >= spec.neurons
        assert face_texels(layer, own, None) == pytest.approx(maps.mean(axis=0), rel=1e-6)
        assert (face_texels(layer, own, 0) == maps[0]).all()
        assert faces(frame, [name], "strongest") == {name: strongest_map(frame.layer(name))}
        assert faces(frame, [name], "mean") == faces(None, [name], "strongest") == {}


def test_folded_layers_follow_the_frame():
    spec = cnn()
    arrangement = Arrangement(spec)
    arrangement.set_style("layer1", "fold")
    frame = _frame(spec)
    assert arrangement.follow(frame) and not arrangement.follow(frame)
    strongest = strongest_map(frame.layer("layer1"))
    arrangement.update(1.0)
    assert arrangement.layout.layers["layer1"].face == arrangement.goal.layers["layer1"].face == strongest
    arrangement.set_shows("mean")
    assert arrangement.follow(frame) and arrangement.layout.layers["layer1"].face is None
    with pytest.raises(ValueError, match="expected strongest or mean, got 'median'"):
        arrangement.set_shows("median")


def test_the_title_of_a_slab_says_what_it_shows():
    spec = cnn()

    def said(shown: dict[str, int]) -> dict[str, str]:
        layout = arrange(spec, "2d", {"layer1": "fold", "layer5": "fold"}, shown)
        labels = layer_labels(layout, lambda points: (points[:, :2] * 9, points[:, 0] < np.inf), (), 1.0)
        return {label.key: label.lines[-1] for label in labels}

    assert said({})["layer/layer1"] == "mean of 6 maps" and said({})["layer/layer5"] == "mean of 120"
    assert said({"layer1": 4, "layer5": 46})["layer/layer1"] == "strongest: map 4"
    assert said({"layer5": 46})["layer/layer5"] == "strongest: 46"
    assert said({})["layer/layer3"] == "16 × 10 × 10"


# What is asked for.


class Case:
    """The actions on an Arrangement, with a pointer on a layer."""

    def __init__(self, spec: NetworkSpec):
        self.arrangement = Arrangement(spec)
        self.here: str | None = None
        self.said: list[str] = []
        self.moves = 0
        self.actions = Actions()
        ports = LayerPorts(lambda: self.arrangement, lambda: self.here, self._moved, self.said.append)
        connect_layers(self.actions, ports)

    def _moved(self) -> None:
        self.moves += 1


def test_actions_act_on_what_is_pointed_at_or_named():
    case = Case(cnn())
    case.here = "layer3"
    case.actions.invoke("fold_layer")
    case.actions.invoke("fold_layer", "layer5")
    case.actions.invoke("layer_style", ("layer1", "stack"))
    case.actions.invoke("layer_style", "layer2")
    assert case.arrangement.styles == {"layer3": "fold", "layer5": "fold", "layer1": "stack", "layer2": "row"}
    case.actions.invoke("layer_style")  # from a fold it begins with the grid
    assert case.arrangement.style("layer3") == "grid" and case.moves == 5
    case.actions.invoke("unfold_all")
    assert case.arrangement.styles == {} and case.said == [] and case.moves == 6
    case.actions.invoke("fold_shows")
    assert case.arrangement.shows == "mean" and "mean" in case.said[-1]


def test_what_cannot_be_done_is_said():
    case = Case(mlp())
    case.actions.invoke("fold_layer")
    case.actions.invoke("layer_style")
    assert all("Point at a layer first" in word for word in case.said) and len(case.said) == 2
    case.here = "layer3"
    case.actions.invoke("fold_layer")
    case.actions.invoke("layer_style")
    assert "nothing to fold" in case.said[2] and "no maps to lay out" in case.said[3] and case.moves == 0


def test_one_key_goes_round():
    assert [next_style(style, STYLES) for style in STYLES] == ["row", "stack", "grid", "grid"]
    assert next_style("grid", ("grid", "fold")) == "grid"
    keys = {binding.action: binding.keys for binding in BINDINGS}
    assert keys["fold_layer"] == ("z",) and keys["layer_style"] == ("shift-z",)
