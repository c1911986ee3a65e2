"""Runs large networks on a thread of their own: the newest image wins, the newest frame wins, nobody
waits."""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.grouping import paged
from nnvis3d.network.means import MeanPlan, with_means
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.runtime.helper import stand_back
from nnvis3d.runtime.runner import use_one_thread

SLOW_MS = 4.0
"""A forward pass that takes longer than this does not run inside a tick."""
NEVER_BELOW = 100_000
"""Neurons up to which a network is not even measured: it runs inside the tick."""
_MEASURED = 3
_FADE = 0.7  # how much of the known rate is kept with each further pass


class Runs(Protocol):
    """Who answers images: runtime.runner.Runner, runtime.tracing.runner.TracedRunner."""

    spec: NetworkSpec

    def run(self, image: np.ndarray, blank: bool = ...) -> ActivationFrame: ...


@dataclass(frozen=True)
class Answer:
    """What came of an image."""

    frame: ActivationFrame | None
    error: str = ""
    """Why there is no frame, in words for people."""


def runs_apart(runner: Runs) -> bool:
    """Whether this network is too slow for a tick: measured, the quickest of a few passes."""
    if runner.spec.neurons <= NEVER_BELOW:
        return False
    image = np.zeros(runner.spec.preprocessing.shape, np.float32)
    best = float("inf")
    for _ in range(_MEASURED):
        started = time.perf_counter()
        try:
            runner.run(image, blank=True)
        except UserError:
            return True  # it says so again when it is asked
        best = min(best, (time.perf_counter() - started) * 1000)
        if best <= SLOW_MS:
            return False
    return True


class Worker:
    """Owns a runner's thread. `submit` and `poll` return at once."""

    def __init__(self, runner: Runs):
        self._runner = runner
        self._plan = MeanPlan(runner.spec) if paged(runner.spec) else None
        self._changed = threading.Condition()
        self._image: tuple[np.ndarray | None, bool] | None = None
        self._answer: Answer | None = None
        self._working = self._closed = False
        self.rate = 0.0
        """Passes a second while there is something to do; 0 before the first."""
        self._thread = threading.Thread(target=self._work, name=f"run-{runner.spec.name}", daemon=True)
        self._thread.start()

    def submit(self, image: np.ndarray | None, blank: bool) -> None:
        """Answer this image next, instead of any that waits; arguments as in Runner.run."""
        with self._changed:
            self._image = image, blank
            self._changed.notify_all()

    def poll(self) -> Answer | None:
        """The newest answer that was not taken yet, if any."""
        with self._changed:
            answer, self._answer = self._answer, None
            return answer

    @property
    def busy(self) -> bool:
        """Whether an image is not answered yet."""
        with self._changed:
            return self._working or self._image is not None

    def wait(self) -> None:
        """Until all images are answered: for pictures without a window."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not (self._working or self._image is not None))

    def wait_answer(self, seconds: float) -> None:
        """Until there is an answer to take, but no longer than this."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._answer is not None, seconds)

    def close(self) -> None:
        """Stop after the pass that is running; nobody waits for it."""
        with self._changed:
            self._closed = True
            self._image = None
            self._changed.notify_all()

    def _work(self) -> None:
        use_one_thread()  # a setting of each thread
        stand_back()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._image is not None)
                if self._closed:
                    return
                assert self._image is not None
                image, blank = self._image
                self._image, self._working = None, True
            started = time.perf_counter()
            answer = self._run(image, blank)
            self._measure(time.perf_counter() - started)
            with self._changed:
                self._answer, self._working = answer, False
                self._changed.notify_all()

    def _run(self, image: np.ndarray | None, blank: bool) -> Answer:
        try:
            frame = self._runner.run(image, blank)  # type: ignore[arg-type]
            if self._plan is not None and frame.means is None:
                frame = with_means(self._plan, frame)
            return Answer(frame)
        except UserError as error:
            return Answer(None, str(error))
        except Exception as error:  # nobody else hears of it, and the last picture would stay for ever
            logging.getLogger(__name__).debug("a pass failed", exc_info=True)
            return Answer(None, f"{self._runner.spec.name}: the network failed ({error})")

    def _measure(self, seconds: float) -> None:
        now = 1 / max(seconds, 1e-6)
        self.rate = now if self.rate == 0 else _FADE * self.rate + (1 - _FADE) * now
