"""The network that sees pictures: as the paper has it, as its record says, as good as it should be."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from nnvis3d.cli import main
from nnvis3d.errors import UserError
from nnvis3d.inputs.samples import sample_pictures
from nnvis3d.network import catalog
from nnvis3d.network.spec_json import spec_to_json
from nnvis3d.resources import resource
from nnvis3d.runtime.evaluation import evaluate, picture_images
from nnvis3d.runtime.registry import LoadedNetwork, builtin, load_network
from nnvis3d.runtime.tracing.runner import TracedRunner


@pytest.fixture(scope="module")
def network() -> LoadedNetwork:
    return load_network("resnet20")


def test_it_has_the_papers_layers(network):
    """He et al. 2016, section 4.2: 6n + 2 layers with weights, n = 3, and two projections."""
    modules = list(network.module.modules())
    convolutions = [m for m in modules if isinstance(m, nn.Conv2d)]
    assert sum(m.kernel_size == (3, 3) for m in convolutions) == 19
    assert sum(m.kernel_size == (1, 1) for m in convolutions) == 2
    assert sum(isinstance(m, nn.Linear) for m in modules) == 1
    shapes = [network.spec.by_name[f"stage{k}.2.relu2"].shape for k in (1, 2, 3)]
    assert shapes == [(16, 32, 32), (32, 16, 16), (64, 8, 8)]
    assert network.spec.parameters == 272_474 and network.spec.labels == catalog.THINGS


def test_the_record_holds_what_tracing_finds(network):
    found = spec_to_json(builtin("resnet20").trace(network.module).spec)
    known = spec_to_json(catalog.network_spec("resnet20"))
    for layer in (*found["layers"], *known["layers"]):
        assert layer["name"] == "input" or layer.pop("scale") is None or layer["name"] in network.spec.by_name
        layer.pop("scale", None)
    known.pop("accuracy"), found.pop("accuracy")
    assert json.loads(json.dumps(known)) == json.loads(json.dumps(found))
    assert all(layer.scale > 0 for layer in network.spec.layers)


def test_every_layer_answers_and_the_residual_is_a_sum(network):
    frame = TracedRunner(network.trace).run(sample_pictures().images[7].transpose(2, 0, 1) / np.float32(255))
    change, kept = frame.layer("stage1.1.norm2"), frame.layer("stage1.0.relu2")
    np.testing.assert_allclose(frame.layer("stage1.1.add"), change + kept, atol=1e-5)
    assert network.spec.by_name["stage1.1.add"].sources == ("stage1.1.norm2", "stage1.0.relu2")
    assert {group.title for group in network.spec.groups} >= {"Stage 1", "Stage 3, block 2"}


def test_it_knows_the_pictures_that_ship(network):
    pictures = sample_pictures()
    images = picture_images(pictures.images, network.spec.preprocessing.shape)
    assert evaluate(network.spec, network.module, images, pictures.labels.tolist()).accuracy >= 0.85


def test_evaluate_reads_an_npz_and_says_what_the_design_asks_for(capsys):
    pictures = str(resource("assets", "pictures.npz"))
    assert main(["evaluate", "--model", "resnet20", "--images", pictures, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model"] == "resnet20" and found["count"] == 20
    assert list(found["per_class"]) == list(catalog.THINGS)
    assert np.trace(found["confusion"]) / 20 == found["accuracy"]


def test_the_record_says_how_it_was_made(network):
    record = network.record
    assert record["accuracy"]["cifar10_test"] >= 0.88
    assert record["command"].startswith("nnvis3d train --model resnet20 --data datasets --epochs ")
    assert record["data"] == {"cifar10_train": 50_000}


def test_a_record_without_the_network_is_said(tmp_path, network):
    weights = tmp_path / "mine.safetensors"
    weights.write_bytes(resource("weights", "resnet20.safetensors").read_bytes())
    with pytest.raises(UserError, match=r"resnet20\.json"):
        load_network("resnet20", weights)
    record = dict(network.record)
    record["network"] = {**record["network"], "layers": record["network"]["layers"][:-1]}
    weights.with_suffix(".json").write_text(json.dumps(record))
    with pytest.raises(UserError):
        load_network("resnet20", weights)


def test_batches_of_different_sizes_get_the_same_answers(network):
    images = torch.rand(3, 3, 32, 32)
    together = network.module(images)
    torch.testing.assert_close(together[1:2], network.module(images[1:2]), atol=1e-4, rtol=1e-4)
