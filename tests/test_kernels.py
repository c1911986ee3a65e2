"""Kernels on their edges: the weights that they show, where they stand, and how they follow the training."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
import torch
from PIL import Image

from nnvis3d.app.app import App
from nnvis3d.app.lab import LabOpener
from nnvis3d.lab.session import LabSession
from nnvis3d.loading import explainer_of
from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.filter_pictures import Sheet, sheet_of
from nnvis3d.network.kernels import Kernels, kernels_of, stand_kernels
from nnvis3d.network.layout import arrange
from nnvis3d.network.spec import NeuronId
from nnvis3d.options import Options
from nnvis3d.runtime.registry import load_network
from nnvis3d.runtime.runner import Runner
from nnvis3d.scene.host import Host
from nnvis3d.scene.input_events import PointerLeft, PointerMoved
from tests import networks
from tests.test_lab_app import SIZE, Person, small_lab, trained

COLORS = color_maps(False)[0].diverging


def inked(weights: np.ndarray) -> np.ndarray:
    """uint8 (C, h, w, 3): the colours of weights (C, h, w), the largest at an end."""
    scaled = (127.5 + 127.5 * weights / np.abs(weights).max()).astype(np.uint8)
    return COLORS[scaled]


def cells(kernels: Kernels) -> np.ndarray:
    """uint8 (n, h, w, 3): what the pictures show."""
    places = kernels.sheet.places()
    return np.stack([kernels.sheet.pixels[t:b, a:c] for a, t, c, b in places.tolist()])


@pytest.fixture(scope="module")
def cnn():
    loaded = load_network("cnn")
    runner = Runner(loaded)
    frame = runner.run(np.random.default_rng(1).random((1, 32, 32), np.float32))
    return loaded, explainer_of(runner), frame


@pytest.mark.parametrize(
    ("neuron", "maps", "source"),
    [(NeuronId("conv2", 3, 4, 5), 6, "pool1"), (NeuronId("conv1", 2, 0, 27), 1, "input")],
)
def test_each_map_that_is_read_has_its_kernel(cnn, neuron, maps, source):
    loaded, explainer, frame = cnn
    kernels = kernels_of(explainer.explain(frame, neuron), COLORS)
    weight = loaded.module.get_submodule(neuron.layer).weight[neuron.channel].detach().numpy()
    assert (kernels.source, kernels.target) == (source, neuron.layer)
    assert kernels.channels.tolist() == list(range(maps))
    assert np.abs(cells(kernels).astype(int) - inked(weight)).max() <= 3  # float64, and its own rounding
    assert kernels.row == neuron.row + 2.5


def test_a_neuron_that_reads_whole_maps_has_a_picture_of_each_and_others_have_none(cnn):
    loaded, explainer, frame = cnn
    kernels = kernels_of(explainer.explain(frame, NeuronId("fc1", 20)), COLORS)
    weight = loaded.module.get_submodule("fc1").weight[20].detach().numpy().reshape(16, 5, 5)
    assert kernels.channels.tolist() == list(range(16)) and kernels.row == 2.5
    assert np.abs(cells(kernels).astype(int) - inked(weight)).max() <= 3
    for other in (NeuronId("fc2", 3), NeuronId("pool1", 1, 3, 3), NeuronId("input", 0, 4, 4)):
        assert kernels_of(explainer.explain(frame, other), COLORS) is None


def kernels_sheet(channels: int, side: int) -> Sheet:
    rng = np.random.default_rng(2)
    return sheet_of(rng.standard_normal((channels, 1, side, side)).astype(np.float32), COLORS)


@pytest.mark.parametrize("arrangement", ["2d", "3d"])
@pytest.mark.parametrize("row", [-1.0, 3.0, 9.0])
@pytest.mark.parametrize(
    ("shapes", "maps"),
    [(((1, 32, 32), (6, 28, 28)), 1), (((1, 32, 32), (16, 16, 16), (20, 16, 16)), 16)],
)
def test_pictures_never_meet_and_stay_at_the_height_of_their_map(arrangement, row, shapes, maps):
    spec = networks.network(*shapes, (10,))
    source, target = spec.layers[len(shapes) - 2].name, spec.layers[len(shapes) - 1].name
    layout = arrange(spec, arrangement)
    kernels = Kernels(source, target, np.arange(maps), row, kernels_sheet(maps, 5))
    places, layer = stand_kernels(kernels, layout), layout.layers[source]
    local = layer.placement.to_local(places.centres)
    half = np.array([np.linalg.norm(places.right), np.linalg.norm(places.up)])
    for one, other in combinations(local, 2):
        assert (np.abs(one - other)[[0, 2]] >= 2 * half - 1e-3).any()
    high = layer.map_extent[1]
    assert (np.abs(local[:, 2] - layer.centres[:, 1]) <= high / 2 - half[1] + 1e-3).all()
    assert (local[:, 0] > layer.centres[:, 0]).all()  # at the right: where the edges leave it


def test_three_colours_in_one_place_have_their_kernels_below_each_other():
    spec = networks.network((3, 32, 32), *[(16, 16, 16)] * 30, (10,))
    layout = arrange(spec)
    places = stand_kernels(Kernels("input", "layer1", np.arange(3), 4.0, kernels_sheet(3, 3)), layout)
    apart = -np.diff(places.centres[:, 2])
    assert (apart > 2 * np.linalg.norm(places.up)).all()
    assert np.ptp(places.centres[:, 2]) + 2 * places.up[2] <= layout.layers["input"].map_extent[1]


def test_maps_that_are_folded_away_have_none():
    spec = networks.cnn()
    kernels = Kernels("layer2", "layer3", np.arange(6), 4.0, kernels_sheet(6, 5))
    assert stand_kernels(kernels, arrange(spec)) is not None
    for style in ("fold", "stack"):
        assert stand_kernels(kernels, arrange(spec, styles={"layer2": style})) is None


@pytest.fixture(scope="module")
def opened() -> Iterator[Person]:
    torch.set_num_threads(1)
    lab = LabOpener(lambda: LabSession(small_lab(), snapshot_seconds=0.02).open())
    person = Person(App(Host(SIZE, offscreen=True), Options(model="cnn", size=SIZE), lab=lab))
    person.until(lambda: person.app.lab.snapshot is not None and person.app.frame is not None)
    for _ in range(30):
        person.app.tick(0.05, draw=False)
    yield person
    person.app.close()


def point_at(person: Person, neuron: NeuronId) -> None:
    show = person.app.show
    pixels, _ = show.rig.project(show.arrangement.layout.position(neuron)[None])
    person.app.input.inject(PointerMoved(*pixels[0].tolist()))
    person.until(lambda: show.pointing.hover is not None and show.pointing.hover.neuron == neuron)
    for _ in range(10):
        person.app.tick(0.05, draw=False)


def test_they_stand_on_the_edges_of_what_is_pointed_at_and_follow_the_training(opened, tmp_path):
    person, drawn = opened, opened.app.lab.kernels
    point_at(person, NeuronId("conv2", 3, 4, 5))
    kernels, places = drawn.shown
    assert drawn.view.count == 6
    before = cells(kernels)
    assert follows(person)
    assert alike(seen(person, places, tmp_path), before) > 0.9  # some lie under the frame of the map
    trained(person, 4)
    person.until(lambda: follows(person))
    after = cells(drawn.shown[0])
    assert not np.array_equal(after, before)
    assert alike(seen(person, places, tmp_path), after) > 0.9
    person.app.input.inject(PointerLeft())
    person.until(lambda: drawn.shown is None)
    assert alike(seen(person, places, tmp_path), after) < 0.3


def follows(person: Person) -> bool:
    """Whether what is drawn are the newest weights of conv2's filter 3."""
    weight = person.snapshot.shown.weights["conv2.weight"][3]
    return bool(np.abs(cells(person.app.lab.kernels.shown[0]).astype(int) - inked(weight)).max() <= 3)


def seen(person: Person, places, folder) -> np.ndarray:
    """int64 (n, 5, 5, 3): colours of the picture in the middle of each kernel's cells."""
    app = person.app
    app.show.keep(moved=True, drawn=True)
    app.host.render()
    app.host.save_picture(folder / "seen.png")
    picture = np.asarray(Image.open(folder / "seen.png").convert("RGB")).astype(int)
    steps = (np.arange(5) + 0.5) / 2.5 - 1
    points = (
        places.centres[:, None, None]
        + steps[None, None, :, None] * places.right
        - steps[None, :, None, None] * places.up
    )
    pixels, _ = app.show.rig.project(points.reshape(-1, 3))
    x, y = np.round(pixels - 0.5).astype(int).T
    return picture[y, x].reshape(len(places.centres), 5, 5, 3)


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the cells that have the same colour."""
    return float((np.abs(one - other).max(axis=-1) <= 12).mean())
