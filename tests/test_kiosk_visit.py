"""A visit, the guided path, the challenge, the knock and the PIN: told the time, without a window."""

from itertools import pairwise

import pytest

from nnvis3d.inputs.strokes import Drawing
from nnvis3d.kiosk.config import KioskConfig, Languages, Service
from nnvis3d.kiosk.config import Visit as VisitConfig
from nnvis3d.tools.kiosk_attract import AttractHand
from nnvis3d.tools.kiosk_challenge import Challenge
from nnvis3d.tools.kiosk_knock import FREE_TRIES, Knock, ServiceDoor
from nnvis3d.tools.kiosk_visit import Visit


@pytest.fixture
def visit() -> Visit:
    return Visit(KioskConfig(languages=Languages(default="de")))


def counted(visit: Visit) -> list[str]:
    return [one.counter for one in visit.happened()]


def test_a_visit_ends_after_its_warning_and_the_language_is_the_default_again(visit):
    visit.begin()
    visit.speak("ja")
    visit.show("guide")
    visit.update(69.9)
    assert visit.left is None
    visit.update(0.2)
    assert visit.left == pytest.approx(19.9)
    assert not visit.update(19.8) and visit.visiting
    assert visit.update(0.2)
    assert (visit.screen, visit.language, visit.step) == ("attract", "de", 0)
    assert counted(visit) == ["visitors", "languages", "resets"]


def test_one_touch_dismisses_the_warning(visit):
    visit.begin()
    visit.update(85)
    assert visit.left is not None
    visit.touch()
    assert visit.left is None and not visit.update(60)


def test_a_language_chosen_before_a_visit_goes_back_too(visit):
    visit.speak("ar")
    assert not visit.update(89) and visit.language == "ar"
    visit.update(2)
    assert visit.language == "de" and counted(visit) == ["languages"]


def test_nobody_there_for_hours_counts_nothing(visit):
    for _ in range(100):
        visit.update(100)
    assert counted(visit) == []


def test_the_guided_path_goes_on_and_back_and_can_be_left_anywhere(visit):
    visit.show("guide")
    assert visit.screen == "attract", "nobody is there"
    visit.begin()
    for leave_at in range(5):
        visit.show("guide")
        visit.go(leave_at)
        assert visit.step == leave_at
        visit.go(-10)
        assert visit.step == 0
        visit.show("draw")
        assert visit.screen == "draw"
    visit.show("guide")
    for _ in range(5):
        visit.go(1)
    assert visit.screen == "draw" and "guided" in counted(visit)


def test_what_is_not_offered_is_not_shown():
    visit = Visit(KioskConfig(visit=VisitConfig(guide=False, challenges=())))
    visit.begin()
    for screen in ("guide", "challenge", "service", "nonsense"):
        visit.show(screen)
        assert visit.screen == "draw"
    visit.speak("klingon")
    assert visit.language == "en" and visit.pair is None and visit.steps == 4


def test_fooled_only_when_it_stays_so_after_the_stroke():
    challenge, nine = Challenge(), [("9", 0.8)]
    for _ in range(20):
        assert not challenge.update(0.1, nine, 9, stroking=True)
    assert not challenge.update(0.5, nine, 9, False)
    assert not challenge.update(0.5, [("4", 0.9)], 9, False)
    assert not challenge.update(0.5, nine, 9, False)
    assert challenge.update(0.2, nine, 9, False) and challenge.won
    assert not challenge.update(5, nine, 9, False), "won once"
    challenge.update(0.1, [], 9, False)
    assert not challenge.won, "an empty pad begins anew"
    assert not challenge.update(5, [("9", 0.3)], 9, False), "not sure enough"


SERVICE = Service(pin="2718", corner="bottom-left", taps=4)
SIZE = (1000, 500)


def test_the_knock_is_in_one_corner_and_quick():
    knock = Knock(SERVICE)
    assert [knock.touch(5, 495, SIZE) for _ in range(4)] == [False, False, False, True]
    for _ in range(20):
        knock.update(2.0)
        assert not knock.touch(5, 495, SIZE), "too slow"
    knock = Knock(SERVICE)
    for _ in range(3):
        knock.touch(5, 495, SIZE)
    assert not knock.touch(500, 250, SIZE) and not knock.touch(5, 495, SIZE), "elsewhere in between"
    assert not any(Knock(SERVICE).touch(995, 5, SIZE) for _ in range(9))
    without = Knock(Service(pin="", corner="bottom-left", taps=4))
    assert not any(without.touch(5, 495, SIZE) for _ in range(9))


def typed(door: ServiceDoor, keys: str) -> str:
    for key in keys:
        door.key(key)
    return door.shown


def test_the_pin_opens_and_wrong_ones_cost_time():
    door = ServiceDoor(SERVICE)
    assert typed(door, "2718") == "", "it was not knocked"
    door.open()
    assert typed(door, "271<<") == "pin" and typed(door, "x") == ""
    door.open()
    assert typed(door, "2718") == "menu"
    door.close()
    door.open()
    for _ in range(FREE_TRIES):
        assert typed(door, "0000") == "pin"
    assert door.locked == 30
    assert typed(door, "2718") == "pin", "locked"
    door.update(29)
    assert typed(door, "2718") == "pin"
    door.update(1.5)
    door.open()
    typed(door, "1111")
    assert door.locked == 60, "and the next wait is longer"
    door.update(61)
    door.open()
    assert typed(door, "2718") == "menu"


def test_the_door_closes_by_itself_and_quitting_wants_two_touches():
    door = ServiceDoor(SERVICE)
    door.open()
    door.update(31)
    assert door.shown == ""
    door.open()
    typed(door, "2718")
    assert not door.confirm("quit") and not door.confirm("restart") and not door.confirm("quit")
    assert door.confirm("quit")
    door.calibrate()
    door.mark(3, 4)
    door.back()
    assert (door.shown, door.marks) == ("menu", ())
    door.update(181)
    assert door.shown == ""


def test_the_hand_draws_whole_digits_and_stops_at_once():
    drawn: list[Drawing | None] = []
    cleared = []
    hand = AttractHand(drawn.append, lambda: cleared.append(True))
    hand.restart(0)
    finished = 0
    places = []
    for _ in range(60 * 12):
        finished += hand.update(1 / 60)
        if hand.pen is not None:
            places.append(hand.pen)
    assert finished >= 2 and hand.digits_drawn == finished
    assert all(0.05 < x < 0.95 and 0.05 < y < 0.95 for x, y in places)
    steps = [abs(b[0] - a[0]) + abs(b[1] - a[1]) for a, b in pairwise(places)]
    assert sum(step > 0.2 for step in steps) <= finished + 1, "the finger glides, but to the next digit"
    hand.restart(0)
    for _ in range(60):
        hand.update(1 / 60)
    assert drawn[-1] is not None, "in the middle of a stroke"
    before = len(cleared)
    hand.stop()
    assert drawn[-1] is None and len(cleared) == before + 1 and hand.pen is None
