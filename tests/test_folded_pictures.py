"""Folded and stacked layers, as pixels: compared with colours computed from the frame."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from nnvis3d.app.app import App, Options
from nnvis3d.inputs.samples import sample_digits
from nnvis3d.network.blending import blend
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.folding import strongest_map
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.layout import Layout, arrange
from nnvis3d.network.poses import project
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.scene.camera_rig import CameraRig
from nnvis3d.scene.host import Host
from nnvis3d.scene.input_events import KeyChanged
from nnvis3d.scene.network_view import NetworkView
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.stage import Stage
from tests.networks import network

SIZE = (480, 360)
COLORS = color_maps(False)[0]
SIDE = 6


def _spec() -> NetworkSpec:
    """Two layers of maps, the second one signed, and two fully connected ones."""
    spec = network((1, 8, 8), (4, SIDE, SIDE), (4, SIDE, SIDE), (30,), (10,))
    layers = [replace(layer, signed=layer.name == "layer2") for layer in spec.layers]
    return replace(spec, layers=tuple(layers))


def _frame(spec: NetworkSpec) -> ActivationFrame:
    """Random texels; of each layer the third map is the strongest."""
    texels = np.random.default_rng(7).integers(0, 40_000, spec.neurons).astype(np.uint16)
    values = np.zeros(spec.neurons, np.float32)
    for layer in spec.layers:
        own = values[spec.offsets[layer.name] :][: layer.neurons].reshape(layer.map_shape[0], -1)
        own[min(2, len(own) - 1)] = -1
    return ActivationFrame(spec, 1, values, texels, np.ones(len(spec.layers), np.float32), None)


class Scene:
    """A network on a stage, seen from straight ahead."""

    def __init__(self) -> None:
        self.host = Host(SIZE, offscreen=True)
        shaders = ShaderLibrary(self.host.gsg)
        self.stage = Stage(self.host.root, shaders)
        self.rig = CameraRig(self.host.root, SIZE)
        self.host.output.make_display_region().set_camera(self.rig.node)
        self.spec = _spec()
        self.frame = _frame(self.spec)
        self.view = NetworkView(self.spec, arrange(self.spec, "2d"), self.host.root, shaders)
        self.view.set_colors(COLORS)
        self.view.show(self.frame, ease=False)

    def stand(self, layout: Layout) -> None:
        self.layout = layout
        self.view.set_layout(layout)
        self.rig.enclose(layout.lower - 60, layout.upper + 60)
        for _ in range(60):
            self.view.update(0.05)

    def look(self, name: str, relief: bool = False) -> np.ndarray:
        """uint8 (H, W, 3) of the layer from its front; with `relief` near neurons are blocks."""
        layer = self.layout.layers[name]
        x, y, z = layer.placement.position
        self.pose = CameraPose((x, y, z), 20 * max(layer.extent), fov=4.0)
        self.rig.show(self.pose)
        self.view.look_from(self.pose, SIZE, 0.0 if relief else 1.0)
        self.host.render()
        return self.host.picture()

    def colors_at(self, picture: np.ndarray, points: np.ndarray) -> np.ndarray:
        """int (n, 3): the pixels of scene points (n, 3)."""
        pixels, _ = project(self.pose, points, SIZE)
        columns, rows = np.floor(pixels).astype(int).T
        return picture[rows, columns].astype(int)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.host.close()


def _expected(texels: np.ndarray, signed: bool) -> np.ndarray:
    """int (n, 3): colours of texels."""
    table = COLORS.diverging if signed else COLORS.sequential
    return table[np.round(texels / 65535 * 255).astype(int)].astype(int)


def _cells(layout: Layout, name: str, channel: int) -> np.ndarray:
    return np.array(
        [layout.position(NeuronId(name, channel, r, c)) for r in range(SIDE) for c in range(SIDE)]
    )


def _close(seen: np.ndarray, wanted: np.ndarray) -> bool:
    """Neurons are lit a little: their middles are up to 7 % brighter than their colours, or glow."""
    return bool((np.abs(seen - wanted) <= 6 + 0.16 * wanted + 14).all())


def _likeness(seen: np.ndarray, maps: np.ndarray, signed: bool) -> int:
    """Which of the maps (C, n) of texels has the colours seen."""
    return int(np.argmin([np.abs(seen - _expected(own, signed)).mean() for own in maps]))


@pytest.mark.parametrize(("name", "signed"), [("layer1", False), ("layer2", True)])
def test_a_folded_layer_shows_its_strongest_map(scene, name, signed):
    strongest = strongest_map(scene.frame.layer(name))
    assert strongest == 2
    scene.stand(arrange(scene.spec, "2d", {name: "fold"}, {name: strongest}))
    seen = scene.colors_at(scene.look(name), _cells(scene.layout, name, strongest))
    maps = scene.frame.texels[scene.spec.offsets[name] :][: 4 * SIDE * SIDE].reshape(4, -1)
    assert _close(seen, _expected(maps[strongest], signed))
    assert _likeness(seen, maps, signed) == strongest


@pytest.mark.parametrize(("name", "signed"), [("layer1", False), ("layer2", True)])
def test_or_the_mean_of_all_as_numpy_has_it(scene, name, signed):
    scene.stand(arrange(scene.spec, "2d", {name: "fold"}))
    seen = scene.colors_at(scene.look(name), _cells(scene.layout, name, 0))
    maps = scene.frame.texels[scene.spec.offsets[name] :][: 4 * SIDE * SIDE].reshape(4, -1)
    mean = maps.mean(axis=0)
    assert _close(seen, _expected(mean, signed))
    assert _likeness(seen, np.stack([*maps, mean]), signed) == 4


def test_a_folded_fully_connected_layer_is_one_cell(scene):
    texels = scene.frame.texels[scene.spec.offsets["layer3"] :][:30]
    for shown, texel in (({}, texels.mean()), ({"layer3": 11}, texels[11])):
        scene.stand(arrange(scene.spec, "2d", {"layer3": "fold"}, shown))
        picture = scene.look("layer3")
        middle = scene.layout.position(NeuronId("layer3", 11))
        places = middle + 7.0 * np.array([(0, 0, 0), (1, 0, 0), (-1, 0, 1), (0, 0, -1)])
        assert _close(scene.colors_at(picture, places), _expected(np.full(4, texel), False))


def test_behind_a_slab_stand_rims(scene):
    """A diagonal from the face to the upper right crosses a rim for each."""
    scene.stand(arrange(scene.spec, "2d", {"layer1": "fold"}))
    picture = scene.look("layer1")
    layer = scene.layout.layers["layer1"]
    corner = layer.centres[0] + np.array(layer.map_extent) / 2
    steps = np.linspace(0.9, 7.5, 60)
    local = np.stack([corner[0] + steps - 1.5, 0 * steps, corner[1] + steps], axis=1)
    seen = scene.colors_at(picture, layer.placement.to_scene(local))
    assert (seen[steps > 1.5, 0] <= seen[steps > 1.5, 2] + 5).all()  # bluish: no cells between them
    along = seen.sum(axis=1)
    rims = (along[1:-1] > along[:-2]) & (along[1:-1] >= along[2:]) & (along[1:-1] > along.min() + 12)
    assert rims.sum() >= 3


def test_the_first_map_of_a_stack_is_in_front(scene):
    scene.stand(arrange(scene.spec, "2d", {"layer1": "stack"}))
    maps = scene.frame.texels[scene.spec.offsets["layer1"] :][: 4 * SIDE * SIDE].reshape(4, -1)
    seen = scene.colors_at(scene.look("layer1"), _cells(scene.layout, "layer1", 0))
    assert _close(seen, _expected(maps[0], False)) and _likeness(seen, maps, False) == 0
    # Of the second one only what the first does not cover is seen: not its lower left cell.
    second = _cells(scene.layout, "layer1", 1)
    corner = scene.colors_at(scene.look("layer1"), second[[SIDE - 1]])
    assert _close(corner, _expected(maps[1, [SIDE - 1]], False))
    covered = scene.colors_at(scene.look("layer1"), second[[SIDE * (SIDE - 1)]])
    assert not _close(covered, _expected(maps[1, [SIDE * (SIDE - 1)]], False))


def test_near_slabs_and_stacks_rise_as_blocks_in_their_places(scene):
    for style, channel in (("fold", 2), ("stack", 0)):
        scene.stand(arrange(scene.spec, "2d", {"layer1": style}, {"layer1": 2}))
        flat, raised = scene.look("layer1"), scene.look("layer1", relief=True)
        cells = _cells(scene.layout, "layer1", channel)
        assert np.abs(flat.astype(int) - raised).max() > 20  # they do rise
        maps = scene.frame.texels[scene.spec.offsets["layer1"] :][: 4 * SIDE * SIDE].reshape(4, -1)
        assert _close(scene.colors_at(raised, cells), _expected(maps[channel], False))
    scene.look("layer1")


def test_folding_neither_pops_nor_leaves_anything_behind(scene):
    """From picture to picture little changes, at the ends too; and back again it is as it was."""
    start = arrange(scene.spec, "2d")
    end = arrange(scene.spec, "2d", {"layer1": "fold"}, {"layer1": 2})
    x, y, z = start.layers["layer1"].placement.position
    scene.pose = CameraPose((x, y, z), 4000, fov=4.0)
    scene.rig.show(scene.pose)
    pictures = []
    for share in np.linspace(0, 1, 41):
        scene.stand(blend(start, end, float(share)))
        scene.view.look_from(scene.pose, SIZE, 1.0)
        scene.host.render()
        pictures.append(scene.host.picture().astype(int))
    changes = [np.abs(b - a).mean() for a, b in pairwise(pictures)]
    assert max(changes) < 3 * np.median(changes) and max(changes[-3:]) < np.mean(changes[-10:-3])
    scene.stand(start)
    scene.host.render()
    assert (scene.host.picture() == pictures[0]).all()


def test_hidden_layers_stay_hidden_folded_too(scene):
    scene.stand(arrange(scene.spec, "2d", {"layer1": "fold"}))
    lit = scene.look("layer1")
    scene.view.set_hidden({"layer1"})
    scene.stand(scene.layout)
    dark = scene.look("layer1")
    scene.view.set_hidden(())
    scene.stand(scene.layout)
    middle = (slice(100, 260), slice(160, 320))
    assert lit[middle].std() > 20 > dark[middle].std() + 10
    assert (scene.look("layer1") == lit).all()


def test_one_key_folds_what_is_under_the_pointer_and_the_slab_follows_the_drawing():
    app = App(Host((320, 180), offscreen=True), Options())
    try:
        app.pad.put(sample_digits()[3].drawing)
        app.settle()
        home = app.show.camera.pose
        place = app.show.arrangement.layout.layers["conv1"].placement.position
        pixels, _ = app.show.rig.project(np.array([place]))
        app.show.pointing.pixel = tuple(pixels[0])
        app.invoke(app.actions.for_key(KeyChanged("z", True, False, frozenset())))
        app.settle()
        assert app.show.arrangement.styles == {"conv1": "fold"} and app.show.camera.pose != home
        for _ in range(3):
            app.invoke("next_sample")
            app.settle()
            face = app.show.arrangement.layout.layers["conv1"].face
            assert face == strongest_map(app.frame.layer("conv1"))
        app.invoke("unfold_all")
        app.settle()
        assert same_pose(app.show.camera.pose, home)
    finally:
        app.close()


def same_pose(one: CameraPose, other: CameraPose) -> bool:
    return np.allclose([*one.target, one.distance], [*other.target, other.distance], atol=1e-3)
