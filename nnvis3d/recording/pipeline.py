"""Hands frames to the process that encodes them, a few frames behind the renderer."""

import multiprocessing
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.processes import start_deaf
from nnvis3d.recording.encoders import remove_parts
from nnvis3d.recording.settings import Settings
from nnvis3d.recording.trouble import InterruptedRecordingError
from nnvis3d.recording.writing import BUFFERS, frame_bytes, frames_in, no_memory, serve
from nnvis3d.shared_block import make_block

PATIENCE_SECONDS = 10.0
"""For a process that was told to end: as long as it may take to write what it has."""


class WriterEndedError(InterruptedRecordingError):
    """The process is gone: killed, or out of memory."""


class Pipeline:
    """Frames of one size, for one file or folder after the other.

    What goes wrong in the other process is raised by the next call of any method but `close`: a UserError
    with what it says, or a RuntimeError.
    """

    def __init__(self, settings: Settings, written: Callable[[int], None] = lambda number: None):
        """Start the process; it is ready a quarter of a second later, and frames may come before.

        Args:
            written: called with each frame's number when it was written, by whichever method hears of it.

        Raises:
            UserError: there is not enough memory, or no room for a process.
        """
        self._written = written
        try:
            self._memory = make_block(frame_bytes(settings.size))
        except OSError as error:
            raise UserError(no_memory(settings.size, error)) from error
        self._frames = frames_in(self._memory.buffer, settings.size)
        self._free = deque(range(BUFFERS))
        self._ending: deque[Callable[[], None]] = deque()
        self._ready = False
        self._begun: Path | None = None
        try:
            self._start(settings)
        except OSError as error:
            self._let_go()
            raise UserError(f"no process to write the recording can be started ({error.strerror})") from error

    def _start(self, settings: Settings) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        work = (theirs, settings, self._memory.name)
        self._process = context.Process(target=serve, args=work, name="encode", daemon=True)
        start_deaf(self._process)
        theirs.close()  # ours: its end tells us when the process is gone

    @property
    def pid(self) -> int:
        """Number of the process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def idle(self) -> bool:
        """Whether the process is there, and `buffer` would answer at once."""
        self._listen()
        return self._ready and bool(self._free)

    def begin(self, path: Path, first: int) -> None:
        """What is put from now on is for this file or folder; `first`: number of its first frame."""
        self._begun = path.absolute()
        self._tell("begin", str(self._begun), first)

    def buffer(self) -> np.ndarray:
        """uint8 (H, W, 4) to write the next frame into; waits until one is free."""
        self._listen()
        while not self._free:
            self._hear()
        return self._frames[self._free[0]]

    def put(self, number: int) -> None:
        """What lies in the array that `buffer` gave last is frame `number`."""
        self._tell("frame", number, self._free.popleft())

    def end(self, done: Callable[[], None] = lambda: None) -> None:
        """The segment is complete; `done` is called, as `written` is, when it stands under its name."""
        self._tell("end")
        self._ending.append(done)

    def flush(self) -> None:
        """Wait until all that has ended is written."""
        while self._ending:
            self._hear()

    def close(self) -> None:
        """End the process; what is not complete is removed."""
        with suppress(OSError):
            self._pipe.send(("quit",))
        self._process.join(PATIENCE_SECONDS)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        if self._process.exitcode and self._begun is not None:  # it could not do so itself
            remove_parts(self._begun, self.pid)
        self._pipe.close()
        self._let_go()

    # inside

    def _let_go(self) -> None:
        del self._frames
        self._memory.close()

    def _tell(self, *order: object) -> None:
        with suppress(OSError):  # it has ended: what it said last is read next
            self._pipe.send(order)
            return
        while True:
            self._hear()

    def _listen(self) -> None:
        while self._pipe.poll():
            self._hear()

    def _hear(self) -> None:
        """Wait for an answer, and act on it."""
        try:
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join(PATIENCE_SECONDS)
            status = self._process.exitcode
            raise WriterEndedError(
                f"the process that writes the recording was ended (status {status})"
            ) from error
        match answer:
            case ("ready",):
                self._ready = True
            case ("written", number, buffer):
                self._free.append(buffer)
                self._written(number)
            case ("ended",):
                self._ending.popleft()()
            case ("interrupted", sentence, _):
                raise InterruptedRecordingError(sentence)
            case ("failed", "", said):
                raise RuntimeError(said)
            case ("failed", sentence, _):
                raise UserError(sentence)
