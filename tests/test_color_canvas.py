"""Drawing in colours: strokes over paper and pictures, and what a network sees of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nnvis3d.inputs.color_canvas import ColorCanvas, render_colors
from nnvis3d.inputs.pictures import base_of
from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.strokes import Base, Drawing, Similarity, Stroke

RED, GREEN, BLUE = (200, 30, 20), (40, 160, 50), (60, 90, 220)
SIZE = 64


def line(*points: tuple[float, float], color=RED, width=0.2, kind="pen") -> Stroke:
    return Stroke(np.array(points, np.float32), width, kind, color)


def colors(height: int = 32, width: int = 32) -> np.ndarray:
    """A picture without any symmetry."""
    return np.random.default_rng(7).integers(0, 256, (height, width, 3), dtype=np.uint8)


def base(picture: np.ndarray) -> Base:
    return base_of(Image.fromarray(picture))


def at(pixels: np.ndarray, x: float, y: float) -> tuple[int, ...]:
    return tuple(pixels[int(y * len(pixels)), int(x * len(pixels))].tolist())


def test_later_strokes_cover_earlier_ones_and_the_eraser_uncovers_the_paper():
    across = line((0.1, 0.5), (0.9, 0.5), color=RED)
    down = line((0.5, 0.1), (0.5, 0.9), color=GREEN)
    pixels = render_colors(Drawing((across, down), paper=BLUE), SIZE)
    assert at(pixels, 0.2, 0.5) == RED and at(pixels, 0.5, 0.5) == GREEN and at(pixels, 0.05, 0.05) == BLUE
    rubbed = line((0.2, 0.5), (0.5, 0.5), kind="eraser")
    pixels = render_colors(Drawing((across, down, rubbed), paper=BLUE), SIZE)
    assert at(pixels, 0.4, 0.5) == BLUE and at(pixels, 0.8, 0.5) == RED and at(pixels, 0.5, 0.8) == GREEN


def test_a_stroke_that_crosses_itself_is_no_thicker_at_its_rim():
    once = render_colors(Drawing((line((0.1, 0.5), (0.9, 0.5)),)), SIZE)
    twice = render_colors(Drawing((line((0.1, 0.5), (0.9, 0.5), (0.1, 0.5)),)), SIZE)
    np.testing.assert_allclose(once[:, 16:40].astype(int), twice[:, 16:40], atol=2)


points = st.lists(st.tuples(st.floats(-0.1, 1.1), st.floats(-0.1, 1.1)), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(points, st.sampled_from([RED, GREEN]), st.sampled_from(["pen", "eraser"])), max_size=3)
)
def test_a_growing_drawing_has_the_pixels_of_the_whole_one(strokes):
    canvas, drawing = ColorCanvas(SIZE), Drawing(base=base(colors()), paper=BLUE)
    canvas.show(drawing)
    for path, color, kind in strokes:
        drawing = drawing.with_stroke(line(path[0], color=color, kind=kind))
        canvas.show(drawing)
        for point in path[1:]:
            drawing = drawing.extended(np.array([point], np.float32))
            canvas.show(drawing)
    np.testing.assert_array_equal(canvas.pixels, render_colors(drawing, SIZE))
    canvas.show(replace(drawing, strokes=drawing.strokes[:-1]))
    np.testing.assert_array_equal(canvas.pixels, render_colors(drawing.without_last(), SIZE))


def test_a_picture_of_the_networks_size_goes_in_pixel_by_pixel():
    picture = colors()
    image = reduce_drawing(Drawing(base=base(picture)), (3, 32, 32)).image
    np.testing.assert_array_equal(np.rint(image * 255), picture.transpose(2, 0, 1))


def test_a_stroke_on_a_small_picture_leaves_the_rest_of_it_as_it_was():
    picture = colors()
    drawn = Drawing((line((0.1, 0.9), (0.9, 0.9), width=0.05),), base(picture))
    image = reduce_drawing(drawn, (3, 32, 32)).image * 255
    np.testing.assert_allclose(image[:, :24], picture.transpose(2, 0, 1)[:, :24], atol=0.51)
    assert np.abs(image[:, 28, 10] - RED).max() < 60


def test_a_large_picture_is_averaged_and_its_middle_square_is_taken():
    wide = np.zeros((64, 128, 3), np.uint8)
    wide[:, 32:96] = RED
    wide[:32, 32:64] = GREEN
    image = reduce_drawing(Drawing(base=base(wide)), (3, 4, 4)).image * 255
    assert tuple(image[:, 0, 0].round()) == GREEN and tuple(image[:, 3, 3].round()) == RED
    assert tuple(image[:, 3, 0].round()) == RED


def test_a_moved_picture_uncovers_the_paper():
    drawing = Drawing(base=base(np.full((64, 64, 3), 99, np.uint8)), paper=BLUE).transformed(move=(0.5, 0.0))
    pixels = render_colors(drawing, SIZE)
    assert at(pixels, 0.2, 0.5) == BLUE and at(pixels, 0.8, 0.5) == (99, 99, 99)


def test_turned_by_a_quarter_a_picture_is_turned():
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[:16] = RED  # the upper half
    quarter = Similarity.about((0.5, 0.5), degrees=90)
    pixels = render_colors(Drawing(base=base(picture), placement=quarter), SIZE)
    assert at(pixels, 0.75, 0.5) == RED and at(pixels, 0.25, 0.5) == (0, 0, 0)


def test_colours_are_neither_centred_nor_scaled():
    dot = Drawing((line((0.1, 0.1), width=0.1),))
    np.testing.assert_array_equal(
        reduce_drawing(dot, (3, 32, 32), True).image, reduce_drawing(dot, (3, 32, 32), False).image
    )
    assert reduce_drawing(dot, (3, 32, 32)).image[:, 16:].max() == 0


def test_blank_is_what_shows_nothing():
    assert reduce_drawing(Drawing(), (3, 32, 32)).blank
    assert reduce_drawing(Drawing((line((0.5, 0.5), kind="eraser"),)), (3, 32, 32)).blank
    assert not reduce_drawing(Drawing(paper=BLUE), (3, 32, 32)).blank
    black = Drawing(base=base(np.zeros((32, 32, 3), np.uint8)))
    assert not reduce_drawing(black, (3, 32, 32)).blank


def test_a_grey_picture_is_grey_in_three_channels():
    grey = np.linspace(0, 1, 28 * 28, dtype=np.float32).reshape(28, 28)
    image = reduce_drawing(Drawing(base=Base(grey)), (3, 28, 28)).image
    for channel in image:
        np.testing.assert_allclose(channel, grey, atol=0.003)


def test_to_a_network_that_sees_grey_all_ink_is_the_same():
    red, white = (Drawing((line((0.2, 0.3), (0.7, 0.8), color=color),)) for color in (RED, (255,) * 3))
    np.testing.assert_array_equal(reduce_drawing(red).image, reduce_drawing(white).image)


@pytest.mark.parametrize("color", [(1, 2), (0, 0, 256), (-1, 0, 0)])
def test_a_colour_is_three_bytes(color):
    with pytest.raises(ValueError, match="colour"):
        line((0.5, 0.5), color=color)
