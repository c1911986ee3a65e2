"""The log: one JSON object a line, in files that rotate and are capped. A full disk stops the log alone."""

import json
import os
import shutil
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

SPARE_MB = 50.0
"""With less than this free on the disk nothing is written: other programs need it more."""
REMEMBERED = 20
"""Errors that the service menu can show."""
LONGEST = 4000
"""Characters of one value."""


def utc() -> str:
    """The wall clock, for people who read the log; nothing is decided by it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Log:
    """kiosk.log, kiosk.log.1, ... in one folder; this process alone writes there."""

    def __init__(
        self,
        folder: Path,
        most_mb: float = 5.0,
        files: int = 4,
        now: Callable[[], str] = utc,
        name="kiosk.log",
    ):
        """
        Args:
            most_mb: of one file.
            files: how many are kept, the newest included.
        """
        self.path = folder / name
        self.lost = 0
        """Lines that could not be written."""
        self.errors: deque[str] = deque(maxlen=REMEMBERED)
        """The last of them, newest at the end, for the service menu."""
        self._most, self._files, self._now = int(most_mb * 1e6), files, now

    def write(self, event: str, level: str = "info", **values: object) -> None:
        """Note it down. Whatever goes wrong with that is counted, not raised."""
        time = self._now()
        if level == "error":
            self.errors.append(f"{time[11:19]} {event} {values.get('reason', '')}".rstrip())
        if self.lost:
            values = {**values, "lost_lines": self.lost}
        clipped = {key: v[:LONGEST] if isinstance(v, str) else v for key, v in values.items()}
        record = {"time": time, "level": level, "event": event, **clipped}
        try:
            self._append(json.dumps(record, ensure_ascii=False, default=str) + "\n")
            self.lost = 0
        except (OSError, ValueError):
            self.lost += 1

    def _append(self, line: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        data = line.encode("utf-8", "replace")
        size = self.path.stat().st_size if self.path.exists() else 0
        if size and size + len(data) > self._most:
            self._rotate()
        if shutil.disk_usage(self.path.parent).free < SPARE_MB * 1e6:
            raise OSError("the disk is as good as full")
        with self.path.open("ab") as file:
            file.write(data)

    def _rotate(self) -> None:
        self._numbered(self._files - 1).unlink(missing_ok=True)
        for number in range(self._files - 2, -1, -1):
            if (older := self._numbered(number)).exists():
                os.replace(older, self._numbered(number + 1))
        if self._files == 1:
            self.path.unlink(missing_ok=True)

    def _numbered(self, number: int) -> Path:
        return self.path if number == 0 else self.path.with_name(f"{self.path.name}.{number}")
