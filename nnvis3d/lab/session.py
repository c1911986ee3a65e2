"""A lab on a thread of its own: commands go in through a queue, the newest snapshot comes out."""

import threading
from queue import Empty, SimpleQueue

from nnvis3d.errors import UserError
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.obey import obey
from nnvis3d.lab.pace import Pace
from nnvis3d.lab.snapshots import Snapshots
from nnvis3d.network.lab_commands import Command, KeepLayout
from nnvis3d.network.lab_snapshot import LabSnapshot

SNAPSHOT_SECONDS = 1 / 30
"""Between two while it trains: each of the 24 pictures a second that a window draws then finds a new one."""
_SHARE = 8
"""The next waits at least so many times as long as one takes."""
_REST_SECONDS = 0.03
"""How often a lab that does not train looks around."""


class LabSession:
    """Owns a lab's thread. `send` and `latest` may be called from any thread and never wait."""

    def __init__(self, lab: Lab, snapshot_seconds: float = SNAPSHOT_SECONDS, network: bool = True):
        """`network`: whether snapshots hold weights and activations; without, they cost next to nothing."""
        self._lab, self._every = lab, snapshot_seconds
        self._snapshots = Snapshots(lab, network)
        if not network:
            lab.unseen()
        self._commands: SimpleQueue[Command | None] = SimpleQueue()
        self._latest: LabSnapshot | None = None
        self._new = threading.Event()
        self._pace, self._news, self._ended = Pace(_SHARE), False, False
        self._thread = threading.Thread(target=self._work, name="lab", daemon=True)
        self.failure: BaseException | None = None
        """What ended the thread, if it was not `close`."""

    def open(self) -> "LabSession":
        """Start the thread."""
        self._thread.start()
        return self

    def send(self, command: Command) -> None:
        """Have it done before the next step."""
        self._commands.put(command)

    def latest(self) -> LabSnapshot | None:
        """The newest snapshot; None before the first."""
        return self._latest

    def wait(self, seconds: float) -> bool:
        """Wait for a snapshot that is newer than when `wait` last returned; False if none came."""
        came = self._new.wait(seconds)
        self._new.clear()
        return came

    def close(self) -> None:
        """End the thread after the current step."""
        self._commands.put(None)
        if self._thread.is_alive():
            self._thread.join()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _work(self) -> None:
        try:
            self._publish()
            self._loop()
        except BaseException as error:  # told to whoever looks, and not only on stderr
            self.failure = error
            self._new.set()
            if not isinstance(error, UserError):
                raise

    def _loop(self) -> None:
        worked = True
        while not self._ended:
            worked = self.turn(0.0 if worked else _REST_SECONDS)
        self._lab.keeper.last()

    def turn(self, patience: float = 0.0) -> bool:
        """What was sent is done, a step is trained, a snapshot taken if it is time; whether anything was
        trained or embedded. The thread does nothing but this; without `open`, whoever calls it is the thread.

        Args:
            patience: seconds to wait for a command.
        """
        lab, pace = self._lab, self._pace
        commands = self._waiting(patience)
        for command in commands:
            if command is None:
                self._ended = True
                return False
            obey(lab, command)
        worked = lab.work()
        lab.keeper.work()
        told = any(not isinstance(command, KeepLayout) for command in commands)  # of that no viewer hears
        self._news = self._news or worked or told
        now = lab.clock()
        if self._news and (told or pace.is_due(now) or not worked):
            self._publish()
            pace.took(now, lab.clock(), self._every)
            self._news = False
        return worked

    def _publish(self) -> None:
        self._latest = self._snapshots.take()
        self._new.set()

    def _waiting(self, patience: float) -> list[Command | None]:
        """Commands that were sent; waits `patience` seconds for the first."""
        found: list[Command | None] = []
        if not patience and self._commands.empty():
            return found
        try:
            found.append(self._commands.get(timeout=patience) if patience else self._commands.get_nowait())
            while True:
                found.append(self._commands.get_nowait())
        except Empty:
            return found
