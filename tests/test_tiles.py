"""Computed pixels: each neuron's own, of a small made-up network, in the colour that its value has."""

import ctypes
import gc
from dataclasses import replace

import numpy as np
import pytest

from nnvis3d.bench.process import resident_mb
from nnvis3d.network import poses
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.frame import TEXEL_FULL, TEXEL_ZERO, ActivationFrame
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.layer_bodies import OUTPUT_BAR_LENGTH
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.layout import Layout, arrange
from nnvis3d.network.spec import LayerSpec, NetworkSpec, Preprocessing
from nnvis3d.scene import stage
from nnvis3d.scene.camera_rig import CameraRig
from nnvis3d.scene.host import Host
from nnvis3d.scene.network_view import NetworkView
from nnvis3d.scene.shaders import ShaderLibrary

SIZE = (960, 540)
MARGINS = (0.02, 0.02, 0.05, 0.05)
SHADE = 34
"""Of 255: how far light, bevel and glow may take a neuron from its colour. A wrong gamma: mid-grey by 59."""

# Nothing is as wide as high; the last columns of maps and of fc are not full; two layers may be negative.
LAYERS = (
    LayerSpec("input", "input", (1, 3, 5), "Input", scale=1.0),
    LayerSpec("signed", "conv", (2, 4, 6), "Signed", ("input",), signed=True, scale=2.0),
    LayerSpec("maps", "conv", (11, 5, 4), "Maps", ("signed",), scale=3.0),
    LayerSpec("fc", "linear", (45,), "Connected", ("maps",), scale=1.5),
    LayerSpec("output", "linear", (10,), "Output", ("fc",), signed=True, scale=8.0),
)
SPEC = NetworkSpec("made-up", "Made up", LAYERS, Preprocessing((1, 3, 5)), tuple("abcdefghij"))
SHARES = np.array([0.45, 0.3, 0, 0, 0, 0, 0.25, 0, 0, 0], np.float32)
LAYOUTS = {name: arrange(SPEC, name) for name in ("2d", "3d")}
HOMES = {name: home_pose(layout, SIZE[0] / SIZE[1], MARGINS) for name, layout in LAYOUTS.items()}


def made_up(seed: int, probabilities: np.ndarray | None = SHARES) -> ActivationFrame:
    """Every layer from nothing (or minus its scale) to its scale, in even steps, shuffled."""
    random = np.random.default_rng(seed)
    values, texels = [], []
    for layer in LAYERS:
        share = random.permutation(np.linspace(-1.0 if layer.signed else 0.0, 1.0, layer.neurons))
        values.append(share * layer.scale)
        zero = TEXEL_ZERO if layer.signed else 0
        texels.append(np.rint(zero + share * (TEXEL_FULL - zero)))
    scales = np.array([layer.scale for layer in LAYERS], np.float32)
    return ActivationFrame(
        SPEC,
        seed,
        np.concatenate(values).astype(np.float32),
        np.concatenate(texels).astype(np.uint16),
        scales,
        probabilities,
    )


FRAME = made_up(1)


class Scene:
    """A stage with the network on it, and a camera."""

    def __init__(self):
        self.host = Host(SIZE, offscreen=True)
        shaders = ShaderLibrary(self.host.gsg)
        self.stage = stage.Stage(self.host.root, shaders)
        self.rig = CameraRig(self.host.root, SIZE)
        self.host.output.make_display_region().set_camera(self.rig.node)
        self.view = NetworkView(SPEC, LAYOUTS["2d"], self.host.root, shaders)
        self.layout: Layout = LAYOUTS["2d"]

    def reset(self) -> None:
        """Flat, dark, all layers, no floor, FRAME."""
        self.stage.set_colors(stage.DARK)
        self.view.set_colors(color_maps()[0])
        self.view.set_hidden(())
        self.view.set_wave({})
        self.arrange("2d")
        self.show(FRAME)

    def arrange(self, name: str, floor: float | None = None) -> None:
        self.layout = LAYOUTS[name]
        self.view.set_layout(self.layout)
        self.stage.set_floor((name == "3d") if floor is None else floor)
        self.view.set_reflected(name == "3d")
        self.rig.enclose(self.layout.lower - 60, self.layout.upper + 60)
        self.look(HOMES[name])

    def look(self, pose: CameraPose, flatness: float | None = None) -> None:
        self.rig.show(pose)
        flat = float(self.layout.arrangement == "2d") if flatness is None else flatness
        self.view.look_from(pose, SIZE, flat)

    def show(self, frame: ActivationFrame | None, ease: bool = False) -> None:
        self.view.show(frame, ease)
        self.settle()

    def settle(self) -> None:
        for _ in range(200):
            if not self.view.update(0.05):
                return
        raise AssertionError("it never came to rest")

    def picture(self) -> np.ndarray:
        """int (H, W, 3)."""
        self.host.render()
        return self.host.picture().astype(int)

    def pixels(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows, columns (n,) of scene points (n, 3), to index a picture with."""
        pixels, seen = self.rig.project(points)
        assert seen.all()
        columns, rows = np.floor(pixels).astype(int).T
        return rows, columns

    def neurons(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Rows, columns of all neurons of a layer."""
        return self.pixels(self.place(name).cells(np.arange(SPEC.by_name[name].neurons)))

    def place(self, name: str) -> LayerLayout:
        return self.layout.layers[name]


@pytest.fixture(scope="module")
def stage_() -> Scene:
    scene = Scene()
    yield scene
    scene.host.close()


@pytest.fixture
def scene(stage_) -> Scene:
    stage_.reset()
    return stage_


def colors_of(
    layer: LayerSpec, frame: ActivationFrame = FRAME, number: int = 0, light: bool = False
) -> np.ndarray:
    """int (neurons, 3): what a layer's neurons should look like."""
    values = frame.layer(layer.name).ravel()
    return color_maps(light)[number].colors(values, layer.scale, layer.signed).astype(int)


def assert_colored(scene: Scene, picture: np.ndarray, **how: object) -> None:
    for layer in LAYERS:
        seen, wanted = picture[scene.neurons(layer.name)], colors_of(layer, **how)
        off = np.abs(seen - wanted)
        assert off.max() <= SHADE, f"{layer.name}: {off.max(axis=1)}"
        assert off.mean() < SHADE / 2, layer.name
        assert np.corrcoef(seen.sum(axis=1), wanted.sum(axis=1))[0, 1] > 0.98, layer.name


# Every neuron in its place and its colour.


@pytest.mark.parametrize("number", range(len(color_maps())), ids=[colors.name for colors in color_maps()])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_neuron_has_the_colour_of_its_value(scene, theme, number):
    light = theme == "light"
    scene.stage.set_colors(stage.LIGHT if light else stage.DARK)
    scene.view.set_colors(color_maps(light)[number])
    assert_colored(scene, scene.picture(), number=number, light=light)


def test_another_frame_is_other_colours(scene):
    other = made_up(2)
    scene.show(other)
    assert_colored(scene, scene.picture(), frame=other)


def test_row_0_is_on_top_and_column_0_at_the_left(scene):
    """Said in pixels: the layout's own idea of rows and columns is not asked."""
    for name in ("input", "signed", "maps"):
        layer = SPEC.by_name[name]
        channels, height, width = layer.shape
        for channel in range(channels):
            texels = np.full(SPEC.neurons, TEXEL_ZERO if layer.signed else 0, np.uint16)
            scene.show(replace(FRAME, texels=texels.copy()))
            before = scene.picture()
            texels[SPEC.offsets[name] + channel * height * width] = TEXEL_FULL
            scene.show(replace(FRAME, texels=texels))
            rows, columns = np.nonzero(np.abs(scene.picture() - before).max(axis=2) > 60)
            all_rows, all_columns = scene.neurons(name)
            mine = slice(channel * height * width, (channel + 1) * height * width)
            assert abs(rows.mean() - all_rows[mine].min()) < 2, name
            assert abs(columns.mean() - all_columns[mine].min()) < 2, name


def test_between_neurons_is_air_and_beyond_the_last_is_nothing(scene):
    picture = scene.picture()
    fc = scene.place("fc")
    rows, columns = fc.rows, -(-45 // fc.rows)
    assert rows * columns == 46, "one cell of the last column is empty"
    last = fc.local_cells(np.array([44]))[0]
    beyond = fc.placement.to_scene(np.array([[last[0], 0.0, last[1] - fc.pitch]]))
    scene.view.path.hide()
    nothing = scene.picture()
    scene.view.path.show()
    at = scene.pixels(beyond)
    assert np.abs(picture[at] - nothing[at]).max() <= 2
    # The gap beside a bright neuron is darker than it.
    signed = scene.place("signed")
    bright = int(FRAME.layer("signed").argmax())
    x, z = signed.local_cells(np.array([bright]))[0]
    corner = signed.placement.to_scene(np.array([[x + signed.pitch / 2, 0, z + signed.pitch / 2]]))
    assert picture[scene.pixels(corner)].sum() < 0.7 * picture[scene.neurons("signed")][bright].sum()


def test_a_network_at_rest_shows_zero_everywhere(scene):
    scene.show(None)
    picture = scene.picture()
    for layer in LAYERS:
        zero = color_maps()[0].colors(np.zeros(1), 1.0, layer.signed).astype(int)
        assert np.abs(picture[scene.neurons(layer.name)] - zero).max() <= 12, layer.name
    assert np.abs(picture[bar_pixels(scene, 0.1)] - np.array(stage.DARK.accent) * 255).max(axis=1).min() > 60


def test_eased_activations_arrive_on_the_very_same_picture(scene):
    wanted = scene.picture()
    scene.show(made_up(3, SHARES[::-1].copy()))
    other = scene.picture()
    scene.view.show(FRAME, ease=True)
    apart = [np.abs(other - wanted).mean()]
    while scene.view.update(0.03):
        apart.append(np.abs(scene.picture() - wanted).mean())
    assert len(apart) > 5 and apart[0] > 2 and (np.diff(apart) <= 0.05).all()
    assert np.array_equal(scene.picture(), wanted)


# What hides, fades and shines.


@pytest.mark.parametrize("name", [layer.name for layer in LAYERS])
@pytest.mark.parametrize("arrangement", ["2d", "3d"])
def test_a_hidden_layer_vanishes_and_no_other(scene, name, arrangement):
    scene.arrange(arrangement)
    scene.view.set_reflected(False)
    before = scene.picture()
    scene.view.path.hide()
    nothing = scene.picture()
    scene.view.path.show()
    scene.view.set_hidden({name})
    scene.settle()
    picture = scene.picture()
    for layer in LAYERS:
        at = scene.neurons(layer.name)
        assert np.array_equal(picture[at], (nothing if layer.name == name else before)[at]), layer.name
    if name == "output":
        at = bar_pixels(scene, 0.05)
        assert np.array_equal(picture[at], nothing[at])
    scene.view.set_hidden(())
    scene.settle()
    assert np.array_equal(scene.picture(), before)


def test_layers_fade_away_and_come_back(scene):
    at = scene.neurons("maps")
    light = [scene.picture()[at].sum()]
    for hidden in ({"maps"}, ()):
        scene.view.set_hidden(hidden)
        while scene.view.update(0.05):
            light.append(scene.picture()[at].sum())
    darkest = int(np.argmin(light))
    assert darkest > 3 and len(light) - darkest > 3 and light[darkest] < 0.5 * light[0] == 0.5 * light[-1]
    assert (np.diff(light[: darkest + 1]) < 0).all() and (np.diff(light[darkest:]) >= 0).all()


def test_the_wave_brightens_one_layer(scene):
    before = scene.picture()
    scene.view.set_wave({"maps": 1.0})
    scene.settle()
    picture = scene.picture()
    at = scene.neurons("maps")
    middling = np.abs(FRAME.layer("maps").ravel() / 3.0 - 0.5) < 0.3
    assert (picture[at][middling].sum(axis=1) > 1.2 * before[at][middling].sum(axis=1)).all()
    for name in ("input", "signed", "fc", "output"):
        at = scene.neurons(name)
        assert np.array_equal(picture[at], before[at]), name


def test_layers_are_seen_in_the_floor_only_if_there_is_one(scene):
    # The front view does not see the floor at its foot: from a little higher, and nearer.
    scene.arrange("3d")
    pose = replace(HOMES["3d"], pitch=12.0, distance=HOMES["3d"].distance * 1.3, target=(0.0, 0.0, 60.0))
    scene.look(pose)
    mirrored = scene.picture()
    scene.view.set_reflected(False)
    plain = scene.picture()
    scene.view.set_reflected(True)
    scene.stage.set_floor(0.0)
    floorless = scene.picture()
    scene.view.set_reflected(False)
    assert np.array_equal(floorless, scene.picture())

    cells = scene.place("maps").cells(np.arange(220))
    low = (cells[:, 2] < 32) & (FRAME.layer("maps").ravel() > 0.5 * 3)
    at = scene.pixels(cells[low] * np.array([1, 1, -1]))
    assert low.sum() > 5 and (mirrored[at] - plain[at]).sum(axis=1).min() > 4
    changed = np.abs(mirrored - plain).max(axis=2) > 0
    assert not changed[scene.neurons("maps")].any() and changed.mean() < 0.1


# Near neurons are blocks.


def near(scene: Scene, name: str, distance: float = 60.0) -> CameraPose:
    """Close to a layer, from the side and a little above."""
    place = scene.place(name).placement
    return CameraPose(place.position, distance, place.heading + 30, 15.0, 28.0)


@pytest.mark.parametrize("name", ["signed", "maps"])
def test_near_neurons_rise_towards_the_viewer_and_keep_their_colour(scene, name):
    scene.arrange("3d")
    block = scene.view.path.find(f"voxels/{name}")
    assert not block.is_empty() and block.is_hidden(), "the first view is not near"
    scene.look(near(scene, name))
    assert not block.is_hidden()
    risen = scene.picture()
    scene.look(near(scene, name), flatness=1.0)
    assert block.is_hidden()
    flat = scene.picture()
    place, layer = scene.place(name), SPEC.by_name[name]
    strength = np.abs(FRAME.layer(name).ravel()) / layer.scale
    local = np.zeros((layer.neurons, 3))
    local[:, [0, 2]] = place.local_cells(np.arange(layer.neurons))
    local[:, 1] = -(0.10 + 0.85 * strength) * place.pitch
    pixels, seen = scene.rig.project(place.placement.to_scene(local))
    columns, rows = np.floor(pixels[seen]).astype(int).T
    assert seen.sum() > 15
    wanted = colors_of(layer)[seen]
    assert np.abs(risen[rows, columns] - wanted).max() <= SHADE + 10
    strong = strength[seen] > 0.6
    assert np.abs(flat[rows, columns] - wanted)[strong].max() > 60, "flat ones are elsewhere"


def test_blocks_rise_the_nearer_the_more_and_never_where_nobody_sees_the_layer(scene):
    scene.arrange("3d")
    block = scene.view.path.find("voxels/signed")
    distances = np.linspace(700, 60, 30)
    shown, covered = [], []
    for distance in distances:
        scene.look(near(scene, "signed", float(distance)))
        shown.append(not block.is_hidden())
        blocks = scene.picture()
        block.hide()
        covered.append(np.abs(scene.picture() - blocks).mean())
    assert not shown[0] and shown[-1] and shown == sorted(shown)
    first = shown.index(True)
    assert covered[first] < 0.5 * covered[-1], "they do not pop up"
    assert not any(covered[:first])
    scene.view.set_hidden({"signed"})
    scene.settle()
    scene.look(near(scene, "signed"))
    assert block.is_hidden()


# Bars.


def bar_pixels(scene: Scene, *shares: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows, columns of places along all bars, class by class: shares of their full length."""
    output = scene.place("output")
    local = np.zeros((10, len(shares), 3))
    local[..., 0] = output.centres[:, :1] + output.pitch * 0.62 + OUTPUT_BAR_LENGTH * np.array(shares)
    local[..., 2] = output.centres[:, 1:]
    return scene.pixels(output.placement.to_scene(local.reshape(-1, 3)))


@pytest.mark.parametrize("arrangement", ["2d", "3d"])
def test_bars_are_as_long_as_the_probability(scene, arrangement):
    scene.arrange(arrangement)
    shares = np.linspace(0.005, 0.995, 120)
    rows, columns = bar_pixels(scene, *shares)
    along = scene.picture()[rows, columns].reshape(10, 120, 3)
    groove = along[2].mean(axis=0)
    filled = np.abs(along - groove).sum(axis=2) > 60  # (classes, places)
    assert filled.mean(axis=1) == pytest.approx(SHARES, abs=0.03)
    for row in filled:
        assert row.tolist() == sorted(row.tolist(), reverse=True), "from the foot, without a gap"
    winner, second = along[0][filled[0]].mean(axis=0), along[1][filled[1]].mean(axis=0)
    accent = np.array(stage.DARK.accent) * 255
    assert np.abs(winner - accent).max() < 15 and np.abs(second - accent).max() > 30


def test_bars_grow_to_their_length_and_shrink_without_a_guess(scene):
    bars = scene.view.bars
    assert bars.values == pytest.approx(SHARES)
    scene.view.show(replace(FRAME, probabilities=None), ease=True)
    scene.view.update(0.05)
    assert 0 < bars.values[0] < SHARES[0]
    scene.settle()
    assert not bars.values.any()


# The scene graph.


@pytest.mark.parametrize("arrangement", ["2d", "3d"])
def test_layers_and_maps_are_named_nodes_where_their_neurons_are(scene, arrangement):
    scene.arrange(arrangement)
    network = scene.host.root.find("network")
    for layer in LAYERS:
        node = network.find(layer.name)
        place = scene.place(layer.name)
        assert tuple(node.get_pos(scene.host.root)) == pytest.approx(place.placement.position, abs=1e-3)
        assert node.get_h(scene.host.root) == pytest.approx(place.placement.heading, abs=1e-3)
        channels, height, width = layer.map_shape
        named = sorted(child.name for child in node.get_children() if child.name.startswith("map_"))
        assert named == ([f"map_{c:02d}" for c in range(channels)] if height * width > 1 else [])
        for channel, name in enumerate(named):
            cells = place.cells(np.arange(channel * height * width, (channel + 1) * height * width))
            position = tuple(network.find(f"{layer.name}/{name}").get_pos(scene.host.root))
            assert position == pytest.approx(cells.mean(axis=0), abs=1e-3)


def test_a_removed_network_leaves_nothing(scene):
    shaders = ShaderLibrary(scene.host.gsg)
    scene.view.path.hide()
    before = scene.picture()
    view = NetworkView(SPEC, LAYOUTS["2d"], scene.host.root, shaders)
    view.set_colors(color_maps()[0])
    view.update(0.1)
    assert not np.array_equal(scene.picture(), before)
    view.remove()
    assert np.array_equal(scene.picture(), before)
    assert len(scene.host.root.find_all_matches("network")) == 1
    scene.view.path.show()


def test_memory_does_not_grow_with_the_ticks(scene):
    """Activations, bars, camera and a hidden layer change in each; small pictures, for time's sake."""
    scene.arrange("3d")
    scene.host.resize(64, 36)
    frames = [made_up(seed, np.roll(SHARES, seed)) for seed in range(7)]
    home = HOMES["3d"]

    def ticks(count: int) -> float:
        for tick in range(count):
            scene.view.show(frames[tick % 7], ease=tick % 3 == 0)
            scene.view.set_hidden({"maps"} if tick % 100 > 50 else ())
            scene.look(poses.orbit(home, float(tick % 40 - 20), 0.0, SIZE))
            scene.view.update(1 / 60)
            scene.host.render()
            if tick % 50 == 0:
                scene.host.picture()  # headless, the driver keeps half a kilobyte a frame until one is read
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # what was freed before must not hide what is kept now
        return resident_mb()

    try:
        before = ticks(1000)
        assert ticks(3000) - before < 2
    finally:
        scene.host.resize(*SIZE)
        scene.host.render()
