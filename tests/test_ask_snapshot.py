"""`nnvis3d snapshot --select`: one neuron of each kind asked without a window, as golden pictures.

The golden pictures are made anew, like all others, with

    NNVIS3D_UPDATE_GOLDEN=1 pytest tests/test_ask_snapshot.py
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnvis3d.inputs.samples import sample_digits
from tests.images import assert_golden, read
from tests.program import call, refusal, start  # noqa: F401

NEURONS = {
    "cnn": {
        "input": "input:0:14:16",
        "conv": "conv2:3:5:4",
        "pool": "pool1:2:6:6",
        "linear": "fc1:5",
        "output": "output:2",
    },
    "mlp": {"input": "input:0:11:14", "linear": "fc1:20", "output": "output:2:0:0"},
}
CASES = [(model, kind) for model, kinds in NEURONS.items() for kind in kinds]


@pytest.fixture
def digit(tmp_path) -> Path:
    """An MNIST digit as a file."""
    path = tmp_path / "digit.png"
    Image.fromarray(sample_digits()[2].pixels).save(path)
    return path


def snapshot(model: str, digit: Path, output: Path, *options: object) -> np.ndarray:
    """The picture, uint8 (360, 640, 3)."""
    arguments = ["--model", model, "--input", digit, "--size", "640x360", "--output", output]
    assert call("snapshot", *arguments, *options) == 0
    return read(output)


@pytest.mark.parametrize(("model", "kind"), CASES)
def test_golden(digit, tmp_path, capfd, model, kind):
    picture = snapshot(model, digit, tmp_path / "out.png", "--select", NEURONS[model][kind])
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "")
    assert_golden(picture, f"ask-{model}-{kind}", tmp_path)


def test_golden_path(digit, tmp_path):
    """The strongest path of an output goes back to the pixels, what it reads only to the layer before."""
    options = ("--select", "output:2", "--edges")
    read_by_it = snapshot("cnn", digit, tmp_path / "out.png", *options, "incoming")
    path = snapshot("cnn", digit, tmp_path / "out.png", *options, "path")
    assert_golden(path, "ask-cnn-path", tmp_path)
    apart = np.abs(path.astype(int) - read_by_it).max(axis=2)[100:300] > 32
    columns = np.flatnonzero(apart.any(axis=0))
    assert columns.min() < 0.2 * 640 and columns.max() > 0.4 * 640
    assert len(columns) > 200


def test_the_same_bytes_twice(digit, tmp_path):
    """By this process, and by one of its own."""
    arguments = ["snapshot", "--model", "cnn", "--input", digit, "--size", "480x270"]
    arguments += ["--select", "conv2:3:5:4"]
    assert call(*arguments, "--output", tmp_path / "a.png") == 0
    assert start(*arguments, "--output", "b.png", folder=tmp_path).returncode == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_short_address_is_as_good_as_a_long_one(digit, tmp_path):
    pictures = [snapshot("mlp", digit, tmp_path / "out.png", "--select", a) for a in ("fc1:20", "fc1:20:0:0")]
    assert np.array_equal(*pictures)
    other = snapshot("mlp", digit, tmp_path / "out.png", "--select", "fc1:21")
    assert not np.array_equal(pictures[0], other)


NO_LAYER = ("conv9:0:0:0", "3:5:4", "nothing at all", ":", "")
NO_NEURON = ("conv2:16:0:0", "conv2:0:10:0", "conv2:0:0:10", "conv2:0:-1:0", "fc1:120", "output:10")
NO_ADDRESS = ("conv2", "conv2:", "conv2:3", "conv2:3:5", "conv2:3:5:4:1", "conv2:a:5:4", "conv2:3.5:5:4")


@pytest.mark.parametrize("address", [*NO_LAYER, *NO_NEURON, *NO_ADDRESS])
def test_an_address_that_is_none_is_refused_in_one_line(refusal, tmp_path, address):  # noqa: F811
    output = tmp_path / "out.png"
    line = refusal("snapshot", "--model", "cnn", "--select", address, "--output", output)
    assert f"--select {address}" in line
    layer = address.partition(":")[0]
    says = {"conv2": "16 × 10 × 10", "fc1": "120", "output": "10"}  # what there would be
    assert says.get(layer, "conv1, pool1, conv2") in line
    assert not output.exists()


def test_edges_of_another_kind_are_refused(refusal, tmp_path):  # noqa: F811
    line = refusal("snapshot", "--edges", "sideways", "--output", tmp_path / "out.png")
    assert "--edges" in line and "sideways" in line
