"""What the exhibit says to its supervisor: one JSON object a line, on its standard output.

    {"frames": 1234, "p50": 7.1, "p95": 9.8}            alive: at most four times a second
    {"count": "languages", "label": "ja", "by": 1}      a counter
    {"log": "exception", "level": "error", ...}         a line for the log
    {"keep": "volume", "value": 0.7}                    a setting, to be kept
    {"drawing": {"label": 0, "strokes": [...]}}         to be kept, if the exhibit keeps drawings

The supervisor is the only one that writes files: a full disk cannot stop a frame, and what was counted
survives a crash. Nor can a supervisor that does not read: the exhibit drops what does not go through.
"""

import json
import os
import sys
from typing import BinaryIO

QUIT, RESTART, BROKEN = 0, 75, 70
"""How the exhibit ends: asked to in the service menu; restart asked there; an exception."""
LONGEST_LINE = 1 << 20


class Outbox:
    """The exhibit's end."""

    def __init__(self, stream: BinaryIO | None = None):
        """`stream`: None: there is no supervisor, nothing is said to anybody."""
        self.alone = False
        """Whether the supervisor has gone."""
        self._file = stream.fileno() if stream is not None else None
        if self._file is not None and sys.platform != "win32":
            os.set_blocking(self._file, False)
        self._left = b""

    def send(self, message: dict[str, object]) -> None:
        """Say it, or drop it: this never waits and never fails."""
        if self._file is None:
            return
        if len(self._left) < LONGEST_LINE:  # only whole messages are dropped
            self._left += json.dumps(message, default=str).encode() + b"\n"
        self._flush()

    def _flush(self) -> None:
        assert self._file is not None
        try:
            while self._left:
                self._left = self._left[os.write(self._file, self._left) :]
        except BlockingIOError:
            return
        except OSError:
            self.alone, self._file, self._left = True, None, b""


def parse(line: bytes) -> dict | None:
    """The message of a line; None: it is none (a library printed something)."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
