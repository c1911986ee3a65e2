"""Labs that nobody has saved are kept all the same."""

import json
import os
import time

import pytest

from nnvis3d.lab import keeper
from nnvis3d.lab.kept_labs import IN_USE_SECONDS, KEPT, KeptLabs
from nnvis3d.lab.obey import obey
from nnvis3d.lab.process import LabProcess
from nnvis3d.lab.restore import load_lab
from nnvis3d.lab.wanted import Wanted
from nnvis3d.network import lab_commands as commands
from tests.program import call, refusal  # noqa: F401
from tests.test_lab_process import until
from tests.test_lab_store import small


@pytest.fixture
def labs(tmp_path) -> KeptLabs:
    return KeptLabs(tmp_path / "state" / "labs")


def saved(labs: KeptLabs, seconds_ago: float = 0.0):
    """One whose window is open, saved so long ago."""
    lab = labs.new()
    labs.opened(lab)
    (lab / "lab.json").write_text("{}")
    then = time.time() - seconds_ago
    os.utime(lab / "lab.json", (then, then))
    return lab


def test_a_lab_is_written_from_its_first_change_on(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "SECONDS", 0.0)
    made, folder = small(), tmp_path / "kept"
    obey(made, commands.KeepIn(str(folder)))
    made.keeper.work()
    made.keeper.last()
    assert not folder.exists() and made.message == ""
    made.train_step()
    made.keeper.work()
    assert load_lab(folder).trainer.step == 1 and made.message == ""
    obey(made, commands.Save(str(tmp_path / "mine")))
    made.train_step()
    made.keeper.work()
    assert load_lab(folder).trainer.step == 1 and load_lab(tmp_path / "mine").trainer.step == 2
    assert not made.keeper.unasked


def test_where_it_cannot_be_kept_nobody_is_bothered(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "SECONDS", 0.0)
    (tmp_path / "file").touch()
    made = small()
    obey(made, commands.KeepIn(str(tmp_path / "file" / "kept")))
    made.train_step()
    made.keeper.work()
    made.keeper.last()
    assert made.message == ""


def test_files_that_somebody_took_away_are_written_again(tmp_path):
    made = small()
    made.keeper.save(tmp_path / "kept")
    for path in (tmp_path / "kept" / "states").iterdir():
        path.unlink()
    made.train_step()
    made.keeper.save(tmp_path / "kept")
    again = load_lab(tmp_path / "kept")
    assert again.trainer.step == 1 and len(again.line.history.kept) == len(made.line.history.kept)
    assert again.message == ""


def test_a_lab_whose_window_is_killed_is_whole(tmp_path):
    process = LabProcess(Wanted("mlp", "digits", {"batch_size": 8})).open()
    process.send(commands.KeepIn(str(tmp_path / "kept")))
    process.send(commands.Start(6))
    until(process, lambda s: s.step == 6 and not s.running)
    process._pipe.close()  # as the system does when the other side is killed
    process._process.join(60)
    assert load_lab(tmp_path / "kept").trainer.step == 6


def test_the_newest_is_found_and_whether_it_was_ended(labs):
    assert labs.last() is None and not labs.ended()
    first = saved(labs, 100)
    second = saved(labs)
    assert first != second and labs.last() == second
    assert labs.ended() and not labs.ended()  # it is said once
    labs.opened(second)
    labs.closed(second)
    assert labs.last() == second and not labs.ended()
    empty = labs.new()
    labs.opened(empty)
    assert labs.last() == second  # nothing was done in it
    labs.closed(empty)
    assert not empty.exists()


def test_few_stay_and_none_that_may_be_open(labs):
    old = [saved(labs, IN_USE_SECONDS + 100 * k) for k in range(5, 0, -1)]
    young = saved(labs, 10)
    labs.sweep()
    assert [lab.exists() for lab in old] == [False, False, False, False, True]
    assert young.exists() and KEPT == 3  # and the one that opens now
    busy = [saved(labs, k) for k in range(4)]
    empty = labs.new()
    labs.opened(empty)
    labs.sweep()
    assert empty.exists()
    os.utime(empty, (0, 0))
    labs.sweep()
    assert all(lab.exists() for lab in busy) and not empty.exists()


def test_without_one_there_is_none_to_go_on_with(refusal, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert "--last: no lab was kept yet" in refusal("lab", "--last", "--headless")
    assert "name no other one" in refusal("lab", "--last", "--open", str(tmp_path), "--headless")


def test_the_last_one_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    made = small()
    made.train_step()
    made.keeper.save(KeptLabs().new())
    assert call("lab", "--last", "--headless", "--steps", "2", "--json") == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 3
