"""The exhibit offscreen: what a finger can do, and what nothing else can."""

from collections.abc import Iterator

import numpy as np
import pytest

from nnvis3d.kiosk.config import Exhibit, Hours, Network
from nnvis3d.kiosk.messages import RESTART
from nnvis3d.scene import input_events as events
from tests.images import read
from tests.kiosk_page import PIN, Page, config, opened


@pytest.fixture(scope="module")
def kept() -> Iterator[Page]:
    with opened((800, 450)) as page:
        yield page


@pytest.fixture
def page(kept) -> Page:
    kept.fresh()
    return kept


def test_a_hand_draws_and_the_network_answers_before_anybody_came(page):
    first = page.picture()
    page.pass_time(1.5)
    second = page.picture()
    assert (np.abs(first.astype(int) - second).max(axis=2) > 40).sum() > 500, "motion within two seconds"
    assert page.exhibit.hand.pen is not None
    page.pass_time(2.5)
    assert page.app.frame.guesses(1)[0][0] == "0" and page.exhibit.hand.digits_drawn


def test_a_touch_anywhere_begins_and_the_first_stroke_is_drawn(page):
    page.pass_time(2)
    page.stroke(np.linspace((0.5, 0.2), (0.5, 0.8), 12))
    assert page.exhibit.visit.screen == "draw" and len(page.app.pad.drawing.strokes) == 1
    page.fresh()
    page.touch(700, 200)
    assert page.exhibit.visit.screen == "draw" and page.app.pad.drawing.empty


def test_a_language_is_one_touch_and_begins_no_visit(page):
    page.pass_time(0.2)
    page.press("language/ja")
    assert (page.exhibit.visit.language, page.exhibit.visit.screen) == ("ja", "attract")
    page.pass_time(92, 1.0)
    assert page.exhibit.visit.language == "en"


def test_draw_and_be_answered(page):
    page.visit()
    page.draw(3)
    assert page.app.frame.guesses(1)[0][0] == "3"
    page.press("clear")
    assert page.app.pad.drawing.empty


def test_the_guided_path(page):
    page.visit()
    page.press("guide")
    assert page.exhibit.visit.screen == "guide"
    page.draw(3)
    page.press("next")
    assert page.app.asking.wave.running, "watch"
    page.pass_time(0.5)
    page.press("next")
    assert page.exhibit.guide.asked is None
    page.press("show_me")
    count, value = page.exhibit.guide.asked
    assert count == 25 and value > 0 and page.app.asking.tool.selected.layer == "conv1"
    page.press("next")
    page.pass_time(2)
    assert page.app.asking.tool.steps.stepper.layer.name == "conv1"
    assert page.exhibit.guide.running
    page.press("next")
    assert page.app.asking.tool.steps.stepper is None and page.app.pad.drawing.empty
    page.draw(9)
    page.pass_time(1.5)
    assert page.exhibit.challenge.won, "a 9 is what the network is to see, whoever says that it is a 4"
    page.press("done")
    assert page.exhibit.visit.screen == "draw"


def test_it_can_be_left_at_every_step(page):
    for step in range(5):
        page.visit()
        page.app.invoke("kiosk_guide")
        page.pass_time(0.1)
        for _ in range(step):
            page.press("next")
        page.press("leave")
        assert page.exhibit.visit.screen == "draw" and page.app.asking.tool.steps.stepper is None


def test_a_neuron_is_asked_with_a_finger_and_no_hover_stays(page):
    page.visit()
    page.draw(3)
    page.app.settle()
    from nnvis3d.network.spec import NeuronId

    place = page.app.show.arrangement.layout.position(NeuronId("fc1", 30, 0, 0))
    (pixel,), _ = page.app.show.rig.project(np.array([place]))
    page.touch(*pixel)
    assert page.app.asking.tool.selected.layer == "fc1"
    assert page.app.show.pointing.hover is None and page.app.asking.tool.hovered is None


def test_nobody_touches_and_it_warns_and_begins_anew(page):
    page.visit("ar")
    page.draw(7)
    page.pass_time(75, 1.0)
    assert page.exhibit.visit.left is not None
    page.touch(400, 200)
    assert page.exhibit.visit.left is None and not page.app.pad.drawing.empty
    page.pass_time(89, 1.0)
    assert page.exhibit.visit.visiting
    page.pass_time(2, 0.5)
    assert page.exhibit.visit.screen == "attract" and page.exhibit.visit.language == "en"
    assert not page.app.pad.can_undo  # who comes next does not see what this one drew


def test_a_pointer_that_only_moves_keeps_nobody_there(page):
    page.visit()
    for k in range(95):
        page.app.input.inject(events.PointerMoved(100 + k, 100))
        page.app.tick(1.0)
    assert not page.exhibit.visit.visiting


def test_something_that_leans_on_the_screen_keeps_nobody_there(page):
    page.visit()
    page.app.input.inject(events.ButtonChanged(0, True, 300, 200))
    page.pass_time(95, 1.0)
    page.app.input.inject(events.ButtonChanged(0, False, 300, 200))
    page.app.tick(0.1)
    assert not page.exhibit.visit.visiting


def test_motion_can_be_stopped(page):
    page.pass_time(0.2)
    page.press("pause")
    assert page.exhibit.visit.screen == "attract"
    page.pass_time(3)
    first = page.picture()
    page.pass_time(2)
    assert np.array_equal(first, page.picture())
    page.press("pause")
    page.pass_time(1.5)
    assert not np.array_equal(first, page.picture())


KEYS = ("escape", "f4", "f11", "f12", "f1", "q", "v", "t", "b", "delete", "tab", "enter", "space", "/")


def test_no_key_no_wheel_no_other_button_no_wish_to_close_does_anything(page):
    page.visit()
    page.draw(3)
    page.app.settle()

    def state():
        app = page.app
        pad = app.pad.version, app.pad.tool, app.show.camera.pose, app.show.theme_name, app.quit
        return pad, app.asking.tool.selected, app.panels.help_open, page.exhibit.visit.screen

    before = state()
    for modifiers in (
        frozenset(),
        frozenset({"alt"}),
        frozenset({"control"}),
        frozenset({"control", "shift"}),
    ):
        for key in KEYS:
            page.app.input.inject(events.KeyChanged(key, True, False, modifiers))
            page.app.input.inject(events.KeyChanged(key, False))
    for text in "?/[]":
        page.app.input.inject(events.TextTyped(text))
    page.app.input.inject(events.CloseRequested())
    for button in (1, 2):
        page.app.input.inject(events.ButtonChanged(button, True, 300, 200))
        page.app.input.inject(events.PointerMoved(350, 250))
        page.app.input.inject(events.ButtonChanged(button, False, 350, 250))
    page.app.input.inject(events.Wheel(0, 3, 300, 200))
    page.pass_time(0.5)
    assert state() == before


def test_the_service_menu(page):
    page.pass_time(0.2)
    page.knock()
    assert page.exhibit.door.shown == "pin"
    for figure in PIN:
        page.press(f"pin/{figure}")
    assert page.exhibit.door.shown == "menu"
    page.press("service_calibration")
    page.touch(100, 100)
    assert page.exhibit.door.marks[0] == (100, 100)
    page.press("close")
    page.press("quit")
    assert not page.app.quit
    page.press("restart")
    page.press("restart")
    assert page.app.quit and page.exhibit.status == RESTART
    page.app.quit = False
    page.press("close")
    assert page.exhibit.door.shown == ""


def test_nothing_of_the_service_menu_without_its_pin(page):
    for what in ("quit", "quit", "restart", "restart", "calibrate"):
        page.app.invoke("kiosk_service", what)
    assert not page.app.quit and page.exhibit.door.shown == ""


def test_closed_it_is_dark_and_still_and_touches_do_nothing():
    with opened((640, 360), config(hours=Hours(every_day="10:00-18:00"))) as page:
        page.pass_time(1.5)
        bright = page.picture()
        page.now = page.now.replace(hour=19)
        page.pass_time(1.5)
        dark = page.picture()
        assert dark.mean() < 0.25 * bright.mean() and dark.max() > 90, "dark, with a legible word"
        page.touch(300, 100)
        assert not page.exhibit.visit.visiting
        page.now = page.now.replace(hour=10, day=24)
        page.pass_time(1.5)
        page.touch(300, 100)
        assert page.exhibit.visit.visiting


def test_what_is_counted(page):
    sent: list[dict] = []
    page.exhibit.report.outbox.send = sent.append  # type: ignore[method-assign]
    page.visit()
    page.draw(3)
    page.press("language/de")
    page.pass_time(91, 1.0)
    counts = [(m["count"], m["label"]) for m in sent if "count" in m]
    for one in (("visitors", ""), ("strokes", ""), ("languages", "de"), ("resets", "")):
        assert one in counts
    assert not [m for m in sent if "drawing" in m], "not kept unless the exhibit wants it"


TOUR = """
network = "cnn"
[[scene]]
length = 2
cues = [{ at = 0.1, look_at = "conv1", over = 0.5 }]
"""


def test_tours_play_in_turn_with_the_hand_and_a_touch_ends_them_at_once(tmp_path):
    (tmp_path / "mine.toml").write_text(TOUR)
    chosen = config(exhibit=Exhibit(tours=("mine.toml", "hand")), base=str(tmp_path))
    with opened((640, 360), chosen) as page:
        page.pass_time(0.5)
        assert page.app.touring.playing and not page.app.show.docked
        page.pass_time(3)
        assert not page.app.touring.playing and page.app.show.docked and page.exhibit.hand.pen is not None
        for _ in range(60):
            page.pass_time(1, 0.1)
            if page.app.touring.playing:
                break
        assert page.app.touring.playing, "and after some digits the tour again"
        page.touch(300, 150, 1 / 30)
        assert page.exhibit.visit.screen == "draw" and not page.app.touring.playing and page.app.show.docked
        page.draw(3)
        assert page.app.frame.guesses(1)[0][0] == "3"


def test_a_picture_to_take_home_only_where_the_exhibit_enables_it(page, tmp_path):
    page.visit()
    page.draw(3)
    page.app.invoke("kiosk_result")
    assert page.exhibit.code is None
    network = Network(
        results=True, results_folder=str(tmp_path), results_url="https://museum.example/r", results_keep=2
    )
    with opened((640, 360), config(network=network)) as enabled:
        enabled.visit()
        enabled.draw(3)
        for _ in range(3):
            enabled.press("result_take")
            assert enabled.exhibit.code is not None
            enabled.touch(300, 200)
            assert enabled.exhibit.code is None, "one touch closes it"
    pictures = list(tmp_path.iterdir())
    assert len(pictures) == 2 and all(read(path).shape == (360, 640, 3) for path in pictures)
