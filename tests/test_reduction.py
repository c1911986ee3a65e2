"""From a drawing to the network's input: pictures computed by hand, and what MNIST promises."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.inputs.canvas import render
from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.samples import sample_digits, sample_strokes
from nnvis3d.inputs.stamp import stamp
from nnvis3d.inputs.strokes import Base, Drawing, Stroke


def line(*points, width=1 / 28, kind="pen"):
    return Stroke(np.array(points, np.float32), width, kind)


def centre_of_mass(image):
    rows, columns = np.indices(image.shape)
    return (rows * image).sum() / image.sum() + 0.5, (columns * image).sum() / image.sum() + 0.5


def test_a_stamp_by_hand():
    # Radius 1 at (2.5, 1.5): the pixel itself 1, its neighbours 1.5 - 1, the diagonal ones 1.5 - sqrt(2).
    image = stamp(np.array([[2.5, 1.5]]), 1.0, 5)
    diagonal = 1.5 - np.sqrt(2)
    expected = np.zeros((5, 5), np.float32)
    expected[:3, 1:4] = [[diagonal, 0.5, diagonal], [0.5, 1, 0.5], [diagonal, 0.5, diagonal]]
    np.testing.assert_allclose(image, expected, atol=1e-6)


def test_stamps_off_the_field_are_cut():
    assert not stamp(np.array([[-5.0, 2.0], [2.0, 1e6]]), 1.0, 5).any()
    assert stamp(np.array([[0.0, 0.0]]), 1.0, 5)[0, 0] > 0.7


def test_a_crowd_of_stamps_is_thinned_without_gaps():
    crowd = np.random.default_rng(1).uniform(2, 26, (20000, 2))
    assert stamp(crowd, 1.0, 28)[3:25, 3:25].min() > 0.95


def test_as_drawn_the_pad_is_the_field():
    # A level line through the centres of row 14's pixels 7 to 20; the brush is one pixel wide.
    drawing = Drawing((line((7.5 / 28, 14.5 / 28), (20.5 / 28, 14.5 / 28)),))
    image = reduce_drawing(drawing, (1, 28, 28), normalize=False).image[0]
    assert image[14, 7:21].min() > 0.85
    np.testing.assert_allclose(np.delete(image, 14, axis=0), 0, atol=1e-5)
    assert not image[14, :7].any()
    assert not image[14, 21:].any()


def test_the_field_stands_in_the_middle_of_a_larger_input():
    drawing = Drawing((line((0.02, 0.02), (0.98, 0.98)),))
    small = reduce_drawing(drawing, (1, 28, 28), normalize=False).image
    large = reduce_drawing(drawing, (2, 32, 32), normalize=False).image
    np.testing.assert_array_equal(large[:, 2:30, 2:30], np.repeat(small, 2, axis=0))
    assert large.sum() == pytest.approx(2 * small.sum(), rel=1e-5)


def test_a_network_for_larger_images_is_filled_by_the_pad():
    drawing = Drawing((line((0.02, 0.02), (0.98, 0.98)),))
    rows, _ = np.nonzero(reduce_drawing(drawing, (3, 96, 96), normalize=False).image[0])
    assert (rows.min() < 4, rows.max() > 91) == (True, True)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 49), st.floats(0.15, 1.2), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_normalised_place_and_size_do_not_matter(number, scale, dx, dy):
    drawing = sample_strokes()[number].drawing
    image = reduce_drawing(drawing).image[0]
    moved = reduce_drawing(drawing.transformed(move=(dx, dy), scale=scale)).image[0]
    assert np.abs(moved - image).max() < 0.2
    assert np.abs(moved - image).mean() < 0.005


@pytest.mark.parametrize("number", range(0, 50, 7))
def test_normalised_as_mnist(number):
    image = reduce_drawing(sample_strokes()[number].drawing).image[0]
    rows, columns = np.nonzero(image > 0.1)
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    assert longer in (19, 20, 21)
    assert image.max() == 1
    np.testing.assert_allclose(centre_of_mass(image), 14, atol=0.5)


def test_the_brush_does_not_matter_when_normalised():
    points = sample_strokes()[3].drawing.strokes[0].points
    thin, thick = (reduce_drawing(Drawing((Stroke(points, width),))).image for width in (0.01, 0.15))
    np.testing.assert_array_equal(thin, thick)


def test_mnist_digits_pass_unchanged():
    for digit in sample_digits():
        for normalize in (True, False):
            image = reduce_drawing(digit.drawing, normalize=normalize).image[0]
            np.testing.assert_allclose(image, digit.pixels / 255, atol=1e-6)


def test_a_small_picture_in_a_corner_is_fetched():
    picture = np.zeros((280, 280), np.float32)
    picture[20:60, 200:210] = 1  # a bar of 40 x 10 pixels, a seventh of the pad
    image = reduce_drawing(Drawing(base=Base(picture))).image[0]
    rows, columns = np.nonzero(image > 0.5)
    assert abs(np.ptp(rows) + 1 - 20) <= 1
    assert abs(np.ptp(columns) + 1 - 5) <= 1
    np.testing.assert_allclose(centre_of_mass(image), 14, atol=0.2)


@pytest.mark.parametrize("normalize", [True, False])
def test_blank(normalize):
    dot = line((0.5, 0.5))
    assert reduce_drawing(Drawing(), normalize=normalize).blank
    assert not reduce_drawing(Drawing((dot,)), normalize=normalize).blank
    rubbed = Drawing((dot, line((0.4, 0.5), (0.6, 0.5), width=0.2, kind="eraser")))
    assert reduce_drawing(rubbed, normalize=normalize).blank
    assert not render(rubbed).any()


def test_a_dot_stays_a_dot():
    image = reduce_drawing(Drawing((line((0.1, 0.8)),))).image[0]
    assert 1 < image.sum() < 9
    np.testing.assert_allclose(centre_of_mass(image), 14, atol=1e-3)


def test_what_the_eraser_took_is_gone_when_normalised():
    # A cross without its level bar is a 1 again, and scaled as one.
    upright, level = line((0.5, 0.3), (0.5, 0.7)), line((0.52, 0.5), (0.9, 0.5))
    eraser = line((0.56, 0.5), (0.95, 0.5), width=0.08, kind="eraser")
    image = reduce_drawing(Drawing((upright, level, eraser))).image[0]
    rows, columns = np.nonzero(image > 0.5)
    assert np.ptp(rows) + 1 >= 18
    assert np.ptp(columns) + 1 <= 3


def test_the_eraser_works_on_pictures():
    picture = np.ones((28, 28), np.float32)
    eraser = line((0.0, 0.5), (1.0, 0.5), width=0.3, kind="eraser")
    for normalize in (True, False):
        image = reduce_drawing(Drawing((eraser,), Base(picture)), normalize=normalize).image[0]
        assert image[14].max() == 0
        assert image.max() == 1


def test_fast_enough_for_every_pointer_event():
    digits = [item.drawing for item in sample_strokes()]
    wave = np.arange(1000) * 0.05
    scribble = Drawing((Stroke(np.stack([np.sin(1.3 * wave), np.cos(0.8 * wave)], axis=1) * 0.4 + 0.5),))
    for drawings, limit_ms in ((digits, 0.5), ([scribble] * 20, 2.0)):
        times = []
        for drawing in drawings:
            start = time.perf_counter()
            reduce_drawing(drawing, (1, 32, 32))
            times.append(1000 * (time.perf_counter() - start))
        # A fast quarter: what the machine does meanwhile is not what is measured.
        assert np.percentile(times, 25) < limit_ms
