"""Files dragged with a real pointer from a program of another toolkit, dropped on the real window."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from nnvis3d.scene.drop_target import paths_of
from tests.program import CHECKOUT
from tests.watched import Watched, wait_for
from tests.xvfb import Display, display  # noqa: F401

SOURCE = CHECKOUT / "tests" / "drag_source.py"
SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture(scope="module")
def window(display) -> Iterator[Watched]:  # noqa: F811
    with Watched(display) as watched:
        yield watched


def dragged(screen: Display, *things: str) -> str:
    """Drag them onto the middle of the window and let go; what their program says of it."""
    source = subprocess.Popen(
        [SYSTEM_PYTHON, str(SOURCE), *things],
        env={**screen.environment, "NO_AT_BRIDGE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = source.stdout
        assert said.readline() == "ready\n", source.stderr.read()
        across = [("mousemove", 60 + 40 * k, 30 + 20 * k, "sleep", 0.03) for k in range(16)]
        screen.do(
            "mousemove", 60, 30, "sleep", 0.2, "mousedown", 1, *(word for step in across for word in step)
        )
        screen.do("sleep", 0.3, "mouseup", 1)
        return said.readline().strip()
    finally:
        source.kill()
        source.wait()


@pytest.fixture
def folder(tmp_path) -> Path:
    """Three pictures, in a folder whose name has to be quoted in a URI."""
    folder = tmp_path / "many of them, 100 % ü"
    folder.mkdir()
    for name in "abc":
        Image.open(CHECKOUT / "docs" / "three.png").save(folder / f"{name}.png")
    return folder


def base(window: Watched) -> str:
    return window.ask("app.pad.drawing.base.name if app.pad.drawing.base else ''")


def test_a_picture_is_answered(window, display):  # noqa: F811
    assert dragged(display, (CHECKOUT / "docs" / "three.png").as_uri()) == "taken"
    window.until("app.pad.drawing.base and app.pad.drawing.base.name == 'three.png'")
    window.until("app.frame.values.shape and app.frame.probabilities.argmax() == 3")


def test_a_folder_and_several_files_are_stepped_through(window, display, folder):  # noqa: F811
    assert dragged(display, folder.as_uri()) == "taken"
    window.until("app.pad.drawing.base.name == 'a.png'")
    window.ask("app.invoke('next_sample')")
    assert base(window) == "b.png"
    assert dragged(display, *((folder / name).as_uri() for name in ("c.png", "a.png"))) == "taken"
    window.until("app.pad.drawing.base.name == 'c.png'")
    window.ask("app.invoke('next_sample')")
    assert base(window) == "a.png"


def test_what_is_no_picture_is_said_and_what_was_there_stays(window, display, tmp_path):  # noqa: F811
    before, note = base(window), tmp_path / "note.txt"
    note.write_text("words")
    assert dragged(display, note.as_uri()) == "taken"
    window.until("any('note.txt' in said.text for said in app.panels.messages.shown)")
    assert base(window) == before


def test_words_are_refused(window, display):  # noqa: F811
    before = base(window)
    assert dragged(display, "text") == "refused"
    window.pass_ticks(3)
    assert base(window) == before


def test_of_a_link_it_is_said_that_it_is_no_file(window, display):  # noqa: F811
    before = base(window)
    dragged(display, "https://example.org/three.png")
    window.until("any('https://example.org/three.png: no file' in m.text for m in app.panels.messages.shown)")
    assert base(window) == before


def test_the_program_that_gives_may_end_in_the_middle(window, display):  # noqa: F811
    source = subprocess.Popen(
        [SYSTEM_PYTHON, str(SOURCE), "file:///nowhere.png"], env=display.environment, stdout=subprocess.PIPE
    )
    assert source.stdout.readline()
    display.do("mousemove", 60, 30, "mousedown", 1, "mousemove", 200, 90, "mousemove", 400, 300, "sleep", 0.2)
    source.kill()
    source.wait()
    display.do("mouseup", 1)
    wait_for(lambda: window.ask("app.input.buttons") == set(), "let go")
    assert dragged(display, (CHECKOUT / "docs" / "three.png").as_uri()) == "taken"
    window.until("app.pad.drawing.base.name == 'three.png'")


def test_paths_are_those_of_this_machine():
    uris = (
        b"# comment\r\nfile:///a%20b/%C3%BC.png\r\nfile://elsewhere/c\r\nhttp://x/d\r\nfile://localhost/e\r\n"
    )
    assert paths_of(uris) == ("/a b/\u00fc.png", "file://elsewhere/c", "http://x/d", "/e")
    assert paths_of(b"") == paths_of(b"\0\r\n") == ()
    odd = b"file:///with%00zero\nfile:relative\nhttp://[\n"
    assert paths_of(odd) == ("file:///with%00zero", "file:relative", "http://[")
    assert len(paths_of(b"file:///a\n" * 20_000)) == 10_000
