"""Slow networks on their own thread: the newest image wins, errors are told, nobody waits."""

import threading

import numpy as np
import pytest

from nnvis3d.errors import UserError
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.runtime.worker import NEVER_BELOW, Worker, runs_apart
from tests.large_networks import MadeUp, resnet20
from tests.networks import cnn


class Held(MadeUp):
    """A runner whose passes last until they are let go."""

    def __init__(self, spec):
        super().__init__(spec)
        self.seen: list[float] = []
        self.begun, self.go = threading.Semaphore(0), threading.Semaphore(0)

    def run(self, image: np.ndarray, blank: bool = False) -> ActivationFrame:
        self.seen.append(float(image))
        self.begun.release()
        self.go.acquire()
        if image < 0:
            raise UserError("conv2: fails")
        if image > 100:
            raise ZeroDivisionError("strange")
        return super().run(image, blank)


@pytest.fixture
def held():
    runner = Held(resnet20())
    worker = Worker(runner)
    yield runner, worker
    worker.close()
    runner.go.release(9)


def test_the_newest_image_wins(held):
    runner, worker = held
    worker.submit(np.array(1.0), False)
    runner.begun.acquire()
    worker.submit(np.array(2.0), False)
    worker.submit(np.array(3.0), False)
    assert worker.poll() is None and worker.busy
    runner.go.release(2)
    worker.wait()
    assert runner.seen == [1.0, 3.0]
    assert worker.poll().frame.serial == 2
    assert worker.poll() is None and not worker.busy
    assert worker.rate > 0


def test_a_frame_comes_with_its_means(held):
    runner, worker = held
    runner.go.release()
    worker.submit(np.array(1.0), True)
    worker.wait()
    frame = worker.poll().frame
    assert frame.blank and frame.means is not None and len(frame.strengths) == len(frame.spec.layers)


def test_what_fails_is_told_and_the_next_image_is_answered(held):
    runner, worker = held
    runner.go.release(3)
    for image, said in ((-1.0, "conv2: fails"), (200.0, "resnet20: the network failed (strange)")):
        worker.submit(np.array(image), False)
        worker.wait()
        answer = worker.poll()
        assert answer.frame is None and answer.error == said
    worker.submit(np.array(1.0), False)
    worker.wait()
    assert worker.poll().frame is not None


def test_closing_waits_for_nobody(held):
    runner, worker = held
    worker.submit(np.array(1.0), False)
    runner.begun.acquire()
    worker.close()
    worker.wait()
    runner.go.release()
    worker._thread.join(5)
    assert not worker._thread.is_alive()


def test_small_networks_stay_in_the_tick_without_being_measured():
    class Never(MadeUp):
        def run(self, *_):
            raise AssertionError

    assert cnn().neurons < NEVER_BELOW
    assert not runs_apart(Never(cnn()))


def test_a_network_that_fails_is_run_apart():
    class Fails(MadeUp):
        def run(self, image, blank=False):
            raise UserError("no")

    assert runs_apart(Fails(resnet20()))
