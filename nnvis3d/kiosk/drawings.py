"""Keeps what visitors draw, where the exhibit wants that: one JSON object a line."""

import json
from pathlib import Path


class DrawingStore:
    """drawings.jsonl; does nothing at all where it is not enabled."""

    def __init__(self, path: Path, enabled: bool, most_mb: float):
        self.path, self._enabled, self._most = path, enabled, most_mb * 1e6

    def keep(self, drawing: object) -> bool:
        """Append it; False if it was not kept: disabled, the file large enough, the disk full."""
        if not self._enabled:
            return False
        line = json.dumps(drawing, separators=(",", ":")) + "\n"
        try:
            if self.path.exists() and self.path.stat().st_size + len(line) > self._most:
                return False
            with self.path.open("a", encoding="ascii") as file:
                file.write(line)
        except OSError:
            return False
        return True
