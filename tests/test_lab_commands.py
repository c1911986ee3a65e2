"""`nnvis3d lab` without a window: kept and gone on with, networks of one's own, one line for each mistake."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from nnvis3d.errors import UserError
from nnvis3d.lab.attach import Attached
from nnvis3d.lab.mirror import Mirror
from nnvis3d.lab.restore import load_lab
from nnvis3d.network import lab_commands as commands
from tests.program import call, refusal  # noqa: F401 (a fixture)
from tests.test_lab_watch import Script, until

NET = """
from torch import nn
def make():
    net = nn.Sequential(nn.Conv2d(1, 4, 5, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
    return net, nn.CrossEntropyLoss(label_smoothing=0.5)
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_net.py").write_text(NET)
    (tmp_path / "old.lab").mkdir()
    (tmp_path / "old.lab" / "lab.json").write_text("{}")
    return tmp_path


def report(capfd, *arguments):
    capfd.readouterr()
    assert call("lab", "--headless", "--json", *arguments) == 0
    return json.loads(capfd.readouterr().out)


def test_a_network_of_ones_own_is_kept_and_gone_on_with_by_who_has_its_code(here, capfd, refusal):  # noqa: F811
    own = ("--model", "own_net.py:make", "--input-shape", "1x28x28")
    assert report(capfd, *own, "--steps", 4, "--save", "kept")["steps"] == 4
    assert report(capfd, "kept", *own, "--steps", 3, "--save", "kept")["steps"] == 7
    assert load_lab_step(here / "kept") == 7
    line = refusal("lab", "--headless", "kept", "--steps", 1)
    assert "open it with --model own_net.py:make" in line
    assert "does not read images of 1x32x32" in refusal("lab", "--headless", "--model", own[1])


def test_a_saved_lab_finds_its_images_from_another_folder_and_where_they_were_moved_to(
    here,
    capfd,
    monkeypatch,
    refusal,  # noqa: F811
):
    for name in ("cat", "dog"):
        (here / "images" / name).mkdir(parents=True)
        for k in range(4):
            Image.fromarray(np.full((8, 8, 3), 40 * k, np.uint8)).save(here / "images" / name / f"{k}.png")
    given = ("--model", "cifar3", "--data", "images", "--batch", 2, "--steps", 2, "--save", "kept")
    report(capfd, *given)
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    assert report(capfd, "../kept", "--steps", 2, "--save", "../kept")["steps"] == 4
    (here / "images").rename(here / "moved")
    assert "no such folder" in refusal("lab", "--headless", "../kept", "--steps", 1)
    moved = ("--data", "../moved", "--steps", 2, "--save", "../kept")
    assert report(capfd, "../kept", *moved)["steps"] == 6
    assert report(capfd, "../kept", "--steps", 1)["steps"] == 7


DATA = """
import torch
from torch.utils.data import TensorDataset
def make():
    images, classes = torch.rand(12, 3, 32, 32), torch.arange(12) % 3
    return TensorDataset(images, classes), TensorDataset(images[:6], classes[:6]), ("red", "green", "blue")
def wrong():
    return make()[0]
def empty():
    return [], [], ()
"""


def test_datasets_of_ones_own_are_trained_on_by_who_says_so(here, capfd, refusal):  # noqa: F811
    (here / "own_data.py").write_text(DATA)
    given = ("--model", "cifar3", "--data", "own_data.py:make", "--batch", 4, "--steps", 3)
    first = report(capfd, *given, "--save", "kept")
    assert (first["data"], first["steps"]) == ("12 images", 3)
    line = refusal("lab", "--headless", "kept", "--steps", 1)
    assert "open it with --data own_data.py:make" in line
    again = report(capfd, "kept", "--data", "own_data.py:make", "--steps", 2)
    assert again["steps"] == 5
    for name, words in (
        ("wrong", "expected two Datasets and the names of the classes, got TensorDataset"),
        ("empty", "its images cannot be read: IndexError"),
        ("none", "own_data.py has no none"),
    ):
        assert words in refusal("lab", "--headless", "--data", f"own_data.py:{name}", "--steps", 1)


def load_lab_step(folder):
    with pytest.raises(UserError, match="of its owner's own"):
        load_lab(folder)
    return json.loads((folder / "lab.json").read_text())["lines"][0]["state"]["step"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere",), "no saved lab is there"),
        (("--model", "nothing.here:make"), "there is no Python module nothing"),
        (("--input-shape", "1x28x28"), "goes with --model package.module:factory only"),
        (("--key", "file"), "goes with --attach only"),
        (("--attach", "here"), "expected HOST:PORT"),
        (("--attach", "127.0.0.1:7000", "--save", "x"), "leave --save out"),
        (("--attach", "127.0.0.1:7000", "--key", "file"), "cannot be read"),
        (("--attach", "127.0.0.1:7000", "--key", "own_net.py"), ""),
        (("--save", "."), "is not an empty folder"),
        (("--open", "old.lab", "--rate", "0.1"), "--rate: begins a new lab"),
    ],
)
def test_one_line_for_each_mistake(here, refusal, arguments, words):  # noqa: F811
    if not words:
        (here / "own_net.py").write_text("short")
        words = "at least 16 characters"
    assert words in refusal("lab", "--headless", *arguments)


def test_what_a_viewer_cannot_build_it_repeats():
    script = Script(steer=True)
    viewer = Attached("127.0.0.1", script.watch.port).open()
    shown = until(script, viewer, lambda s: True).shown
    mirror = Mirror(shown)
    frame = mirror.runner.run(shown.image)
    assert np.array_equal(frame.values, shown.activations)
    later = until(script, viewer, lambda s: s.shown.serial > shown.serial).shown
    mirror.follow(later)
    assert np.array_equal(mirror.runner.run(later.image).values, later.activations)
    whole = Mirror(later, lambda plan: type(script.model)())
    answered = whole.runner.run(later.image).values
    torch.testing.assert_close(torch.tensor(answered), torch.tensor(later.activations), atol=1e-4, rtol=1e-3)
    viewer.send(commands.Pause())
    viewer.close()
    script.watch.close()
