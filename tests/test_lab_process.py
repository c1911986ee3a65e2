"""Messages as bytes, whatever comes; the lab in a process of its own."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.errors import UserError
from nnvis3d.lab.codec import MessageError, decode, encode
from nnvis3d.lab.obey import obey
from nnvis3d.lab.process import LabProcess
from nnvis3d.lab.snapshots import Snapshots
from nnvis3d.lab.thinning import Filler, Thinner
from nnvis3d.lab.wanted import Wanted
from nnvis3d.network import lab_commands as commands
from tests.lab_parts import lab


def equal(a, b):
    if isinstance(a, np.ndarray):
        return (
            a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        )
    if isinstance(a, float):
        return a == b or (a != a and b != b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(equal(getattr(a, n), getattr(b, n)) for n in a.__dataclass_fields__)
    return a == b


def test_a_snapshot_with_everything_goes_round():
    made = lab()
    made.clock = lambda: now
    now = 0.0
    obey(made, commands.ShowEmbeddings((("conv1", commands.KINDS[0]),)))
    obey(made, commands.ShowClasses("fc1", 20))
    obey(made, commands.Freeze("fc1", (1,)))
    made.start(3)
    for _ in range(3):
        now += 1
        made.work()
    obey(made, commands.Branch("other"))
    obey(made, commands.CompareBranch("main"))
    obey(made, commands.AskRemovalCost("conv2"))
    obey(made, commands.MoveFilter("conv1", 0, (0.1, 0.2), preview=True))
    obey(made, commands.Evaluate())
    snapshot = Snapshots(made).take()
    assert (
        snapshot.compared and snapshot.classes and snapshot.move and snapshot.embeddings and snapshot.layers
    )
    assert equal(decode(encode(snapshot)), snapshot)


def test_weights_and_a_layout_cross_once_and_are_there_all_the_same():
    made = lab()
    made.layout = "as it was"
    snapshots, thinner, filler = Snapshots(made), Thinner(), Filler()
    obey(made, commands.Branch("other"))
    obey(made, commands.CompareBranch("main"))
    sent, came = [], []
    for steps in (0, 0, 1, 1):
        made.start(steps) if steps else None
        while made.running:
            made.work()
        taken = snapshots.take()
        sent.append(thinner.thin(taken))
        came.append(filler.fill(decode(encode(sent[-1]))))
        assert equal(came[-1], taken)
    assert [bool(message.shown.weights) for message in sent] == [True, False, True, True]
    assert [message.layout for message in sent] == ["as it was", "", "", ""]
    assert [bool(message.compared.weights) for message in sent] == [True, False, False, False]
    obey(made, commands.CompareBranch(None))
    assert thinner.thin(snapshots.take()).compared is None
    obey(made, commands.CompareBranch("main"))
    assert thinner.thin(snapshots.take()).compared.weights


@pytest.mark.parametrize(
    "command",
    [
        commands.Start(5),
        commands.SetLearningRate(0.1, "conv1"),
        commands.RemoveFilter("fc1", (1, 2)),
        commands.ShowEmbeddings((("conv1", commands.KINDS[2]),)),
        commands.MoveFilter("fc1", 2, (0.5, -1.0), preview=True),
        commands.SetProbe(np.arange(4, dtype=np.float32).reshape(1, 2, 2)),
        commands.SetProbe(None),
        commands.Save("somewhere", "{}"),
        commands.Save("somewhere"),
        commands.KeepLayout("{}"),
    ],
)
def test_commands_go_round(command):
    assert equal(decode(encode(command)), command)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x92",
        msgspec.msgpack.encode(("Start", {"steps": "many"})),
        msgspec.msgpack.encode(("Start", [])),
        msgspec.msgpack.encode(("os.system", {"command": "ls"})),
        msgspec.msgpack.encode(("SetProbe", {"image": ("O8", (1,), b"12345678")})),
        msgspec.msgpack.encode(("SetProbe", {"image": ("<f4", (1 << 40,), b"")})),
        msgspec.msgpack.encode(("SetProbe", {"image": ("<f4", (3,), b"123")})),
        msgspec.msgpack.encode(("SetProbe", {"image": "text"})),
        b"\x91" * 5000,
    ],
)
def test_what_is_no_message_is_refused(content):
    with pytest.raises(MessageError):
        decode(content)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_raise(content):
    with pytest.raises(MessageError):
        decode(content)


def until(process, true, turns=600):
    for _ in range(turns):
        snapshot = process.latest()
        if snapshot is not None and true(snapshot):
            return snapshot
        process.wait(0.1)
        assert process.failure is None, process.failure
    raise AssertionError("it never came")


def test_a_lab_in_its_own_process(tmp_path):
    process = LabProcess(Wanted("mlp", "digits", {"batch_size": 8})).open()
    assert process.latest() is None
    process.send(commands.Start(4))
    done = until(process, lambda s: s.step == 4 and not s.running)
    assert done.actions[-1].title == "trained 4 steps"
    process.send(commands.AddFilter("fc2", 3))
    assert until(process, lambda s: s.shown.spec.by_name["fc2"].shape == (103,)).message == ""
    process.send(commands.Save(str(tmp_path / "x.lab")))
    until(process, lambda s: s.saved_step == 4)
    process.send(commands.Step())
    until(process, lambda s: s.step == 5)
    process.close()
    assert not process.alive
    assert process.failure is None
    process.send(commands.Step())  # nobody hears it, and nobody waits
    again = LabProcess(Wanted(folder=str(tmp_path / "x.lab"))).open()
    assert until(again, lambda s: True).step == 5
    again.close()
    assert again.failure is None


def test_a_lab_that_cannot_be_opened_says_why():
    process = LabProcess(Wanted("cnn", "/nowhere")).open()
    while process.failure is None:
        process.wait(1)
    assert isinstance(process.failure, UserError)
    assert "/nowhere: no such folder" in str(process.failure)
    process.close()


def test_a_process_that_dies_is_noticed():
    process = LabProcess(Wanted("mlp")).open()
    until(process, lambda s: True)
    process._process.kill()
    while process.failure is None:
        process.wait(1)
    assert "the lab's process ended" in str(process.failure)
    process.close()
