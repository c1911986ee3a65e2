"""A lab is saved whole and read back bit for bit; what goes wrong is a sentence, the save before is whole."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from nnvis3d.errors import UserError
from nnvis3d.lab import sources
from nnvis3d.lab.keeper import SECONDS
from nnvis3d.lab.obey import obey
from nnvis3d.lab.open_lab import open_lab
from nnvis3d.lab.restore import load_lab
from nnvis3d.lab.snapshots import Snapshots
from nnvis3d.network import lab_commands as commands
from tests.lab_parts import same


@pytest.fixture(scope="module", autouse=True)
def few_digits():
    """The tests need no 5,000 digits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "_PER_CLASS", 4)
        read = sources.read_labelled
        patch.setattr(sources, "read_labelled", lambda path: tuple(part[::100] for part in read(path)))
        yield


def small():
    torch.set_num_threads(1)
    return open_lab("cnn", "digits", batch_size=8)


def run(made, count):
    obey(made, commands.Start(count))
    while made.running:
        made.train_step()


@pytest.fixture
def trained(tmp_path):
    made = small()
    run(made, 10)
    obey(made, commands.AddFilter("conv1", 2))
    obey(made, commands.AddLayer("pool2"))
    obey(made, commands.Freeze("conv2", (1, 3)))
    run(made, 8)
    obey(made, commands.Branch("other", 8))
    obey(made, commands.SetOptimizer("adam"))
    run(made, 5)
    obey(made, commands.ShowEmbeddings((("conv1", commands.KINDS[1]),)))
    made.embeddings.step_seconds = 0.0
    for _ in range(3):
        made.work()
    obey(made, commands.Save(str(tmp_path / "my.lab"), '{"camera": 1}'))
    assert made.message == f"saved in {tmp_path / 'my.lab'}"
    return made, tmp_path / "my.lab"


def test_everything_comes_back(trained):
    made, folder = trained
    again = load_lab(folder)
    assert same(again.trainer.state(), made.trainer.state())
    assert again.layout == '{"camera": 1}'
    before, after = Snapshots(made).take(), Snapshots(again).take()
    assert after.branches == before.branches
    assert after.branch == "other"
    for name, curve in before.curves.items():
        for column in ("step", "loss", "accuracy", "validation_step", "validation_loss"):
            np.testing.assert_allclose(getattr(after.curves[name], column), getattr(curve, column), rtol=1e-5)
    assert [a.title for a in after.actions] == [a.title for a in before.actions]
    assert (after.history.steps == before.history.steps).all()
    assert again.embeddings.items == made.embeddings.items
    assert [(one.layer, one.kind) for one in after.embeddings] == [("conv1", commands.KINDS[1])]
    obey(made, commands.SwitchBranch("main"))
    obey(again, commands.SwitchBranch("main"))
    assert same(again.trainer.state(), made.trainer.state())
    for _ in range(4):
        obey(made, commands.Undo())
        obey(again, commands.Undo())
        assert same(again.trainer.state(), made.trainer.state())
    run(made, 3)
    run(again, 3)
    assert same(again.trainer.state(), made.trainer.state())


def test_a_second_save_writes_only_what_is_new(trained):
    made, folder = trained
    first = {path: path.stat().st_mtime_ns for path in (folder / "states").iterdir()}
    run(made, 2)
    obey(made, commands.Save(str(folder)))
    now = {path: path.stat().st_mtime_ns for path in (folder / "states").iterdir()}
    assert sum(path in first and first[path] == when for path, when in now.items()) >= len(now) - 4
    assert load_lab(folder).trainer.step == made.trainer.step
    assert not list(folder.rglob("*.part"))


def test_it_saves_itself_when_it_is_time(trained):
    made, folder = trained
    made.clock = lambda: now
    now = made.keeper._tried_at + SECONDS - 1
    run(made, 1)
    made.keeper.work()
    assert load_lab(folder).trainer.step == made.trainer.step - 1
    now += 2
    made.keeper.work()
    assert load_lab(folder).trainer.step == made.trainer.step


def test_an_open_comparison_stands_again(trained):
    made, folder = trained
    assert load_lab(folder).compared is None
    made.clock = lambda: now
    now = made.keeper._tried_at + SECONDS + 1
    obey(made, commands.CompareBranch("main"))
    made.keeper.work()  # nothing else has changed
    again = load_lab(folder)
    before, after = Snapshots(made).take().compared, Snapshots(again).take().compared
    assert (after.branch, after.step, after.spec) == ("main", before.step, before.spec)
    assert after.weights.keys() == before.weights.keys()
    assert all(np.array_equal(after.weights[name], before.weights[name]) for name in before.weights)
    obey(again, commands.CompareBranch(None))
    obey(again, commands.Save(str(folder)))
    assert load_lab(folder).compared is None


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda f: (f / "lab.json").unlink(), "no saved lab there"),
        (lambda f: (f / "lab.json").write_text("{"), "not a saved lab"),
        (lambda f: (f / "lab.json").write_text("[1]"), "not a saved lab"),
        (lambda f: (f / "lab.json").write_text("{" * 100000), "not a saved lab"),
        (
            lambda f: [p.write_bytes(p.read_bytes()[:99]) for p in (f / "states").iterdir()],
            "not a whole safetensors",
        ),
        (lambda f: [p.unlink() for p in (f / "states").iterdir()], "no such weights file"),
        (
            lambda f: (f / "lab.json").write_text(
                (f / "lab.json").read_text().replace('"compared":""', '"compared":"nobody"')
            ),
            "not a whole lab .'nobody'",
        ),
        (
            lambda f: (f / "lab.json").write_text(
                (f / "lab.json").read_text().replace('"file":"', '"file":"../')
            ),
            "outside of itself",
        ),
        (
            lambda f: (f / "lab.json").write_text(
                (f / "lab.json").read_text().replace('"version":1', '"version":9')
            ),
            "another version",
        ),
        (
            lambda f: (f / "lab.json").write_text(
                (f / "lab.json").read_text().replace('"data":"digits"', '"data":"/nowhere"')
            ),
            "/nowhere: no such folder",
        ),
        (
            lambda f: (f / "lab.json").write_text(
                (f / "lab.json").read_text().replace('"current":"other"', '"current":"x"')
            ),
            "not a whole lab",
        ),
    ],
)
def test_a_damaged_lab_is_one_sentence(trained, damage, sentence):
    _, folder = trained
    damage(folder)
    with pytest.raises(UserError, match=sentence) as caught:
        load_lab(folder)
    assert "\n" not in str(caught.value)


def states_of(folder):
    return json.loads((folder / "lab.json").read_text())["lines"]


def test_a_damaged_state_of_the_past_is_left_out_and_said(trained):
    _, folder = trained
    other = next(line for line in states_of(folder) if line["name"] == "other")
    victim = folder / "states" / other["history"][0]["file"]
    victim.write_bytes(victim.read_bytes()[:99])
    again = load_lab(folder)
    assert f"left out as damaged; {victim}: not a whole safetensors file" in again.message
    assert "\n" not in again.message
    assert other["history"][0]["step"] not in again.line.history.kept
    assert again.trainer.step == other["state"]["step"]


@pytest.mark.parametrize("damage", ["cut", "nan"])
def test_where_the_newest_state_is_damaged_it_goes_on_from_the_one_before(trained, damage):
    made, folder = trained
    run(made, 4)
    obey(made, commands.Save(str(folder)))
    other = next(line for line in states_of(folder) if line["name"] == "other")
    before = max(item["step"] for item in other["history"] if item["step"] < other["state"]["step"])
    for item in [other["state"], *other["history"]]:
        path = folder / "states" / item["file"]
        if item["step"] != other["state"]["step"]:
            continue
        content = path.read_bytes()
        path.write_bytes(content[:-9] if damage == "cut" else content[:-4000] + b"\xff" * 4000)
    again = load_lab(folder)
    assert again.trainer.step == before
    assert again.line.curve.curve.step[-1] <= before
    assert "left out as damaged" in again.message
    run(again, 2)
    assert again.trainer.step == before + 2


def test_a_wrong_plan_is_one_short_line(trained):
    _, folder = trained
    text = (folder / "lab.json").read_text()
    (folder / "lab.json").write_text(text.replace('"model":"cnn"', '"model":"mlp"'))
    with pytest.raises(UserError, match="not a whole lab") as caught:
        load_lab(folder)
    assert "\n" not in str(caught.value)


@settings(max_examples=25)
@given(st.data())
def test_no_damage_to_the_manifest_is_more_than_a_sentence(tmp_path_factory, draw):
    folder = tmp_path_factory.getbasetemp() / "whole.lab"
    if not folder.exists():
        made = small()
        run(made, 2)
        obey(made, commands.Save(str(folder)))
    content = bytearray((folder / "lab.json").read_bytes())
    original = bytes(content)
    for _ in range(draw.draw(st.integers(1, 3))):
        content[draw.draw(st.integers(0, len(content) - 1))] = draw.draw(st.integers(32, 126))
    (folder / "lab.json").write_bytes(content)
    try:
        load_lab(folder)
    except UserError as error:
        assert "\n" not in str(error)
    finally:
        (folder / "lab.json").write_bytes(original)


def test_a_full_disk_is_a_sentence_and_the_save_before_is_whole(trained, monkeypatch):
    made, folder = trained
    step = made.trainer.step
    run(made, 3)
    state = made.trainer.state()
    small_disk = Path("/dev/full")
    if not small_disk.exists():
        pytest.fail("this system has no /dev/full")
    real = Path.write_bytes

    def full(self, content):
        with small_disk.open("wb", buffering=0) as disk:
            real(self, content[:10])
            disk.write(content)

    monkeypatch.setattr(Path, "write_bytes", full)
    obey(made, commands.Save(str(folder)))
    monkeypatch.undo()
    assert "No space left on device" in made.message
    assert "\n" not in made.message
    assert same(made.trainer.state(), state)
    assert load_lab(folder).trainer.step == step
    obey(made, commands.Save(str(folder)))
    assert load_lab(folder).trainer.step == step + 3


def test_a_folder_that_cannot_be_is_a_sentence(trained, tmp_path):
    made, _ = trained
    (tmp_path / "file").write_text("")
    obey(made, commands.Save(str(tmp_path / "file")))
    assert "cannot be written" in made.message


def test_exports(trained, tmp_path):
    made, _ = trained
    obey(made, commands.ExportWeights(str(tmp_path / "w.safetensors")))
    tensors = load_file(tmp_path / "w.safetensors")
    assert all(torch.equal(tensors[name], value) for name, value in made.trainer.state().tensors.items())
    obey(made, commands.ExportCurves(str(tmp_path / "c.csv")))
    rows = list(csv.DictReader((tmp_path / "c.csv").open()))
    assert {row["branch"] for row in rows} == {"main", "other"}
    assert max(int(row["step"]) for row in rows if row["branch"] == "main") == 18
    obey(made, commands.ExportWeights(str(tmp_path / "w.bin")))
    assert "expected a name that ends in .safetensors" in made.message
    obey(made, commands.ExportCurves(str(tmp_path / "none" / "c.csv")))
    assert "cannot be written" in made.message


KILLED = """
import sys
from nnvis3d.lab import keeper
keeper.SECONDS = 0.2
from nnvis3d.lab.open_lab import open_lab
from nnvis3d.lab.session import LabSession
from nnvis3d.network import lab_commands as c
session = LabSession(open_lab("mlp", "digits")).open()
session.send(c.Save(sys.argv[1]))
session.send(c.Start())
while session.wait(60):
    seen = session.latest()
    if seen.saved_step and seen.saved_step > 5:
        print(seen.saved_step, flush=True)
"""


def test_a_killed_process_loses_only_what_came_after_its_last_save(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "k.lab")], stdout=subprocess.PIPE, text=True
    )
    saved = int(process.stdout.readline())
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    sources._PER_CLASS, few = 400, sources._PER_CLASS
    try:
        made = load_lab(tmp_path / "k.lab")
    finally:
        sources._PER_CLASS = few
    assert made.trainer.step >= saved


def test_a_layout_alone_is_saved_when_it_is_time_and_stays_where_no_window_is(trained):
    made, folder = trained
    made.clock = lambda: now
    now = made.keeper._tried_at + SECONDS - 1
    undo = len(made.line.undo)
    obey(made, commands.KeepLayout("another"))
    made.keeper.work()
    assert load_lab(folder).layout == '{"camera": 1}'
    now += 2
    made.keeper.work()
    again = load_lab(folder)
    assert again.layout == "another" and len(made.line.undo) == undo
    obey(again, commands.Save(str(folder)))  # as `--save` without a window does
    assert load_lab(folder).layout == "another"
    said = again.message_serial
    obey(again, commands.KeepLayout("x" * (commands.LONGEST_LAYOUT + 1)))
    assert again.layout == "another" and again.message_serial == said + 1


def test_the_class_view_and_what_is_set_for_embeddings_are_open_again(trained):
    made, folder = trained
    obey(made, commands.ShowClasses("fc1", 20))
    obey(made, commands.SetEmbedding(3.0, 2.0, True))
    made.embed()  # the first picture of it, though embeddings pause
    places = made.embeddings.classes.view().positions
    obey(made, commands.Save(str(folder)))
    again = load_lab(folder)
    board, view = again.embeddings.board, Snapshots(again).take().classes
    assert (board.perplexity, board.rate, board.paused) == (3.0, 2.0, True)
    assert view is not None and (view.layer, again.embeddings.classes.samples) == ("fc1", 20)
    np.testing.assert_allclose(view.positions, places, atol=1e-3)
    before, after = (one.embeddings.board.places for one in (made, again))
    assert before.keys() == after.keys()
    for item, kept in before.items():
        np.testing.assert_allclose(after[item], kept, atol=1e-5)


@pytest.mark.parametrize(
    "classes",
    [
        {"layer": "attic", "samples": 20, "places": []},
        {"layer": "fc1", "samples": 20, "places": [[1e300, 0.0]] * 20},
        {"layer": "fc1", "samples": 20, "places": [[1.0, 0.0]]},
    ],
)
def test_a_class_view_that_cannot_be_again_begins_anew_or_is_closed(trained, classes):
    _, folder = trained
    manifest = json.loads((folder / "lab.json").read_text())
    (folder / "lab.json").write_text(json.dumps(manifest | {"classes": classes}))
    opened = load_lab(folder).embeddings.classes
    assert opened is None if classes["layer"] == "attic" else np.isfinite(opened.view().positions).all()


def test_a_lab_saved_before_there_were_layouts_opens(trained):
    _, folder = trained
    manifest = json.loads((folder / "lab.json").read_text())
    for name in ("layout", "board", "classes"):
        del manifest[name]
    (folder / "lab.json").write_text(json.dumps(manifest))
    again = load_lab(folder)
    assert again.layout == "" and again.embeddings.items and again.embeddings.classes is None


def test_an_embedding_of_a_layer_that_was_undone_does_not_keep_a_lab_from_opening(tmp_path):
    made = small()
    obey(made, commands.AddLayer("pool2"))
    obey(made, commands.ShowEmbeddings((("added1", commands.KINDS[0]), ("conv1", commands.KINDS[0]))))
    obey(made, commands.Undo())
    obey(made, commands.Save(str(tmp_path / "my.lab")))
    assert load_lab(tmp_path / "my.lab").embeddings.items == (("conv1", commands.KINDS[0]),)
