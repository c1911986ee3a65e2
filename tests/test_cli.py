"""The command line: what it answers, and the one line with which it refuses."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from nnvis3d import __version__
from nnvis3d.cli import COMMANDS
from nnvis3d.resources import resource
from tests.program import call, refusal, refused, start  # noqa: F401
from tests.xvfb import display  # noqa: F401

NO_EGL = {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent"}
OLD_OPENGL = {"MESA_GL_VERSION_OVERRIDE": "3.0"}


def test_help_and_version(capsys):
    assert call("--help") == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)
    for name in COMMANDS:
        assert call(name, "--help") == 0
        assert f"nnvis3d {name}" in capsys.readouterr().out
    assert call("--version") == 0
    assert capsys.readouterr().out.strip() == f"nnvis3d {__version__}"


def test_a_checkout_s_main_works_from_any_folder(tmp_path):
    done = start("models", "--json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    networks = {network["name"]: network for network in map(json.loads, done.stdout.splitlines())}
    assert networks["cnn"]["neurons"] == 9134 and networks["mlp"]["neurons"] == 1194
    assert [layer["name"] for layer in networks["mlp"]["layers"]] == ["input", "fc1", "fc2", "output"]
    assert list(tmp_path.iterdir()) == []


# What cannot be used is refused with one line, in a process of its own where a driver has a say.


@pytest.mark.parametrize(
    "environment", [NO_EGL, OLD_OPENGL, NO_EGL | {"DISPLAY": ":77"}], ids=["none", "old", "x11"]
)
def test_no_opengl_without_a_window(tmp_path, environment):
    done = start("snapshot", "--output", "out.png", folder=tmp_path, **environment)
    assert "OpenGL" in refused(done.returncode, done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_no_opengl_for_a_window(tmp_path, display):  # noqa: F811
    done = start("run", folder=tmp_path, **OLD_OPENGL, DISPLAY=display.name)
    assert "no OpenGL 3.3 window" in refused(done.returncode, done.stderr)


def test_a_display_that_is_not_there(tmp_path):
    done = start(folder=tmp_path, DISPLAY=":77")
    assert "':77' cannot be opened" in refused(done.returncode, done.stderr)


def test_an_unknown_network(tmp_path):
    done = start("snapshot", "--model", "resnet", "--output", "out.png", folder=tmp_path)
    line = refused(done.returncode, done.stderr)
    assert "resnet" in line and "cnn, mlp" in line
    assert list(tmp_path.iterdir()) == []


# Damaged weights, in this process: importing torch again for each would take most of the time.


def missing(path):
    return "no such weights file"


def truncated(path):
    path.write_bytes(resource("weights", "mlp.safetensors").read_bytes()[:-100])
    return "not a whole safetensors file"


def wrong_shaped(path):
    tensors = load_file(resource("weights", "mlp.safetensors"))
    save_file(tensors | {"fc2.weight": torch.zeros(100, 299)}, path)
    return "fc2.weight: expected (100, 300), got (100, 299)"


def not_a_number(path):
    tensors = load_file(resource("weights", "mlp.safetensors"))
    tensors["fc1.bias"][7] = torch.nan
    save_file(tensors, path)
    return "fc1.bias: 1 of 300 values are NaN or infinite"


@pytest.mark.parametrize("damage", [missing, truncated, wrong_shaped, not_a_number])
def test_unusable_weights(refusal, tmp_path, damage):  # noqa: F811
    path = tmp_path / "weights.safetensors"
    words = damage(path)
    line = refusal("snapshot", "--model", "mlp", "--weights", path, "--output", tmp_path / "out.png")
    assert str(path) in line and words in line
    assert not (tmp_path / "out.png").exists()


# Inputs and outputs.


def text_file(path):
    path.write_text("I am no picture.")


def cut_short(path):
    noise = np.random.default_rng(3).integers(0, 255, (64, 64), np.uint8)
    Image.fromarray(noise).save(path, format="PNG")
    path.write_bytes(path.read_bytes()[:-1000])


@pytest.mark.parametrize(
    "damage", [lambda path: None, text_file, cut_short], ids=["missing", "text", "cut short"]
)
def test_an_unreadable_image(refusal, tmp_path, damage):  # noqa: F811
    path = tmp_path / "digit.png"
    damage(path)
    assert str(path) in refusal("snapshot", "--input", path, "--output", tmp_path / "out.png")
    assert str(path) in refusal("run", "--input", path)


@pytest.mark.parametrize("option", ["--output", "--activations"])
def test_an_output_that_cannot_be_written(refusal, tmp_path, option):  # noqa: F811
    given = {"--output": tmp_path / "out.png", "--activations": tmp_path / "out.npz"}

    def words() -> list:
        return [word for pair in given.items() for word in pair]

    given[option] = tmp_path / "nowhere" / "out"
    assert str(tmp_path / "nowhere") in refusal("snapshot", *words())
    given[option] = tmp_path
    assert "is a folder" in refusal("snapshot", *words())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["snapshot", "--output", "x.png", "--size", "1280"], "--size"),
        (["snapshot", "--output", "x.png", "--size", "0x720"], "--size"),
        (["snapshot", "--output", "x.png", "--size", "100000x720"], "--size"),
        (["snapshot", "--output", "x.png", "--scale", "nan"], "--scale"),
        (["snapshot", "--output", "x.png", "--view", "4d"], "--view"),
        (["snapshot"], "--output"),
        (["snapshot", "--output", "x.png", "--model", "mlp", "--select", "conv9:0:0:0"], "conv9"),
        (["snapshot", "--output", "x.png", "--model", "mlp", "--select", "fc2:100:0:0"], "fc2:100:0:0"),
        (["--fulscreen"], "--fulscreen"),
        (["explain"], "explain"),
        (["evaluate"], "--strokes"),
        (["evaluate", "--strokes", "nothing.jsonl"], "nothing.jsonl"),
        (["train", "--data", "nowhere", "--output", "x.bin"], "--output"),
        (["train", "--data", "nowhere", "--output", "x.safetensors", "--epochs", "0"], "--epochs"),
    ],
)
def test_a_wrong_option_is_named(refusal, tmp_path, monkeypatch, arguments, named):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    assert named in refusal(*arguments)
    assert list(tmp_path.iterdir()) == []
