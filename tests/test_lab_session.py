"""The lab on its thread, and `nnvis3d lab --headless`."""

import json
import struct
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import TensorDataset

from nnvis3d.cli import main
from nnvis3d.lab.mirror import Mirror
from nnvis3d.lab.open_lab import module_lab, open_lab
from nnvis3d.lab.session import LabSession
from nnvis3d.network import lab_commands as commands
from tests.lab_parts import CLASSES, SHAPE, Chain, base, lab


def until(session, true, seconds=60):
    """The first snapshot of which `true` holds."""
    for _ in range(int(seconds / 0.05)):
        snapshot = session.latest()
        if snapshot is not None and true(snapshot):
            return snapshot
        session.wait(0.05)
        assert session.failure is None
    raise AssertionError("it never came")


@pytest.fixture
def session():
    running = LabSession(lab()).open()
    yield running
    running.close()


def test_commands_go_in_and_snapshots_come_out(session):
    first = until(session, lambda s: True)
    assert (first.step, first.running, first.data) == (0, False, "60 stripes")
    assert first.shown.activations.shape == (first.shown.spec.neurons,)
    session.send(commands.Start(30))
    done = until(session, lambda s: s.step == 30 and not s.running)
    assert done.actions[-1].title == "trained 30 steps"
    assert done.actions[-1].loss_after < done.actions[-1].loss_before
    assert done.numbers.accuracy > 0.5
    assert 0 <= done.numbers.validation_accuracy <= 1  # of the last epoch that could afford it
    assert done.numbers.examples_per_s > 0
    assert done.shown.serial != first.shown.serial
    assert done.shown.structure == first.shown.structure
    session.send(commands.AddFilter("conv1"))
    grown = until(session, lambda s: s.shown.structure != first.shown.structure)
    assert grown.shown.spec.by_name["conv1"].shape == (5, 8, 8)
    session.send(commands.Undo())
    assert until(session, lambda s: s.can_redo).shown.structure == first.shown.structure
    session.send(commands.AddFilter("nothing"))
    assert "no layer" in until(session, lambda s: s.message).message


def test_the_activations_are_those_of_the_weights(session):
    image = np.random.default_rng(1).random(SHAPE, np.float32)
    session.send(commands.Start(20))
    session.send(commands.SetProbe(image))
    shown = until(session, lambda s: s.step == 20 and not s.running).shown
    module = Chain()
    module.load_state_dict({name: torch.from_numpy(value) for name, value in shown.weights.items()})
    with torch.no_grad():
        answers = module.eval()((torch.from_numpy(image)[None] - 0.5) / 0.25)
    np.testing.assert_allclose(shown.activations[-3:], answers[0].numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(shown.activations[: image.size], image.ravel())


def test_any_module_and_any_dataset():
    pixels, classes = torch.rand(40, *SHAPE), torch.arange(40) % 3
    module = Chain()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    dataset = TensorDataset(pixels, classes)
    made = module_lab(module, dataset, dataset, CLASSES, SHAPE)
    for _ in range(3):
        made.train_step()
    assert [layer.name for layer in made.trainer.network.layers][:2] == ["conv1", "pool1"]
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


class Looping(torch.nn.Module):
    """Cannot be traced: what it does depends on the numbers."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 4, 3)
        self.output = torch.nn.Linear(4, 3)

    def forward(self, images):
        x = torch.relu(self.conv1(images)).mean((2, 3))
        return self.output(x * 2 if x.sum() > 1 else x)


def test_a_module_that_cannot_be_traced_is_trained_but_not_added_to():
    pixels, classes = torch.rand(40, *SHAPE), torch.arange(40) % 3
    dataset = TensorDataset(pixels, classes)
    session = LabSession(module_lab(Looping(), dataset, dataset, CLASSES, SHAPE)).open()
    session.send(commands.Start(3))
    assert until(session, lambda s: s.step == 3).shown.spec.layers[1].name == "conv1"
    session.send(commands.AddFilter("conv1"))
    assert "cannot be traced" in until(session, lambda s: s.message).message
    session.close()


def run(capsys, *arguments):
    status = main(["lab", "--headless", *map(str, arguments)])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize("model", ["cnn", "mlp"])
def test_headless(capsys, model):
    status, out, _ = run(capsys, "--model", model, "--steps", 4, "--batch", 8, "--json")
    report = json.loads(out)
    assert status == 0
    assert (report["steps"], report["examples"], report["data"]) == (4, 32, "5,000 digits")
    assert 0 <= report["validation_accuracy"] <= 1


def test_headless_a_loss_that_is_no_number_ends_it_with_a_sentence(capsys, tmp_path):
    kept = tmp_path / "my.lab"
    given = ("--model", "mlp", "--steps", 200, "--rate", 100, "--json", "--save", kept)
    status, out, err = run(capsys, *given)
    report = json.loads(out)
    assert status == 1
    assert "the loss is not a number; training paused, back at step 0" in err
    assert (report["steps"], report["examples"]) == (0, 0)
    status, out, _ = run(capsys, "--open", kept, "--steps", 2, "--json")  # what was kept is whole
    assert json.loads(out)["steps"] in (0, 2)


def test_the_digits_are_balanced():
    data = open_lab("mlp", "digits").data
    assert torch.bincount(data.train.labels).tolist() == [400] * 10
    assert torch.bincount(data.validation.labels).tolist() == [100] * 10


def folder_of(tmp_path, colours):
    rng = np.random.default_rng(1)
    for name in ("cat", "dog", "emu"):
        (tmp_path / name).mkdir()
        for k in range(6):
            size = (20, 24) if colours == 1 else (20, 24, 3)
            pixels = rng.integers(0, 255, size, dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{k}.png")
    return tmp_path


def test_a_folder_of_images_by_class_with_a_broken_one(capsys, tmp_path):
    folder = folder_of(tmp_path, 3)
    (folder / "dog" / "broken.png").write_bytes((folder / "dog" / "1.png").read_bytes()[:60])
    (folder / "cat" / "note.txt").write_text("no image")
    status, out, err = run(
        capsys, "--model", "cifar3", "--data", folder, "--steps", 2, "--batch", 4, "--json"
    )
    assert status == 0
    assert json.loads(out)["data"] == "18 images of 3 classes"
    assert "broken.png: cannot be read as an image" in err
    assert "note.txt: cannot be read as an image" in err
    made = open_lab("cnn", str(folder))
    assert made.trainer.network.spec.input.shape == (3, 32, 32)
    assert made.trainer.network.spec.output.shape == (3,)
    assert made.data.labels == ("cat", "dog", "emu")
    assert len(made.data.skipped) == 2


def test_cifar(tmp_path):
    import io

    rng = np.random.default_rng(1)
    for name, count in (("train", 8), ("test", 4)):
        files = []
        for _ in range(count):
            stream = io.BytesIO()
            Image.fromarray(rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)).save(stream, "JPEG")
            files.append(np.frombuffer(stream.getvalue(), np.uint8))
        offsets = np.cumsum([0, *(len(file) for file in files)])
        labels = (np.arange(count) % 2).astype(np.uint8)
        content = {"jpeg": np.concatenate(files), "offsets": offsets, "labels": labels}
        np.savez(tmp_path / f"{name}.npz", classes=np.array(["car", "ship"]), **content)
    made = open_lab("cifar3", str(tmp_path))
    assert made.data.train.images.shape == (8, 3, 32, 32)
    assert len(made.data.validation) == 4
    made.train_step()
    (tmp_path / "train.npz").write_bytes((tmp_path / "train.npz").read_bytes()[:200])
    assert main(["lab", "--headless", "--model", "cifar3", "--data", str(tmp_path)]) == 2


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def test_mnist_files(tmp_path):
    rng = np.random.default_rng(1)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(
        idx(rng.integers(0, 255, (50, 28, 28), dtype=np.uint8))
    )
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx((np.arange(50) % 10).astype(np.uint8)))
    data = open_lab("cnn", str(tmp_path)).data
    assert (len(data.train), len(data.validation)) == (40, 10)
    assert data.train.batch(torch.tensor([0])).shape == (1, 1, 32, 32)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--data none", "--data none: there is no such file or folder"),
        ("--data .", "a subfolder of images for each of at least two classes"),
        ("--model vgg", "--model vgg: the lab has no such network; choose one of cnn, mlp"),
        ("--batch 100000", "batch size: expected 1 to 4000"),
        ("--rate -1", "learning rate: expected"),
    ],
)
def test_bad_options_are_one_line(tmp_path, monkeypatch, capsys, options, message):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capsys, *options.split())
    assert status == 2
    assert out == ""
    assert err.count("\n") == 1
    assert message in err


def test_an_earlier_step_is_as_bright_as_it_was_then(session):
    first = until(session, lambda s: True).shown
    louder = {
        name: 8 * value if value.dtype == np.float32 else value for name, value in first.weights.items()
    }
    later = replace(first, step=10, serial=first.serial + 1, weights=louder)
    mirror, fresh = Mirror(first, base), Mirror(first, base)
    expected = fresh.runner.run(first.image)
    mirror.follow(later)
    assert mirror.runner.run(first.image).scales[1] > 2 * expected.scales[1]
    mirror.follow(replace(first, serial=first.serial + 2))
    again = mirror.runner.run(first.image)
    assert np.array_equal(again.scales, expected.scales) and np.array_equal(again.texels, expected.texels)
