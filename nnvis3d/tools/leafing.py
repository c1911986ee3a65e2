"""Stepping through drawings: which album is open, and where one is in it."""

from dataclasses import dataclass

from nnvis3d.inputs.album import Album, SampleDigits, SamplePictures, first_readable
from nnvis3d.inputs.strokes import Drawing


@dataclass(frozen=True, eq=False)
class Sheet:
    """What is on the pad, and where it is from."""

    drawing: Drawing
    album: Album | None = None
    """None: it was drawn."""
    index: int = -1
    """Its number in the album, from 0."""


class Leafing:
    """Holds the album that is open: the pictures that were given, or samples that fit the network."""

    def __init__(self):
        self._samples: dict[bool, Album] = {False: SampleDigits(), True: SamplePictures()}
        self._given: Album | None = None
        self._at = -1
        """Where one was last in the album that was given."""

    def album(self, colored: bool) -> Album:
        return self._given if self._given is not None else self._samples[colored]

    def open(self, album: Album) -> None:
        """Step through this from now on, from its beginning."""
        self._given, self._at = album, -1

    def index(self, sheet: Sheet, colored: bool) -> int:
        """The number of `sheet` in the album that is open; -1: it is not from there."""
        return sheet.index if sheet.album is self.album(colored) else -1

    def ships(self, sheet: Sheet, colored: bool) -> bool:
        """Whether `sheet` is one of the samples."""
        return sheet.album is self._samples[colored]

    def sample(self, index: int, colored: bool) -> Sheet | None:
        """Number `index` of the samples that fit the network; None: there is none, or a person's own pictures
        are open.

        Raises:
            UserError: the installation lacks them.
        """
        album = self._samples[colored]
        if self._given is not None or not 0 <= index < len(album):
            return None
        return Sheet(album.drawing(index), album, index)

    def step(self, sheet: Sheet, steps: int, colored: bool) -> tuple[Sheet, list[str]]:
        """The drawing `steps` after `sheet`, and what is to be said of those that were passed over because
        they cannot be read.

        Samples begin with the first one again after something was drawn; pictures that a person gave go on.

        Raises:
            UserError: none can be read.
        """
        album, at = self.album(colored), self.index(sheet, colored)
        if at < 0 and self._given is not None:
            at = self._at
        first = (at + steps) % len(album) if at >= 0 else (0 if steps > 0 else len(album) - 1)
        index, drawing, skipped = first_readable(album, first, steps)
        self._at = index
        return Sheet(drawing, album, index), skipped
