"""What a real hand does to a real window arrives, in order and where it happened."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnvis3d.scene import input_events
from nnvis3d.scene.input_events import (
    ButtonChanged,
    CloseRequested,
    FocusChanged,
    KeyChanged,
    PointerLeft,
    PointerMoved,
    TextTyped,
    Wheel,
    WindowResized,
)
from nnvis3d.scene.input_layer import InputLayer
from nnvis3d.scene.pointer_order import Change, Sample, interleave, presses
from tests.xvfb import Display, display  # noqa: F401

LEFT, TOP = 100, 50  # where the recorder's window is on the screen
SHIFT, CONTROL = frozenset({"shift"}), frozenset({"control"})


class Recorder:
    """The program under test, one poll at a time."""

    def __init__(self, screen: Display):
        self.display = screen
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.input_recorder"],
            env=screen.environment,
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()

    def _read(self) -> list:
        line = self._program.stdout.readline()
        while not line.startswith("["):
            assert line, f"the recorder ended with status {self._program.wait()}"
            line = self._program.stdout.readline()
        return eval(line, {**vars(input_events), "frozenset": frozenset})

    def poll(self, line: str = "") -> list:
        print(line, file=self._program.stdin, flush=True)
        return self._read()

    def after(self, *arguments: object) -> list:
        """What one poll finds after xdotool did this, however much it was."""
        self.display.do(*arguments)
        time.sleep(0.1)  # for the X server to pass it on
        return self.poll()

    def close(self) -> None:
        self._program.stdin.close()
        self._program.wait(10)


@pytest.fixture
def recorder(display) -> Iterator[Recorder]:  # noqa: F811
    display.do("mousemove", 5, 5)
    recorder = Recorder(display)
    yield recorder
    recorder.close()


def at(x: float, y: float) -> tuple[str, int, int]:
    """For xdotool: move to this pixel of the window."""
    return "mousemove", LEFT + int(x), TOP + int(y)


def test_a_click(recorder):
    assert recorder.after(*at(200, 150)) == [PointerMoved(200.0, 150.0)]
    assert recorder.after("click", 1) == [
        ButtonChanged(0, True, 200.0, 150.0),
        ButtonChanged(0, False, 200.0, 150.0),
    ]
    assert recorder.after("click", 2)[0] == ButtonChanged(1, True, 200.0, 150.0)
    assert recorder.after("click", 3)[0] == ButtonChanged(2, True, 200.0, 150.0)
    assert recorder.poll() == []


def test_a_fast_stroke_within_one_poll_keeps_every_position_in_order(recorder):
    recorder.after(*at(10, 10))
    path = [(100 + 3 * i, 400 - i) for i in range(1, 200)]
    moves = [word for place in path for word in at(*place)]
    events = recorder.after(*at(100, 400), "mousedown", 1, *moves, "mouseup", 1, *at(20, 20))
    assert events == [
        PointerMoved(100.0, 400.0),
        ButtonChanged(0, True, 100.0, 400.0),
        *(PointerMoved(float(x), float(y)) for x, y in path),
        ButtonChanged(0, False, float(path[-1][0]), float(path[-1][1])),
        PointerMoved(20.0, 20.0),
    ]


def test_two_dots_a_key_and_a_notch_within_one_poll_are_where_they_were(recorder):
    recorder.after(*at(10, 10))
    events = recorder.after(
        *at(100, 100),
        "click",
        1,
        *at(300, 120),
        "key",
        "z",
        *at(310, 120),
        "click",
        1,
        *at(400, 130),
        "click",
        4,
    )
    assert events == [
        PointerMoved(100.0, 100.0),
        ButtonChanged(0, True, 100.0, 100.0),
        ButtonChanged(0, False, 100.0, 100.0),
        PointerMoved(300.0, 120.0),
        TextTyped("z"),
        KeyChanged("z", True),
        KeyChanged("z", False),
        PointerMoved(310.0, 120.0),
        ButtonChanged(0, True, 310.0, 120.0),
        ButtonChanged(0, False, 310.0, 120.0),
        PointerMoved(400.0, 130.0),
        Wheel(0, 1, 400.0, 130.0),
    ]


def test_a_drag_goes_on_outside_the_window(recorder):
    events = recorder.after(*at(700, 300), "mousedown", 1, *at(790, 300), *at(900, 310), "mouseup", 1)
    assert [e for e in events if isinstance(e, PointerMoved | PointerLeft)] == [
        PointerMoved(700.0, 300.0),
        PointerMoved(790.0, 300.0),
        PointerMoved(900.0, 310.0),
        *[PointerLeft()] * isinstance(events[-1], PointerLeft),
    ]
    assert ButtonChanged(0, False, 900.0, 310.0) in events


def test_leaving_the_window_is_told(recorder):
    recorder.after(*at(400, 300))
    assert recorder.after("mousemove", 5, 5) == [PointerLeft()]


def test_the_wheel_turns_both_ways_and_sideways(recorder):
    recorder.after(*at(50, 60))
    events = recorder.after("click", 4, "click", 5, "click", 5, "click", 6, "click", 7)
    turns = [(event.dx, event.dy) for event in events]
    assert turns == [(0, 1), (0, -1), (0, -1), (-1, 0), (1, 0)]
    assert {(event.x, event.y) for event in events} == {(50.0, 60.0)}


def test_keys_modifiers_and_text(recorder):
    assert recorder.after("key", "a") == [TextTyped("a"), KeyChanged("a", True), KeyChanged("a", False)]
    down, z_down, *_ = recorder.after("key", "--delay", "0", "ctrl+z")
    assert down == KeyChanged("control", True)
    assert z_down == KeyChanged("z", True, False, CONTROL)  # and no text
    events = recorder.after("key", "shift+slash")
    assert TextTyped("?") in events and KeyChanged("/", True, False, SHIFT) in events
    assert KeyChanged("p", True) in recorder.after("key", "p")  # the modifiers are let go
    for keysym, name in (("Tab", "tab"), ("Return", "enter"), ("F12", "f12"), ("Left", "arrow_left")):
        assert recorder.after("key", keysym) == [KeyChanged(name, True), KeyChanged(name, False)]


def test_a_held_key_repeats_as_such(recorder):
    recorder.display.do("keydown", "w")
    time.sleep(1.0)
    events = recorder.poll()
    recorder.display.do("keyup", "w")
    keys = [event for event in events if isinstance(event, KeyChanged)]
    assert keys[0] == KeyChanged("w", True) and len(keys) > 3
    assert set(keys[1:]) == {KeyChanged("w", True, repeat=True)}
    texts = [event.repeat for event in events if isinstance(event, TextTyped)]
    assert texts == [False] + [True] * (len(keys) - 1)
    time.sleep(0.1)
    assert recorder.poll()[-1] == KeyChanged("w", False)


def test_a_lost_focus_lets_go_of_keys(recorder):
    recorder.after("keydown", "shift", "keydown", "w")
    events = recorder.poll("other")
    recorder.display.do("keyup", "w", "keyup", "shift")
    assert events[-1] == FocusChanged(False)
    released = {event.name for event in events if isinstance(event, KeyChanged) and not event.down}
    assert {"shift", "w"} <= released
    time.sleep(0.1)
    assert recorder.poll() == []


def test_resizing_and_closing_are_events(recorder):
    (window,) = recorder.display.do("search", "--name", "^recorder$").split()
    assert recorder.after("windowsize", window, 640, 400) == [WindowResized(640, 400)]

    def ask_to_close():
        recorder.display.ask_to_close(int(window))
        time.sleep(0.1)
        return recorder.poll()

    assert ask_to_close() == [CloseRequested()]
    assert ask_to_close() == [CloseRequested()]  # it is asked, not done


# Without a window.


def test_what_is_injected_comes_out_in_order_and_once():
    layer = InputLayer()
    events = [PointerMoved(1.0, 2.0), ButtonChanged(0, True, 3.0, 4.0), Wheel(0, 1, 5.0, 6.0), TextTyped("x")]
    for event in events:
        layer.inject(event)
    assert layer.poll() == events and layer.poll() == []
    assert layer.pointer == (5.0, 6.0) and layer.buttons == {0}


def test_an_injected_loss_of_focus_lets_go_too():
    layer = InputLayer()
    for event in (KeyChanged("w", True), ButtonChanged(2, True, 3.0, 4.0), FocusChanged(False)):
        layer.inject(event)
    assert layer.poll()[2:] == [
        ButtonChanged(2, False, 3.0, 4.0),
        KeyChanged("w", False),
        FocusChanged(False),
    ]
    assert not layer.keys and not layer.buttons
    layer.inject(KeyChanged("w", False))
    layer.inject(ButtonChanged(2, False, 9.0, 9.0))
    assert layer.poll() == []  # the fingers are lifted later


# The order of positions and presses, by hand.


def places(samples: list, changes: list[Change]) -> list:
    """(x, what was pressed there) in order; the pointer was at x = 0."""
    found = interleave([Sample(x, 0) for x in samples], presses(changes), (0, 0))
    return [(sample.x, press and press[-1].kind + press[-1].name) for sample, press in found]


DOWN, UP = Change("down", "mouse1"), Change("up", "mouse1")


def test_a_press_is_where_the_position_is_repeated():
    assert places([5, 5, 9, 9, 12], [DOWN, UP]) == [
        (5, None),
        (5, "downmouse1"),
        (9, None),
        (9, "upmouse1"),
        (12, None),
    ]


def test_a_press_before_any_motion_is_where_the_pointer_was():
    assert places([0, 7], [DOWN]) == [(0, "downmouse1"), (7, None)]


def test_motions_below_a_pixel_leave_the_press_early_and_the_release_late():
    assert places([5, 5, 9, 9, 9, 9], [DOWN, UP])[1] == (5, "downmouse1")
    assert places([5, 5, 9, 9, 9, 9], [DOWN, UP])[-1] == (9, "upmouse1")


def test_without_echoes_the_time_decides():
    samples = [Sample(5, 0, time=1.0), Sample(9, 0, time=2.0), Sample(12, 0, time=3.0)]
    found = interleave(samples, presses([Change("down", "mouse1", 2.5)]), (0, 0))
    assert [(s.x, bool(press)) for s, press in found] == [(5, False), (9, True), (12, False)]


def test_a_press_without_positions_is_at_the_last_known_one():
    assert places([], [DOWN, UP]) == [(0, "downmouse1"), (0, "upmouse1")]


def test_repeats_are_presses_of_their_own():
    pressed = [Change("raw_down", "w"), Change("text", "w"), Change("down", "w")]
    released = [Change("raw_up", "w"), Change("up", "w")]
    assert presses([*pressed, *pressed[1:], *released]) == [pressed, pressed[1:], released]
    arrow = Change("down", "arrow_left")
    assert presses([arrow, arrow]) == [[arrow], [arrow]]


def test_keys_during_a_stroke_do_not_move_the_press():
    key = [Change("raw_down", "z"), Change("text", "z"), Change("down", "z")]
    assert places([4, 4, 4, 6, 6, 9], [*key, DOWN]) == [
        (4, None),
        (4, "downz"),
        (4, None),
        (6, None),
        (6, "downmouse1"),
        (9, None),
    ]
