"""The pad's picture against rasters computed by hand, and drawn at once against drawn point by point."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.inputs.canvas import Canvas, render
from nnvis3d.inputs.path import evenly_spaced, midpoint_curves, smooth_path
from nnvis3d.inputs.strokes import Base, Drawing, Similarity, Stroke


def line(*points, width=0.25, kind="pen"):
    return Stroke(np.array(points, np.float32), width, kind)


def test_a_tap_is_a_dot():
    # 8 pixels across the pad, a brush of 2 in the corner of four pixels: their centres are 0.707 away, so the
    # rim (1 + 0.5 - distance) leaves 0.793; the next ones, 1.581 away, get nothing.
    pixels = render(Drawing((line((0.5, 0.5)),)), 8)
    expected = np.zeros((8, 8), np.uint8)
    expected[3:5, 3:5] = round(255 * (1.5 - np.sqrt(0.5)))
    np.testing.assert_array_equal(pixels, expected)


def test_a_level_line():
    # From pixel centre (1.5, 4.5) to (5.5, 4.5), a brush of 2: 1.0 on the line, 0.5 a pixel beside it.
    pixels = render(Drawing((line((1.5 / 8, 4.5 / 8), (5.5 / 8, 4.5 / 8)),)), 8)
    assert pixels[4, 1:6].tolist() == [255] * 5
    assert pixels[3, 1:6].tolist() == pixels[5, 1:6].tolist() == [128] * 5
    assert pixels[4, 0] == pixels[4, 6] == 128
    assert not pixels[:3].any()
    assert not pixels[6:].any()


def test_row_0_is_on_top_and_x_goes_right():
    pixels = render(Drawing((line((0.9, 0.1)),)), 32)
    row, column = np.unravel_index(pixels.argmax(), pixels.shape)
    assert (row < 8, column > 24) == (True, True)


def test_one_long_jump_leaves_no_gap():
    pixels = render(Drawing((line((0.05, 0.1), (0.95, 0.85), width=0.04),)), 384)
    assert (pixels.max(axis=0)[20:364] == 255).all()


def test_the_eraser_removes_and_the_pen_draws_again():
    across, rub = line((0.1, 0.5), (0.9, 0.5)), line((0.5, 0.1), (0.5, 0.9), kind="eraser")
    pixels = render(Drawing((across, rub)), 64)
    assert pixels[32, 32] == 0
    assert pixels[32, 10] == 255
    assert render(Drawing((across, rub, across)), 64)[32, 32] == 255


points = st.lists(st.tuples(st.floats(-0.1, 1.1), st.floats(-0.1, 1.1)), min_size=1, max_size=8)
strokes = st.lists(st.tuples(points, st.sampled_from(["pen", "eraser"])), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(strokes, st.floats(-90, 90))
def test_point_by_point_gives_the_same_bytes_as_at_once(strokes, degrees):
    canvas, drawing = Canvas(48), Drawing((line((0.2, 0.3)),)).transformed(degrees=degrees)
    canvas.show(drawing)
    for path, kind in strokes:
        drawing = drawing.with_stroke(line(path[0], width=0.1, kind=kind))
        canvas.show(drawing)
        for point in path[1:]:
            drawing = drawing.extended(np.array([point]))
            canvas.show(drawing)
    np.testing.assert_array_equal(canvas.pixels, render(drawing, 48))


def test_a_growing_stroke_touches_only_its_new_end():
    canvas = Canvas(256)
    drawing = Drawing((line((0.1, 0.1), (0.3, 0.3), (0.5, 0.5), width=0.05),))
    canvas.show(drawing)
    canvas.pixels[:20, 200:] = 77  # a mark far from the end: a full redraw would wipe it
    canvas.show(drawing.extended(np.array([[0.6, 0.6]])))
    assert (canvas.pixels[:20, 200:] == 77).all()
    assert canvas.pixels[153, 153] == 255


def test_undo_redraws_and_the_version_counts():
    canvas, one = Canvas(32), Drawing((line((0.5, 0.5)),))
    assert canvas.show(one)
    assert not canvas.show(one)
    assert canvas.version == 1
    canvas.show(one.with_stroke(line((0.1, 0.1))))
    canvas.show(one)
    np.testing.assert_array_equal(canvas.pixels, render(one, 32))
    canvas.show(Drawing())
    assert not canvas.pixels.any()
    assert canvas.version == 4


def test_a_base_of_the_canvas_size_is_shown_pixel_on_pixel_and_turned():
    image = np.zeros((8, 8), np.float32)
    image[1, 2] = 1.0
    image[6, 6] = 0.4
    drawing = Drawing(base=Base(image))
    np.testing.assert_array_equal(render(drawing, 8), np.rint(image * 255))
    quarter = Similarity.about((0.5, 0.5), degrees=90)
    turned = render(Drawing(base=Base(image), placement=quarter), 8)
    np.testing.assert_array_equal(turned, np.rint(np.rot90(image, -1) * 255))


def test_curves_stay_near_the_pointer_and_depend_on_three_points():
    path = np.array([[0, 0], [1, 0], [1, 1], [2, 1], [2, 2]], np.float32)
    curve = midpoint_curves(path, 0.01)
    np.testing.assert_array_equal(curve[[0, -1]], [[0.5, 0], [2, 1.5]])
    start = midpoint_curves(path[:3], 0.01)
    np.testing.assert_array_equal(curve[: len(start)], start)
    # The curve round the corner (1, 0) passes at a quarter of the way from the chord's middle to it.
    nearest = np.abs(midpoint_curves(path[:3], 1e-4) - [0.875, 0.125]).sum(axis=1).min()
    assert nearest < 0.02


@given(points.filter(lambda p: len(p) > 1), st.floats(0.01, 0.3))
def test_even_spacing(path, spacing):
    path = smooth_path(np.array(path, np.float32), 0.01)
    even = evenly_spaced(path, spacing)
    steps = np.linalg.norm(np.diff(even, axis=0), axis=1)
    assert len(even) == 1 or steps.max() <= spacing * 1.001
    np.testing.assert_allclose(even[0], path[0], atol=1e-6)
