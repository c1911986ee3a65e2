"""The layers panel of a network with blocks: a tree."""

from nnvis3d.network.grouping import first_folds
from nnvis3d.tools.hud_presenter import layer_rows
from tests.large_networks import resnet20
from tests.networks import cnn


def test_folded_blocks_are_one_line_and_open_ones_stand_before_what_is_in_them():
    spec = resnet20()
    rows = layer_rows(spec, {"bn1"}, folds=first_folds(spec))
    assert [row.name for row in rows] == [
        "input", "conv1", "bn1", "relu", "layer1", "layer2", "layer3", "avgpool", "fc",
    ]  # fmt: skip
    assert [row.block for row in rows] == [False] * 4 + [True] * 3 + [False] * 2
    assert not rows[2].visible and rows[4].shape == "21 layers" and rows[4].style == "fold"
    opened = layer_rows(spec, (), folds={"layer2", "layer3", "layer1.1"})
    at = [row.name for row in opened].index("layer1")
    assert [(row.name, row.depth) for row in opened[at : at + 4]] == [
        ("layer1", 0), ("layer1.0", 1), ("layer1.0.conv1", 2), ("layer1.0.bn1", 2),
    ]  # fmt: skip
    assert "layer1.1" in {row.name for row in opened}
    assert "layer1.1.conv1" not in {row.name for row in opened}


def test_a_block_is_hidden_when_all_of_it_is():
    spec = resnet20()
    inside = {name for name in spec.by_name if name.startswith("layer2.")}
    rows = {row.name: row for row in layer_rows(spec, inside)}
    assert not rows["layer2"].visible and not rows["layer2.1"].visible and rows["layer1"].visible
    rows = {row.name: row for row in layer_rows(spec, inside - {"layer2.0.bn1"})}
    assert rows["layer2"].visible and not rows["layer2.1"].visible


def test_without_blocks_it_is_a_list():
    assert [row.name for row in layer_rows(cnn(), ())] == list(cnn().by_name)
