"""The doctor tells what is there and what is missing, and is never ill himself."""

import json
import sys
import tomllib

import pytest
import torch

from nnvis3d.commands import checks
from nnvis3d.network import catalog
from nnvis3d.resources import resource
from nnvis3d.scene import probe
from tests.program import CHECKOUT, call, refused
from tests.xvfb import display  # noqa: F401


@pytest.fixture
def examined(capfd):
    """A function: what `doctor --json` says here and now, and the line on stderr, "" if there is none."""

    def run() -> tuple[dict, str]:
        capfd.readouterr()
        status = call("doctor", "--json")
        written = capfd.readouterr()
        answer = json.loads(written.out)
        assert answer["ok"] == (status == 0)
        return answer, refused(status, written.err) if status else written.err

    return run


def check_of(answer: dict, name: str) -> dict:
    (found,) = [check for check in answer["checks"] if check["name"] == name]
    return found


def test_here_the_main_job_runs(examined):
    answer, error = examined()
    assert answer["ok"] and error == ""
    assert answer["torch"]["version"] == torch.__version__
    assert answer["machine"]["cores"] >= 1
    offscreen = answer["opengl"]["offscreen"]
    assert offscreen["gl"] >= [3, 3] and offscreen["renderer"]
    assert offscreen["shaders"] == len(list(resource("shaders").glob("*.vert")))
    status = {check["name"]: check["status"] for check in answer["checks"]}
    assert (
        status["OpenGL, no window"]
        == status["weights cnn"]
        == status["weights mlp"]
        == status["fonts"]
        == "ok"
    )
    assert status["camera"] == "optional"
    assert status["video codecs"] == "ok" and set(answer["video"]) >= {"h264", "vp9", "av1"}
    assert status["display"] == "missing" and not answer["window"]  # see conftest.py


def test_as_text(capsys):
    assert call("doctor") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok        OpenGL, no window  OpenGL ") for line in lines)
    place = next(index for index, line in enumerate(lines) if line.startswith("missing   display"))
    assert lines[place + 1].strip() == "-> start it in a desktop session"


def test_with_a_display(examined, display, monkeypatch):  # noqa: F811
    monkeypatch.setenv("DISPLAY", display.name)
    answer, _ = examined()
    assert answer["window"] and check_of(answer, "display")["found"] == display.name
    assert answer["opengl"]["window"]["gl"] >= [3, 3]


def test_with_a_display_that_is_not_there(examined, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":77")
    answer, _ = examined()
    window = check_of(answer, "OpenGL, window")
    assert answer["ok"] and not answer["window"]
    assert "':77' cannot be opened" in window["found"] and "unset DISPLAY" in window["fix"]


def test_without_opengl(examined, monkeypatch):
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent")
    answer, error = examined()
    assert not answer["ok"]
    assert "apt-get install libegl1 libgl1 libgl1-mesa-dri" in error
    assert check_of(answer, "weights cnn")["status"] == "ok"  # it goes on to look at the rest


def test_with_an_opengl_that_is_too_old(examined, monkeypatch):
    monkeypatch.setenv("MESA_GL_VERSION_OVERRIDE", "3.0")
    answer, error = examined()
    assert answer["opengl"]["offscreen"]["gl"] == [3, 0]
    assert "OpenGL 3.0 on llvmpipe" in error and "3.3 is needed" in error


def test_without_torch(examined, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    answer, error = examined()
    assert not answer["ok"]
    assert check_of(answer, "torch")["fix"] in error


def test_damaged_weights(examined, monkeypatch, tmp_path):
    for name in ("cnn", "mlp"):
        content = resource("weights", f"{name}.safetensors").read_bytes()
        (tmp_path / f"{name}.safetensors").write_bytes(content if name == "cnn" else content[:1000])
    monkeypatch.setattr(catalog, "resource", lambda *names: tmp_path)
    answer, error = examined()
    assert answer["ok"] and error == ""  # the other network can still be shown
    assert "not a whole safetensors file" in check_of(answer, "weights mlp")["found"]
    (tmp_path / "cnn.safetensors").unlink()
    answer, error = examined()
    assert not answer["ok"] and "no such weights file" in error


def test_a_driver_that_crashes_or_hangs(monkeypatch, tmp_path):
    program = tmp_path / "python"
    monkeypatch.setattr(sys, "executable", str(program))
    program.write_text("#!/bin/sh\nkill -SEGV $$\n")
    program.chmod(0o755)
    assert probe.ask("offscreen")["error"] == "the driver crashed (SIGSEGV)"
    program.write_text("#!/bin/sh\necho libEGL is sad >&2\nexit 3\n")
    assert probe.ask("offscreen")["error"] == "libEGL is sad"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(probe, "_LONGEST", 0.2)
    assert "did not answer" in probe.ask("offscreen")["error"]
    program.unlink()
    assert "no second process" in probe.ask("offscreen")["error"]


def test_what_a_check_cannot_explain_becomes_its_line():
    report = checks.Report()

    def trips(report: checks.Report) -> None:
        raise ZeroDivisionError("by zero")

    report.look("sanity", trips, needed=True)
    assert report.problem is not None and report.problem.found == "ZeroDivisionError: by zero"


def test_little_memory_is_said(monkeypatch):
    monkeypatch.setattr(checks, "_meminfo", {"MemAvailable": 100, "MemTotal": 1000}.get)
    report = checks.Report()
    report.look("memory", checks._memory)
    assert report.checks[0].status == "missing" and report.problem is None


def test_what_it_looks_for_is_what_there_is():
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    names = {requirement.split(">")[0].split("=")[0] for requirement in project["dependencies"]}
    assert names == {*checks.REQUIRED, "torch"}
    assert set(checks.NETWORKS) == set(catalog.NETWORKS)
    assert set(checks.FONTS) == {path.name for path in resource("assets", "fonts").glob("*.ttf")}
