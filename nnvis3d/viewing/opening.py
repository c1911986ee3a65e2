"""Starts the window's process, and finds out whether a window came of it."""

import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path

import nnvis3d
from nnvis3d.errors import UserError

LONGEST_START = 60.0
"""Seconds that a window may take to open."""
_PATIENCE = 0.2
STAYS = "--stays"
"""Said to a window that is not to end when its program is interrupted."""


class Opening:
    """A window's process that was just started."""

    def __init__(self, name: str, interruptible: bool = True):
        """
        Args:
            interruptible: whether Ctrl+C, or what interrupts a notebook's cell, ends the window, too: that is
                sent to all processes of a group.
        """
        self._key = secrets.token_bytes(32)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._settled = threading.Event()
        self._problem = ""
        package = str(Path(nnvis3d.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
        port = self._socket.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nnvis3d.viewing.window", str(port), *([] if interruptible else [STAYS])],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert self.process.stdin is not None
        # Through a pipe: a command line and an environment can be read by others.
        self.process.stdin.write(self._key.hex().encode() + b"\n")
        self.process.stdin.flush()

    def connect(self, greeting: object) -> Connection | None:
        """The line to a window that is open; None if there is none: `wait` says why."""
        try:
            connection = self._accepted()
            if connection is None:
                return None
            connection.send(greeting)
            kind, word = connection.recv()
            if kind == "open":
                return connection
            self._problem = word
            connection.close()
        except (EOFError, OSError) as error:
            self._problem = f"its process ended: {error or type(error).__name__}"
        finally:
            self._socket.close()
            self._settled.set()
        return None

    def wait(self) -> None:
        """Until the window is open.

        Raises:
            UserError: it does not open.
        """
        if not self._settled.wait(LONGEST_START):
            self._problem = f"it took longer than {LONGEST_START:g} s"
        if self._problem:
            self.process.kill()
            self.process.wait()
            raise UserError(f"view: the window does not open ({self._problem})")

    def _accepted(self) -> Connection | None:
        self._socket.settimeout(_PATIENCE)
        until = time.monotonic() + LONGEST_START
        while time.monotonic() < until:
            try:
                accepted, _ = self._socket.accept()
            except TimeoutError:
                if self.process.poll() is not None:
                    self._problem = f"its process ended with status {self.process.returncode}"
                    return None
                continue
            accepted.setblocking(True)
            connection = Connection(accepted.detach())
            deliver_challenge(connection, self._key)
            answer_challenge(connection, self._key)
            return connection
        return None
