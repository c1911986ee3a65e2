"""nnvis3d.view: a window in a process of its own, from a plain script and from what a notebook does."""

import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from torch import nn

import nnvis3d
from nnvis3d.errors import UserError
from nnvis3d.network.spec import NeuronId
from nnvis3d.runtime.tracing.runner import TracedRunner
from nnvis3d.runtime.tracing.trace import trace
from nnvis3d.viewing.remote import Line, RemoteRunner
from nnvis3d.viewing.server import Server
from nnvis3d.viewing.sharing import FrameMemory
from tests.traced.zoo import ZOO
from tests.xvfb import Display, display  # noqa: F401 (a fixture)

SCRIPT = """
import torch, nnvis3d
from torch import nn

def local():
    class Net(nn.Module):  # no other process could import this
        def __init__(self):
            super().__init__()
            self.conv, self.fc = nn.Conv2d(1, 4, 5), nn.Linear(4 * 24 * 24, 10)
        def forward(self, x):
            return self.fc(torch.relu(self.conv(x)).flatten(1))
    return Net()

window = nnvis3d.view(local(), torch.rand(1, 1, 28, 28), labels=list("0123456789"))
print(window, flush=True)
"""


def windows(screen: Display) -> list[int]:
    try:
        return [int(word) for word in screen.do("search", "--name", "nnvis3d").split()]
    except subprocess.CalledProcessError:
        return []


def until(what, seconds: float = 60.0):
    """What `what` answers once it is something, or at the end of a long time."""
    end = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def test_a_script_without_a_guard_opens_a_window_and_ends_when_it_is_closed(display, tmp_path):  # noqa: F811
    (tmp_path / "script.py").write_text(SCRIPT)
    script = subprocess.Popen(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env={**display.environment, "PYTHONPATH": ":".join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert script.stdout.readline().strip() == "<nnvis3d view, open>"
        window = until(lambda: windows(display))
        assert window and script.poll() is None
        display.ask_to_close(window[0])
        assert script.wait(60) == 0
    finally:
        script.kill()


def test_a_handle_closes_its_window(display, monkeypatch):  # noqa: F811
    monkeypatch.setenv("DISPLAY", display.name)
    module = nn.Sequential(nn.Linear(6, 4), nn.ReLU())
    with nnvis3d.view(module, torch.rand(1, 6)) as window:
        assert window.open and not window.wait(0.05)
    assert not window.open and window.wait(0) and not window._thread.is_alive()
    window.close()
    assert not any(part._forward_hooks for part in module.modules()) and module.training


def test_without_a_display_it_says_so(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(UserError, match=r"view: there is no display"):
        nnvis3d.view(nn.Linear(2, 2), torch.rand(1, 2))


def test_with_a_display_that_cannot_be_opened_it_says_so(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4999")
    with pytest.raises(UserError, match=r"view: the window does not open .*:4999"):
        nnvis3d.view(nn.Linear(2, 2), torch.rand(1, 2))


def test_an_example_that_does_not_fit_is_refused_before_a_window_opens(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4999")
    with pytest.raises(UserError, match=r"0 \(Linear\): fails on input \(1, 3\) with RuntimeError"):
        nnvis3d.view(nn.Sequential(nn.Linear(2, 2)), torch.rand(1, 3))


# The two sides of the line, in one process.


class Direct:
    """A connection whose other end is a server here."""

    def __init__(self, server: Server):
        self._server, self._answer = server, None

    def send(self, message):
        ends = iter([message])
        outer = self

        class End:
            def recv(self):
                try:
                    return next(ends)
                except StopIteration:
                    raise EOFError from None

            def send(self, answer):
                outer._answer = answer

        self._server.serve(End())

    def recv(self):
        return self._answer


@pytest.fixture
def remote():
    module, args = ZOO["UNet"]()
    runner = TracedRunner(trace(module, args[0]))
    memory = FrameMemory(runner.spec.neurons)
    yield RemoteRunner(Line(Direct(Server(runner, memory))), runner.spec, memory.name), runner
    memory.close()


def test_frames_arrive_as_they_are_and_stay(remote):
    there, here = remote
    image = np.random.default_rng(2).random(here.spec.preprocessing.shape, dtype=np.float32)
    first = there.run(image)
    values = first.values.copy()
    assert np.array_equal(values, here.run(image).values) and np.array_equal(first.image, image)
    second = there.run(1 - image)
    assert np.array_equal(first.values, values) and not np.array_equal(second.values, values)
    assert second.serial > first.serial and second.texels.dtype == first.texels.dtype


def test_memory_whose_name_is_hidden_is_shared_all_the_same():
    ours = FrameMemory(4)
    theirs = FrameMemory(4, ours.name)
    ours.hide()
    with pytest.raises(FileNotFoundError):
        FrameMemory(4, ours.name)
    there, here = (memory._arrays(np.dtype(np.uint8))[0] for memory in (theirs, ours))
    here[:] = 7
    assert (there == 7).all()
    del there, here
    theirs.close(), ours.close()


def test_an_empty_pad_stands_for_the_example(remote):
    there, here = remote
    nothing = np.zeros(here.spec.preprocessing.shape, np.float32)
    assert np.array_equal(there.run(nothing, blank=True).values, here.run(None).values)


def test_neurons_are_asked_across(remote):
    there, _ = remote
    frame = there.run(None)
    explainer = there.explainer()
    explanation = explainer.explain(frame, NeuronId("down1", 2, 3, 4))
    assert explanation.kind == "conv" and abs(explanation.pre_activation - explanation.result) < 1e-4
    assert len(explainer.incoming(frame, NeuronId("down1", 2, 3, 4))[0]) == 9
    explainer.invalidate()
    assert explainer.explain(frame, NeuronId("down1", 2, 3, 4)).result == explanation.result
    with pytest.raises(LookupError, match="nowhere"):
        explainer.explain(frame, NeuronId("nowhere", 0))


def test_a_network_that_fails_is_said_and_a_line_that_is_cut_too(remote):
    there, here = remote
    here.module.up.weight.data = torch.zeros(3, 3)
    with pytest.raises(UserError, match=r"up \(ConvTranspose2d\)"):
        there.run(None)
    there._line._connection.send = lambda message: (_ for _ in ()).throw(OSError("cut"))
    with pytest.raises(UserError, match="has ended"):
        there.run(None)
