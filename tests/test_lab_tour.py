"""Tours of the lab: the same film every time, mistakes with their line, made and played in the window."""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import panda3d.core as p3d
import pytest
from PIL import Image

from nnvis3d.app.app import App
from nnvis3d.app.film import Film
from nnvis3d.app.film_lab import has_data
from nnvis3d.app.kiosk_attract import timeline_of
from nnvis3d.app.lab import LabOpener
from nnvis3d.app.tour import spec_of
from nnvis3d.commands import record
from nnvis3d.errors import UserError
from nnvis3d.kiosk.config import KioskConfig
from nnvis3d.lab.session import LabSession
from nnvis3d.lab.stepped import SteppedLab
from nnvis3d.lab.wanted import MODELS
from nnvis3d.network import lab_commands as commands
from nnvis3d.options import Options
from nnvis3d.recording.encoders import frame_name
from nnvis3d.recording.farm import Farm
from nnvis3d.recording.segments import Segment
from nnvis3d.recording.settings import Settings
from nnvis3d.resources import resource
from nnvis3d.scene.captions import Captions, ShownWords, wrapped
from nnvis3d.scene.host import Host
from nnvis3d.scene.hud import lab_panel
from nnvis3d.scene.hud.places import EDGE
from nnvis3d.scene.theme import interface_scale
from nnvis3d.tools.lab_bindings import LAB_ACTIONS, lab_table
from nnvis3d.tour.checks import World, check
from nnvis3d.tour.compiling import compile_tour
from nnvis3d.tour.reading import parse_tour, read_tour
from tests import lab_parts
from tests.program import refusal  # noqa: F401
from tests.test_lab_app import small_lab

SIZE = (320, 180)
FRAMES = 12
SETTINGS = Settings(size=SIZE, fps=10.0, container="png", codec="", scale=0.25)
TOUR = """
[lab]
steps = 40
[[scene]]
length = 1.5
cues = [
    { look_at = "network", over = 0 },
    { do = "lab_points", with = ["conv1", "activation maps"] },
    { do = "lab_classes", with = "fc2" },
    { at = 0.15, do = "lab_toggle", with = true },
    { at = 0.5, do = "lab_freeze", with = "conv1" },
    { at = 0.7, do = "lab_toggle", with = false },
    { do = "lab_points", with = ["conv1", "activation maps"] },
    { do = "lab_classes" },
    { at = 0.8, caption = "Words", over = 4 },
    { at = 0.9, do = "lab_add", with = "conv1" },
]
"""
WORLD = World([row.action for row in lab_table()], ["ember"], spec_of, LAB_ACTIONS, MODELS, has_data)


# the lab that is told the time


@pytest.mark.parametrize("ticks", [[1.0], [0.25] * 4, [1 / 60] * 60])
def test_as_many_steps_as_the_time_holds_whatever_the_ticks_are(ticks):
    stepped = SteppedLab(lab := lab_parts.lab(), steps=12)
    stepped.pass_time(1.0)
    stepped.send(commands.Start())
    for seconds in ticks:
        stepped.pass_time(seconds)
    stepped.send(commands.Pause())
    stepped.pass_time(3.0)
    alone = lab_parts.lab()
    for _ in range(12):
        alone.train_step()
    assert lab_parts.same(lab.trainer.state(), alone.trainer.state())
    assert stepped.latest() is stepped.latest() and stepped.latest().step == 12


def test_nothing_that_a_clock_measured_is_told():
    stepped = SteppedLab(lab_parts.lab(), steps=10)
    stepped.send(commands.Freeze("conv1"))
    stepped.send(commands.Start())
    stepped.pass_time(2.0)
    told = stepped.latest()
    measured = (told.numbers.forward_ms, told.numbers.backward_ms, told.numbers.examples_per_s)
    assert told.step == 20 and np.isfinite(told.numbers.loss)
    assert np.isnan([*measured, told.frozen.saved_share]).all()


def test_what_is_refused_is_raised_and_changes_nothing():
    stepped = SteppedLab(lab_parts.lab(), steps=10)
    before = stepped.latest()
    with pytest.raises(UserError, match="conv9"):
        stepped.send(commands.AddFilter("conv9"))
    assert stepped.latest().shown.structure == before.shown.structure and stepped.latest().message == ""


# the film


def rgb(frame: np.ndarray) -> np.ndarray:
    return frame[:, :, 2::-1]


@pytest.fixture(scope="module")
def drawn() -> Iterator[list[np.ndarray]]:
    """Frames of the tour, and then one more without words; uint8 (H, W, 4)."""
    film = Film(compile_tour(parse_tour(TOUR)), SETTINGS)
    frames = []
    for number in range(FRAMES + 1):
        film.app.touring.words_shown = number < FRAMES
        frames.append(np.empty((SIZE[1], SIZE[0], 4), np.uint8))
        film.draw(frames[-1])
    assert not p3d.ConfigVariableBool("transform-cache").value  # or pixels depend on which frames were drawn
    told = film.app.lab.snapshot
    assert (told.step, told.running) == (20, False)  # half a second
    assert told.shown.spec.by_name["conv1"].shape[0] == 7 and "conv1" in told.frozen.filters
    film.close()
    yield frames


def test_the_film_changes_while_the_network_learns(drawn):
    seen = [frame[:, 95:].tobytes() for frame in drawn]  # beside the lab's column
    assert len(set(seen[2:7])) == 5


def test_words_stand_beside_the_labs_column(drawn):
    changed = np.abs(drawn[FRAMES - 1].astype(int) - drawn[FRAMES]).max(2) > 60
    columns = np.flatnonzero(changed[SIZE[1] // 2 :].any(0))
    assert columns.size and columns[0] > (lab_panel.WIDTH + EDGE) * SETTINGS.scale


def test_a_range_by_a_worker_with_other_threads_is_the_same_bytes(drawn, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1" if os.cpu_count() != 1 else "2")
    job = {"tour": TOUR, "name": "t", "settings": msgspec.to_builtins(SETTINGS), "weights": ""}
    Farm(json.dumps({**job, "folder": str(tmp_path)}), 1).record([Segment(6, FRAMES)], print)
    for number in range(6, FRAMES):
        written = np.asarray(Image.open(tmp_path / frame_name(number)))
        assert np.array_equal(written, rgb(drawn[number])), number


def test_a_refusal_of_the_lab_names_the_line(tmp_path, refusal):  # noqa: F811
    tour = tmp_path / "t.toml"
    tour.write_text(
        '[lab]\n[[scene]]\nlength = 1\ncues = [\n{ do = "lab_remove_now", with = ["output", 0] },\n]'
    )
    said = refusal("record", tour, "--size", "320x180", "--still", "0.5", "--output", tmp_path / "p.png")
    assert f"{tour}, line 5: output" in said


# the file


@pytest.mark.parametrize(
    ("head", "cue", "said"),
    [
        ("[lab]\nmodel = 'cnnn'", "caption = 'x'", "line 2: no lab here trains 'cnnn'; did you mean 'cnn'?"),
        ("[lab]\nmodel = 'net.py:make'", "caption = 'x'", "line 2: no lab here trains 'net.py:make'; there"),
        ("[lab]\ndata = 'nowhere/'", "caption = 'x'", "line 2: data 'nowhere/': there is no such file"),
        ("[lab]\nmodle = 'cnn'", "caption = 'x'", "line 2: unknown key 'modle'; did you mean 'model'?"),
        ("[lab]\nsteps = 0", "caption = 'x'", "line 2: steps = 0: expected 0.1 to 1000"),
        ("[lab]\nsteps = nan", "caption = 'x'", "line 2: steps = nan: expected"),
        ("[lab]\nseed = -1", "caption = 'x'", "line 2: seed = -1: expected 0 to"),
        ("loop = true\n[lab]", "caption = 'x'", "line 1: a tour of the lab cannot loop"),
        ("network = 'mlp'\n[lab]", "caption = 'x'", "line 1: a tour of the lab shows what it trains, cnn"),
        ("seed = 1\n", "do = 'lab_toggle'", "line 5: lab_toggle is an action of the lab: give"),
        ("[lab]\n", "do = 'lab_togle'", "line 5: no action 'lab_togle'; did you mean 'lab_toggle'?"),
        ("[lab]\n", "do = 'lab_save'", "line 5: lab_save writes files, which a tour does not"),
        ("[lab]\n", "do = 'next_network'", "line 5: next_network: the lab has the one network"),
        ("[lab]\n", "do = 'lab_add', with = 'conv3'", "line 5: cnn has no layer 'conv3'; did you mean 'conv"),
        ("[lab]\n", "do = 'lab_freeze', with = ['conf1', 1]", "line 5: cnn has no layer 'conf1'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(head, cue, said):
    with pytest.raises(UserError) as error:
        check(
            compile_tour(parse_tour(f"{head}\n[[scene]]\nlength = 1\ncues = [{{ {cue} }}]", "t.toml")), WORLD
        )
    assert f"t.toml, {said}" in str(error.value) and "\n" not in str(error.value)


def test_what_was_added_in_the_tour_is_known_to_it_later():
    cues = "{ do = 'lab_add', with = 'conv1' }, { at = 1, look_at = 'conv1:6:0:0', over = 0 }"
    check(compile_tour(parse_tour(f"[lab]\n[[scene]]\nlength = 2\ncues = [{cues}]")), WORLD)


def test_the_tour_that_ships_is_of_a_lab_and_no_other_window_plays_it():
    timeline = compile_tour(read_tour(resource("assets", "tours/lab.toml")))
    check(timeline, WORLD)
    assert 45 <= timeline.length <= 60
    with pytest.raises(UserError, match=r"line \d+: a tour of the lab: record it, or play it in the window"):
        check(timeline, World([row.action for row in lab_table()], ["ember"], spec_of, LAB_ACTIONS))
    with pytest.raises(UserError, match=r"lab.toml, line \d+: a tour of the lab, which no exhibit has"):
        timeline_of(KioskConfig(), "lab")


# the window


@pytest.fixture
def app(tmp_path, monkeypatch) -> Iterator[App]:
    monkeypatch.chdir(tmp_path)
    opener = LabOpener(lambda: LabSession(small_lab(), snapshot_seconds=0.02).open())
    app = App(Host((640, 360), offscreen=True), Options(model="cnn", size=(640, 360), scale=0.5), lab=opener)
    until(app, lambda: app.lab.snapshot is not None and app.frame is not None)
    yield app
    app.close()


def test_words_are_wrapped_into_as_few_lines_as_there_can_be_about_equally_long(app):
    text = "Balken: wie viel jede Merkmalskarte in dieser Epoche gelernt hat"
    captions = Captions(app.host.output, app.show.shaders, app.panels.theme)
    captions.update((ShownWords(text),), (640, 360), app.panels.theme)
    width = captions._ui.width
    for share, count in ((0.45, 3), (0.6, 2), (0.7, 2)):
        lines = wrapped(captions._ui, text, share * width(text, "body"), "body")
        assert " ".join(lines) == text and len(lines) == count, lines
        assert max(width(line, "body") for line in lines) <= share * width(text, "body") * 1.04
    captions.close()


def until(app: App, true: Callable[[], object], most: int = 2000) -> None:
    for _ in range(most):
        app.tick(0.05, draw=False)
        if true():
            return
        time.sleep(0.002)
    raise AssertionError("it never came")


def test_what_a_person_did_in_the_lab_is_played_again(app):
    app.invoke("play_tour")  # nothing was made: the one that ships, for a lab that is new
    assert app.touring.playing and app.touring.player.timeline.length > 45
    app.invoke("play_tour")
    app.invoke("record_tour")
    app.invoke("lab_freeze", ("conv1", None))
    app.invoke("lab_points", ("conv2", "coefficients"))
    app.invoke("lab_toggle")
    until(app, lambda: app.lab.snapshot.step > 3)
    app.invoke("lab_toggle", False)
    app.invoke("record_tour")
    (written,) = Path.cwd().glob("*.toml")
    assert 'lab = { model = "cnn", data = "digits", seed = 1, steps = 30.0 }' in written.read_text()
    check(compile_tour(read_tour(written)), WORLD)
    for _ in range(3):
        app.invoke("lab_undo")
    until(app, lambda: not app.lab.snapshot.frozen.filters)
    app.invoke("play_tour")
    assert app.lab.desk.points == ()
    until(app, lambda: not app.touring.playing)
    until(app, lambda: "conv1" in app.lab.snapshot.frozen.layers and app.lab.snapshot.step > 0)
    assert app.lab.desk.points == (("conv2", "coefficients"),)


def test_the_tour_that_ships_is_for_a_new_lab(app):
    app.invoke("lab_step")
    until(app, lambda: app.lab.snapshot.step == 1)
    app.invoke("play_tour")
    assert not app.touring.playing
    assert "there is no tour yet" in app.panels.messages.shown[-1].text
    assert "in a new lab" in app.panels.messages.shown[-1].text


@pytest.mark.parametrize(
    ("tour", "size", "scale"),
    [
        ("lab", "1280x720", 1.0),
        ("lab", "1920x1080", 1.5),
        ("lab", "3840x2160", 3.0),
        ("lab", "640x360", 0.5),
        ("walk_cnn", "1920x1080", 1.5),
        ("walk_cnn", "640x360", 0.75),
    ],
)
def test_panels_take_the_share_of_a_film_that_they_take_of_a_window(tour, size, scale):
    parser = argparse.ArgumentParser()
    record.add_arguments(parser)
    options = parser.parse_args([tour, "--output", "f.mp4", "--size", size])
    path = record.tour_path(tour)
    settings = record.settings_of(options, compile_tour(read_tour(path)))
    assert interface_scale(*settings.size, settings.scale) == scale
