"""Text gets out of the program by a command or as a file, pictures get in; what happened is said."""

import io
import os
import stat
import sys

import pytest
from PIL import Image

from nnvis3d.errors import UserError
from nnvis3d.tools.clipboard import FILE, copy_text, paste_picture

TEXT = "conv1 · map 3\n0.5 × −0.2\n"


@pytest.fixture
def program(tmp_path):
    """Makes a program of a name that stores what it reads, or fails."""

    def make(name: str, status: int = 0) -> str:
        path = tmp_path / name
        path.write_text(
            f"#!{sys.executable}\nimport sys\nif {status}: sys.exit({status})\n"
            f"open({str(tmp_path / 'got')!r}, 'wb').write(sys.stdin.buffer.read())\n"
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return make


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for a command is a script")
def test_the_first_command_that_is_there_and_works_gets_the_text(tmp_path, program):
    programs = {"wl-copy": program("wl-copy", 1), "xsel": program("xsel")}
    environment = {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}
    said = copy_text(TEXT, tmp_path, environment, programs.get)
    assert said == "Copied to the clipboard" and (tmp_path / "got").read_bytes().decode() == TEXT
    assert not (tmp_path / FILE).exists()


def test_without_a_screen_no_command_is_tried_and_a_file_is_written(tmp_path):
    asked = []
    said = copy_text(TEXT, tmp_path, {}, lambda name: asked.append(name))
    assert set(asked) <= {"pbcopy"}
    assert (tmp_path / FILE).read_text(encoding="utf-8") == TEXT and str(tmp_path / FILE) in said


def test_a_command_that_cannot_be_started_is_passed_over(tmp_path):
    missing = str(tmp_path / "missing")
    said = copy_text(TEXT, tmp_path, {"DISPLAY": ":0"}, lambda name: missing)
    assert (tmp_path / FILE).exists() and "saved" in said


def picture_program(folder, name: str, content: bytes) -> str:
    """A program that writes `content`, as xclip writes the clipboard's picture."""
    (folder / "content").write_bytes(content)
    path = folder / name
    path.write_text(
        f"#!{sys.executable}\nimport sys\nassert 'image/png' in sys.argv\n"
        f"sys.stdout.buffer.write(open({str(folder / 'content')!r}, 'rb').read())\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for a command is a script")
def test_a_picture_is_pasted_from_the_command_that_is_there(tmp_path):
    memory = io.BytesIO()
    Image.new("RGB", (3, 2), (9, 8, 7)).save(memory, "PNG")
    xclip = picture_program(tmp_path, "xclip", memory.getvalue())
    picture = paste_picture({"DISPLAY": ":0"}, {"xclip": xclip}.get, "linux")
    assert picture.size == (3, 2) and picture.getpixel((0, 0)) == (9, 8, 7)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for a command is a script")
@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\nbroken", b"only text"])
def test_a_clipboard_without_a_picture_is_said(tmp_path, content):
    xclip = picture_program(tmp_path, "xclip", content)
    with pytest.raises(UserError, match="no picture in the clipboard"):
        paste_picture({"DISPLAY": ":0"}, {"xclip": xclip}.get, "linux")


def test_without_a_command_it_is_said_which_one_is_missing():
    with pytest.raises(UserError, match="xclip"):
        paste_picture({"DISPLAY": ":0"}, lambda name: None, "linux")
    with pytest.raises(UserError, match="xclip"):
        paste_picture({}, lambda name: "/bin/false", "linux")
