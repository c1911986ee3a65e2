"""Labs that nobody has saved, kept all the same: a window that is closed by mistake, or killed, loses little.

Each window has a folder of its own, named by its day and a number; a few of the newest stay. Knows no torch.
"""

import shutil
import time
from pathlib import Path

from nnvis3d.files import free_name, state_folder

KEPT = 3
"""Labs that stay, the one that is open among them; each within the size that its past may take."""
IN_USE_SECONDS = 3600.0
"""A lab that was saved so lately may be open elsewhere, and is not removed."""
_MANIFEST, _OPEN = "lab.json", "open"


class KeptLabs:
    """The folder with their folders. What cannot be read or written there is as if it were not there."""

    def __init__(self, folder: Path | None = None):
        """`folder`: None for the user's own."""
        self._folder = folder or state_folder("nnvis3d") / "labs"

    def new(self) -> Path:
        """Where a lab that opens now is kept; there is nothing yet."""
        return free_name(self._folder, time.strftime("%Y-%m-%d"), "")

    def last(self) -> Path | None:
        """The newest; None: there is none."""
        found = self._all()
        return found[-1] if found else None

    def opened(self, lab: Path) -> None:
        """Its window is open: until `closed` it is one that was ended."""
        try:
            lab.mkdir(parents=True, exist_ok=True)
            (lab / _OPEN).touch()
        except OSError:
            return  # the lab itself says that it cannot be kept

    def closed(self, lab: Path) -> None:
        """Its window was closed, and it has saved what there was."""
        try:
            (lab / _OPEN).unlink(missing_ok=True)
            if not (lab / _MANIFEST).exists():
                lab.rmdir()
        except OSError:
            return

    def ended(self) -> bool:
        """Whether the window of the newest was not closed by anybody; said once."""
        last = self.last()
        if last is None or not (last / _OPEN).exists():
            return False
        self.closed(last)
        return True

    def sweep(self) -> None:
        """Remove all but the newest, and those in which nothing was ever done."""
        now = time.time()
        for lab in [*self._empty(), *self._all()[: -KEPT + 1]]:
            if now - _changed_at(lab) > IN_USE_SECONDS:
                shutil.rmtree(lab, ignore_errors=True)

    def _empty(self) -> list[Path]:
        """Of windows that were ended before there was anything to save."""
        try:
            return [lab for lab in self._folder.iterdir() if not (lab / _MANIFEST).is_file()]
        except OSError:
            return []

    def _all(self) -> list[Path]:
        """By when they were saved, the newest last."""
        try:
            found = [lab for lab in self._folder.iterdir() if (lab / _MANIFEST).is_file()]
        except OSError:
            return []
        return sorted(found, key=lambda lab: (_changed_at(lab), lab.name))


def _changed_at(lab: Path) -> float:
    """When it was saved; without that, when it was made."""
    for path in (lab / _MANIFEST, lab):
        try:
            return path.stat().st_mtime
        except OSError:
            continue
    return time.time()
