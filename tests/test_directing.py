"""Tours made by hand in the program: keyframes, what a person does written down, what is seen filmed."""

import os
import re
import resource
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnvis3d.app.app import App, Options
from nnvis3d.bench.hand import pad_pixels, pointer_events
from nnvis3d.inputs.samples import sample_strokes
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.scene.host import Host
from nnvis3d.scene.input_events import ButtonChanged, KeyChanged, PointerLeft, PointerMoved
from nnvis3d.tools.keyframes import LEAST_SECONDS, Keyframes
from nnvis3d.tour.compiling import compile_tour
from nnvis3d.tour.reading import parse_tour, read_tour
from nnvis3d.tour.timeline import Move, Stage
from nnvis3d.tour.writing import value

SIZE = (640, 360)
DT = 1 / 60


@pytest.fixture
def app(tmp_path, monkeypatch) -> Iterator[App]:
    """The mlp at rest; files go to a folder of their own."""
    monkeypatch.chdir(tmp_path)
    app = App(Host(SIZE, offscreen=True), Options(model="mlp", size=SIZE))
    app.settle()
    yield app
    app.close()


def tick(app: App, count: int = 1) -> None:
    for _ in range(count):
        app.tick(DT, draw=False)


def press(app: App, key: str) -> None:
    app.input.inject(KeyChanged(key, True))
    app.input.inject(KeyChanged(key, False))
    tick(app)


def click(app: App, name: str) -> None:
    """On what the panels show by that name, as last built."""
    left, top, right, bottom = app.panels.hud.places[name]
    x, y = (left + right) / 2, (top + bottom) / 2
    app.input.inject(PointerMoved(x, y))
    tick(app, 3)
    for down in (True, False):
        app.input.inject(ButtonChanged(0, down, x, y))
        tick(app, 3)


def said(app: App) -> str:
    return " ".join(message.text for message in app.panels.messages.shown)


def wait_until_said(app: App, text: str) -> None:
    """The film's own process takes a moment to start, and to fail."""
    for _ in range(3000):
        if text in said(app):
            return
        app.tick(1e-4)
        time.sleep(0.01)
    raise AssertionError(f"it never said so; {said(app)!r} is what it said")


def wait_for_writer(app: App) -> None:
    """Until it would take another picture: these ticks come faster than time passes."""
    while not app.directing.filming.video._pipeline.idle:
        time.sleep(0.001)


def perform(app: App) -> None:
    """What a person does: a digit, a turn, a layer folded, a neuron asked."""
    for event in pointer_events(app, sample_strokes()[4].drawing):
        app.input.inject(event)
        tick(app)
    tick(app, 10)
    app.input.inject(ButtonChanged(0, True, 330, 340 - 60))
    for step in range(25):
        app.input.inject(PointerMoved(330 + 4 * step, 280 - step))
        tick(app)
    app.input.inject(ButtonChanged(0, False, 430, 255))
    tick(app, 30)
    app.invoke("select", "fc2:7")
    tick(app, 10)
    app.input.inject(PointerMoved(*_pixel(app, "fc1:150")))
    tick(app, 20)
    app.input.inject(PointerLeft())
    app.invoke("toggle_theme")
    tick(app, 5)


def _pixel(app: App, address: str) -> tuple[float, float]:
    return app.touring._neuron_pixel(address)


def test_what_a_person_did_is_played_back_the_same(app, tmp_path):
    home = app.show.camera.pose
    press(app, "f7")
    perform(app)
    pose, drawing = app.show.camera.pose, app.pad.drawing
    hovered = [app.asking.tool.selected, app.show.theme_name]
    press(app, "f7")
    (path,) = tmp_path.glob("nnvis3d-tour-*.toml")
    assert "Saved" in said(app) and abs(pose.heading - home.heading) > 5
    assert re.search(r'hover = "\w+:\d+:0:0"', path.read_text())
    timeline = compile_tour(read_tour(path))
    app.touring.play(timeline)
    assert app.pad.drawing.empty and app.show.theme_name == "dark"
    while app.touring.playing:
        tick(app)
    for before, after in zip(drawing.strokes, app.pad.drawing.strokes, strict=True):
        assert np.allclose(before.points, after.points, atol=1e-5)
    assert np.allclose(app.show.camera.pose.eye, pose.eye, atol=1e-3)
    assert [app.asking.tool.selected, app.show.theme_name] == hovered


def test_the_camera_flies_as_it_was_flown(app, tmp_path):
    flown: list[CameraPose] = []
    press(app, "f7")
    app.invoke("toggle_arrangement")
    for _ in range(90):
        tick(app)
        flown.append(app.show.camera.pose)
    press(app, "f7")
    app.touring.play(compile_tour(read_tour(next(tmp_path.glob("*.toml")))))
    played: list[CameraPose] = []
    while app.touring.playing:
        tick(app)
        played.append(app.show.camera.pose)
    for number in range(10, 80, 10):
        before, after = flown[number], played[number + 1]
        assert abs(np.log(before.view_height / after.view_height)) < 0.02, number
        assert abs(before.heading - after.heading) < 0.5, number


def test_a_drawing_that_was_there_is_in_the_tour(app, tmp_path):
    for event in pointer_events(app, sample_strokes()[7].drawing):
        app.input.inject(event)
        tick(app)
    count = len(app.pad.drawing.strokes)
    press(app, "f7")
    tick(app, 6)
    press(app, "f7")
    app.touring.play(compile_tour(read_tour(next(tmp_path.glob("*.toml")))))
    tick(app, 4)
    assert len(app.pad.drawing.strokes) == count
    assert len(pad_pixels(app, np.zeros((1, 2)))) == 1


def test_keyframes_are_dropped_moved_looked_at_and_played(app, tmp_path):
    press(app, "f6")
    first = app.show.camera.pose
    app.input.inject(ButtonChanged(0, True, 330, 280))
    for step in range(20):
        app.input.inject(PointerMoved(330 + 5 * step, 280))
        tick(app)
    app.input.inject(ButtonChanged(0, False, 425, 280))
    tick(app, 40)
    press(app, "f6")
    second = app.show.camera.pose
    tick(app, 3)
    assert app.panels.strip is not None and app.panels.strip.times == (0.0, 2.5)
    left, top, right, bottom = app.panels.hud.places["keyframe/1"]
    x, y = (left + right) / 2, (top + bottom) / 2
    app.input.inject(PointerMoved(x, y))
    tick(app, 3)
    app.input.inject(ButtonChanged(0, True, x, y))
    tick(app, 3)
    for step in range(1, 9):
        app.input.inject(PointerMoved(x + 10 * step, y))
        tick(app, 2)
    app.input.inject(ButtonChanged(0, False, x + 80, y))
    tick(app, 3)
    assert app.panels.strip.times[1] > 3
    assert np.allclose(app.show.camera.pose.eye, second.eye)  # the camera is none of the strip's business
    click(app, "keyframe/0")
    tick(app, 60)
    assert np.allclose(app.show.camera.pose.eye, first.eye, atol=0.1)
    click(app, "strip/play_tour")
    assert app.touring.playing and app.panels.strip.now is not None
    click(app, "strip/play_tour")
    assert not app.touring.playing
    (path,) = tmp_path.glob("nnvis3d-keyframes-*.toml")
    timeline = compile_tour(read_tour(path))
    moves = [event for event in timeline.events if isinstance(event, Move)]
    assert moves[-1].end == pytest.approx(app.panels.strip.times[1])
    app.invoke("keyframe_remove", 0)
    assert [one.time for one in app.directing.keyframes.frames] == [0.0]


def test_a_flight_through_keyframes_shows_what_is_on_the_pad(app, tmp_path):
    press(app, "f6")
    tick(app, 5)
    press(app, "f6")
    app.pad.put(sample_strokes()[4].drawing)
    tick(app, 5)
    seen = app.frame.values.copy()
    press(app, "f5")
    tick(app, 60)
    assert app.touring.playing
    assert np.allclose(app.frame.values, seen, atol=1e-4)
    press(app, "f5")


def test_there_is_nothing_to_play_at_first(app):
    press(app, "f5")
    assert "there is no tour yet" in said(app) and not app.touring.playing


def test_a_file_that_cannot_be_written_is_said_and_the_program_goes_on(app, tmp_path, monkeypatch):
    for module in ("directing", "filming"):
        monkeypatch.setattr(f"nnvis3d.app.{module}.free_name", lambda *_: tmp_path / "no" / "file.mp4")
    for key in ("f6", "f9"):
        press(app, key)
        wait_until_said(app, "cannot be written")
        app.panels.messages.clear()
    tick(app, 3)
    assert said(app) == ""


def test_a_film_whose_writer_was_killed_is_said_and_the_program_goes_on(app, tmp_path):
    press(app, "f9")
    wait_until_said(app, "Filming what you see")
    os.kill(app.directing.filming.video._pipeline.pid, signal.SIGKILL)
    wait_until_said(app, "the process that writes the recording was ended")
    assert list(tmp_path.iterdir()) == []
    press(app, "f9")
    wait_until_said(app, "Filming what you see")


def leave_no_room(app: App) -> None:
    """For what is filmed."""
    resource.prlimit(app.directing.filming.video._pipeline.pid, resource.RLIMIT_FSIZE, (500, 500))


def test_a_film_that_finds_no_room_at_its_end_is_said_and_the_program_goes_on(app, tmp_path):
    press(app, "f9")
    wait_until_said(app, "Filming what you see")
    app.tick(DT)
    leave_no_room(app)
    app.host.resize(SIZE[0] - 2, SIZE[1])  # as a person does: it ends the film
    app.tick(DT)
    assert "no space left to write it" in said(app) and not app.directing.filming.video
    assert list(tmp_path.iterdir()) == []


def test_the_program_ends_even_if_its_film_finds_no_room(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    app = App(Host(SIZE, offscreen=True), Options(model="mlp", size=SIZE))
    app.settle()
    app.invoke("record_video")
    wait_until_said(app, "Filming what you see")
    app.tick(DT)
    leave_no_room(app)
    app.close()
    assert "no space left to write it" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_is_seen_is_filmed(app, tmp_path):
    press(app, "f9")
    wait_until_said(app, "Filming what you see")
    for event in pointer_events(app, sample_strokes()[3].drawing):
        app.input.inject(event)
        app.tick(DT)
        wait_for_writer(app)
    for _ in range(60):
        app.tick(DT)
        wait_for_writer(app)
    app.host.render()
    last = app.host.picture()
    press(app, "f9")
    (path,) = tmp_path.glob("*.mp4")
    with av.open(str(path)) as file:
        pictures = list(file.decode(video=0))
    assert (pictures[0].width, pictures[0].height) == SIZE
    assert len(pictures) > 10 and pictures[-1].time > 1.0
    shown = pictures[-1].to_ndarray(format="rgb24")[:, :300].astype(int)
    assert np.abs(shown - last[:, :300]).mean() < 4


def test_the_last_change_is_filmed_even_if_it_comes_too_soon(app, tmp_path):
    press(app, "f9")
    wait_until_said(app, "Filming what you see")
    app.tick(DT)
    wait_for_writer(app)
    app.invoke("toggle_theme", "light")
    app.tick(1e-4)  # in the time of the picture before
    for _ in range(8):
        app.tick(DT)
        wait_for_writer(app)
    app.invoke("toggle_theme", "dark")
    app.tick(1e-4)
    press(app, "f9")
    (path,) = tmp_path.glob("*.mp4")
    with av.open(str(path)) as file:
        brightness = [picture.to_ndarray(format="gray").mean() for picture in file.decode(video=0)]
    assert max(brightness) > 150 and brightness[-1] < 80


def test_the_film_ends_with_the_program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = App(Host(SIZE, offscreen=True), Options(model="mlp", size=SIZE))
    app.settle()
    app.invoke("record_video")
    wait_until_said(app, "Filming what you see")
    for _ in range(12):
        app.show.stale = True
        app.tick(DT)
    app.close()
    (path,) = tmp_path.iterdir()
    with av.open(str(path)) as file:
        assert sum(1 for _ in file.decode(video=0)) >= 2


def test_what_is_being_written_down_is_kept_when_the_program_ends(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = App(Host(SIZE, offscreen=True), Options(model="mlp", size=SIZE))
    app.settle()
    press(app, "f7")
    app.invoke("toggle_theme")
    tick(app, 5)
    app.close()
    (path,) = tmp_path.iterdir()
    assert "toggle_theme" in path.read_text() and compile_tour(read_tour(path)).length > 0


_TIMES = st.floats(-5, 700)


@given(st.lists(st.one_of(st.tuples(st.integers(-1, 6), _TIMES), st.integers(-1, 6)), max_size=12))
def test_keyframes_stay_in_order_whatever_is_done_to_them(changes):
    frames = Keyframes()
    for step in range(4):
        frames.drop(CameraPose((float(step), 0, 0), 10.0))
    for change in changes:
        if isinstance(change, tuple):
            frames.move(*change)
        else:
            frames.remove(change)
    times = [one.time for one in frames.frames]
    assert not times or times[0] == 0
    assert all(b - a >= LEAST_SECONDS - 0.011 for a, b in pairwise(times))
    if times:
        compile_tour(parse_tour(frames.text(Stage())))


@given(
    st.recursive(
        st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.text(), st.floats(-1e6, 1e6)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.text(min_size=1), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_what_is_written_is_read_back(said):
    import tomllib

    try:
        text = f"x = {value(said)}"
        read = tomllib.loads(text)["x"]
    except UnicodeEncodeError:  # half a surrogate pair is no text
        return
    assert _near(read, said), text


def _near(read: object, said: object) -> bool:
    if isinstance(said, float):
        return abs(read - said) <= 1e-6
    if isinstance(said, dict):
        return read.keys() == said.keys() and all(_near(read[key], said[key]) for key in said)
    if isinstance(said, list):
        return len(read) == len(said) and all(map(_near, read, said))
    return read == said


def test_the_folder_stays_clean(app, tmp_path: Path):
    tick(app, 5)
    assert not list(tmp_path.iterdir())
