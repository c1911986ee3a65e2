"""The pad under a hand: what is drawn, moved, undone, and what is none of the pad's business."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.inputs.canvas import render
from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.samples import sample_digits, sample_strokes
from nnvis3d.inputs.strokes import Base, Drawing, Stroke
from nnvis3d.scene.input_events import ButtonChanged, KeyChanged, PointerMoved, Wheel
from nnvis3d.tools.pad_tool import BRUSHES, PadTool

LEFT, TOP, SIDE = 100.0, 50.0, 400.0  # where the pad is in the picture, pixels
CANVAS = 64
PEN, MIDDLE, RIGHT = 0, 1, 2


class Pad(PadTool):
    """A PadTool with a hand over it; places are pad units."""

    def __init__(self):
        super().__init__(to_pad, CANVAS)

    def press(self, x: float, y: float, button: int = PEN) -> bool:
        return self.handle(ButtonChanged(button, True, *pixel(x, y)))

    def move(self, x: float, y: float) -> bool:
        return self.handle(PointerMoved(*pixel(x, y)))

    def release(self, x: float, y: float, button: int = PEN) -> bool:
        return self.handle(ButtonChanged(button, False, *pixel(x, y)))

    def drag(self, *path: tuple[float, float], button: int = PEN) -> bool:
        """Press at the first place, go through the others, let go at the last; whether the pad took it."""
        taken = [self.press(*path[0], button)]
        taken += [self.move(*place) for place in path[1:]]
        taken.append(self.release(*path[-1], button))
        assert len(set(taken)) == 1
        return taken[0]

    def wheel(self, dy: float = 0, dx: float = 0, at: tuple[float, float] = (0.5, 0.5)) -> bool:
        return self.handle(Wheel(dx, dy, *pixel(*at)))

    @property
    def points(self) -> list[list[float]]:
        """Of the last stroke, as seen, rounded."""
        return self.drawing.placed_strokes[-1].points.astype(float).round(4).tolist()

    def consistent(self) -> bool:
        """The picture is that of the drawing, whatever came before."""
        return np.array_equal(self.canvas.pixels, render(self.drawing, CANVAS))


def to_pad(x: float, y: float, outside: bool) -> tuple[float, float] | None:
    u, v = (x - LEFT) / SIDE, (y - TOP) / SIDE
    return (u, v) if outside or (0 <= u <= 1 and 0 <= v <= 1) else None


def pixel(x: float, y: float) -> tuple[float, float]:
    return LEFT + x * SIDE, TOP + y * SIDE


@pytest.fixture
def pad() -> Pad:
    return Pad()


def ink(pad: Pad, x: float, y: float) -> int:
    """0-255 at a place of the pad."""
    return int(pad.canvas.pixels[int(y * CANVAS), int(x * CANVAS)])


# Pen and eraser.


def test_a_stroke_follows_the_pen_and_is_seen_while_it_is_drawn(pad):
    assert pad.press(0.2, 0.3) and pad.stroking and ink(pad, 0.2, 0.3) > 100
    version = pad.version
    for number, x in enumerate((0.4, 0.6, 0.8), 1):
        assert pad.move(x, 0.3)
        assert pad.version == version + number and ink(pad, x - 0.01, 0.3) > 100
    assert pad.finished_strokes == 0
    assert pad.release(0.8, 0.3) and not pad.stroking and pad.finished_strokes == 1
    assert pad.points == [[0.2, 0.3], [0.4, 0.3], [0.6, 0.3], [0.8, 0.3]]
    assert pad.consistent() and not pad.move(0.9, 0.9)


def test_a_tap_draws_a_dot(pad):
    assert pad.drag((0.25, 0.75))
    assert pad.points == [[0.25, 0.75]] and ink(pad, 0.25, 0.75) > 100
    assert np.count_nonzero(pad.canvas.pixels) < 30
    assert not reduce_drawing(pad.drawing).blank


def test_a_hand_that_trembles_below_what_is_seen_adds_nothing(pad):
    pad.press(0.5, 0.5)
    version = pad.version
    assert pad.move(0.50003, 0.49998)
    assert pad.points == [[0.5, 0.5]] and pad.version == version


def test_a_stroke_runs_over_the_edge_and_comes_back(pad):
    path = [(0.8, 0.5), (1.3, 0.5), (1.3, -0.4), (0.5, -0.4), (0.5, 0.2)]
    assert pad.drag(*path)
    assert pad.points == [list(place) for place in path]
    assert ink(pad, 0.99, 0.5) > 200 and ink(pad, 0.5, 0.01) > 200
    assert len(pad.drawing.strokes) == 1 and pad.consistent()


def test_where_the_pad_cannot_be_seen_a_stroke_waits():
    """The pointer goes behind the camera: there is no place on the pad's plane."""
    seen = True
    tool = PadTool(lambda x, y, outside: to_pad(x, y, outside) if seen else None, CANVAS)
    tool.handle(ButtonChanged(PEN, True, *pixel(0.1, 0.1)))
    seen = False
    assert tool.handle(PointerMoved(*pixel(0.5, 0.9)))
    seen = True
    assert tool.handle(PointerMoved(*pixel(0.9, 0.1)))
    assert np.allclose(tool.drawing.strokes[0].points, [[0.1, 0.1], [0.9, 0.1]])


def test_beside_the_pad_nothing_is_drawn(pad):
    assert not pad.drag((-0.1, 0.5), (0.5, 0.5), (1.5, 0.5))
    assert pad.drawing.empty and not pad.version and not pad.can_undo


@pytest.mark.parametrize("button", [MIDDLE, RIGHT])
@pytest.mark.parametrize("tool", ["pen", "eraser"])
def test_other_buttons_do_nothing_with_the_pen(pad, tool, button):
    pad.choose(tool)
    assert not pad.drag((0.2, 0.2), (0.8, 0.8), button=button)
    assert pad.drawing.empty and not pad.version


def test_a_second_button_neither_ends_nor_cuts_a_stroke(pad):
    pad.press(0.1, 0.5)
    pad.move(0.3, 0.5)
    assert pad.press(0.3, 0.5, RIGHT) and pad.release(0.3, 0.5, RIGHT)
    assert pad.stroking
    pad.move(0.9, 0.5)
    pad.release(0.9, 0.5)
    assert pad.points == [[0.1, 0.5], [0.3, 0.5], [0.9, 0.5]] and pad.finished_strokes == 1


def test_keys_and_the_wheel_are_not_the_pen_s(pad):
    assert not pad.handle(KeyChanged("a", True))
    assert not pad.wheel(1)


def test_the_eraser_takes_ink_away_and_undo_gives_it_back(pad):
    pad.drag((0.1, 0.5), (0.9, 0.5))
    pad.choose("eraser")
    pad.drag((0.5, 0.4), (0.5, 0.6))
    assert ink(pad, 0.5, 0.5) == 0 and ink(pad, 0.2, 0.5) > 200
    pad.undo()
    assert ink(pad, 0.5, 0.5) > 200


def test_the_brush_stays_within_its_limits_and_strokes_have_its_width(pad):
    pad.step_brush(100)
    assert pad.brush == BRUSHES[1]
    pad.drag((0.5, 0.5))
    broad = np.count_nonzero(pad.canvas.pixels)
    pad.step_brush(-1)
    assert BRUSHES[0] < pad.brush < BRUSHES[1]
    pad.step_brush(-100)
    assert pad.brush == BRUSHES[0]
    pad.clear()
    pad.drag((0.5, 0.5))
    assert pad.drawing.strokes[0].width == BRUSHES[0] and np.count_nonzero(pad.canvas.pixels) < broad / 4
    for width in (-1.0, 0.0, 9.0, float("inf")):
        pad.set_brush(width)
        assert BRUSHES[0] <= pad.brush <= BRUSHES[1]


def test_a_brush_changed_during_a_stroke_is_for_the_next_one(pad):
    pad.press(0.2, 0.2)
    width = pad.brush
    pad.step_brush(3)
    pad.move(0.8, 0.2)
    pad.release(0.8, 0.2)
    pad.drag((0.2, 0.8), (0.8, 0.8))
    assert [stroke.width for stroke in pad.drawing.strokes] == [width, pad.brush] and pad.brush > width


# The hand.


@pytest.fixture
def held(pad) -> Pad:
    """An L, with the hand over it."""
    pad.drag((0.3, 0.3), (0.3, 0.6), (0.5, 0.6))
    pad.choose("hand")
    return pad


def test_the_hand_moves_the_drawing_wherever_it_takes_hold(held):
    assert held.drag((0.8, 0.1), (0.7, 0.2), (0.9, 0.0))
    assert held.points == [[0.4, 0.2], [0.4, 0.5], [0.6, 0.5]]
    assert held.transformed and held.consistent() and held.finished_strokes == 1
    held.undo()  # the whole gesture
    assert held.points == [[0.3, 0.3], [0.3, 0.6], [0.5, 0.6]] and not held.transformed


def test_the_hand_moves_the_drawing_over_the_edge_and_back(held):
    held.drag((0.5, 0.5), (3.0, 0.5))
    assert not held.canvas.pixels.any() and not held.drawing.empty
    held.drag((0.5, 0.5), (-2.0, 0.5))
    assert held.points == [[0.3, 0.3], [0.3, 0.6], [0.5, 0.6]] and held.canvas.pixels.any()


def test_the_right_button_turns_it_clockwise_with_the_pointer(held):
    cx, cy = held.drawing.centre
    assert held.drag((cx + 0.3, cy), (cx + 0.3, cy + 0.3), (cx, cy + 0.3), button=RIGHT)
    assert held.drawing.placement.degrees == pytest.approx(90, abs=8)  # the middle of its box moves a little
    (x0, y0), (x1, y1), _ = held.points
    assert x0 - x1 > 0.25 and abs(y0 - y1) < 0.06  # what pointed up points right
    assert held.drawing.placement.scale == pytest.approx(1) and held.consistent()


def test_once_around_in_small_steps_is_where_it_was(held):
    before = np.array(held.points)
    cx, cy = held.drawing.centre
    angles = np.linspace(0, 2 * np.pi, 181)
    held.drag(*[(cx + 0.4 * np.cos(a), cy + 0.4 * np.sin(a)) for a in angles], button=RIGHT)
    assert np.abs(np.array(held.points) - before).max() < 0.01


def test_the_wheel_scales_and_turns_about_the_middle(held):
    centre = held.drawing.centre
    assert held.wheel(3, at=(0.9, 0.9))
    assert held.drawing.placement.scale == pytest.approx(1.06**3)
    assert held.drawing.centre == pytest.approx(centre, abs=1e-5)
    assert held.wheel(dx=2)
    assert held.drawing.placement.degrees == pytest.approx(10)
    assert held.drawing.placement.scale == pytest.approx(1.06**3)
    assert not held.wheel(1, at=(1.2, 0.5)), "beside the pad it is the camera's"


def test_the_wheel_stops_where_a_drawing_would_vanish_or_fill_everything(held):
    for notches, limit in ((1, 6.0), (-1, 0.1)):
        for _ in range(200):
            held.wheel(notches)
        assert 1 / 1.07 < held.drawing.placement.scale / limit < 1.07
    assert held.consistent()


def test_there_is_nothing_to_take_hold_of_on_an_empty_pad(pad):
    pad.choose("hand")
    pad.press(0.5, 0.5)
    pad.move(0.9, 0.9)
    pad.release(0.9, 0.9)
    assert pad.wheel(2) and not pad.transformed and not pad.can_undo and pad.drawing.empty


def test_the_pen_draws_where_it_is_on_a_moved_drawing(held):
    held.drag((0.5, 0.5), (0.7, 0.4))
    held.wheel(4)
    held.choose("pen")
    held.drag((0.1, 0.1), (0.2, 0.9))
    assert held.points == [[0.1, 0.1], [0.2, 0.9]]
    assert held.drawing.placed_strokes[-1].width == pytest.approx(held.brush)
    held.reset_transform()
    assert not held.transformed and len(held.drawing.strokes) == 2


@pytest.mark.parametrize("interruption", ["wheel", "clear", "put", "next"])
def test_what_interrupts_the_hand_lets_the_pen_draw_afterwards(held, interruption):
    held.press(0.5, 0.5)
    held.move(0.6, 0.5)
    match interruption:
        case "wheel":
            held.wheel(1)
        case "clear":
            held.clear()
        case "put":
            held.put(Drawing())
        case "next":
            held.step_sample(1)
    held.move(0.7, 0.5)
    held.release(0.7, 0.5)
    assert not held.stroking
    held.choose("pen")
    held.drag((0.1, 0.1), (0.2, 0.2))
    assert held.points == [[0.1, 0.1], [0.2, 0.2]] and held.consistent()


# Centring: whether the network sees where the drawing is.


def test_centred_it_does_not_matter_where_the_drawing_is_and_as_it_is_it_does(pad):
    pad.put(sample_strokes()[3].drawing)
    pad.choose("hand")

    def seen() -> np.ndarray:
        return reduce_drawing(pad.drawing, (1, 28, 28), pad.normalize).image[0]

    centred = seen()
    pad.set_normalize(False)
    as_drawn = seen()
    pad.drag((0.5, 0.5), (0.5 + 4 / 28, 0.5 - 2 / 28))
    moved = seen()
    assert np.abs(moved[:-2, 4:] - as_drawn[2:, :-4]).max() < 0.05 and np.abs(moved - as_drawn).max() > 0.5
    pad.set_normalize(True)
    assert np.abs(seen() - centred).max() < 0.05
    for _ in range(5):
        pad.wheel(-1)
    assert np.abs(seen() - centred).mean() < 0.01


def test_switching_the_centring_counts_as_a_change_once(pad):
    pad.drag((0.5, 0.5))
    version = pad.version
    pad.set_normalize(True)
    assert pad.version == version
    pad.set_normalize(False)
    assert pad.version == version + 1 and not pad.normalize and len(pad.drawing.strokes) == 1


# Samples.


def test_stepping_through_the_samples_wraps_both_ways(pad):
    count = len(sample_digits())
    pad.step_sample(1)
    assert pad.sample == 0
    pad.step_sample(-1)
    assert pad.sample == count - 1
    pad.step_sample(1)
    seen = []
    for _ in range(count):
        seen.append(pad.sample)
        assert np.array_equal(pad.drawing.base.pixels, sample_digits()[pad.sample].pixels / np.float32(255))
        pad.step_sample(1)
    assert seen == list(range(count)) and pad.sample == 0


def test_the_first_step_back_is_the_last_sample(pad):
    pad.step_sample(-1)
    assert pad.sample == len(sample_digits()) - 1


def test_a_sample_is_one_until_it_is_drawn_on_and_again_when_that_is_undone(pad):
    pad.step_sample(1)
    pad.step_sample(1)
    pad.drag((0.1, 0.1), (0.9, 0.1))
    assert pad.sample == -1
    pad.undo()
    assert pad.sample == 1
    pad.undo()
    assert pad.sample == 0
    pad.undo()
    assert pad.sample == -1 and pad.drawing.empty
    pad.redo()
    assert pad.sample == 0


def test_a_moved_sample_is_still_that_sample(pad):
    pad.step_sample(1)
    pad.choose("hand")
    pad.drag((0.5, 0.5), (0.6, 0.6))
    pad.drag((0.5, 0.1), (0.6, 0.2), button=RIGHT)
    pad.wheel(2)
    assert pad.sample == 0 and pad.transformed
    pad.reset_transform()
    assert pad.sample == 0 and not pad.transformed
    pad.step_sample(1)
    assert pad.sample == 1


# Undo.


def test_there_is_no_undo_during_a_stroke(pad):
    pad.drag((0.1, 0.1))
    pad.press(0.5, 0.5)
    pad.undo()
    pad.redo()
    assert pad.stroking and len(pad.drawing.strokes) == 2
    pad.release(0.5, 0.5)
    pad.undo()
    assert len(pad.drawing.strokes) == 1


def test_clearing_during_a_stroke_clears_that_too(pad):
    pad.drag((0.1, 0.1))
    pad.press(0.5, 0.5)
    pad.clear()
    assert not pad.stroking and pad.drawing.empty and not pad.canvas.pixels.any()
    assert not pad.move(0.6, 0.6) and not pad.release(0.6, 0.6)
    pad.undo()
    assert len(pad.drawing.strokes) == 1 and pad.points == [[0.1, 0.1]]


def test_clearing_an_empty_pad_is_nothing_to_undo(pad):
    pad.clear()
    assert not pad.can_undo and not pad.version


def test_what_is_forgotten_cannot_be_brought_back(pad):
    pad.drag((0.2, 0.2), (0.8, 0.8))
    pad.drag((0.2, 0.8), (0.8, 0.2))
    pad.undo()
    pad.press(0.5, 0.5)
    version = pad.version
    pad.forget()
    assert pad.drawing.empty and not pad.stroking and pad.version > version
    assert not pad.can_undo and not pad.can_redo


def test_a_drawing_shown_as_if_by_a_pen_is_one_step(pad):
    drawing = Drawing((Stroke(np.array([[0.2, 0.2]])),))
    pad.show_live(drawing)
    assert pad.stroking and not pad.can_undo
    pad.show_live(drawing.extended(np.array([[0.8, 0.2]])))
    pad.show_live(None)
    assert not pad.stroking and pad.finished_strokes == 1 and pad.points == [[0.2, 0.2], [0.8, 0.2]]
    pad.undo()
    assert pad.drawing.empty and not pad.can_undo


def test_a_visitor_s_hand_does_not_bend_a_shown_stroke(pad):
    pad.show_live(Drawing((Stroke(np.array([[0.2, 0.2]])),)))
    pad.press(0.9, 0.9)
    pad.move(0.8, 0.8)
    pad.release(0.8, 0.8)
    assert pad.stroking and pad.points == [[0.2, 0.2]]


places = st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2))
inside = st.tuples(st.floats(0, 1), st.floats(0, 1))
actions = st.one_of(
    st.tuples(st.just("draw"), st.sampled_from(["pen", "eraser"]), inside, st.lists(places, max_size=3)),
    st.tuples(st.just("move"), inside, places),
    st.tuples(st.just("wheel"), st.floats(-3, 3)),
    st.tuples(st.just("sample"), st.sampled_from([-1, 1])),
    st.tuples(st.sampled_from(["put", "clear", "reset", "undo", "undo", "undo", "redo", "redo"])),
)


def perform(pad: Pad, action: tuple) -> None:
    match action:
        case ("draw", tool, start, path):
            pad.choose(tool)
            assert pad.drag(start, *path)
        case ("move", start, end):
            pad.choose("hand")
            pad.press(*start)
            pad.move(*end)
            pad.release(*end)
        case ("wheel", notches):
            pad.choose("hand")
            assert pad.wheel(notches)
        case ("sample", steps):
            pad.step_sample(steps)
        case ("put",):
            pad.put(Drawing(base=Base(np.eye(5, dtype=np.float32))))
        case ("clear",):
            pad.clear()
        case ("reset",):
            pad.reset_transform()
        case ("undo",):
            pad.undo()
        case ("redo",):
            pad.redo()


@settings(max_examples=40)
@given(st.lists(actions, max_size=12))
def test_undo_and_redo_walk_through_what_was(done):
    """Against a list: what the pad showed, in order, and which of them it shows."""
    pad = Pad()
    states, at = [(pad.drawing, pad.sample)], 0
    for action in done:
        before, version = pad.drawing, pad.version
        perform(pad, action)
        if action == ("undo",):
            at = max(0, at - 1)
        elif action == ("redo",):
            at = min(len(states) - 1, at + 1)
        elif pad.drawing is not before:
            states, at = [*states[: at + 1], (pad.drawing, pad.sample)], at + 1
        assert (pad.drawing, pad.sample) == states[at]
        assert (pad.can_undo, pad.can_redo) == (at > 0, at + 1 < len(states))
        assert (pad.version > version) == (pad.drawing is not before)
        assert not pad.stroking and pad.consistent()
    while pad.can_undo:
        pad.undo()
    assert pad.drawing is states[0][0] and not pad.canvas.pixels.any()
    while pad.can_redo:
        pad.redo()
    assert pad.drawing is states[-1][0] and pad.consistent()


@given(inside, st.lists(places, max_size=30))
def test_every_place_of_the_pointer_is_in_the_stroke(start, path):
    pad = Pad()
    pad.drag(start, *path)
    (stroke,) = pad.drawing.strokes
    wanted = np.array([start, *path], np.float32)
    apart = np.abs(stroke.points[:, None] - wanted[None]).sum(axis=2)  # (points, places)
    assert apart.min(axis=0).max() < 2e-4 and apart.min(axis=1).max() < 1e-5
    assert apart[0, 0] < 1e-5 and apart[-1, -1] < 2e-4
