"""A lab in a process of its own, so that a window and a training share no interpreter lock.

Measured on two cores with `cnn`, beside a window that is busy for half of every 40 ms: a thread trains at
36 % of the bare rate, for every operation of PyTorch gives the lock away and waits for it again; a process at
75 %.
"""

import contextlib
import multiprocessing
import threading
from multiprocessing.connection import Connection

from nnvis3d.errors import UserError
from nnvis3d.lab.codec import decode, encode
from nnvis3d.lab.thinning import Filler, Thinner
from nnvis3d.lab.wanted import Wanted
from nnvis3d.network.lab_commands import Command
from nnvis3d.network.lab_snapshot import LabSnapshot
from nnvis3d.processes import start_deaf

_CLOSE = b""


class LabProcess:
    """Has `send`, `latest`, `wait`, `close` and `alive` as `LabSession` has them; nothing of it waits."""

    def __init__(self, wanted: Wanted):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, wanted), name="lab", daemon=True)
        self._latest: LabSnapshot | None = None
        self._new = threading.Event()
        self._closing = threading.Lock()
        self._reader = threading.Thread(target=self._read, name="lab-snapshots", daemon=True)
        self._gone = threading.Event()
        self._theirs: Connection | None = theirs
        self.failure: BaseException | None = None
        """A UserError if the lab could not be opened; RuntimeError if its process ended by itself."""

    def open(self) -> "LabProcess":
        """Start it; the first snapshot comes when PyTorch and the data are there."""
        start_deaf(self._process)
        assert self._theirs is not None
        self._theirs.close()  # ours: its end tells us when the process is gone
        self._theirs = None
        self._reader.start()
        return self

    def send(self, command: Command) -> None:
        """Have it done before the next step."""
        with self._closing:
            if self.alive:
                try:
                    self._pipe.send_bytes(encode(command))
                except OSError:
                    return  # it has just ended, which `failure` tells

    def latest(self) -> LabSnapshot | None:
        """The newest snapshot; None before the first."""
        return self._latest

    def wait(self, seconds: float) -> bool:
        """Wait for a newer snapshot; False if none came."""
        came = self._new.wait(seconds)
        self._new.clear()
        return came

    @property
    def alive(self) -> bool:
        return self._reader.is_alive() and not self._gone.is_set()

    def close(self) -> None:
        """End it after the current step; what was saved by itself is saved once more."""
        with self._closing, contextlib.suppress(OSError):  # it is gone already
            self._pipe.send_bytes(_CLOSE)
        self._reader.join(10)
        if self._reader.is_alive():
            self._process.terminate()
            self._reader.join()

    def _read(self) -> None:
        filler = Filler()
        while True:
            try:
                content = self._pipe.recv_bytes()
            except (EOFError, OSError):
                self._ended()
                return
            if content[:1] == b"!":
                self.failure = UserError(content[1:].decode())
            else:
                self._latest = filler.fill(decode(content[1:]))
            self._new.set()

    def _ended(self) -> None:
        self._process.join()  # only here: two threads that wait for one process hide its end from each other
        self._gone.set()
        if self.failure is None and self._process.exitcode:
            self.failure = RuntimeError(f"the lab's process ended (status {self._process.exitcode})")
        self._new.set()


def _serve(pipe: Connection, wanted: Wanted) -> None:
    """What runs in the process: a session, fed from the pipe; snapshots go out as fast as they are taken."""
    import signal

    from nnvis3d.lab.opening import opened
    from nnvis3d.lab.session import LabSession
    from nnvis3d.lab.threads import on_one_thread
    from nnvis3d.memory import keep_freed

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends the window, which ends this
    on_one_thread()
    keep_freed(one_pool=True)
    try:
        lab = opened(wanted)
    except UserError as error:
        pipe.send_bytes(b"!" + str(error).encode())
        return
    session = LabSession(lab).open()
    publisher = threading.Thread(target=_publish, args=(pipe, session), name="publish", daemon=True)
    publisher.start()
    while session.alive:
        try:
            if not pipe.poll(0.5):
                continue
            content = pipe.recv_bytes()
        except (EOFError, OSError):
            break  # whoever started this is gone
        if content == _CLOSE:
            break
        session.send(decode(content))
    session.close()
    publisher.join(5)  # a thread that is still in PyTorch or numpy when Python ends brings the process down


def _publish(pipe: Connection, session) -> None:
    """The newest snapshot, as soon as the one before has gone out: a slow reader misses some."""
    thinner = Thinner()
    while session.alive:
        if not session.wait(0.5):
            continue
        snapshot = session.latest()
        if snapshot is not None:
            try:
                pipe.send_bytes(b"." + encode(thinner.thin(snapshot)))
            except OSError:
                return
    if session.failure is not None:
        with contextlib.suppress(OSError):
            pipe.send_bytes(b"!" + _sentence(session.failure).encode())


def _sentence(failure: BaseException) -> str:
    if isinstance(failure, UserError):
        return str(failure)
    return f"the lab has ended ({type(failure).__name__}: {' '.join(str(failure).split())[:300]})"
