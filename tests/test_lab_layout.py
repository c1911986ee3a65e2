"""Who opens a saved lab finds the window as it was: an App with a real lab, saved, closed, opened again."""

import base64
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from nnvis3d.app.app import App
from nnvis3d.app.lab import LabOpener
from nnvis3d.inputs.strokes import Drawing, Stroke
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.open_lab import open_lab
from nnvis3d.lab.restore import load_lab
from nnvis3d.lab.session import LabSession
from nnvis3d.network.lab_commands import KINDS
from nnvis3d.options import Options
from nnvis3d.scene.host import Host
from nnvis3d.tools.window_layout import layout_text, read_layout
from tests.test_lab_app import Person
from tests.test_lab_store import few_digits  # noqa: F401 (a fixture)

SIZE = (960, 540)
SEVEN = Drawing((Stroke(np.array([[0.2, 0.2], [0.8, 0.2], [0.4, 0.9]], np.float32), 0.06),))


@contextmanager
def opened(lab: Lab, given: frozenset[str] = frozenset(), options: Options | None = None) -> Iterator[Person]:
    """A window with this lab."""
    torch.set_num_threads(1)
    host = Host(SIZE, offscreen=True)
    opener = LabOpener(lambda: LabSession(lab, snapshot_seconds=0.02).open())
    app = App(host, options or Options(model="cnn", size=SIZE), lab=opener)
    app.lab.layout.given = given
    person = Person(app)
    try:
        person.until(lambda: app.lab.snapshot is not None and app.frame is not None)
        yield person
    finally:
        app.close()


def seconds(person: Person, count: float) -> None:
    """Let so much of the program's time pass."""
    for _ in range(round(count / 0.05)):
        person.app.tick(0.05, draw=False)
        time.sleep(0.001)


def new() -> Lab:
    return open_lab("cnn", "digits", batch_size=8)


def save(person: Person, folder: Path) -> None:
    person.app.lab.desk.folder = folder
    person.invoke("lab_save")
    person.until(lambda: person.snapshot.saved_step is not None)


def arrange(person: Person) -> None:
    """Everything otherwise than in a new window."""
    person.app.pad.put(SEVEN)
    for action, argument in (
        ("toggle_theme", "light"), ("next_colormap", None), ("toggle_layer", "pool1"),
        ("layer_style", ("conv1", "stack")), ("fold_layer", "conv2"), ("fold_shows", "mean"),
        ("toggle_labels", None), ("toggle_dock", None), ("toggle_normalize", None),
        ("toggle_layers_panel", None), ("lab_points", ("conv2", KINDS[0])), ("lab_classes", "fc1"),
        ("lab_embedding", ("paused", True)), ("lab_stand", True), ("lab_bars", "change"),
        ("lab_tab", "layers"), ("select", "conv1:2:3:4"), ("inspector_pin", None), ("select", "fc1:7:0:0"),
        ("lab_alone", True),
    ):  # fmt: skip
        person.invoke(action, argument)
    person.until(lambda: person.snapshot.classes is not None and bool(person.snapshot.embeddings))
    person.until(lambda: person.snapshot.embedding_paused)
    person.invoke("lab_choose", ("conv2", 3))  # after that of the neuron
    seconds(person, 1.5)
    person.app.show.camera.focus(np.array([10.0, 20.0, 90.0]), 60.0, 30.0)
    seconds(person, 1.5)


def test_who_opens_a_saved_lab_finds_the_window_as_it_was(tmp_path):
    with opened(new()) as person:
        arrange(person)
        save(person, tmp_path / "my.lab")
        before, pose = person.app.lab.layout.text(), person.app.show.camera.pose
        places, classes = person.snapshot.embeddings[0].positions, person.snapshot.classes.positions
    with opened(load_lab(tmp_path / "my.lab")) as person:
        app, desk = person.app, person.app.lab.desk
        assert app.lab.layout.text() == before
        assert not app.panels.messages.shown
        seconds(person, 2.5)
        assert app.lab.layout.text() == before  # nothing has gone elsewhere by itself
        assert app.lab.snapshot.layout == before
        assert np.allclose(app.show.camera.pose.eye, pose.eye, atol=0.01)
        assert (desk.tab, desk.bars, desk.layer, desk.filter) == ("layers", "change", "conv2", 3)
        assert {one.item[0] for one in app.show.arrangement.layout.stands} == {"conv2", "fc1"}
        assert [str(neuron) for neuron in app.asking.tool.cards.neurons] == ["conv1:2:3:4", "fc1:7:0:0"]
        assert np.allclose(app.pad.drawing.strokes[0].points, SEVEN.strokes[0].points, atol=1e-4)
        app.pad.undo()
        assert app.pad.drawing.empty  # not what the new window had put there
        assert np.allclose(person.snapshot.embeddings[0].positions, places, atol=1e-5)
        assert np.allclose(person.snapshot.classes.positions, classes, atol=1e-3)


@pytest.mark.parametrize("source", ["sample", "hold"])
def test_the_picture_is_shown_again_flat_from_the_first_view(tmp_path, source):
    with opened(new()) as person:
        person.app.pad.put(SEVEN)
        person.invoke("toggle_arrangement", "2d")
        seconds(person, 0.2)
        person.invoke("lab_source", source)
        person.app.pad.step_sample(3)
        person.app.pad.transform(degrees=20.0)
        save(person, tmp_path / "my.lab")
        seconds(person, 1.5)
        image, drawing, pose = person.app.frame.image, person.app.pad.drawing, person.app.show.camera.goal
        before = person.app.lab.layout.text()
    assert read_layout(before).camera is None
    with opened(load_lab(tmp_path / "my.lab")) as person:
        seconds(person, 1.5)
        app = person.app
        assert app.lab.layout.text() == before
        assert app.show.arrangement.flat
        assert app.show.camera.goal == pose
        assert np.allclose(app.frame.image, image, atol=1 / 1024)
        assert app.pad.drawing.placement == drawing.placement
        assert app.pad.title == drawing.base.name


def test_it_is_told_of_soon_and_at_the_end_and_wakes_nobody(tmp_path):
    lab = new()
    with opened(lab) as person:
        person.invoke("lab_tab", "steer")
        seconds(person, 3)
        assert lab.layout == ""  # kept nowhere
        save(person, tmp_path / "my.lab")
        assert read_layout(lab.layout).tab == "steer"
        seconds(person, 3)
        serial = person.snapshot.serial
        person.invoke("lab_tab", "past")
        seconds(person, 3)
        person.until(lambda: read_layout(lab.layout).tab == "past")
        assert person.snapshot.serial == serial and not person.snapshot.can_undo
        kept = lab.layout
        seconds(person, 3)
        assert lab.layout is kept  # nothing new, nothing said
        person.invoke("lab_bars", "gradient")
    assert read_layout(load_lab(tmp_path / "my.lab").layout).bars == "gradient"


def changed(lab: Lab, change: Callable[[dict], object]) -> Lab:
    found = msgspec.json.decode(lab.layout)
    change(found)
    lab.layout = msgspec.json.encode(found).decode()
    return lab


@pytest.fixture
def saved(tmp_path) -> Path:
    with opened(new()) as person:
        person.invoke("lab_tab", "past")
        person.invoke("lab_points", ("conv2", KINDS[0]))
        person.until(lambda: bool(person.snapshot.embeddings))
        save(person, tmp_path / "my.lab")
    return tmp_path / "my.lab"


def test_layers_that_are_gone_and_more_are_left_out(saved):
    packed = base64.b64encode(zlib.compress(bytes(24))).decode()  # of another shape than the network's

    def spoil(found: dict) -> None:
        found |= {
            "layer": "attic", "filter": 7, "hidden": ["attic", "pool1"], "folds": ["attic"],
            "styles": {"attic": "row", "input": "fold", "conv1": "upside down", "conv2": "row"},
            "colors": "beige", "selected": "attic:0:0:0", "pinned": ["conv1:999:0:0", "conv1:1:1:1"],
            "viewing": 12345, "drawing": {"sample": 99999}, "source": "hold",
            "held": {"shape": [3, 2, 2], "kind": "f2", "packed": packed}, "future": [1, 2],
        }  # fmt: skip

    with opened(changed(load_lab(saved), spoil)) as person:
        seconds(person, 1)
        app, desk = person.app, person.app.lab.desk
        assert not app.panels.messages.shown
        assert (desk.tab, desk.layer, desk.filter, desk.source) == ("past", "conv1", None, "drawing")
        assert app.show.hidden == {"pool1"}
        assert dict(app.show.arrangement.styles) == {"conv2": "row"}
        assert [str(neuron) for neuron in app.asking.tool.cards.pinned] == ["conv1:1:1:1"]
        assert app.asking.tool.selected is None
        assert person.snapshot.viewing is None and app.pad.sample == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda lab: setattr(lab, "layout", "{]"),
        lambda lab: setattr(lab, "layout", '{"camera": 1}'),
        lambda lab: changed(lab, lambda found: found.update(drawing={"turn": [0, 0], "strokes": []})),
        lambda lab: changed(lab, lambda found: found.update(tab="attic")),
    ],
)
def test_a_layout_that_cannot_be_read_is_said_once_and_the_window_is_new(saved, damage):
    lab = load_lab(saved)
    damage(lab)
    with opened(lab) as person:
        seconds(person, 1)
        (said,) = person.app.panels.messages.shown
        assert said.text.startswith("The saved window cannot be read, so it opens as new (")
        assert person.app.lab.desk.tab == "train"
        person.press("dismiss_message/0")  # it stands before the dock, which was there before it
        assert not person.app.panels.messages.shown


def test_a_camera_beyond_the_world_comes_back_into_it(saved):
    pose = {"target": [1e8, -1e8, -1e8], "distance": 1e8, "heading": 0, "pitch": -80, "fov": 28}
    with opened(changed(load_lab(saved), lambda found: found.update(camera=pose))) as person:
        limits, goal = person.app.show.camera.limits, person.app.show.camera.goal
        assert (np.array(goal.target) <= limits.upper + 1e-6).all() and goal.view_height <= limits.farthest
        assert goal.eye[2] > 0


def test_what_the_command_line_says_counts_and_a_lab_without_layout_opens_as_new(saved):
    def other(found: dict) -> None:
        found |= {"theme": "light", "view": "2d"}

    with opened(changed(load_lab(saved), other), frozenset({"theme"})) as person:
        assert person.app.show.theme_name == "dark" and person.app.show.arrangement.flat
    lab = load_lab(saved)
    lab.layout = ""
    with opened(lab) as person:
        assert person.app.lab.desk.tab == "train" and not person.app.panels.messages.shown


def test_what_somebody_drew_before_the_lab_was_there_stays(saved):
    lab = changed(load_lab(saved), lambda found: found.update(drawing={"sample": 5}))
    host = Host(SIZE, offscreen=True)
    session = LabSession(lab, snapshot_seconds=0.02)
    app = App(host, Options(model="cnn", size=SIZE), lab=LabOpener(session.open))
    try:
        app.pad.put(SEVEN)
        Person(app).until(lambda: app.lab.snapshot is not None)
        assert app.pad.drawing is SEVEN and app.lab.desk.tab == "past"
    finally:
        app.close()


def test_the_text_says_only_what_is_otherwise(saved):
    assert len(load_lab(saved).layout) < 200
    assert layout_text(read_layout(load_lab(saved).layout)) == load_lab(saved).layout
