"""Long networks as they are drawn: every pixel's colour, what is uploaded and when."""

import numpy as np
import panda3d.core as p3d
import pytest

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.frame import CODES
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.layout import arrange
from nnvis3d.network.spec import LayerSpec, NetworkSpec, Preprocessing
from nnvis3d.scene import stage
from nnvis3d.scene.camera_rig import CameraRig
from nnvis3d.scene.host import Host
from nnvis3d.scene.page_levels import level_for, overview_level, seen
from nnvis3d.scene.paged_view import PagedView
from nnvis3d.scene.shaders import ShaderLibrary
from tests.large_networks import MadeUp, efficientnet_lite0, resnet20

SIZE = (640, 360)


class Scene:
    """A network in front of a camera."""

    def __init__(self, host: Host, spec: NetworkSpec, texel_type: type = np.uint8, folds=None):
        self.host, self.spec = host, spec
        self.root = host.root.attach_new_node("test")
        shaders = ShaderLibrary(host.gsg)
        room = stage.Stage(self.root, shaders)
        room.set_colors(stage.DARK)
        room.floor.hide()
        room.backdrop.hide()
        self.layout = arrange(spec, "2d", folds=folds)
        self.view = PagedView(spec, self.layout, self.root, shaders)
        self.view.set_folds(frozenset(folds or ()))
        self.colors = color_maps(False)[0]
        self.view.set_colors(self.colors)
        self.rig = CameraRig(self.root, SIZE)
        self.region = host.output.make_display_region()
        self.region.set_camera(self.rig.node)
        self.frame = MadeUp(spec, texel_type).run(None)
        self.look(home_pose(self.layout, SIZE[0] / SIZE[1], (0.02, 0.02, 0.02, 0.02)))

    def look(self, pose: CameraPose) -> None:
        self.pose = pose
        low, high = self.layout.lower - 60.0, self.layout.upper + 60.0
        self.rig.enclose(low, high)
        self.rig.show(pose)
        self.view.look_from(pose, SIZE, 1.0)

    def show(self, frame=None) -> int:
        """Ticks until all of it is uploaded."""
        self.view.show(frame or self.frame, False)
        ticks = 1
        while self.view.update(1 / 60):
            ticks += 1
            assert ticks < 200
        return ticks

    def picture(self) -> np.ndarray:
        self.host.render()
        return self.host.picture().astype(int)

    def pixels(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found, _ = self.rig.project(points)
        columns, rows = np.floor(found).astype(int).T
        return rows, columns

    def close(self) -> None:
        self.host.output.remove_display_region(self.region)
        self.root.remove_node()


@pytest.fixture(scope="module")
def host():
    one = Host(SIZE, offscreen=True)
    yield one
    one.close()


@pytest.fixture
def make(host):
    made = []

    def scene(*args, **kwargs) -> Scene:
        made.append(Scene(host, *args, **kwargs))
        return made[-1]

    yield scene
    for one in made:
        one.close()


def network(*shapes: tuple[int, ...]) -> NetworkSpec:
    """Layers of these shapes, every other one signed, long enough for rows."""
    layers = [LayerSpec("input", "input", shapes[0], "Input")]
    for k, shape in enumerate(shapes[1:]):
        layers.append(LayerSpec(f"layer{k}", "conv", shape, "Layer", (layers[-1].name,), signed=k % 2 == 0))
    return NetworkSpec("test", "Test", tuple(layers), Preprocessing(shapes[0]))


SMALL = network((1, 8, 8), *[(3, 4, 4), (6, 3, 5), (40,)] * 5)


@pytest.mark.parametrize("texel_type", [np.uint8, np.uint16])
def test_from_near_every_neuron_has_the_colour_of_its_value(make, texel_type):
    scene = make(SMALL, texel_type)
    scene.show()
    for name in ("layer3", "layer4", "layer5"):
        layer = scene.layout.layers[name]
        x, _, z = layer.placement.position
        height = max(1.2 * layer.extent[1], layer.extent[0])
        scene.look(CameraPose((x, 0, z), 3 * height, fov=20.0))
        scene.show()
        cells = np.arange(layer.spec.neurons)
        seen_colors = scene.picture()[scene.pixels(layer.cells(cells))]
        start = SMALL.offsets[name]
        code = CODES[np.dtype(texel_type)]
        texels = scene.frame.texels[start : start + layer.spec.neurons] / code.strange
        table = scene.colors.diverging if layer.spec.signed else scene.colors.sequential
        wanted = table[np.rint(texels * 255).astype(int)].astype(int)
        assert np.abs(seen_colors - wanted).max() <= 40, name
        assert np.corrcoef(seen_colors.ravel(), wanted.ravel())[0, 1] > 0.98


def test_from_afar_a_pixel_has_the_mean_of_the_neurons_in_it(make):
    """A chessboard of the darkest and the brightest: neither is to be seen, and nothing flickers."""
    spec = network((1, 8, 8), *[(4, 128, 128)] * 13)
    scene = make(spec)
    chess = (np.indices((128, 128)).sum(axis=0) % 2 * 254).astype(np.uint8)
    scene.frame.texels[64:] = np.tile(chess.ravel(), 4 * 13)
    scene.show()
    layer = scene.layout.layers["layer1"]  # not signed
    first = scene.picture()[scene.pixels(layer.cells(np.arange(0, layer.spec.neurons, 997)))]
    wanted = scene.colors.sequential[127].astype(int)
    assert np.abs(first - wanted).max() <= 40  # at a map's edge the gap takes a part of the pixel
    assert np.median(np.abs(first - wanted).max(axis=1)) <= 8


def test_what_is_not_finite_has_a_colour_of_its_own_from_afar_too(make):
    scene = make(SMALL)
    strange = CODES[np.dtype(np.uint8)].strange
    where = SMALL.offsets["layer3"] + 5
    scene.frame.texels[where] = strange
    scene.show()
    layer = scene.layout.layers["layer3"]
    seen_color = scene.picture()[scene.pixels(layer.cells(np.array([5])))][0]
    assert seen_color[0] > 150 and seen_color[2] > 120 and seen_color[1] < 110


def test_an_image_is_seen_in_its_own_colours(make):
    spec = network((3, 16, 16), *[(3, 4, 4)] * 13)
    scene = make(spec)
    scene.frame.texels[: 3 * 256] = np.repeat([240, 120, 20], 256)
    scene.show()
    layer = scene.layout.layers["input"]
    colors = scene.picture()[scene.pixels(layer.cells(np.arange(0, 256, 7)))]
    assert np.abs(colors - [240, 120, 20]).max() <= 12


def test_folded_away_and_hidden_layers_are_not_drawn(make):
    spec = resnet20()
    scene = make(spec, folds=("layer1", "layer2", "layer3"))
    scene.show()
    before = scene.picture()
    shown = scene.layout.layers["layer2.2.relu2"]
    places = scene.pixels(shown.cells(np.arange(0, shown.spec.neurons, 37)))
    scene.view.set_hidden({"layer2.2.relu2"})
    for _ in range(30):
        scene.view.update(1 / 60)
    assert np.abs(scene.picture()[places] - before[places]).max(axis=1).mean() > 20


def test_a_large_frame_is_uploaded_in_parts_and_only_what_is_seen(make):
    spec = efficientnet_lite0()
    scene = make(spec, folds=())
    scene.show()
    pages = scene.view.pages
    uploaded = pages._overview.length + sum(slot.texels.length for slot in pages._slots.values())
    assert uploaded < 0.25 * spec.neurons
    assert pages.settled
    layer = scene.layout.layers["stem_conv"]
    x, _, z = layer.placement.position
    scene.look(CameraPose((x, 0, z), 8.0, fov=20.0))
    scene.show()
    drawn = {scene.view.pages._names[row] for row in pages._drawn}
    assert "stem_conv" in drawn and len(drawn) < 8


def test_what_is_too_much_for_a_tick_comes_with_the_next(make, monkeypatch):
    monkeypatch.setattr("nnvis3d.scene.pages.UPLOAD_BYTES", 200_000)
    scene = make(network((1, 8, 8), *[(160, 112, 112)] * 13))
    layer = scene.layout.layers["layer1"]
    x, _, z = layer.placement.position
    scene.look(CameraPose((x, 0, z), 60.0, fov=40.0))
    scene.view.show(scene.frame, False)
    rises = []
    while scene.view.update(1 / 60):
        slots = scene.view.pages._slots
        rises.append(sum(slot.serial == scene.view.pages._serial for slot in slots.values()))
    steps = np.diff([0, *rises])
    assert max(rises) > 2 and steps.max() == 1, rises


def test_seen_layers_and_their_levels():
    spec = efficientnet_lite0()
    layout = arrange(spec, "2d", folds=())
    layers = list(layout.layers.values())
    found = seen(layers, home_pose(layout, 16 / 9, (0, 0, 0, 0)), (1280, 720))
    assert found.visible.all() and found.shifts.max() >= 3
    name = "stem_bn"
    x, _, z = layout.layers[name].placement.position
    near = seen(layers, CameraPose((x, 0, z), 5.0, fov=20.0), (1280, 720))
    row = list(layout.layers).index(name)
    assert near.visible[row] and near.visible.sum() < 10 and near.shifts[row] == 0


@pytest.mark.parametrize(
    ("shift", "shifts", "level"),
    [
        (0, (0, 1, 4), 0),
        (1, (0, 1, 4), 1),
        (2, (0, 1, 4), 1),
        (3, (0, 1, 4), 2),
        (1, (0, 3), 0),
        (9, (0,), 0),
    ],
)
def test_the_level_that_is_nearest(shift, shifts, level):
    assert level_for(shift, shifts) == level


def test_the_overview_takes_the_finest_level_that_is_small():
    assert overview_level([1000, 250, 10]) == 0
    assert overview_level([10**6, 250_000, 15_000, 100]) == 2
    assert overview_level([10**6]) == 0


def test_lines_and_plates_are_drawn(make):
    scene = make(resnet20(), folds=())
    scene.show()
    with_all = scene.picture()
    for node in (scene.view.arcs.path, scene.view.plates.path):
        assert isinstance(node, p3d.NodePath)
        node.hide()
        assert np.abs(scene.picture() - with_all).max() > 30
        node.show()
