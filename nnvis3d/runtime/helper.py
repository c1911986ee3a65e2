"""A second thread that shares the preparing of what is shown of each layer with the one that computes."""

import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import torch

NICE = 5
"""By which a thread stands back behind the picture where both want the same core."""


def stand_back() -> None:
    """Let the renderer's threads go first, where the system lets a thread ask for that."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


class Helper:
    """Does jobs in the order in which they are given, while whoever gave them goes on.

    Its thread starts with the first job, and ends when nobody holds the helper any more.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "prepare", initializer=_begin)
        self._given: list[tuple[Future, Callable[[], None]]] = []

    def give(self, job: Callable[[], None]) -> None:
        """Let this be done."""
        self._given.append((self._pool.submit(job), job))

    def finish(self) -> None:
        """Until all jobs are done; the caller takes part.

        Raises:
            Exception: what the first job that failed raised.
        """
        given, self._given = self._given, []
        try:
            for future, job in reversed(given):  # the helper goes on from the other end
                if future.cancel():
                    job()
        finally:
            done = [future for future, _ in given if not future.cancel()]
            failed = [error for error in (future.exception() for future in done) if error is not None]
        if failed:
            raise failed[0]

    def forget(self) -> None:
        """Drop the jobs that are not begun, and wait for the one that is: its memory is free then."""
        given, self._given = self._given, []
        for future, _ in given:
            if not future.cancel():
                future.exception()


def _begin() -> None:
    torch.set_num_threads(1)  # settings of each thread, both
    torch.set_flush_denormal(True)
    stand_back()
