"""`nnvis3d snapshot`: pictures like the golden ones, in which every neuron shows what PyTorch computed."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from PIL import Image
from safetensors.torch import load_file

from nnvis3d.app.app import App, Options
from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.samples import sample_digits
from nnvis3d.resources import resource
from nnvis3d.runtime.registry import builtin
from nnvis3d.scene.host import Host
from tests.images import assert_golden, read
from tests.program import call, start

DIGIT = sample_digits()[2]
VIEWS = [
    ("cnn", "3d", "dark"),
    ("cnn", "2d", "dark"),
    ("mlp", "3d", "dark"),
    ("mlp", "2d", "dark"),
    ("cnn", "3d", "light"),
]


@pytest.fixture
def digit(tmp_path) -> Path:
    """An MNIST digit as a file."""
    path = tmp_path / "digit.png"
    Image.fromarray(DIGIT.pixels).save(path)
    return path


@pytest.mark.parametrize(("model", "view", "theme"), VIEWS)
def test_golden(digit, tmp_path, capfd, model, view, theme):
    output = tmp_path / "out.png"
    options = ["--model", model, "--view", view, "--theme", theme, "--size", "640x360"]
    assert call("snapshot", *options, "--input", digit, "--output", output) == 0
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "")
    assert_golden(read(output), f"{model}-{view}-{theme}", tmp_path)


def test_the_same_bytes_twice(digit, tmp_path):
    """By this process, and by one of its own; that something is on it is the next test's business."""
    arguments = ["snapshot", "--model", "mlp", "--input", digit, "--size", "480x270"]
    assert call(*arguments, "--output", tmp_path / "a.png", "--activations", tmp_path / "a.npz") == 0
    done = start(*arguments, "--output", "b.png", "--activations", "b.npz", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for kind in ("png", "npz"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


@pytest.fixture(params=VIEWS, ids="-".join)
def shown(request):
    """The digit on the pad of an App, everything at rest."""
    model, view, theme = request.param
    app = App(Host((1280, 720), offscreen=True), Options(model=model, flat=view == "2d", theme=theme))
    app.pad.put(DIGIT.drawing)
    app.settle()
    yield app
    app.close()


def test_every_neuron_is_lit_as_it_answers(shown):
    """Brightness at each neuron's own pixel against its activation: none missing, or in another's place."""
    picture = shown.host.picture().astype(float)
    light = picture @ (0.2126, 0.7152, 0.0722)
    light *= -1 if shown.options.theme == "light" else 1
    warmth = picture[..., 0] - picture[..., 2]
    layout, frame = shown.show.arrangement.layout, shown.frame
    for layer, scale in zip(frame.spec.layers, frame.scales, strict=True):
        pixels, visible = shown.show.rig.project(layout.layers[layer.name].cells(np.arange(layer.neurons)))
        assert visible.all(), layer.name
        columns, rows = pixels.astype(int).T
        answers = np.clip(frame.layer(layer.name).ravel() / scale, -1, 1)
        assert answers.std() > 0.05, layer.name
        seen = (warmth if layer.signed else light)[rows, columns]
        found = np.corrcoef(answers, seen)[0, 1]
        assert found > (0.9 if layer.signed else 0.95), f"{layer.name}: {found:.3f}"


def test_an_empty_pad_has_no_answer(tmp_path, digit):
    paths = {}
    for name, given in {"empty": [], "digit": ["--input", digit]}.items():
        paths[name] = tmp_path / f"{name}.png"
        assert call("snapshot", *given, "--model", "mlp", "--output", paths[name], "--size", "640x360") == 0
    empty, drawn = (read(paths[name]).astype(int) for name in ("empty", "digit"))
    bars = (slice(60, 330), slice(500, 640))  # the outputs, their bars and shares
    assert np.abs(empty[bars] - drawn[bars]).max() > 100


# The oracle: the shipped tensors through plain PyTorch, without any code of ours.


def forward(model: str, image: torch.Tensor) -> dict[str, torch.Tensor]:
    """Every layer of the built-in networks for an image (1, 1, H, W)."""
    w = load_file(resource("weights", f"{model}.safetensors"))

    def linear(name: str, x: torch.Tensor) -> torch.Tensor:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    if model == "mlp":
        fc1 = linear("fc1", image.flatten(1)).clamp(min=0)
        fc2 = linear("fc2", fc1).clamp(min=0)
        return {"fc1": fc1, "fc2": fc2, "output": linear("output", fc2)}
    conv1 = F.conv2d(image, w["conv1.weight"], w["conv1.bias"]).clamp(min=0)
    pool1 = F.max_pool2d(conv1, 2)
    conv2 = F.conv2d(pool1, w["conv2.weight"], w["conv2.bias"]).clamp(min=0)
    pool2 = F.max_pool2d(conv2, 2)
    fc1 = linear("fc1", pool2.flatten(1)).clamp(min=0)
    fc2 = linear("fc2", fc1).clamp(min=0)
    maps = {"conv1": conv1, "pool1": pool1, "conv2": conv2, "pool2": pool2}
    return {**maps, "fc1": fc1, "fc2": fc2, "output": linear("output", fc2)}


@pytest.mark.parametrize("model", ["cnn", "mlp"])
@pytest.mark.parametrize("normalize", [True, False])
def test_activations_are_those_of_a_plain_forward_pass(digit, tmp_path, capsys, model, normalize):
    output = tmp_path / "values.npz"
    arguments = ["--model", model, "--input", digit, "--activations", output, "--size", "320x180"]
    arguments += [] if normalize else ["--no-normalize"]
    assert call("snapshot", *arguments, "--output", tmp_path / "out.png") == 0
    assert call("models", "--json") == 0
    networks = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (layers,) = [network["layers"] for network in networks if network["name"] == model]
    values = dict(np.load(output))
    assert {name: list(array.shape) for name, array in values.items()} == {
        layer["name"]: layer["shape"] for layer in layers
    }
    assert {array.dtype for array in values.values()} == {np.dtype(np.float32)}

    preprocessing = builtin(model).spec().preprocessing
    image = reduce_drawing(DIGIT.drawing, preprocessing.shape, normalize).image
    assert np.array_equal(values["input"], image) and image.max() > 0.9
    mean, std = (torch.tensor(numbers)[:, None, None] for numbers in (preprocessing.mean, preprocessing.std))
    expected = forward(model, ((torch.from_numpy(image) - mean) / std)[None])
    assert {*expected, "input"} == {*values}
    for name, tensor in expected.items():
        assert np.allclose(values[name], tensor[0].numpy(), rtol=1e-4, atol=1e-4), name
    assert values["output"].argmax() == DIGIT.label


def test_options_show(tmp_path, digit):
    """Each of these changes the picture."""
    asked = ["--select", "fc2:3:0:0"]
    options = (
        [],
        ["--no-panels"],
        ["--no-normalize"],
        ["--scale", "1.5"],
        asked,
        [*asked, "--edges", "path"],
    )
    pictures = set()
    for number, extra in enumerate(options):
        path = tmp_path / f"{number}.png"
        arguments = ["--model", "mlp", "--input", digit, "--output", path, "--size", "480x270"]
        assert call("snapshot", *arguments, *extra) == 0
        pictures.add(read(path).tobytes())
    assert len(pictures) == len(options)
