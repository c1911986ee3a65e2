"""Reads tour files: TOML, with every mistake told by the line that it is on."""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path as File
from typing import NoReturn

import msgspec

from nnvis3d.errors import UserError
from nnvis3d.toml_lines import Lines, Path, parse, steps
from nnvis3d.tour.model import Cue, Lab, Pen, Pose, Scene, TourFile, Video

LARGEST_FILE = 16_000_000
"""Bytes: a tour is a page of text, a recorded one a few hundred."""
_UNKNOWN = re.compile(r"unknown field `(.*?)`")
_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_FIELDS = {cls: msgspec.structs.fields(cls) for cls in (TourFile, Lab, Video, Scene, Cue, Pen, Pose)}


@dataclass(frozen=True)
class TourText:
    """A tour file as it was read: what it says, and where it says it."""

    name: str
    """Of the file, for errors."""
    text: str
    says: TourFile
    lines: Lines

    def fail(self, path: Path, why: str) -> NoReturn:
        """
        Raises:
            UserError: always; names the line at `path`.
        """
        raise UserError(f"{self.name}, line {self.lines.of(path)}: {why}")


def read_tour(path: File) -> TourText:
    """
    Raises:
        UserError: it cannot be read, is no TOML, or says what no tour says; names file and line.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UserError(f"{path}: too large for a tour")
        return parse_tour(path.read_bytes().decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a text file ({error.reason})") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error


def parse_tour(text: str, name: str = "tour") -> TourText:
    """The tour that `text` is; raises as `read_tour`."""
    text = text.replace("\r\n", "\n")
    table = parse(text, name)
    lines = Lines(text)
    try:
        says = msgspec.convert(table, TourFile)
    except msgspec.ValidationError as error:
        raise UserError(_explained(str(error), name, lines)) from error
    if says.cues and says.scene:
        raise UserError(
            f"{name}, line {lines.of(('scene', 0))}: cues of a tour with scenes belong to a scene"
        )
    if not says.cues and not says.scene:
        raise UserError(f"{name}: nothing happens in it; write [[scene]] and cues = [ ... ]")
    return TourText(name, text, says, lines)


def _explained(message: str, name: str, lines: Lines) -> str:
    """msgspec's sentence with the line, and with what could have been meant."""
    match = _WHERE.match(message)
    assert match is not None
    path = steps(match["path"] or "")
    what = match["what"]
    unknown = _UNKNOWN.search(what)
    if unknown is None:
        return f"{name}, line {lines.of(path)}: {_place(path)}: {what[:1].lower()}{what[1:]}"
    key = unknown[1]
    known = [field.encode_name for cls in _FIELDS if _is(cls, path) for field in _FIELDS[cls]]
    near = difflib.get_close_matches(key, known, 1)
    meant = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
    return f"{name}, line {lines.of((*path, key))}: unknown key {key!r}{meant}"


def _place(path: Path) -> str:
    keys = [step for step in path if isinstance(step, str)]
    return keys[-1] if keys else "the tour"


def _is(cls: type, path: Path) -> bool:
    """Whether a `cls` stands at `path`."""
    last = next((step for step in reversed(path) if isinstance(step, str)), "")
    known = {"": TourFile, "lab": Lab, "video": Video, "scene": Scene, "cues": Cue, "draw": Pen, "pose": Pose}
    return known.get(last) is cls
