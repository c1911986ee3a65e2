"""The training loop on a few digits: it learns, and the same seed gives the same bytes."""

import json

import pytest
import torch
from safetensors.torch import load_file

from nnvis3d.cli import main
from nnvis3d.errors import UserError
from nnvis3d.network.spec import Preprocessing
from nnvis3d.runtime.models import Mlp
from nnvis3d.runtime.registry import load_network
from nnvis3d.runtime.trainer import TrainingOptions, mixed_batch, prepared, train
from nnvis3d.runtime.training_data import load_training_data
from tests.training_folder import make_training_folder

PLAIN = Preprocessing((1, 28, 28))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_training_folder(tmp_path_factory.mktemp("datasets"))


@pytest.fixture(scope="module")
def data(folder):
    return load_training_data(folder, seed=1, held_out_writers=(5,), variants=2)


def test_what_is_read(data):
    assert {source.name: len(source.labels) for source in data.sources} == {
        "mnist": 120,
        "small": 120,
        "pen": 30,
        "raw": 30,
    }
    assert len(data.held_out) == 20
    assert {item.writer for item in data.held_out} == {5}
    assert data.test_images[0].shape == (40, 28, 28)


def test_mnist_alone_will_do_and_may_lie_directly_in_the_folder(folder):
    data = load_training_data(folder / "mnist", seed=1)
    assert [source.name for source in data.sources] == ["mnist", "small"]
    assert data.held_out == data.held_out_writers == ()


def test_no_mnist_is_named(tmp_path):
    with pytest.raises(UserError, match=r"no train-images-idx3-ubyte\[.gz\] in it or in mnist/"):
        load_training_data(tmp_path, seed=1)


def test_a_batch_holds_every_source_by_its_share(data):
    images, labels = mixed_batch(data.sources, 100, torch.Generator().manual_seed(1))
    assert images.shape == (100, 1, 28, 28)
    assert labels.shape == (100,)
    assert images.min() >= 0
    assert images.max() <= 1


def test_prepared_puts_the_image_into_the_middle_and_scales_it():
    ready = prepared(torch.ones(1, 1, 28, 28), Preprocessing((1, 32, 32), (0.5,), (0.25,)))
    assert ready.shape == (1, 1, 32, 32)
    assert ready[0, 0, 1, 16] == -2
    assert ready[0, 0, 2:30, 2:30].unique() == 2


def test_it_learns(data):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    losses = []
    options = TrainingOptions(epochs=2, steps=60, batch=64)
    train(Mlp(), PLAIN, data.sources, options, lambda epoch, loss, averaged: losses.append(loss))
    assert losses[1] < 0.75 * losses[0]


def trained(folder, output, seed):
    options = f"--epochs 1 --steps 4 --hold-out 5 --seed {seed}".split()
    return ["train", "--model", "mlp", "--data", str(folder), *options, "--output", str(output)]


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path, capsys):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert main(trained(folder, tmp_path / f"{name}.safetensors", seed)) == 0
    a, b, c = ((tmp_path / f"{name}.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c
    out, err = capsys.readouterr()
    assert "wrote" in out
    assert "train mlp" in err


def test_the_record_beside_the_weights(folder, tmp_path, capsys):
    path = tmp_path / "mine.safetensors"
    assert main([*trained(folder, path, 7), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    record = json.loads(path.with_suffix(".json").read_text())
    assert printed == record
    assert set(record["accuracy"]) == {"mnist_test", "strokes", "strokes_as_drawn"}
    assert set(record["scales"]) == {"fc1", "fc2", "output"}
    assert (record["seed"], record["epochs"], record["held_out_writers"]) == (7, 1, [5])
    assert record["data"] == {"mnist": 120, "small": 120, "pen": 30, "raw": 30}
    # No path of the machine that trained.
    assert record["command"] == (
        f"nnvis3d train --model mlp --data {folder.name} --epochs 1 --seed 7 --steps 4 --hold-out 5"
        " --output mine.safetensors"
    )
    network = load_network("mlp", path)
    assert network.spec.by_name["fc1"].scale == record["scales"]["fc1"]
    assert set(load_file(path)) == set(network.module.state_dict())
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["mine.json", "mine.safetensors"]


def test_the_shipped_digits_are_enough_to_train(tmp_path, capsys):
    path = tmp_path / "mine.safetensors"
    options = ["--epochs", "1", "--steps", "2", "--json", "--data", "shipped", "--output"]
    assert main(["train", "--model", "cnn", *options, str(path)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["data"] == {"mnist": 5000, "small": 5000}
    assert record["command"].endswith(
        "--data shipped --epochs 1 --seed 1 --steps 2 --output mine.safetensors"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--model resnet --output x.safetensors", "--model resnet: no such network"),
        ("--output x.pt", "--output x.pt: expected a name that ends in .safetensors"),
        ("--output none/x.safetensors", "no folder none; make it first"),
        ("--epochs 0 --output x.safetensors", "expected at least 1, got 0"),
        ("--epochs x --output x.safetensors", "invalid"),
        ("--hold-out a --output x.safetensors", "invalid"),
        ("--output x.safetensors", "no train-images-idx3-ubyte"),
    ],
)
def test_bad_options_are_one_line(tmp_path, monkeypatch, capsys, options, message):
    monkeypatch.chdir(tmp_path)
    try:
        status = main(["train", "--data", ".", *options.split()])
    except SystemExit as exit:  # argparse's own way
        status = exit.code
    assert status == 2
    out, err = capsys.readouterr()
    lines = [line for line in err.splitlines() if line.startswith("nnvis3d")]
    assert out == ""
    assert len(lines) == 1
    assert message in lines[0]
