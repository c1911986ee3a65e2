"""Without a display: people's digits on the pad, as pictures and a table."""

import argparse
import re

import numpy as np
import pytest
from PIL import Image

from nnvis3d.app.app import App, Options
from nnvis3d.commands import demo
from nnvis3d.errors import UserError
from nnvis3d.inputs.samples import sample_digits, sample_strokes
from nnvis3d.scene.host import Host
from tests.program import call, own_lines


@pytest.fixture
def app():
    app = App(Host((640, 360), offscreen=True), Options(model="mlp", size=(640, 360)))
    app.settle()
    yield app
    app.close()


def test_run_without_a_display_draws_digits_instead(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    Image.fromarray(sample_digits()[7].pixels).save(tmp_path / "seven.png")
    capfd.readouterr()
    assert call("--size", "640x360", "--view", "2d", "--theme", "light", "--input", "seven.png") == 0
    written = capfd.readouterr()
    (line,) = own_lines(written.err)
    assert "no display" in line

    head, *rows, given, last = written.out.splitlines()
    assert head.split()[0] == "digit"
    assert [int(row.split()[0]) for row in rows] == list(demo.DIGITS)
    right = [row.endswith("right") for row in rows]
    assert sum(right) >= 4 and last.startswith(f"{sum(right)} of 5 right; 16 pictures in ")
    assert given.split()[0] == "7" and given.endswith("seven.png")
    assert all(re.fullmatch(r" +\d( +\d +[\d.]+ %){3} +(right|wrong)", row) for row in rows)

    pictures = {path.name: np.asarray(Image.open(path)) for path in (tmp_path / demo.FOLDER).iterdir()}
    assert {picture.shape for picture in pictures.values()} == {(360, 640, 3)}
    assert len({picture.tobytes() for picture in pictures.values()}) == 16
    assert np.median(pictures["digit-3-3of3.png"]) > 128  # the light theme


def test_a_network_that_sees_colours_is_shown_pictures_instead(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(demo, "PICTURES", 2)
    assert call("--model", "resnet20", "--size", "320x180") == 0
    written = capfd.readouterr()
    (line,) = own_lines(written.err)
    assert "no display" in line
    first, second, last = written.out.splitlines()
    assert re.fullmatch(r" +airplane +[a-z]+ +[\d.]+ % +(right|wrong)", first) and "automobile" in second
    assert {path.name for path in (tmp_path / demo.FOLDER).iterdir()} == {
        "picture-airplane.png",
        "picture-automobile.png",
    }
    assert " of 2 right" in last


def test_the_pen_goes_where_the_person_s_went(app):
    """Strokes pass through the pointer, the camera and the pad, and come out as they were."""
    item = sample_strokes()[4]
    for stroke in item.drawing.strokes:
        demo._perform(app, list(demo._stroke_events(app, stroke.points)))
    drawn = app.pad.drawing.strokes
    assert len(drawn) == app.pad.finished_strokes == len(item.drawing.strokes) > 1
    for found, meant in zip(drawn, item.drawing.strokes, strict=True):
        assert np.allclose(found.points[0], meant.points[0], atol=1e-4)
        assert np.allclose(found.points[-1], meant.points[-1], atol=1e-4)
        near = np.abs(found.points[:, None] - meant.points[None]).max(axis=2).min(axis=1)
        assert near.max() < 1e-4


def test_pixels_of_the_pad_are_on_the_pad(app):
    corners = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.3, 0.6)])
    pixels = demo.pad_pixels(app, corners)
    assert (pixels >= 0).all() and (pixels <= (640, 360)).all()
    found = [app.show.pointing.to_pad(x, y, True) for x, y in pixels]
    assert np.allclose(found, corners, atol=1e-6)


def test_an_empty_pad_has_no_guess(app):
    assert str(demo._guess(app)).split() == ["-"]


def test_a_guess_is_never_certain():
    assert str(demo.Guess("3", 1.0)).split() == ["3", "99.9", "%"]
    assert len(str(demo.Guess("3", 1.0))) == len(str(demo.Guess("-", 0.0)))


# The folder: own pictures are replaced, nothing else is touched.


def test_the_demo_s_own_folder_is_used_again(tmp_path):
    folder = demo.own_folder(tmp_path)
    assert folder == tmp_path / "nnvis3d-demo" and folder.is_dir()
    (folder / "digit-3-1of3.png").touch()
    (folder / "input.png").touch()
    assert demo.own_folder(tmp_path) == folder
    assert list(folder.iterdir()) == []


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path):
    theirs = tmp_path / "nnvis3d-demo"
    theirs.mkdir()
    (theirs / "digit-3-1of3.png").touch()
    (theirs / "thesis.txt").touch()
    (tmp_path / "nnvis3d-demo-2").touch()
    (tmp_path / "nnvis3d-demo-3").symlink_to(tmp_path / "nowhere")
    assert demo.own_folder(tmp_path) == tmp_path / "nnvis3d-demo-4"
    assert sorted(path.name for path in theirs.iterdir()) == ["digit-3-1of3.png", "thesis.txt"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    with pytest.raises(UserError, match="nnvis3d-demo: cannot be written"):
        demo.own_folder(tmp_path / "nowhere")


def test_small_pictures_have_no_panels_over_the_pad(tmp_path, monkeypatch, capsys):
    """At this size the toolbar would lie on the pad, and a stroke would press its buttons."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "DIGITS", (8,))
    options = argparse.Namespace(
        model="cnn",
        weights=None,
        size=(320, 180),
        view="3d",
        theme="dark",
        scale=1.0,
        input=None,
        input_shape=None,
    )
    assert demo.demonstrate(options) == 0
    assert "1 of 1 right" in capsys.readouterr().out


def test_an_unreadable_input_is_said_before_anything_is_drawn(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("--input", "none.png") == 2
    assert capsys.readouterr().err == "nnvis3d: none.png: no such file\n"
    assert list(tmp_path.iterdir()) == []
