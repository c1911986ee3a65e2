"""No title is struck through by a line between layers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnvis3d.network.links import Pieces
from nnvis3d.scene.hud.state import SceneLabel
from nnvis3d.tools.title_lines import AIR, MOST_RISE, _crossing, cleared

ABOVE = SceneLabel(("Conv 1", "8 × 8"), 100, 200, (0.5, 1.0), key="layer/conv1")


def pieces(*lines: tuple[tuple[float, float], tuple[float, float]]) -> Pieces:
    """Whose pixels are these."""
    ends = np.array([[(x, 0.0, y, 0.0) for x, y in line] for line in lines], np.float32)
    return Pieces(ends[:, 0], ends[:, 1], np.ones(len(lines), np.int64), np.ones(len(lines), np.float32))


def flat(points: np.ndarray):
    return points[:, [0, 2]], np.ones(len(points), bool)


def clear(label: SceneLabel, *lines) -> SceneLabel:
    return cleared([label], pieces(*lines), flat, 1.0)[0]


def test_a_title_stands_on_the_line_that_runs_over_its_layer():
    label = clear(ABOVE, ((0, 190), (300, 194)))
    assert label.y == 190 - AIR and not label.backed
    assert clear(ABOVE, ((0, 230), (300, 230))) == ABOVE
    assert clear(ABOVE, ((400, 190), (500, 190))) == ABOVE


def test_a_line_that_comes_from_above_or_runs_too_high_ends_at_a_ground_under_the_title():
    down = clear(ABOVE, ((100, 50), (100, 200)))
    assert down.backed and down.y == ABOVE.y
    high = clear(ABOVE, ((0, ABOVE.y - MOST_RISE - 5), (300, ABOVE.y - MOST_RISE - 5)))
    assert high.backed and high.y == ABOVE.y
    both = clear(ABOVE, ((0, 190), (300, 190)), ((100, 50), (100, 190)))
    assert both.backed and both.y == 188
    name = SceneLabel(("Stage 1",), 60, 180, (0.0, 0.0), key="group/stage1/0")
    assert clear(name, ((0, 190), (300, 190))).y == name.y and clear(name, ((0, 190), (300, 190))).backed


def test_a_line_that_leaves_the_picture_still_strikes():
    def edge(points: np.ndarray):
        return points[:, [0, 2]], points[:, 0] < 250

    line = pieces(((0, 190), (300, 190)))
    assert cleared([ABOVE], line, edge, 1.0) == cleared([ABOVE], line, flat, 1.0) != [ABOVE]


def test_without_lines_labels_are_as_they_were():
    none = Pieces(np.zeros((0, 4), np.float32), np.zeros((0, 4), np.float32), np.zeros(0, int), np.zeros(0))
    assert cleared([ABOVE], none, flat, 1.0) == [ABOVE]


@given(st.lists(st.integers(-10, 30), min_size=4, max_size=4))
def test_a_piece_crosses_a_rectangle_where_one_of_its_points_lies_in_it(numbers):
    start, end = np.array([numbers[:2]], float) + 0.25, np.array([numbers[2:]], float) + 0.25
    points = start + np.linspace(0, 1, 4001)[:, None] * (end - start)
    inside = ((points > 0) & (points < (20, 10))).all(axis=1)
    found = bool(_crossing(np.array([[0, 0, 20, 10]]), start, end)[0, 0])
    assert found >= inside.any()
    if found and not inside.any():  # it only touches a corner
        assert np.abs(points - np.clip(points, 0, (20, 10))).max(axis=1).min() == pytest.approx(0, abs=0.02)
