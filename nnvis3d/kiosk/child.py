"""A process that the supervisor started: what it says, how much memory it has, how it ends."""

import os
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from nnvis3d.kiosk.messages import LONGEST_LINE

MOST_WAITING = 10000
"""Lines that wait to be read; more are dropped."""
_TAIL = 40
"""Lines of what it wrote on stderr that are kept for the log."""


class Child:
    """Reads both its outputs on threads, so that it never waits for us."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None):
        self.process = subprocess.Popen(
            list(command),
            env=None if environment is None else dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl+C is the supervisor's: it ends the others in order
        )
        self._said: queue.Queue[bytes] = queue.Queue(MOST_WAITING)
        self._complaints: list[str] = []
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._read_said, self._read_complaints)
        ]
        for thread in self._threads:
            thread.start()

    def _read_said(self) -> None:
        assert self.process.stdout is not None
        for line in iter(partial(self.process.stdout.readline, LONGEST_LINE), b""):
            try:
                self._said.put_nowait(line)
            except queue.Full:
                continue

    def _read_complaints(self) -> None:
        assert self.process.stderr is not None
        for line in iter(partial(self.process.stderr.readline, 4096), b""):
            self._complaints = [*self._complaints, line.decode("utf-8", "replace").rstrip()][-_TAIL:]

    def said(self) -> list[bytes]:
        """Lines that came since this was last asked."""
        lines = []
        while not self._said.empty():
            lines.append(self._said.get_nowait())
        return lines

    @property
    def complaints(self) -> str:
        """The end of what it wrote on stderr."""
        return "\n".join(self._complaints)

    @property
    def status(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        return self.process.poll()

    @property
    def memory_mb(self) -> float:
        """Resident; 0 where the system does not tell (anything but Linux)."""
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6
        except (OSError, ValueError, IndexError, AttributeError):
            return 0.0

    def end(self, patience: float = 2.0) -> int:
        """Ask it to end, then make it; its exit status. Works on a stopped process too."""
        if self.status is None and patience > 0:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        if self.status is None:
            self.process.kill()
        status = self.process.wait()
        for thread in self._threads:
            thread.join(1.0)
        return status
