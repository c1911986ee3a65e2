"""Strokes and drawings as values: nothing that was drawn changes; what is seen is the placement of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnvis3d.inputs.strokes import Base, Drawing, Similarity, Stroke

CORNER = Stroke(np.array([[0.2, 0.2], [0.2, 0.6], [0.4, 0.6]], np.float32))


def test_quarter_turn_is_clockwise_as_seen():
    # y points down: a point to the right of the centre goes below it.
    turned = Similarity.about((0.5, 0.5), degrees=90).apply(np.array([[0.9, 0.5]]))
    np.testing.assert_allclose(turned, [[0.5, 0.9]], atol=1e-6)


def test_scale_and_move_about_a_centre():
    placed = Similarity.about((0.5, 0.5), move=(0.1, -0.2), scale=2).apply(np.array([[0.6, 0.5]]))
    np.testing.assert_allclose(placed, [[0.8, 0.3]], atol=1e-6)


numbers = st.floats(-0.5, 0.5)
similarities = st.builds(
    Similarity.about,
    st.tuples(numbers, numbers),
    st.tuples(numbers, numbers),
    st.floats(-180, 180),
    st.floats(0.2, 5),
)


@given(similarities, similarities)
def test_inverse_and_composition(first, second):
    points = np.array([[0.1, 0.9], [0.7, 0.3]], np.float32)
    np.testing.assert_allclose(first.inverse().apply(first.apply(points)), points, atol=1e-4)
    np.testing.assert_allclose(
        first.then(second).apply(points), second.apply(first.apply(points)), rtol=1e-4, atol=1e-4
    )


@given(similarities)
def test_a_stroke_drawn_on_a_placed_drawing_appears_where_it_was_drawn(placement):
    drawing = Drawing((CORNER,), placement=placement).with_stroke(CORNER).extended(np.array([[0.5, 0.5]]))
    seen = drawing.placed_strokes[-1]
    np.testing.assert_allclose(seen.points, [*CORNER.points, [0.5, 0.5]], atol=1e-4)
    assert seen.width == pytest.approx(CORNER.width)


def test_updates_leave_the_old_drawing_as_it_was():
    old = Drawing().with_stroke(CORNER)
    new = old.extended(np.array([[0.5, 0.5]])).transformed(move=(0.1, 0))
    assert len(old.strokes[0].points) == 3
    assert old.bounds == pytest.approx((0.2, 0.2, 0.4, 0.6))
    assert new.bounds == pytest.approx((0.3, 0.2, 0.6, 0.6))
    assert new.without_last().empty


def test_a_stroke_does_not_share_memory_with_its_maker():
    points = np.zeros((2, 2), np.float32)
    stroke = Stroke(points)
    points[0] = 1
    assert stroke.points[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        stroke.points[0, 0] = 1


def test_turning_keeps_the_centre_and_scaling_widens_the_brush():
    drawing = Drawing((CORNER,))
    centre = drawing.centre
    larger = drawing.transformed(scale=1.5)
    assert larger.centre == pytest.approx(centre)
    assert larger.placed_strokes[0].width == pytest.approx(1.5 * CORNER.width)
    assert drawing.transformed(degrees=180).centre == pytest.approx(centre)


def test_an_eraser_has_no_bounds_but_is_not_nothing():
    rubbed = Drawing((Stroke(CORNER.points, kind="eraser"),))
    assert rubbed.bounds is None
    assert not rubbed.empty


def test_a_wide_base_is_fitted_and_centred():
    base = Base(np.eye(2, 4, dtype=np.float32))  # ink at (row 0, column 0) and (1, 1)
    assert base.pitch == 0.25
    assert base.corner == (0, 0.25)
    np.testing.assert_allclose(base.ink_points, [[0.125, 0.375], [0.375, 0.625]])


@pytest.mark.parametrize("points", [np.zeros((0, 2)), [[0.1, np.nan]], [[np.inf, 0]]])
def test_no_stroke_without_finite_points(points):
    with pytest.raises(ValueError, match="finite points"):
        Stroke(np.array(points))


def test_unknown_kind_and_scale_are_refused():
    with pytest.raises(ValueError, match="pen or eraser"):
        Stroke(CORNER.points, kind="brush")
    with pytest.raises(ValueError, match="scale"):
        Drawing((CORNER,)).transformed(scale=0)
