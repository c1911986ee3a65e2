"""The process that encodes: frames come through memory that it shares with the renderer's.

A thread beside the renderer would do for FFmpeg, which works without Python's lock; but it asks for the lock
several times a frame, and so does the renderer, each waiting for the other: 87 frames a second together, and
102 in two processes (1280x720, two cores).
"""

import os
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.recording.encoders import Encoder, open_encoder
from nnvis3d.recording.settings import Settings
from nnvis3d.recording.trouble import InterruptedRecordingError
from nnvis3d.shared_block import open_block

BUFFERS = 4
"""Frames that may wait: the memory that a recording takes does not grow with the tour."""
NICENESS = 10
"""Of the process: a software renderer's threads, which wait for each other, come first."""


def frames_in(memory: memoryview, size: tuple[int, int]) -> np.ndarray:
    """uint8 (BUFFERS, H, W, 4), in memory of at least so many bytes."""
    width, height = size
    count = frame_bytes(size)  # of the memory there may be more, up to a whole page
    return np.frombuffer(memory, np.uint8, count).reshape(BUFFERS, height, width, 4)


def frame_bytes(size: tuple[int, int]) -> int:
    """Of all buffers together."""
    return 4 * BUFFERS * size[0] * size[1]


def no_memory(size: tuple[int, int], error: OSError) -> str:
    """What to say where they find no room."""
    width, height = size
    return f"no memory for {BUFFERS} pictures of {width}x{height} ({error.strerror or error})"


def serve(orders: Connection, settings: Settings, memory: str) -> None:
    """What runs in the process.

    Orders are ("begin", path, first), ("frame", number, buffer), ("end",) and ("quit",), answers ("ready",),
    ("written", number, buffer), ("ended",), ("interrupted", sentence, ""), and ("failed", sentence or "",
    what Python says).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(NICENESS)
    with suppress(EOFError, OSError):  # the renderer's process is gone: --resume writes the segment anew
        try:
            block = open_block(memory)  # which has to stay: what lies in it goes with it
            writer = _Writer(settings, frames_in(block.buffer, settings.size))
        except OSError as error:
            orders.send(("failed", no_memory(settings.size, error), ""))
            return
        try:
            orders.send(("ready",))
            while (order := orders.recv())[0] != "quit":
                orders.send(writer.obey(order))
        finally:
            writer.abort()
            del writer
            block.close()


class _Writer:
    """Obeys one order after the other; after one that failed, none."""

    def __init__(self, settings: Settings, frames: np.ndarray):
        self._settings, self._frames = settings, frames
        self._encoder: Encoder | None = None

    def obey(self, order: tuple) -> tuple:
        """Do it; what to answer."""
        try:
            return self._do(order)
        except UserError as error:
            self.abort()
            interrupted = isinstance(error, InterruptedRecordingError)
            return "interrupted" if interrupted else "failed", str(error), ""
        except Exception as error:
            self.abort()
            return "failed", "", f"{type(error).__name__}: {error}"

    def abort(self) -> None:
        """What is begun is removed."""
        if self._encoder is not None:
            self._encoder.abort()
            self._encoder = None

    def _do(self, order: tuple) -> tuple:
        match order:
            case ("begin", str(path), int(first)):
                self._encoder = open_encoder(self._settings, Path(path), first)
                return ("begun",)
            case ("frame", int(number), int(buffer)) if self._encoder is not None:
                self._encoder.write(number, self._frames[buffer])
                return "written", number, buffer
            case ("end",) if self._encoder is not None:
                self._encoder.close()
                self._encoder = None
                return ("ended",)
        raise ValueError(f"{order[0]} has no place here")
