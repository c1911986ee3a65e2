"""TOML of which every mistake can be told with its line: for all files that people write.

tomllib and tomlkit keep no positions. `Lines` walks a text that tomllib has parsed, so it is valid: it only
has to find its way, not to check it.
"""

import re
import tomllib
from typing import Any

from nnvis3d.errors import UserError

Path = tuple[str | int, ...]
"""As in ("scene", 1, "cues", 3, "look_at")."""

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRINGS = (
    re.compile(r'"""(?:\\.|[^\\])*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)
_SCALAR = re.compile(r"[^,\]}#\n]+")
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]|\[\.\.\.\]")
_LINE = re.compile(r"line (\d+)")


def parse(text: str, name: str) -> dict[str, Any]:
    """What the TOML `text` of the file `name` says.

    Raises:
        UserError: it is none; names the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        found = _LINE.match(place)
        line = int(found[1]) if found else max(1, len(text.splitlines()))  # "end of document"
        raise UserError(f"{name}, line {line}: not TOML: {reason}") from error
    except RecursionError as error:
        raise UserError(f"{name}: not TOML: brackets within brackets without end") from error


def steps(place: str) -> Path:
    """Where msgspec says that something is, ".scene[0].cues[2]", as a path: ("scene", 0, "cues", 2)."""
    return tuple(key or int(index or 0) for key, index in _STEP.findall(place))


class Lines:
    """Finds values of one text."""

    def __init__(self, text: str):
        """`text`: valid TOML."""
        self._text = text
        self._at = 0
        self._found: dict[Path, int] = {(): 1}
        self._counts: dict[Path, int] = {}
        """Of each array of tables, how many there were so far."""
        self._walk()

    def of(self, path: Path) -> int:
        """The line, from 1, at which the value at `path` begins, or else what it is part of."""
        while path not in self._found:
            path = path[:-1]
        return self._found[path]

    # inside: each method reads one thing of the grammar and leaves the position behind it

    def _walk(self) -> None:
        table: Path = ()
        while self._skip(_BLANK) < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        many = self._text.startswith("[[", self._at)
        line = self._line()
        self._at += 2 if many else 1
        keys = self._keys()
        self._at += 2 if many else 1
        path: Path = ()
        for number, key in enumerate(keys):
            path += (key,)
            self._found.setdefault(path, line)
            if many and number == len(keys) - 1:
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path += (self._counts[path],)
        self._found[path] = line
        return path

    def _pair(self, table: Path) -> None:
        line, path = self._line(), table
        for key in self._keys():
            path += (key,)
            self._found.setdefault(path, line)
        self._skip(_SPACE)
        self._at += 1  # =
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        self._found.setdefault(path, self._line())
        match self._text[self._at]:
            case "[":
                self._array(path)
            case "{":
                self._inline(path)
            case '"' | "'":
                self._string()
            case _:
                self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while self._text[self._skip(_BLANK)] != "]":
            self._value((*path, index))
            index += 1
            if self._text[self._skip(_BLANK)] == ",":
                self._at += 1
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while self._text[self._skip(_BLANK)] != "}":
            self._pair(path)
            if self._text[self._skip(_BLANK)] == ",":
                self._at += 1
        self._at += 1

    def _string(self) -> None:
        for pattern in _STRINGS:
            match = pattern.match(self._text, self._at)
            if match and not (match.group() in ('""', "''") and self._text[self._at :].startswith('"""')):
                self._at = match.end()
                return
        raise ValueError(f"line {self._line()}: not a TOML string")

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            match = _KEY.match(self._text, self._at)
            if match is None:
                raise ValueError(f"line {self._line()}: not a TOML key")
            self._at = match.end()
            keys.append(match.group().strip("\"'"))
            if self._text[self._skip(_SPACE)] != ".":
                return keys
            self._at += 1

    def _skip(self, pattern: re.Pattern) -> int:
        """Go past what `pattern` finds here; where that is."""
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1
