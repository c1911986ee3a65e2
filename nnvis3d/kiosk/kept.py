"""What the service menu changed, kept over restarts: one small JSON file in the folder that is written to."""

import json
import math
import os
from pathlib import Path

from nnvis3d.kiosk.config import Sound


class KeptVolume:
    """settings.json; a config that says another volume than when it was set stands before it."""

    def __init__(self, path: Path, sound: Sound):
        self._path, self._sound = path, sound
        self.volume = self._read() if sound.remember else None
        """0 to 1; None: it is as the config says."""

    def keep(self, volume: float) -> bool:
        """Write it down; False if that is not wanted, or cannot be done: then it is known until the end."""
        self.volume = volume
        if not self._sound.remember:
            return False
        beside = self._path.with_name(self._path.name + ".new")
        try:
            beside.write_text(json.dumps({"volume": volume, "instead_of": self._sound.volume}), "utf-8")
            os.replace(beside, self._path)
        except OSError:
            return False
        return True

    def _read(self) -> float | None:
        """A damaged file counts as none, for the exhibit must start."""
        try:
            kept = json.loads(self._path.read_text("utf-8"))
            volume = float(kept["volume"])
            same = kept["instead_of"] == self._sound.volume
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return volume if same and math.isfinite(volume) and 0 <= volume <= 1 else None
