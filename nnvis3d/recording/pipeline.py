"""Encodes beside the renderer, in a thread a few frames behind it: FFmpeg and zlib let go of the GIL."""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Queue

import numpy as np

from nnvis3d.recording.encoders import Encoder

BUFFERS = 4
"""Frames that may wait: the renderer's memory does not grow with the tour."""
NICENESS = 10
"""Of the encoder's thread: at 0 it takes cores from a software renderer and holds all of it up."""


class Pipeline:
    """Hands frames to encoders, one segment after the other.

    What goes wrong in the thread is raised by the next call of `put` or `finish`.
    """

    def __init__(self, size: tuple[int, int], written: Callable[[int], None] = lambda number: None):
        """
        Args:
            written: called in the thread with each frame's number when it was written.
        """
        width, height = size
        self._written = written
        self._free: Queue[np.ndarray] = Queue()
        for _ in range(BUFFERS):
            self._free.put(np.empty((height, width, 4), np.uint8))
        self._work: Queue[tuple] = Queue()
        self._problem: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="encode", daemon=True)
        self._thread.start()

    def begin(self, encoder: Encoder) -> None:
        """What is put from now on is for this one."""
        self._work.put(("begin", encoder))

    def buffer(self) -> np.ndarray:
        """uint8 (H, W, 4) to write the next frame into; waits until one is free."""
        while True:
            self._raise()
            try:
                return self._free.get(timeout=0.5)
            except Empty:
                continue

    @property
    def idle(self) -> bool:
        """Whether `buffer` would answer at once."""
        self._raise()
        return not self._free.empty()

    def put(self, number: int, frame: np.ndarray) -> None:
        """Frame `number`, in an array that `buffer` gave."""
        self._raise()
        self._work.put(("frame", number, frame))

    def end(self, done: Callable[[], None] = lambda: None) -> None:
        """The segment is complete; `done` is called in the thread when it stands under its name."""
        self._work.put(("end", done))

    def finish(self) -> None:
        """Wait until everything is written."""
        self._work.put(("quit",))
        self._thread.join()
        self._raise()

    def cancel(self) -> None:
        """Stop now; what is not complete is removed."""
        self._stop.set()
        self._work.put(("quit",))
        self._thread.join()
        while not self._work.empty():  # a segment that was to come
            match self._work.get():
                case ("begin", encoder):
                    encoder.abort()

    def _raise(self) -> None:
        if self._problem is not None:
            raise self._problem

    def _run(self) -> None:
        encoder: Encoder | None = None
        _yield_to_the_renderer()
        try:
            while not self._stop.is_set():
                match self._work.get():
                    case ("begin", new):
                        encoder = new
                    case ("frame", number, frame):
                        assert encoder is not None
                        encoder.write(number, frame)
                        self._free.put(frame)
                        self._written(number)
                    case ("end", done):
                        assert encoder is not None
                        encoder.close()
                        encoder = None
                        done()
                    case _:
                        return
        except BaseException as problem:
            self._problem = problem
        finally:
            if encoder is not None:
                encoder.abort()


def _yield_to_the_renderer() -> None:
    """Let this thread have what the renderer leaves: on two cores 61 frames a second instead of 57."""
    if sys.platform == "linux":  # elsewhere a thread has no niceness of its own
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
