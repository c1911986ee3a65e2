"""A script of anyone's is watched, from another thread, with and without a key, under torchrun as well."""

import os
import subprocess
import sys

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
        self.watch = nnvis3d.watch(self.model, self.optimizer, labels=CLASSES, port=0, **options)
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
    assert viewers["another key, as long"].latest() is None
    assert viewers[None].latest() is None
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


RANKS = """
import os, sys, torch, torch.distributed as dist
import nnvis3d
from torch.nn.parallel import DistributedDataParallel
from tests.lab_parts import Chain, SHAPE
torch.set_num_threads(1)
dist.init_process_group("gloo")
torch.manual_seed(1)
model = DistributedDataParallel(Chain())
optimizer = torch.optim.SGD(model.parameters(), 0.05)
watch = nnvis3d.watch(model, optimizer, port=0)
print(dist.get_rank(), type(watch).__name__, flush=True)
torch.manual_seed(dist.get_rank())
for _ in range(5):
    images = torch.rand(4, *SHAPE)
    loss = torch.nn.functional.cross_entropy(model(images), torch.randint(3, (4,)))
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    watch.step(loss, images)
watch.close()
dist.destroy_process_group()
"""


def test_under_torchrun_only_the_first_rank_speaks(tmp_path):
    file = tmp_path / "script.py"
    file.write_text(RANKS)
    ran = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(file)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ":".join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert sorted(ran.stdout.split("\n")[:2]) == ["0 Watch", "1 Silent"]
