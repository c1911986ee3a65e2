"""Pen strokes in JSON lines, whole and broken."""

import gzip
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnvis3d.errors import UserError
from nnvis3d.inputs.stroke_file import LabelledDrawing, read_strokes, write_strokes
from nnvis3d.inputs.strokes import DEFAULT_BRUSH, Drawing, Stroke

GOOD = '{"label": 8, "writer": 12, "strokes": [[[0, 500], [250, 0]], [[500, 100]]]}'


def test_tablet_units_become_pad_units_with_y_down(tmp_path):
    path = tmp_path / "some.jsonl"
    path.write_text(GOOD + "\n\n" + '{"label": 1, "strokes": [[[1, 2]]]}\n')
    first, second = read_strokes(path)
    assert (first.label, first.writer, second.writer) == (8, 12, None)
    np.testing.assert_allclose(first.drawing.strokes[0].points, [[0, 0], [0.5, 1]])
    np.testing.assert_allclose(first.drawing.strokes[1].points, [[1, 0.8]])
    assert first.drawing.strokes[0].width == DEFAULT_BRUSH


def test_gzip_whatever_it_is_called(tmp_path):
    path = tmp_path / "some.jsonl"
    path.write_bytes(gzip.compress(GOOD.encode()))
    assert len(read_strokes(path)) == 1
    path.write_bytes(gzip.compress(GOOD.encode() * 50)[:-12])
    with pytest.raises(UserError, match=r"some.jsonl: damaged or cut short"):
        read_strokes(path)


tablet_points = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=9)


@given(st.integers(0, 9), st.lists(tablet_points, min_size=1, max_size=3))
def test_round_trip(tmp_path_factory, label, strokes):
    path = tmp_path_factory.mktemp("strokes") / "some.jsonl"
    pads = [Stroke((np.array(points, np.float32) / 500 - [0, 1]) * [1, -1]) for points in strokes]
    write_strokes(path, [LabelledDrawing(label, 3, Drawing(tuple(pads)))])
    assert json.loads(path.read_text())["strokes"] == [[list(p) for p in points] for points in strokes]
    (back,) = read_strokes(path)
    for old, new in zip(pads, back.drawing.strokes, strict=True):
        np.testing.assert_allclose(new.points, old.points, atol=1e-6)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not a drawing"),
        ("[1, 2]", "not a drawing"),
        ("7", "not a drawing"),
        ('{"label": 1}', "has no 'strokes'"),
        ('{"strokes": [[[1, 2]]]}', "has no 'label'"),
        ('{"label": "1", "strokes": [[[1, 2]]]}', "label: expected an integer"),
        ('{"label": -1, "strokes": [[[1, 2]]]}', "label: expected an integer"),
        ('{"label": 1, "strokes": []}', "no strokes"),
        ('{"label": 1, "strokes": [[]]}', "a stroke: expected points"),
        ('{"label": 1, "strokes": [[[1, 2, 3]]]}', "a stroke: expected points"),
        ('{"label": 1, "strokes": [[[1, 2], [3]]]}', "not a drawing"),
        ('{"label": 1, "strokes": [[["a", 2]]]}', "not a drawing"),
        ('{"label": 1, "strokes": [[[NaN, 2]]]}', "far off the tablet"),
        ('{"label": 1, "strokes": [[[1e9, 2]]]}', "far off the tablet"),
        ('{"label": 1, "strokes": 5}', "not a drawing"),
    ],
)
def test_a_broken_line_is_named(tmp_path, line, message):
    path = tmp_path / "some.jsonl"
    path.write_text(f"{GOOD}\n{line}\n")
    with pytest.raises(UserError, match=message) as error:
        read_strokes(path)
    assert f"{path}, line 2: " in str(error.value)
    assert "\n" not in str(error.value)


def test_nothing_and_no_text(tmp_path):
    path = tmp_path / "some.jsonl"
    path.write_text("\n \n")
    with pytest.raises(UserError, match="holds no drawings"):
        read_strokes(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not a text file"):
        read_strokes(path)
