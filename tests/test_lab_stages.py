"""A deep network in the lab: stages and blocks that fold, in one view and in two that are compared."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from nnvis3d.app.app import App
from nnvis3d.app.lab import LabOpener
from nnvis3d.app.layout_again import stand_again
from nnvis3d.app.layout_now import layout_now
from nnvis3d.lab.build import build, plan_for
from nnvis3d.lab.session import LabSession
from nnvis3d.network.lab_commands import Freeze
from nnvis3d.network.lab_snapshot import InsertedLayer
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.network.spec_json import spec_from_json, spec_to_json
from nnvis3d.options import Options
from nnvis3d.scene.host import Host
from tests.test_lab_app import SIZE, Person, small_lab, trained

LABELS = tuple("0123456789")
LEAST = 50
"""Pixels of width that a stage takes at 1280x720, also where two networks are compared."""


def spec(model: str = "resnet20", *inserted: InsertedLayer) -> NetworkSpec:
    return build(replace(plan_for(model, 3, LABELS), inserted=inserted)).spec


def test_layers_stand_in_stages_and_blocks_and_are_called_so():
    network = spec()
    groups = {group.name: group for group in network.groups}
    assert [group.title for group in network.groups if not group.parent] == ["Stage 1", "Stage 2", "Stage 3"]
    block = groups[network.by_name["stage2.0.conv1"].group]
    assert (block.title, block.parent, block.kind) == ("Stage 2, block 1", "stage2", "BasicBlock")
    assert block.layers == ("stage2.0.conv1", "stage2.0.conv2", "stage2.0.shortcut.0", "stage2.0")
    titles = [network.by_name[name].title for name in block.layers]
    assert titles == [f"Stage 2, block 1, {rest}" for rest in ("conv 1", "conv 2", "shortcut", "sum")]
    assert not network.by_name["conv1"].group and network.by_name["conv1"].title == "Conv 1"
    assert not groups.keys() & network.by_name.keys()
    assert all(len(group.layers) > 1 for group in network.groups)
    assert spec_from_json(spec_to_json(network), "here") == network


def test_an_added_layer_is_in_the_block_of_the_one_that_it_reads():
    after = InsertedLayer("added1", "stage1.1.conv1"), InsertedLayer("added2", "added1")
    network = spec("resnet20", *after, InsertedLayer("added3", "conv1"))
    block = {group.name: group for group in network.groups}[network.by_name["stage1.1.conv1"].group]
    assert block.layers == ("stage1.1.conv1", "added1", "added2", "stage1.1.conv2", "stage1.1")
    assert network.by_name["added2"].group == block.name and not network.by_name["added3"].group


@pytest.mark.parametrize("model", ["cnn", "mlp", "cifar3"])
def test_small_networks_have_none(model):
    network = spec(model)
    assert not network.groups and not any(layer.group for layer in network.layers)


@pytest.fixture(scope="module")
def opened() -> Iterator[Person]:
    lab = LabOpener(lambda: LabSession(small_lab("resnet20"), snapshot_seconds=0.02).open())
    app = App(Host(SIZE, offscreen=True), Options(model="resnet20", size=SIZE), lab=lab)
    person = Person(app)
    person.until(lambda: person.snapshot is not None and app.frame is not None)
    yield person
    app.close()


@pytest.fixture
def person(opened) -> Person:
    """Before a network that is folded as in its first view."""
    opened.invoke("select", None)
    opened.invoke("fold_groups")
    still(opened)
    return opened


def still(person: Person) -> None:
    show = person.app.show
    person.until(lambda: not show.arrangement.moving and show.camera.goal == show.camera.pose)


def widths(person: Person) -> dict[str, float]:
    """By layer that is seen, pixels."""
    show = person.app.show
    seen = {name: layer for name, layer in show.arrangement.layout.layers.items() if layer.presence == 1}
    corners = {name: show.rig.project(layer.corners()[:4])[0][:, 0] for name, layer in seen.items()}
    return {name: float(x.max() - x.min()) for name, x in corners.items()}


def titles(person: Person) -> dict[str, tuple[str, ...]]:
    return {label.key: label.lines for label in person.app.panels._labels(person.app.frame)}


def test_the_first_view_has_its_stages_folded_and_named(person):
    found = titles(person)
    assert [found[f"group/stage{k}"][0] for k in (1, 2, 3)] == ["Stage 1", "Stage 2", "Stage 3"]
    assert min(width for name, width in widths(person).items() if name != "pool") > LEAST


def test_blocks_stay_open_while_the_network_changes_and_what_was_added_is_seen(person):
    app = person.app
    person.invoke("fold_layer", "stage2")
    open_now = app.show.arrangement.folds
    assert "stage2" not in open_now and "stage1" in open_now
    filters = app.frame.spec.by_name["conv1"].shape[0]
    person.invoke("lab_add", "conv1")
    person.until(lambda: app.frame is not None and app.frame.spec.by_name["conv1"].shape[0] == filters + 1)
    assert app.show.arrangement.folds == open_now
    person.invoke("lab_add_layer", "stage3.1.conv1")
    person.until(lambda: app.frame is not None and "added1" in app.frame.spec.by_name)
    still(person)
    assert app.show.arrangement.layout.layers["added1"].presence == 1
    assert "stage1" in app.show.arrangement.folds
    for _ in range(2):
        person.invoke("lab_undo")
    person.until(
        lambda: (
            app.frame is not None
            and "added1" not in app.frame.spec.by_name
            and app.frame.spec.by_name["conv1"].shape[0] == filters
        )
    )


def test_marks_are_on_what_is_seen_and_a_chosen_filter_comes_into_view(person):
    app, layer = person.app, "stage2.1.conv1"
    person.invoke("lab_tab", "train")
    drawn = lambda: app.lab._marks.path.get_instance_count()  # noqa: E731
    before = drawn()
    app.lab.send(Freeze(layer, (1, 2)))
    person.until(lambda: person.snapshot.frozen.filters.get(layer) == (1, 2))
    for _ in range(3):
        app.tick(0.05, draw=False)
    assert drawn() == before
    person.invoke("lab_choose", (layer, 3))
    person.until(lambda: app.show.arrangement.layout.layers[layer].presence == 1)
    still(person)
    assert drawn() > before
    neuron = NeuronId(layer, 3, 4, 4)
    x, y = app.show.rig.project(app.show.arrangement.layout.position(neuron)[None])[0][0].tolist()
    assert app.show.pointing.pick(x, y).neuron.layer == layer
    person.invoke("lab_undo")


def test_a_window_that_stands_again_has_its_blocks_folded_as_they_were(person):
    app, layer = person.app, "stage2.1.conv1"
    person.invoke("select", NeuronId("stage3.1.conv1", 2, 3, 3))
    person.until(lambda: app.lab.desk.layer == "stage3.1.conv1")
    person.invoke("lab_choose", (layer, 3))
    person.until(lambda: app.show.arrangement.layout.layers[layer].presence == 1)
    person.invoke("fold_groups")
    folds, kept = app.show.arrangement.folds, layout_now(app, app.lab, None, None)
    person.invoke("select", None)
    person.invoke("lab_choose", ("conv1", 0))
    person.invoke("unfold_all")
    still(person)
    stand_again(app, app.lab, person.snapshot, kept, (), True)
    still(person)
    assert app.show.arrangement.folds == folds
    assert (app.lab.desk.layer, app.lab.desk.filter) == (layer, 3)
    assert app.asking.tool.selected == NeuronId("stage3.1.conv1", 2, 3, 3)


def test_two_are_compared_stage_under_stage_and_what_only_one_has_leaves_a_gap(person):
    app = person.app
    trained(person, 1)
    person.invoke("lab_branch", None)
    person.until(lambda: person.snapshot.branch == "branch 2")
    person.invoke("lab_add_layer", "conv1")
    person.until(lambda: app.frame is not None and "added1" in app.frame.spec.by_name)
    person.invoke("lab_add_layer", "stage1.0.conv1")
    person.until(lambda: app.frame is not None and "added2" in app.frame.spec.by_name)
    person.invoke("fold_groups")
    person.invoke("lab_compare", "main")
    person.until(lambda: app.show.beside is not None and app.lab.comparison.frame is not None)
    for folds in ((), ("stage2",), ("stage1", "stage3")):
        for group in folds:
            person.invoke("fold_layer", group)
        still(person)
        person.until(lambda: not app.show.beside.arrangement.moving)
        first, upper = app.show.arrangement.layout, app.show.beside.layout(app.show.arrangement)
        seen = [name for name, layer in upper.layers.items() if layer.presence == 1 and name in first.layers]
        assert len(seen) > 5 and "added1" not in upper.layers
        for name in seen:
            a, b = upper.layers[name], first.layers[name]
            assert a.placement.position[0] == pytest.approx(b.placement.position[0], abs=1e-6), name
            assert np.allclose(a.extent, b.extent)
        if not folds:
            wide = widths(person)
            assert min(wide[name] for name in ("conv1", "added1", "stage1.2", "stage2.2")) > LEAST
            found = titles(person)
            assert [found[f"over/group/stage{k}"] for k in (1, 2, 3)] == [
                ("Stage 1", "9 layers"),
                ("Stage 2", "10 layers"),
                ("Stage 3", "10 layers"),
            ]
            assert found["layer/added1"] == ("Added 1",) and found["group/stage1"] == ("10 layers",)
            assert "group/stage2" not in found
