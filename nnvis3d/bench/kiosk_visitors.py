"""Visitors of an exhibit, as a soak needs them: people's pen strokes, looks, languages, and monkeys.

They touch and wait; how much time passes meanwhile, and how long that takes, is the caller's business.
"""

import random
from collections.abc import Callable

import numpy as np

from nnvis3d.app.kiosk import Exhibit
from nnvis3d.bench.hand import digits
from nnvis3d.inputs.strokes import Drawing
from nnvis3d.scene import input_events as events

HAND_TICK, IDLE_TICK = 1 / 30, 0.5
"""Seconds that a tick stands for while a finger is on the screen, and while somebody only looks."""
_KEYS = ("escape", "f4", "f11", "q", "v", "b", "t", "tab", "space", "enter", "delete", "y", "i", "/")
_Place = tuple[float, float]


class Finger:
    """Touches an exhibit's screen; what it does is injected where a window's events come from."""

    def __init__(self, exhibit: Exhibit, tick: Callable[[float], None]):
        """
        Args:
            tick: let so many seconds pass.
        """
        self.exhibit, self.app, self._tick = exhibit, exhibit.app, tick

    def wait(self, seconds: float) -> None:
        """Look at it."""
        for _ in range(round(seconds / IDLE_TICK)):
            self._tick(IDLE_TICK)

    def press(self, name: str) -> None:
        """What the face calls so, if it is there."""
        place = self.exhibit.front.face.places.get(name)
        if place is not None:
            left, top, right, bottom = place
            self.touch((left + right) / 2, (top + bottom) / 2)

    def touch(self, x: float, y: float) -> None:
        self.drag([(x, y)])

    def draw(self, drawing: Drawing) -> None:
        """A person's digit, at a hand's speed: three points of the tablet a tick."""
        dock = self.app.show.framing.dock_place
        for stroke in drawing.strokes:
            points = stroke.points * dock.side + np.array([dock.left, dock.top])
            self.drag([(float(x), float(y)) for x, y in points])

    def drag(self, path: list[_Place]) -> None:
        self.app.input.inject(events.ButtonChanged(0, True, *path[0]))
        for k, (x, y) in enumerate(path[1:]):
            self.app.input.inject(events.PointerMoved(x, y))
            if k % 3 == 2:
                self._tick(HAND_TICK)
        self._tick(HAND_TICK)
        self.app.input.inject(events.ButtonChanged(0, False, *path[-1]))
        for _ in range(3):
            self._tick(HAND_TICK)

    def strike(self, key: str) -> None:
        """A key with Alt held, and a wish to close: what no visitor's exhibit hears."""
        self.app.input.inject(events.KeyChanged(key, True, modifiers=frozenset({"alt"})))
        self.app.input.inject(events.KeyChanged(key, False))
        self.app.input.inject(events.CloseRequested())
        self._tick(HAND_TICK)

    def knock(self) -> None:
        """At the service corner."""
        for _ in range(self.exhibit.config.service.taps):
            self.touch(self.app.host.size[0] - 3, 3)


class Visitor:
    """One who comes, does something, and goes; what exactly, the dice say."""

    def __init__(self, finger: Finger, dice: random.Random):
        self.finger, self.dice = finger, dice
        self._drawings = digits(50)

    def visit(self, kind: str, language: str) -> None:
        """From the attract loop to the attract loop. `kind`: the name of one of the methods below."""
        self.finger.wait(self.dice.uniform(5, 30))
        self.finger.touch(*self._anywhere())
        self.finger.press(f"language/{language}")
        getattr(self, kind)()
        if self.dice.random() < 0.5:
            self.finger.press("done")
        else:
            self.finger.wait(self.finger.exhibit.config.visit.idle_seconds + 5)  # warned, and begun anew

    def draws(self) -> None:
        for _ in range(self.dice.randrange(3, 7)):
            self._one_digit(5, 15)
            self.finger.press("clear")

    def follows_the_path(self) -> None:
        self.finger.press("guide")
        for _ in range(self.dice.randrange(5, 8)):
            self._one_digit(5, 15)
            self.finger.touch(*self._anywhere())
            self.finger.press(self.dice.choice(("next", "next", "again", "show_me", "back")))
        self.finger.press("leave")

    def fools_the_network(self) -> None:
        self.finger.press("challenge")
        for _ in range(self.dice.randrange(3, 6)):
            self._one_digit(4, 12)
            self.finger.press("challenge_next")
        self.finger.press("leave")

    def only_looks(self) -> None:
        self.finger.press("pause")
        self.finger.wait(20)
        self.finger.press("pause")
        self.finger.wait(self.dice.uniform(20, 60))

    def is_a_monkey(self) -> None:
        """Anything, anywhere."""
        for _ in range(60):
            kind = self.dice.random()
            if kind < 0.5:
                self.finger.touch(*self._anywhere())
            elif kind < 0.7:
                self.finger.drag([self._anywhere() for _ in range(3)])
            elif kind < 0.9:
                self.finger.strike(self.dice.choice(_KEYS))
            else:
                self.finger.knock()
        self.finger.wait(self.finger.exhibit.config.visit.idle_seconds)

    def looks_after_it(self) -> None:
        """Not a visitor: knocks, says the PIN, looks at the test picture, and closes the menu again."""
        self.finger.knock()
        for figure in self.finger.exhibit.config.service.pin:
            self.finger.press(f"pin/{figure}")
        for name in ("service_calibration", "", "close", "close"):
            self.finger.press(name) if name else self.finger.touch(*self._anywhere())
            self.finger.wait(2)

    def _one_digit(self, shortest: float, longest: float) -> None:
        self.finger.draw(self.dice.choice(self._drawings))
        self.finger.wait(self.dice.uniform(shortest, longest))

    def _anywhere(self) -> _Place:
        width, height = self.finger.app.host.size
        return self.dice.uniform(0, width), self.dice.uniform(0, height)
