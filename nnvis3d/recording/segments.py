"""What is recorded at a stretch: the unit of resuming, of workers, and of the joined file.

Whoever renders a segment renders it from the tour's beginning, without drawing what comes before; so the
segments' bytes depend neither on who rendered them nor on how many did.
"""

import json
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from nnvis3d.errors import UserError
from nnvis3d.recording.encoders import frame_name, segment_name
from nnvis3d.recording.settings import Settings

VIDEO_FRAMES = 240
"""Of a video segment: long enough that key frames cost little, short enough to lose little."""
PNG_BYTES = 240_000_000
"""Of the pictures of a segment of PNG files, before compression: what travels from a worker at once."""
WORKER_PIECES = 8
"""PNG pieces for each worker: few enough that starting one costs little, enough that all end together."""
_MANIFEST = "recording.json"


@dataclass(frozen=True, order=True)
class Segment:
    """Frames `first` up to `last`, which is not among them."""

    first: int
    last: int

    @property
    def frames(self) -> int:
        return self.last - self.first

    def place(self, settings: Settings, folder: Path) -> Path:
        """The file that it becomes, or the folder of its files."""
        if settings.container == "png":
            return folder
        return folder / segment_name(self.first, self.last)

    def files(self, settings: Settings) -> list[str]:
        """Names of the files that it becomes."""
        if settings.container == "png":
            return [frame_name(number) for number in range(self.first, self.last)]
        return [segment_name(self.first, self.last)]


def plan(settings: Settings, first: int, last: int) -> list[Segment]:
    """The segments of frames `first` to `last` (not included). They begin at the same frames whatever `first`
    is."""
    width, height = settings.size
    length = VIDEO_FRAMES
    if settings.container == "png":
        length = max(1, min(VIDEO_FRAMES, PNG_BYTES // (4 * width * height)))
    starts = range(first - first % length, last, length)
    return [Segment(max(start, first), min(start + length, last)) for start in starts]


def shared(settings: Settings, segments: list[Segment], workers: int) -> list[Segment]:
    """The segments, cut so that the workers end at about the same time. Only those of PNG files may be: a
    video's bytes depend on where its segments begin."""
    if settings.container != "png":
        return segments
    length = max(1, sum(segment.frames for segment in segments) // (workers * WORKER_PIECES))
    return [
        Segment(first, min(first + length, segment.last))
        for segment in segments
        for first in range(segment.first, segment.last, length)
    ]


class Workplace:
    """The folder in which segments wait until all are there."""

    def __init__(self, output: Path, settings: Settings, tour: str):
        """
        Args:
            tour: what else decides the frames: the text of the tour file, and which weights.
        """
        self.output = output
        self.folder = output.with_name(output.name + ".parts")
        self.settings = settings
        digest = sha256(msgspec.json.encode(settings) + tour.encode()).hexdigest()
        self._manifest = {"nnvis3d": "recording", "output": output.name, "digest": digest}

    def open(self, resume: bool) -> None:
        """Make it; with `resume`, keep what an interrupted run of the same recording left.

        Raises:
            UserError: there is something else, or it cannot be made.
        """
        try:
            if self.folder.is_symlink() or (self.folder.exists() and not self._ours()):
                raise UserError(
                    f"{self.folder}: is not a recording's; move it away, or name another --output"
                )
            if resume and self.folder.exists() and self._read() != self._manifest:
                raise UserError(
                    f"{self.folder}: was begun with another tour or other settings; without --resume it "
                    "begins anew"
                )
            if not resume:
                self.discard()
            self.folder.mkdir(exist_ok=True)
            (self.folder / _MANIFEST).write_text(json.dumps(self._manifest), encoding="utf-8")
        except OSError as error:
            raise UserError(f"{self.folder}: cannot be written ({error.strerror or error})") from error

    def missing(self, segments: list[Segment]) -> list[Segment]:
        """What is not there yet: whole segments of a video, single frames of PNG files."""
        found: list[Segment] = []
        for segment in segments:
            if self.settings.container != "png":
                if not (self.folder / segment.files(self.settings)[0]).is_file():
                    found.append(segment)
                continue
            for number in range(segment.first, segment.last):
                if (self.folder / frame_name(number)).is_file():
                    continue
                if found and found[-1].last == number and number > segment.first:
                    found[-1] = Segment(found[-1].first, number + 1)
                else:
                    found.append(Segment(number, number + 1))
        return found

    def discard(self) -> None:
        """Remove it with all that is in it."""
        if self.folder.exists() and self._ours():
            shutil.rmtree(self.folder)

    def manifest(self) -> Path:
        return self.folder / _MANIFEST

    def _ours(self) -> bool:
        return self.folder.is_dir() and (not any(self.folder.iterdir()) or bool(self._read()))

    def _read(self) -> dict:
        try:
            found = json.loads((self.folder / _MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) and found.get("nnvis3d") == "recording" else {}
