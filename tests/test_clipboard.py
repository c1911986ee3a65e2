"""Text gets out of the program: by a command, or as a file, and what happened is said."""

import os
import stat
import sys

import pytest

from nnvis3d.tools.clipboard import FILE, copy_text

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
