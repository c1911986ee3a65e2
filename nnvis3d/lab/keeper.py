"""Saves a lab by itself, once it has a folder, so that whoever is killed loses little."""

from pathlib import Path
from typing import TYPE_CHECKING

from nnvis3d.errors import UserError
from nnvis3d.lab.store import Store

if TYPE_CHECKING:
    from nnvis3d.lab.lab import Lab

SECONDS = 20.0
"""Between two saves while something changes: a killed process loses less than half a minute."""


class Keeper:
    """Of one lab."""

    def __init__(self, lab: "Lab"):
        self._lab = lab
        self._store: Store | None = None
        self._saved_at = 0.0
        self._tried_at = 0.0
        self._saved: tuple = ()
        self.step: int | None = None
        """Of the newest save."""
        self.unasked = False
        """Whether it is saved where nobody has asked for it."""

    def keep_in(self, folder: Path) -> None:
        """Save there by itself, once there is something to save."""
        self._store, self.unasked = Store(folder), True
        self._saved, self._tried_at = self._now(), self._lab.clock()

    def save(self, folder: Path, layout: str | None = None) -> None:
        """Save now, and from now on by itself.

        Args:
            layout: of the window; None: the one that is known.

        Raises:
            UserError: it cannot be written.
        """
        lab = self._lab
        asked = self._store is None or self._store.folder != folder
        store = Store(folder) if asked or self._store is None else self._store
        if layout is not None:
            lab.layout = layout
        self._tried_at = lab.clock()
        lab.note_training()
        store.save(lab, lab.layout)  # where that fails, it is kept as before
        if asked:
            self._store, self.unasked = store, False
        self._saved_at, self._saved, self.step = lab.clock(), self._now(), lab.trainer.step

    def _now(self) -> tuple:
        """Another one means that there is something to save."""
        lab = self._lab
        training = lab.trainer.weights_serial, lab.line.name, len(lab.lines)
        return *training, lab.embeddings.settings, lab.compared, lab.layout

    def work(self) -> None:
        """Save if it is time; a save that fails is said, and tried again later."""
        lab = self._lab
        if self._store is None or lab.clock() - self._tried_at < SECONDS:
            return
        if self._now() == self._saved:
            return
        try:
            self.save(self._store.folder)
        except UserError as error:
            if not self.unasked:  # the tab Past says since when nothing was saved
                lab.say(f"{error}; trying again in {SECONDS:.0f} seconds")

    def last(self) -> None:
        """Before the end.

        Raises:
            UserError: it cannot be written, and somebody has asked for it.
        """
        if self._store is None or self._now() == self._saved:
            return
        try:
            self.save(self._store.folder)
        except UserError:
            if not self.unasked:
                raise

    @property
    def seconds_ago(self) -> float:
        return float("nan") if self.step is None else self._lab.clock() - self._saved_at
