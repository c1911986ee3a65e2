"""Names for files that the program writes unasked where."""

import os
import sys
from pathlib import Path


def state_folder(name: str) -> Path:
    """Where a program of this name keeps what it needs again, of this user; not made yet."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / name


def free_name(folder: Path, stem: str, ending: str = ".png") -> Path:
    """The first of `stem`-001.png, `stem`-002.png, ... that is not there yet."""
    number = 1
    while (path := folder / f"{stem}-{number:03d}{ending}").exists():
        number += 1
    return path
