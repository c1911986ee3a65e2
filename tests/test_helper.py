"""The second thread: nothing is lost, left half done, or hidden when it fails."""

import threading

import numpy as np
import pytest
import torch
from torch import nn

from nnvis3d.network.means import MeanPlan, mean_levels
from nnvis3d.runtime.helper import Helper
from nnvis3d.runtime.tracing.runner import TracedRunner
from nnvis3d.runtime.tracing.trace import trace


class Wide(nn.Module):
    """Over four million neurons, some of which are overwritten in place as soon as they are there."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 48, 3, padding=1)
        self.norm = nn.BatchNorm2d(48)
        self.relu = nn.ReLU(inplace=True)
        self.last = nn.Linear(48, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.relu(self.norm(self.first(x))).mean((2, 3)))


def test_all_jobs_are_done_once_by_either_thread() -> None:
    helper, done, lock = Helper(), [], threading.Lock()

    def job(k: int) -> None:
        with lock:
            done.append(k)

    for _ in range(3):
        for k in range(40):
            helper.give(lambda k=k: job(k))
        helper.finish()
    assert sorted(done) == sorted(list(range(40)) * 3)


def test_what_a_job_raises_is_raised_at_the_end() -> None:
    helper, done = Helper(), []
    helper.give(lambda: 1 / 0)
    helper.give(lambda: done.append(1))
    with pytest.raises(ZeroDivisionError):
        helper.finish()
    assert done == [1]
    helper.finish()  # and only once


def test_what_is_forgotten_does_not_touch_memory_any_more() -> None:
    helper, begun, go, done = Helper(), threading.Event(), threading.Event(), []

    def slow() -> None:
        begun.set()
        go.wait()
        done.append("slow")

    helper.give(slow)
    helper.give(lambda: done.append("never"))
    begun.wait()
    go.set()
    helper.forget()
    left = list(done)
    helper.finish()
    assert left == done and done[0] == "slow"


def test_a_large_network_has_the_values_texels_and_means_of_its_pass() -> None:
    torch.manual_seed(0)
    module = Wide().eval()
    runner = TracedRunner(trace(module, torch.zeros(1, 3, 176, 176), "wide"), own_threads=False)
    assert runner.spec.neurons > 4_000_000
    image = np.random.default_rng(0).random((3, 176, 176), np.float32)
    for _ in range(3):  # the memory is used again
        frame = runner.run(image)
    expected = []
    with torch.inference_mode():
        batch = torch.from_numpy(runner.preprocess(image))
        for part in (module.first, module.norm, nn.ReLU()):
            batch = part(batch)
            expected.append(batch.numpy().copy())
    for values, layer in zip(expected, runner.spec.layers[1:], strict=False):
        np.testing.assert_allclose(frame.layer(layer.name)[None], values, rtol=1e-4, atol=1e-5)
    assert frame.means is not None
    np.testing.assert_array_equal(frame.means, mean_levels(MeanPlan(runner.spec), frame.texels))


def test_nan_in_a_large_network_is_counted_and_kept_in_the_means() -> None:
    module = Wide().eval()
    runner = TracedRunner(trace(module, torch.zeros(1, 3, 176, 176), "wide"), own_threads=False)
    with torch.no_grad():
        module.norm.bias[7] = float("nan")
    frame = runner.run(np.zeros((3, 176, 176), np.float32))
    assert frame.strange is not None and frame.means is not None
    names = [layer.name for layer in runner.spec.layers]
    assert frame.strange[0] == frame.strange[1] == 0, names
    assert frame.strange[2] == 176 * 176
    np.testing.assert_array_equal(frame.means, mean_levels(MeanPlan(runner.spec), frame.texels, 255))
