"""Labs that nobody has saved are kept all the same."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from nnvis3d.lab import keeper
from nnvis3d.lab.kept_labs import IN_USE_SECONDS, KeptLabs
from nnvis3d.lab.obey import obey
from nnvis3d.lab.process import LabProcess
from nnvis3d.lab.restore import load_lab
from nnvis3d.lab.wanted import Wanted
from nnvis3d.network import lab_commands as commands
from tests.program import call, refusal  # noqa: F401
from tests.test_lab_process import until
from tests.test_lab_store import small


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "state" / "labs"


def window(folder: Path, seconds_ago: float | None = 0.0) -> KeptLabs:
    """A window that lives, whose lab was saved so long ago; None: there was nothing to save yet."""
    labs = KeptLabs(folder)
    lab = labs.claim()
    assert lab is not None and labs.own == lab
    if seconds_ago is not None:
        (lab / "lab.json").write_text("{}")
        then = time.time() - seconds_ago
        os.utime(lab / "lab.json", (then, then))
    return labs


def killed(folder: Path, seconds_ago: float | None = 0.0) -> Path:
    """The lab of a window that is gone, and that nobody has closed."""
    labs = window(folder, seconds_ago)
    labs._lock.release()  # as the system does
    return labs.own


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


def test_the_newest_is_found_and_whether_it_was_ended(folder):
    labs = KeptLabs(folder)
    assert labs.last() is None and not labs.ended()
    killed(folder, 100)
    second = killed(folder)
    assert labs.last() == second
    assert labs.ended() and not labs.ended()  # it is said once
    third = window(folder)
    own = third.own
    third.release()
    assert labs.last() == own and not labs.ended()
    empty = window(folder, None)
    own = empty.own
    empty.release()
    assert not own.exists()


def test_a_window_that_lives_is_neither_the_last_nor_ended_nor_removed(folder):
    living = window(folder, IN_USE_SECONDS + 9)
    before = killed(folder, IN_USE_SECONDS + 10)
    others = [killed(folder, k) for k in range(4)]
    labs = KeptLabs(folder)
    labs.sweep()
    assert living.own.exists() and not before.exists() and all(lab.exists() for lab in others)
    for lab in others:
        shutil.rmtree(lab)
    assert labs.last() is None and not labs.ended()
    labs.taken_over(living.own)
    living._lock.release()
    assert labs.ended()


def test_windows_that_open_at_once_have_folders_of_their_own(folder):
    assert len({window(folder, None).own for _ in range(5)}) == 5


def test_few_stay_and_the_one_that_is_opened(folder):
    old = [killed(folder, IN_USE_SECONDS + 100 * k) for k in range(5, 0, -1)]
    empty, fresh = killed(folder, None), killed(folder, None)
    os.utime(empty, (0, 0))
    KeptLabs(folder).sweep(spare=old[1])
    assert [lab.exists() for lab in old] == [False, True, False, True, True]
    assert not empty.exists() and fresh.exists()


def test_a_folder_of_somebody_s_own_is_left_alone(folder, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "open").touch()
    KeptLabs(folder).taken_over(tmp_path / "mine")
    assert (tmp_path / "mine" / "open").exists()


def test_where_there_is_no_room_nothing_is_kept(tmp_path):
    (tmp_path / "file").touch()
    labs = KeptLabs(tmp_path / "file" / "labs")
    assert labs.claim() is None and labs.last() is None
    labs.sweep()
    labs.release()


def test_a_save_that_fails_keeps_it_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "SECONDS", 0.0)
    (tmp_path / "file").touch()
    made = small()
    obey(made, commands.KeepIn(str(tmp_path / "kept")))
    made.train_step()
    obey(made, commands.Save(str(tmp_path / "file" / "mine")))
    assert "cannot be written" in made.message and made.keeper.unasked
    made.keeper.work()
    assert load_lab(tmp_path / "kept").trainer.step == 1


def test_without_one_there_is_none_to_go_on_with(refusal, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert "--last: no lab was kept yet" in refusal("lab", "--last", "--headless")
    assert "name no other one" in refusal("lab", "--last", "--open", str(tmp_path), "--headless")


def test_the_last_one_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    made = small()
    made.train_step()
    labs = KeptLabs()
    made.keeper.save(labs.claim())
    labs.release()
    assert call("lab", "--last", "--headless", "--steps", "2", "--json") == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 3
