"""Pictures and colours in the whole program: what a network with three channels sees of them."""

import os
import stat
import sys
import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from nnvis3d.app.app import TICK_SECONDS, App, Options
from nnvis3d.app.pictures import open_pictures
from nnvis3d.inputs.album import PictureFiles
from nnvis3d.inputs.camera import Camera
from nnvis3d.inputs.samples import sample_pictures
from nnvis3d.loading import NetworkLoader
from nnvis3d.network.spec import LayerSpec, NetworkSpec, Preprocessing
from nnvis3d.runtime.registry import LoadedNetwork
from nnvis3d.runtime.runner import Runner
from nnvis3d.scene.host import Host
from nnvis3d.scene.input_events import ButtonChanged, PointerMoved
from nnvis3d.tools.palette import PALETTE

SIDE = 16
RED, BLUE = (200, 10, 10), (10, 10, 200)
INPUT = LayerSpec("input", "input", (3, SIDE, SIDE), "Input", scale=1.0)
OUTPUT = LayerSpec("output", "linear", (2,), "Output", ("input",), signed=True)
SPEC = NetworkSpec("warmth", "Warmth", (INPUT, OUTPUT), Preprocessing((3, SIDE, SIDE)), ("red", "blue"))


class Warmth(nn.Module):
    """Says whether there is more red or more blue."""

    def __init__(self):
        super().__init__()
        self.output = nn.Linear(3 * SIDE * SIDE, 2)
        weights = torch.zeros(2, 3, SIDE * SIDE)
        weights[0, 0] = weights[1, 2] = 10 / SIDE**2
        self.output.load_state_dict({"weight": weights.flatten(1), "bias": torch.zeros(2)})

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.output(images.flatten(1))


@pytest.fixture(scope="module")
def opened() -> Iterator[App]:
    def load(name: str) -> Runner:
        return Runner(LoadedNetwork(SPEC, Warmth().eval().requires_grad_(False)))

    size = (960, 540)
    app = App(Host(size, offscreen=True), Options(model="warmth", size=size), NetworkLoader(load))
    app.settle()
    yield app
    app.close()


@pytest.fixture
def app(opened) -> App:
    """Nothing drawn, nothing said, no album, no camera."""
    opened.sight.close()
    opened.pad.__init__(opened._to_pad, opened.pad.canvas.size)
    opened.pad.set_colored(True)
    opened.panels.messages.clear()
    opened.answering.again()
    opened.settle()
    return opened


def seen(app: App) -> np.ndarray:
    """What the network saw: (H, W, 3), 0 to 255."""
    return app.frame.layer("input").transpose(1, 2, 0) * 255


def said(app: App, kind: str) -> str:
    return " ".join(message.text for message in app.panels.messages.shown if message.kind == kind)


def press(app: App, name: str) -> None:
    """Click what the panels call so."""
    left, top, right, bottom = app.panels.hud.places[name]
    x, y = (left + right) / 2, (top + bottom) / 2
    for event in (PointerMoved(x, y), ButtonChanged(0, True, x, y), ButtonChanged(0, False, x, y)):
        app.input.inject(event)
        app.tick(TICK_SECONDS)
    app.tick(TICK_SECONDS)


def picture(path, color) -> None:
    Image.new("RGB", (40, 30), color).save(path)


def test_an_empty_pad_has_no_answer_and_paint_has_one(app):
    assert app.frame.blank and app.panels.hud.places.keys() >= {f"pen_color/{i}" for i in range(8)}
    red = PALETTE.index((215, 50, 45))
    press(app, f"pen_color/{red}")
    assert app.pad.color == PALETTE[red] and app.pad.tool == "pen"
    press(app, "fill_paper")
    assert app.frame.guesses(1)[0][0] == "red"
    np.testing.assert_allclose(seen(app), np.broadcast_to(PALETTE[red], (SIDE, SIDE, 3)), atol=0.6)
    app.invoke("undo")
    app.tick(TICK_SECONDS)
    assert app.frame.blank


def test_what_is_drawn_is_on_the_pad_in_its_colour(app):
    blue = PALETTE[-1]
    app.invoke("pen_color", blue)
    place = app.show.arrangement.layout.pad.position
    (x, y), *_ = app.show.rig.project(np.array([place]))[0].tolist()
    app.input.inject(PointerMoved(x, y))
    app.input.inject(ButtonChanged(0, True, x, y))
    app.settle()
    shown = app.host.picture()[round(y), round(x)]
    app.input.inject(ButtonChanged(0, False, x, y))
    app.settle()
    middle = seen(app)[SIDE // 2 - 1 : SIDE // 2 + 1, SIDE // 2 - 1 : SIDE // 2 + 1].mean(axis=(0, 1))
    assert middle[2] > middle[0] > 0 and app.frame.guesses(1)[0][0] == "blue"
    np.testing.assert_allclose(shown, blue, atol=12)


def test_the_toolbar_has_colours_instead_of_the_centring(app):
    app.tick(TICK_SECONDS)
    assert "toggle_normalize" not in app.panels.hud.places
    assert "pen_color/0" in app.panels.hud.places


def test_samples_are_pictures(app):
    app.invoke("next_sample")
    app.settle()
    expected = sample_pictures().images[0].reshape(SIDE, 2, SIDE, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(seen(app), expected, atol=1)


def test_a_folder_is_stepped_through_and_what_is_broken_is_said(app, tmp_path):
    picture(tmp_path / "a.png", RED)
    (tmp_path / "b.png").write_bytes(b"broken")
    picture(tmp_path / "c.png", BLUE)
    open_pictures(app, PictureFiles.of(tmp_path))
    app.settle()
    assert app.frame.guesses(1)[0][0] == "red" and not said(app, "error")
    press(app, "next_sample")
    assert app.frame.guesses(1)[0][0] == "blue" and "b.png" in said(app, "error")
    press(app, "previous_sample")
    assert app.frame.guesses(1)[0][0] == "red"


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for a command is a script")
def test_a_picture_is_pasted(app, tmp_path, monkeypatch):
    picture(tmp_path / "clip.png", BLUE)
    xclip = tmp_path / "xclip"
    content = str(tmp_path / "clip.png")
    script = f"import sys; sys.stdout.buffer.write(open({content!r}, 'rb').read())"
    xclip.write_text(f"#!{sys.executable}\n{script}\n")
    xclip.chmod(xclip.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    app.invoke("paste_picture")
    app.settle()
    assert app.frame.guesses(1)[0][0] == "blue"
    (tmp_path / "clip.png").write_bytes(b"text")
    before = app.pad.drawing
    app.invoke("paste_picture")
    assert "no picture in the clipboard" in said(app, "error") and app.pad.drawing is before


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "walk.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 50, (64, 48))
    assert writer.isOpened()
    for _ in range(8):
        writer.write(np.full((48, 64, 3), BLUE[::-1], np.uint8))
    writer.release()
    return path


def watch(app: App, seconds: float = 20.0) -> None:
    """Tick until a camera's picture is on the pad."""
    until = time.monotonic() + seconds
    while not app.pad.watching:
        assert time.monotonic() < until
        app.tick(TICK_SECONDS, draw=False)
        time.sleep(0.002)
    app.tick(TICK_SECONDS)


def test_what_a_camera_sees_is_answered_until_it_is_switched_off(app, video):
    app.sight.look(Camera(str(video)))
    watch(app)
    assert app.frame.guesses(1)[0][0] == "blue" and app.pad.title == "walk.avi"
    app.invoke("toggle_camera")
    assert not app.pad.watching and "off" in said(app, "info")
    app.tick(TICK_SECONDS)
    assert app.frame.guesses(1)[0][0] == "blue"  # the last picture stays
    app.invoke("toggle_camera")
    watch(app)
    app.invoke("clear")
    app.tick(TICK_SECONDS)
    app.tick(TICK_SECONDS)
    assert app.pad.drawing.empty and not app.pad.watching


def test_no_camera_is_one_line_and_the_pad_stays(app):
    app.sight._source = "97"
    app.invoke("next_sample")
    before = app.pad.drawing
    app.invoke("toggle_camera")
    app.tick(TICK_SECONDS)
    assert "--camera 97: no such camera" in said(app, "error") and app.pad.drawing is before
