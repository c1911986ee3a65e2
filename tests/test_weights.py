"""Weights files, whole and broken: a broken one is refused in one line, and the network stays as it was."""

import json

import pytest
import torch
from safetensors.torch import save_file

from nnvis3d.cli import main
from nnvis3d.errors import UserError
from nnvis3d.resources import resource
from nnvis3d.runtime.models import Cnn, Mlp
from nnvis3d.runtime.registry import load_network
from nnvis3d.runtime.weights import load_weights, save_weights, write_atomically


def saved(path, change=lambda tensors: None):
    tensors = {name: tensor.clone() for name, tensor in Cnn().state_dict().items()}
    change(tensors)
    save_file(tensors, path)
    return path


def test_round_trip(tmp_path):
    torch.manual_seed(3)
    first, second = Cnn(), Cnn()
    save_weights(first, tmp_path / "cnn.safetensors")
    load_weights(second, tmp_path / "cnn.safetensors", "")
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
    assert [path.name for path in tmp_path.iterdir()] == ["cnn.safetensors"]


def set_value(name, value):
    def change(tensors):
        tensors[name].view(-1)[3] = value

    return change


def wrong_shape(tensors):
    tensors["conv1.weight"] = torch.zeros(8, 1, 3, 3)


BROKEN = [
    (wrong_shape, r"conv1.weight: expected \(6, 1, 5, 5\), got \(8, 1, 3, 3\)"),
    (lambda tensors: tensors.pop("fc2.bias"), "fc2.bias: missing"),
    (
        lambda tensors: tensors.update({"conv3.bias": torch.zeros(2)}),
        "conv3.bias: not a tensor of this network",
    ),
    (set_value("conv2.weight", float("nan")), "conv2.weight: 1 of 2400 values are NaN or infinite"),
    (set_value("output.weight", float("inf")), "output.weight: 1 of 1000 values are NaN or infinite"),
    (lambda tensors: tensors.update({"fc1.bias": torch.zeros(120, dtype=torch.int32)}), "floating-point"),
]


@pytest.mark.parametrize(("change", "message"), BROKEN)
def test_what_does_not_fit_is_named_and_nothing_is_loaded(tmp_path, change, message):
    path = saved(tmp_path / "cnn.safetensors", change)
    module = Cnn()
    before = [parameter.clone() for parameter in module.parameters()]
    with pytest.raises(UserError, match=message) as error:
        load_weights(module, path, "do this")
    assert str(error.value).startswith(f"{path}: ")
    assert str(error.value).endswith("; do this")
    assert all(torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))


@pytest.mark.parametrize("content", [b"", b"\x08", b"\xff" * 64, b"\x80\x04pickle.", None])
def test_what_is_no_safetensors_file(tmp_path, content):
    path = tmp_path / "cnn.safetensors"
    whole = resource("weights", "cnn.safetensors").read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(UserError, match="not a whole safetensors file"):
        load_weights(Cnn(), path, "")


def test_a_missing_file_says_how_to_make_it(tmp_path):
    with pytest.raises(
        UserError, match="no such weights file; make it with `nnvis3d train --model mlp --data DIR"
    ):
        load_network("mlp", tmp_path / "mine.safetensors")


def test_another_networks_weights(tmp_path):
    save_weights(Mlp(), tmp_path / "mlp.safetensors")
    with pytest.raises(UserError, match=r"conv1.weight: missing"):
        load_network("cnn", tmp_path / "mlp.safetensors")


def test_weights_without_a_record_have_no_fixed_scales(tmp_path):
    network = load_network("cnn", saved(tmp_path / "cnn.safetensors"))
    assert network.record == {}
    assert network.spec.by_name["conv1"].scale is None
    assert network.spec.accuracy == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"scales": {"conv1": -1}}', '{"accuracy": {"mnist_test": 98}}'])
def test_a_broken_record_is_named(tmp_path, text):
    path = saved(tmp_path / "cnn.safetensors")
    path.with_suffix(".json").write_text(text)
    with pytest.raises(UserError, match=r"cnn.json: not a record of a training run") as error:
        load_network("cnn", path)
    assert "\n" not in str(error.value)


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        write_atomically(tmp_path / "none" / "a.json", b"{}")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match="cannot be written"):
        write_atomically(tmp_path / "folder", b"{}")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_nan_on_the_command_line(tmp_path, capsys):
    path = saved(tmp_path / "cnn.safetensors", set_value("fc1.weight", float("nan")))
    strokes = str(resource("assets", "strokes.jsonl"))
    assert main(["evaluate", "--strokes", strokes, "--weights", str(path), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "fc1.weight: 1 of 48000 values are NaN or infinite; make it with `nnvis3d train --model cnn" in err


def test_the_record_that_ships_is_json():
    assert json.loads(resource("weights", "cnn.json").read_text())["model"] == "cnn"
