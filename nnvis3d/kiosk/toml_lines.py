"""Finds the line of a TOML file on which a key stands, so that an error can name it."""

import re

_TABLE = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*([A-Za-z0-9_.\-"']+)\s*=""")
_IN_MESSAGE = re.compile(r"\$((?:\.[A-Za-z0-9_\-]+|\[[^\]]*\])+)")


def line_of(text: str, path: str) -> int:
    """1-based line of the dotted `path`, or of the nearest thing around it that stands there; 1 for none.

    Good for files with one key a line and tables in brackets, which is how an exhibit's file is written.
    """
    places = _places(text)
    parts = path.split(".")
    while parts:
        if (line := places.get(".".join(parts))) is not None:
            return line
        parts.pop()
    return 1


def _places(text: str) -> dict[str, int]:
    """Dotted path of every table and key -> its line."""
    places: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _TABLE.match(line):
            table = match[1].replace('"', "")
            places.setdefault(table, number)
        elif match := _KEY.match(line):
            key = match[1].replace('"', "")
            places.setdefault(f"{table}.{key}" if table else key, number)
    return places


def path_in(message: str) -> str:
    """The dotted path in msgspec's "Expected `int` - at `$.screen.width_mm`"; "" where it names none."""
    match = _IN_MESSAGE.search(message)
    return re.sub(r"\[[^\]]*\]", "", match[1]).strip(".") if match else ""
