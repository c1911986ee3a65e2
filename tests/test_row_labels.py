"""What stands written at the layers and blocks of a long network."""

from dataclasses import replace

import numpy as np
import pytest

from nnvis3d.network import wording
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.layout import arrange
from nnvis3d.network.poses import project
from nnvis3d.tools.row_labels import asked_by, row_labels
from tests.large_networks import resnet20

SIZE = (1280, 720)


LONG = "Batch normalisation 1"


def labels(folds, closer: float = 1.0, hidden=(), network=None):
    network = network or resnet20()
    layout = arrange(network, "2d", folds=folds)
    pose = home_pose(layout, 16 / 9, (0.01, 0.01, 0.1, 0.12))
    pose = type(pose)(pose.target, pose.distance / closer, pose.heading, pose.pitch, pose.fov)

    def shown(points: np.ndarray):
        pixels, depth = project(pose, points, SIZE)
        return pixels, (depth > 0) & (pixels >= 0).all(axis=1) & (pixels <= SIZE).all(axis=1)

    return {label.key: label for label in row_labels(network, layout, shown, hidden, 1.0)}


def test_a_folded_block_says_its_name_and_how_many_layers_it_has():
    found = labels(None)
    assert found["group/layer2"].lines == ("Stage 2", "21 layers")
    assert found["layer/conv1"].lines == ("Convolution", "16 × 32 × 32")


def test_open_blocks_are_named_and_narrow_layers_are_not():
    found = labels(())
    assert found["group/layer1/0"].lines == ("Stage 1",)
    assert "layer/layer1.0.conv1" not in found
    near = labels((), closer=6.0)
    assert any(key.startswith("layer/") for key in near)


def test_where_a_title_has_no_room_its_words_are_shorter_and_its_number_stays():
    network = resnet20()
    layers = [replace(spec, title=LONG) if spec.name == "bn1" else spec for spec in network.layers]
    named = replace(network, layers=tuple(layers))
    assert labels(None, network=named)["layer/bn1"].lines[0] == "Batch norm 1"
    assert labels(None, closer=0.85, network=named)["layer/bn1"].lines == ("Norm 1",)
    assert wording.shorter("ReLU6 3") == "ReLU6 3"


def test_a_number_is_no_line_of_its_own():
    assert wording.wrapped("Convolution 12", 12) == ["Conv. 12"]
    assert wording.wrapped("Convolution 12", 14) == ["Convolution 12"]
    assert wording.wrapped("Convolution 12", 6) == ["Convolution", "12"]


def test_hidden_layers_are_muted():
    assert labels(None, hidden={"conv1"})["layer/conv1"].role == "muted"


@pytest.mark.parametrize(
    ("key", "group"),
    [
        ("group/layer1", "layer1"),
        ("group/layer1.0/2", "layer1.0"),
        ("layer/conv1", None),
        ("pad", None),
        ("group/nothing", None),
    ],
)
def test_a_label_knows_its_block(key, group):
    assert asked_by(key, resnet20()) == group
