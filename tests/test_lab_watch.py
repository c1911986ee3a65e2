"""Anyone's script is watched, from another thread, with and without a key; a pause ends when nobody looks."""

import threading

import numpy as np
import pytest
import torch

import nnvis3d
from nnvis3d.errors import UserError
from nnvis3d.lab.attach import Attached, address
from nnvis3d.network import lab_commands as commands
from tests.lab_parts import CLASSES, SHAPE, Chain

KEY = "a key of at least sixteen"


class Script:
    """A training loop that somebody wrote."""

    def __init__(self, **options):
        torch.manual_seed(1)
        self.model = Chain()
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.05, momentum=0.9)
        self.watch = nnvis3d.watch(self.model, self.optimizer, labels=CLASSES, **{"port": 0} | options)
        self.steps = 0

    def step(self):
        images, labels = torch.rand(8, *SHAPE), torch.randint(3, (8,))
        loss = torch.nn.functional.cross_entropy(self.model(images), labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.watch.step(loss, images)
        self.steps += 1


def until(script, viewer, true, turns=3000):
    """Train until the viewer's newest snapshot is as wanted."""
    for _ in range(turns):
        script.step()
        viewer.wait(0.005)
        snapshot = viewer.latest()
        if snapshot is not None and true(snapshot):
            return snapshot
    raise AssertionError("it never came")


@pytest.fixture
def script():
    made = Script(steer=True)
    yield made
    made.watch.close()


def test_a_script_that_goes_is_said_to_have_gone_and_one_that_comes_back_is_seen():
    first = Script()
    viewer = Attached("127.0.0.1", first.watch.port).open()
    seen = until(first, viewer, lambda s: s.step > 3)
    port = first.watch.port
    first.watch.close()
    for _ in range(600):
        viewer.wait(0.05)
        if not viewer.latest().running:
            break
    gone = viewer.latest()
    assert not gone.running and gone.step >= seen.step
    assert gone.message.startswith(f"127.0.0.1:{port}: the training that was watched here has gone")
    assert gone.message_serial != seen.message_serial
    again = Script(port=port)
    assert not until(again, viewer, lambda s: s.running).message
    viewer.close()
    again.watch.close()


def test_what_nobody_says_is_no_accuracy_of_zero(script):
    viewer = Attached("127.0.0.1", script.watch.port).open()
    curve = until(script, viewer, lambda s: s.step > 20).curves["main"]
    assert np.isfinite(curve.loss).all() and np.isnan(curve.accuracy).all()
    viewer.close()


def test_what_a_script_does_is_seen(script):
    viewer = Attached("127.0.0.1", script.watch.port).open()
    seen = until(script, viewer, lambda s: s.step > 20)
    assert seen.shown.spec.labels == CLASSES
    assert [layer.name for layer in seen.shown.spec.layers][:3] == ["input", "conv1", "pool1"]
    assert seen.curves["main"].step[-1] == seen.step <= script.steps
    assert (seen.options.learning_rate, seen.options.momentum) == (0.05, 0.9)
    assert seen.shown.activations.shape == (seen.shown.spec.neurons,)
    viewer.close()
    for _ in range(20):  # nobody looks, nothing stops
        script.step()
    again = Attached("127.0.0.1", script.watch.port).open()
    assert until(script, again, lambda s: s.step > seen.step).step > seen.step
    again.close()


def test_a_viewer_may_steer_if_the_script_says_so(script):
    viewer = Attached("127.0.0.1", script.watch.port).open()
    until(script, viewer, lambda s: True)
    viewer.send(commands.SetLearningRate(0.001))
    assert until(script, viewer, lambda s: s.options.learning_rate == 0.001).can_steer
    viewer.send(commands.AddFilter("conv1"))
    assert "not of a training that runs elsewhere" in until(script, viewer, lambda s: s.message).message
    viewer.close()


def test_a_pause_is_seen_and_ends_when_the_viewer_goes(script):
    viewer = Attached("127.0.0.1", script.watch.port).open()
    until(script, viewer, lambda s: s.running)
    steps = script.steps
    done = threading.Event()

    def train():
        while not done.is_set():
            script.step()

    viewer.send(commands.Pause())
    training = threading.Thread(target=train)
    training.start()
    for running, command in ((False, commands.Start()), (True, commands.Pause()), (False, None)):
        while viewer.latest().running is not running:
            viewer.wait(0.1)
        viewer.send(command) if command is not None else None
    seen = viewer.latest().step
    assert seen > steps
    viewer.close()
    while script.steps < seen + 20:  # on it goes
        done.wait(0.01)
    done.set()
    training.join()


def test_and_not_otherwise():
    script = Script()
    viewer = Attached("127.0.0.1", script.watch.port).open()
    until(script, viewer, lambda s: not s.can_steer)
    viewer.send(commands.SetLearningRate(0.001))
    assert "does not let viewers steer" in until(script, viewer, lambda s: s.message).message
    assert script.optimizer.param_groups[0]["lr"] == 0.05
    viewer.close()
    script.watch.close()


def test_only_who_has_the_key_sees():
    script = Script(key=KEY)
    viewers = {
        key: Attached("127.0.0.1", script.watch.port, key).open()
        for key in (KEY, "another key, as long", None)
    }
    until(script, viewers[KEY], lambda s: s.step > 10)
    for _ in range(20):
        script.step()
    for key in ("another key, as long", None):
        viewer = viewers[key]
        for _ in range(100):
            if viewer.failure is not None:
                break
            viewer.wait(0.1)
        assert viewer.latest() is None and "has another key, or none" in str(viewer.failure)
    assert viewers[KEY].failure is None
    for viewer in viewers.values():
        viewer.close()
    script.watch.close()


def test_another_machine_needs_a_key():
    with pytest.raises(UserError, match="give a key to listen to other machines"):
        nnvis3d.watch(Chain(), host="0.0.0.0")
    with pytest.raises(UserError, match="at least 16 characters"):
        nnvis3d.watch(Chain(), port=0, key="short")


@pytest.mark.parametrize("text", ["", "host", "host:", ":77", "host:0", "host:99999", "host:x"])
def test_addresses(text):
    with pytest.raises(UserError, match="expected HOST:PORT"):
        address(text)


def test_address():
    assert address("[::1]:7737") == ("::1", 7737)
