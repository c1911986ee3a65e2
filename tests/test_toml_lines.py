"""Lines of values in TOML files: for every kind of value, and in every file that ships."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from nnvis3d.errors import UserError
from nnvis3d.resources import resource
from nnvis3d.toml_lines import Lines, Path, parse, steps

SHIPPED = sorted(resource("assets", "kiosk").parent.rglob("*.toml"))


def test_lines_of_every_kind_of_value():
    text = '''a.b = 1 # [c]
"d e" = """x
[[no]]
"""
f = [ # {
  "]", [1, 2],
  { g = 'h', i = { j = 2020-01-01 } },
]
[[k]]
[k.l]
m = ''
[[k]]
n = """
a \\""" b""""
o = 1
'''
    lines = Lines(text)
    places = {
        ("a", "b"): 1, ("d e",): 2, ("f", 0): 6, ("f", 1, 1): 6, ("f", 2, "i", "j"): 7,
        ("k", 0, "l", "m"): 11, ("k", 1): 12, ("k", 1, "n"): 13, ("k", 1, "o"): 15,
        ("k", 1, "missing", 3): 12,
    }  # fmt: skip
    assert {path: lines.of(path) for path in places} == places


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """(path, value) of everything that holds nothing else."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from leaves(one, (*path, key))
    if not isinstance(value, dict | list):
        yield path, value


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_value_of_a_shipped_file_stands_on_its_line(file):
    text = file.read_text(encoding="utf-8")
    lines, rows = Lines(text), text.split("\n")
    found = list(leaves(tomllib.loads(text)))
    assert len(found) > 20
    for path, value in found:
        row = rows[lines.of(path) - 1]
        assert isinstance(path[-1], int) or str(path[-1]) in row, path
        assert isinstance(value, str) is False or value[:20] in row, path


def test_a_table_within_a_table_and_dotted_keys_stand_where_they_begin():
    lines = Lines("x = 1\n[a.b.c]\nd = 2\n\ne.f.g = 3\n")
    places = {("a",): 2, ("a", "b"): 2, ("a", "b", "c", "d"): 3, ("a", "b", "c", "e"): 5, ("a", "z"): 2}
    assert {path: lines.of(path) for path in places} == places


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = ", "f.toml, line 2: not TOML: "),
        ("a = 1\n\n[t\n", "f.toml, line 3: not TOML: "),
        ("a = 1\na = 2\n", "f.toml, line 2: not TOML: "),
        ("a = " + "[" * 9000, "f.toml: not TOML: brackets"),
    ],
)
def test_what_is_no_toml_names_the_line(text, said):
    with pytest.raises(UserError) as error:
        parse(text, "f.toml")
    assert str(error.value).startswith(said) and "\n" not in str(error.value)


def test_places_of_msgspec():
    assert steps(".scene[0].cues[12].look_at") == ("scene", 0, "cues", 12, "look_at")
    assert steps(".text[...]") == ("text", 0) and steps("") == ()
