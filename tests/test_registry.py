"""The built-in networks: shapes as stated, layers as named, the shipped weights as good as they should be."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from nnvis3d.cli import main
from nnvis3d.errors import UserError
from nnvis3d.inputs.samples import sample_digits, sample_strokes
from nnvis3d.runtime.evaluation import evaluate, picture_images, stroke_images
from nnvis3d.runtime.registry import BUILTINS, builtin, load_network


@pytest.mark.parametrize(("name", "neurons", "parameters"), [("cnn", 9134, 63802), ("mlp", 1194, 266610)])
def test_sizes_of_the_seed(name, neurons, parameters):
    spec = load_network(name).spec
    assert (spec.neurons, spec.parameters) == (neurons, parameters)
    assert spec.labels == tuple("0123456789")
    assert [layer.sources for layer in spec.layers[1:]] == [(layer.name,) for layer in spec.layers[:-1]]
    assert all(layer.scale > 0 for layer in spec.layers)


DIGIT_NETWORKS = ("cnn", "mlp")


@pytest.mark.parametrize("name", DIGIT_NETWORKS)
def test_every_layer_is_a_module_whose_output_has_the_stated_shape(name):
    network = load_network(name)
    shapes = {}
    for child_name, child in network.module.named_children():
        child.register_forward_hook(
            lambda _m, _i, output, key=child_name: shapes.update({key: output.shape[1:]})
        )
    logits = network.module(torch.rand(2, *network.spec.preprocessing.shape))
    assert logits.shape == (2, 10)
    assert {name: tuple(shape) for name, shape in shapes.items()} == {
        layer.name: layer.shape for layer in network.spec.layers[1:]
    }
    assert not network.module.training
    assert not any(parameter.requires_grad for parameter in network.module.parameters())


@pytest.mark.parametrize(
    ("name", "digits_floor", "strokes_floor"), [("cnn", 0.98, 0.98), ("mlp", 0.97, 0.96)]
)
def test_the_shipped_weights_know_the_shipped_digits(name, digits_floor, strokes_floor):
    network = load_network(name)
    shape = network.spec.preprocessing.shape
    digits, strokes = sample_digits(), sample_strokes()
    pictures = picture_images([digit.pixels / np.float32(255) for digit in digits], shape)
    assert (
        evaluate(network.spec, network.module, pictures, [d.label for d in digits]).accuracy >= digits_floor
    )
    labels = [item.label for item in strokes]
    drawn = stroke_images(strokes, shape)
    assert evaluate(network.spec, network.module, drawn, labels).accuracy >= strokes_floor
    raw = stroke_images(strokes, shape, normalize=False)
    assert evaluate(network.spec, network.module, raw, labels).accuracy >= 0.9


@pytest.mark.parametrize("name", DIGIT_NETWORKS)
def test_the_record_says_what_was_asked_for(name):
    record = load_network(name).record
    assert record["accuracy"]["mnist_test"] >= {"cnn": 0.993, "mlp": 0.986}[name]
    assert record["accuracy"]["strokes"] >= {"cnn": 0.990, "mlp": 0.982}[name]
    assert record["accuracy"]["strokes_as_drawn"] >= {"cnn": 0.93, "mlp": 0.80}[name]
    assert record["command"].startswith(f"nnvis3d train --model {name} --data datasets --epochs ")
    # What ships to be drawn must not be what was trained on.
    assert {item.writer for item in sample_strokes()} <= set(record["held_out_writers"])


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UserError, match="--model resnet: no such network; choose one of cnn, mlp, resnet20"):
        builtin("resnet")


def test_models_prints_a_json_object_a_line(capsys):
    assert main(["models", "--json"]) == 0
    networks = {line["name"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert set(networks) == set(BUILTINS) == {"cnn", "mlp", "resnet20"}
    assert networks["mlp"]["layers"][1] == {"name": "fc1", "kind": "linear", "shape": [300]}
    assert networks["cnn"]["layers"][1] == {"name": "conv1", "kind": "conv", "shape": [6, 28, 28]}
    assert set(networks["cnn"]["accuracy"]) == {"mnist_test", "strokes", "strokes_as_drawn"}


def test_models_for_people(capsys):
    assert main(["models"]) == 0
    out = capsys.readouterr().out
    assert "cnn: Convolutional network, 9,134 neurons, 63,802 parameters" in out
    assert "conv2   conv     16 x 10 x 10     1,600       2,416" in out


def test_through_the_real_program():
    done = subprocess.run(
        [sys.executable, "-m", "nnvis3d", "evaluate", "--model", "lenet", "--strokes", "x.jsonl"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "nnvis3d: --model lenet: no such network; choose one of cnn, mlp, resnet20\n"
