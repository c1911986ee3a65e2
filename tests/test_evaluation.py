"""`nnvis3d evaluate`: counting against an oracle, and the same pictures as the live pad's."""

import gzip
import json

import numpy as np
import pytest
import torch
from PIL import Image

from nnvis3d.cli import main
from nnvis3d.errors import UserError
from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.samples import sample_digits, sample_strokes
from nnvis3d.resources import resource
from nnvis3d.runtime.evaluation import evaluate, picture_images, stroke_images
from nnvis3d.runtime.registry import load_network
from tests.training_folder import make_training_folder

STROKES = str(resource("assets", "strokes.jsonl"))


class Brightness(torch.nn.Module):
    """Guesses class k for an image whose pixel (0, 0) is k tenths."""

    def forward(self, images):
        level = (images[:, 0, 0, 0] * 0.31 + 0.13) * 10
        return -(level[:, None] - torch.arange(10)).abs()


def level(k):
    return np.full((1, 32, 32), k / 10, np.float32)


def test_counts_by_hand():
    spec = load_network("cnn").spec
    result = evaluate(spec, Brightness(), [level(k) for k in (3, 3, 5, 3)], [3, 5, 5, 3])
    assert result.count == 4
    assert result.accuracy == 0.75
    assert result.per_class == {"3": 1.0, "5": 0.5}
    expected = np.zeros((10, 10), int)
    expected[3, 3], expected[5, 3], expected[5, 5] = 2, 1, 1  # rows true, columns guessed
    assert result.as_json()["confusion"] == expected.tolist()


def test_a_label_without_an_output():
    with pytest.raises(UserError, match="knows 10 classes, got label 12"):
        evaluate(load_network("cnn").spec, Brightness(), [level(1)], [12])


@pytest.mark.parametrize("normalize", [True, False])
def test_strokes_go_through_the_pads_own_code(normalize):
    items = sample_strokes()[:3]
    for item, image in zip(items, stroke_images(items, (1, 32, 32), normalize), strict=True):
        np.testing.assert_array_equal(image, reduce_drawing(item.drawing, (1, 32, 32), normalize).image)


def test_images_of_the_networks_own_size_go_straight_in():
    off_centre = np.zeros((28, 28), np.float32)
    off_centre[2:9, 3:5] = 0.6
    (image,) = picture_images([off_centre], (1, 32, 32))
    np.testing.assert_array_equal(image[0, 2:30, 2:30], off_centre)
    (larger,) = picture_images([np.kron(off_centre, np.ones((4, 4), np.float32))], (1, 32, 32))
    assert larger[0, 16, 16] > 0.5


@pytest.mark.parametrize("options", [[], ["--no-normalize"]])
def test_strokes_as_json(capsys, options):
    assert main(["evaluate", "--model", "mlp", "--strokes", STROKES, "--json", *options]) == 0
    out = json.loads(capsys.readouterr().out)
    assert set(out) == {"model", "count", "accuracy", "per_class", "confusion"}
    assert (out["model"], out["count"]) == ("mlp", 50)
    assert list(out["per_class"]) == list("0123456789")
    confusion = np.array(out["confusion"])
    assert confusion.sum(axis=1).tolist() == [5] * 10
    assert np.trace(confusion) / 50 == out["accuracy"] > 0.9


def test_a_table_for_people(capsys):
    assert main(["evaluate", "--strokes", STROKES]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("cnn: ")
    assert "true \\ guess" in lines[2]
    assert len(lines) == 13


def test_idx_and_folder_agree(tmp_path, capsys):
    make_training_folder(tmp_path)
    for number, digit in enumerate(sample_digits()[120:]):
        folder = tmp_path / "pictures" / str(digit.label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(digit.pixels).save(folder / f"{number}.png")
    found = []
    for path in (tmp_path / "mnist" / "t10k-images-idx3-ubyte", tmp_path / "pictures"):
        assert main(["evaluate", "--images", str(path), "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1]
    assert found[0]["count"] == 40


def test_broken_input_is_one_line(tmp_path, capsys):
    good = resource("assets", "strokes.jsonl").read_bytes()
    (tmp_path / "bad.jsonl").write_bytes(good + b'{"label": 3, "strokes": [[["x", 1]]]}\n')
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(good)[:2000])
    (tmp_path / "no-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03\0\0")
    for option, name, message in (
        ("--strokes", "bad.jsonl", "bad.jsonl, line 51: not a drawing"),
        ("--strokes", "cut.jsonl.gz", "cut.jsonl.gz: damaged or cut short"),
        ("--strokes", "none.jsonl", "none.jsonl: no such file"),
        ("--images", "no-images-idx3-ubyte", "cut short inside its header"),
        ("--images", "none", "no such file"),
        ("--images", "", "one subfolder for each class"),
    ):
        assert main(["evaluate", option, str(tmp_path / name), "--json"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("nnvis3d: ")
        assert err.count("\n") == 1
        assert message in err
