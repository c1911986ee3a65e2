"""Labs that nobody has saved, kept all the same: a window that is closed by mistake, or killed, loses little.

Each window has a folder of its own, named by its day and a number; a few of the newest stay. A file in it is
locked for as long as the window lives, which the system sees to. Knows no torch.
"""

import shutil
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from nnvis3d.files import free_name, state_folder

KEPT = 3
"""Labs that stay, the one that is open among them; each within the size that its past may take."""
IN_USE_SECONDS = 3600.0
"""One that changed so lately is not removed: not every file system knows locks."""
_MANIFEST, _OPEN, _LOCK = "lab.json", "open", "lock"
_NO_LOCKS = (OSError, NotImplementedError)  # a lock that somebody else has is an OSError as well


class KeptLabs:
    """The folder with their folders. What cannot be read or written there is as if it were not there."""

    def __init__(self, folder: Path | None = None):
        """`folder`: None for the user's own."""
        try:
            self._folder = folder or state_folder("nnvis3d") / "labs"
        except RuntimeError:  # nobody's home
            self._folder = Path("/nowhere")
        self.own: Path | None = None
        """Of this window."""
        self._lock: FileLock | None = None

    def claim(self) -> Path | None:
        """A new folder, of this window until `release`; None: there is no room for one."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self.own = self._made()
            (self.own / _OPEN).touch()
            lock = FileLock(self.own / _LOCK)
            lock.acquire(blocking=False)
            self._lock = lock
        except _NO_LOCKS:  # without a folder nothing is kept; without a lock it is kept all the same
            pass
        return self.own

    def _made(self) -> Path:
        while True:
            lab = free_name(self._folder, time.strftime("%Y-%m-%d"), "")
            with suppress(FileExistsError):  # another window was faster
                lab.mkdir()
                return lab

    def release(self) -> None:
        """The window was closed, and its lab has saved what there was."""
        if self._lock is not None:
            self._lock.release()
        if self.own is not None:
            self.taken_over(self.own)
            with suppress(OSError):
                (self.own / _LOCK).unlink(missing_ok=True)
                self.own.rmdir()  # only if nothing was ever done
        self.own = self._lock = None

    def last(self) -> Path | None:
        """The newest of no living window; None: there is none."""
        return next((lab for lab in reversed(self._all()) if not _alive(lab)), None)

    def ended(self) -> bool:
        """Whether the window of the newest was not closed by anybody; said once."""
        last = self.last()
        if last is None or not (last / _OPEN).exists():
            return False
        self.taken_over(last)
        return True

    def taken_over(self, lab: Path) -> None:
        """It goes on elsewhere, or not at all: nobody needs to be told. Other folders are left alone."""
        with suppress(OSError):
            if lab.resolve().parent == self._folder.resolve() and not _alive(lab):
                (lab / _OPEN).unlink(missing_ok=True)

    def sweep(self, spare: Path | None = None) -> None:
        """Remove all but the newest, and those in which nothing was ever done; none of a living window.

        Args:
            spare: another one that stays.
        """
        now = time.time()
        kept = None if spare is None else spare.resolve()
        for lab in [*self._empty(), *self._all()[: -KEPT + 1]]:
            young = now - _changed_at(lab) <= IN_USE_SECONDS
            if not young and lab.resolve() != kept and not _alive(lab):
                shutil.rmtree(lab, ignore_errors=True)

    def _empty(self) -> list[Path]:
        """Of windows that were ended before there was anything to save."""
        return [lab for lab in self._folders() if not (lab / _MANIFEST).is_file() and lab != self.own]

    def _all(self) -> list[Path]:
        """By when they were saved, the newest last."""
        found = [lab for lab in self._folders() if (lab / _MANIFEST).is_file()]
        return sorted(found, key=lambda lab: (_changed_at(lab), lab.name))

    def _folders(self) -> list[Path]:
        try:
            return [lab for lab in self._folder.iterdir() if lab.is_dir()]
        except OSError:
            return []


def _alive(lab: Path) -> bool:
    """Whether its window lives: whether it has the lock."""
    if not (lab / _LOCK).exists():
        return False
    lock = FileLock(lab / _LOCK)
    try:
        lock.acquire(blocking=False)
    except TimeoutError:
        return True
    except _NO_LOCKS:
        return False
    lock.release()
    return False


def _changed_at(lab: Path) -> float:
    """When it was saved; without that, when it was made."""
    for path in (lab / _MANIFEST, lab):
        with suppress(OSError):
            return path.stat().st_mtime
    return time.time()
