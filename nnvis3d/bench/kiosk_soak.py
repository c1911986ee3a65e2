"""Months in front of visitors, in a few minutes: `nnvis3d bench --only kiosk --soak-minutes N`.

The program's own time passes as fast as the machine can: every tick is told how many seconds it stands for,
a thirtieth while a finger is on the screen and half a second while nothing happens. So what a visitor does
is done at a hand's speed, and what he waits is only counted. Visits are of about two minutes, as in a museum:
people's own pen strokes, the guided path, the challenge, other languages, visitors who just walk away, and
monkeys, who touch anything and press every key.

In a process of its own: `python -m nnvis3d.bench.kiosk_soak MINUTES`; a line a minute on standard error.
"""

import json
import os
import random
import sys
import time
import traceback
from collections.abc import Callable

import numpy as np

from nnvis3d.app import App
from nnvis3d.app_kiosk import Exhibit
from nnvis3d.bench.hand import digits
from nnvis3d.bench.process import resident_mb
from nnvis3d.inputs.strokes import Drawing
from nnvis3d.kiosk.config import KioskConfig, Service
from nnvis3d.options import Options
from nnvis3d.scene import input_events as events
from nnvis3d.scene.host import Host

HAND_TICK, IDLE_TICK = 1 / 30, 0.5
SIZE = (960, 540)
READ_BACK = 50
"""Frames: headless EGL keeps half a kilobyte of each until somebody reads one (a window does not)."""
WARM_UP = 0.1
"""Share of the time after which growth of memory counts."""
_KEYS = ("escape", "f4", "f11", "q", "v", "b", "t", "tab", "space", "enter", "delete", "y", "i", "/")


class Soak:
    """Visitors, one after the other."""

    def __init__(self, seed: int = 6):
        windowed = bool(os.environ.get("DISPLAY"))
        self.host = Host(SIZE, offscreen=not windowed)
        self.app = App(self.host, Options(size=SIZE))
        self.exhibit = Exhibit(self.app, KioskConfig(service=Service(pin="2718")))
        self.app.wait_for_network()
        self.random = random.Random(seed)
        self.drawings = digits(50)
        self.times: list[float] = []
        """Milliseconds of each tick while a finger is on the screen."""
        self.visits = self.exceptions = self.strokes = 0
        self.hours = 0.0
        """Of the program's own time."""
        self._ticks = 0

    def tick(self, dt: float) -> None:
        started = time.perf_counter()
        try:
            self.app.tick(dt)
        except Exception:
            self.exceptions += 1
            traceback.print_exc()
        if dt == HAND_TICK:
            self.times.append((time.perf_counter() - started) * 1000)
        self.hours += dt / 3600
        self._ticks += 1
        if self.host.offscreen and self._ticks % READ_BACK == 0:
            self.host.picture()

    def wait(self, seconds: float) -> None:
        """Look at it."""
        for _ in range(round(seconds / IDLE_TICK)):
            self.tick(IDLE_TICK)

    def visit(self) -> None:
        """Two minutes of somebody."""
        self.wait(self.random.uniform(2, 20))
        self.touch(*self._anywhere())
        kinds: list[Callable[[], None]] = [self.draw_some, self.guided, self.challenged, self.monkey]
        self.random.choices(kinds, (4, 3, 2, 2))[0]()
        if self.random.random() < 0.4:
            self.press(f"language/{self.random.choice(self.exhibit.config.languages.offered)}")
        self.draw_some()
        if self.random.random() < 0.5:
            self.press("done")
        else:
            self.wait(95)  # he has gone; the exhibit warns, and begins anew
        self.visits += 1

    def draw_some(self) -> None:
        for _ in range(self.random.randrange(1, 5)):
            self.draw(self.random.choice(self.drawings))
            self.wait(self.random.uniform(2, 8))
            self.press("clear")

    def guided(self) -> None:
        self.press("guide")
        for _ in range(self.random.randrange(1, 7)):
            self.draw(self.random.choice(self.drawings))
            self.wait(self.random.uniform(3, 12))
            self.touch(*self._anywhere())
            self.press(self.random.choice(("next", "next", "again", "show_me", "back")))
        self.press("leave")

    def challenged(self) -> None:
        self.press("challenge")
        for _ in range(self.random.randrange(1, 4)):
            self.draw(self.random.choice(self.drawings))
            self.wait(3)
            self.press("challenge_next")
        self.press("leave")

    def monkey(self) -> None:
        """Anything, anywhere."""
        for _ in range(60):
            kind = self.random.random()
            if kind < 0.5:
                self.touch(*self._anywhere())
            elif kind < 0.7:
                self.drag([self._anywhere(), self._anywhere(), self._anywhere()])
            elif kind < 0.9:
                key = self.random.choice(_KEYS)
                self.app.input.inject(events.KeyChanged(key, True, modifiers=frozenset({"alt"})))
                self.app.input.inject(events.KeyChanged(key, False))
                self.app.input.inject(events.CloseRequested())
                self.tick(HAND_TICK)
            else:
                for _ in range(5):
                    self.touch(SIZE[0] - 3, 3)
        self.exhibit.door.close()

    # what a finger does

    def press(self, name: str) -> None:
        """What the face calls so, if it is there."""
        place = self.exhibit.front.face.places.get(name)
        if place is not None:
            left, top, right, bottom = place
            self.touch((left + right) / 2, (top + bottom) / 2)

    def touch(self, x: float, y: float) -> None:
        self.drag([(x, y)])

    def draw(self, drawing: Drawing) -> None:
        """A person's digit, at a hand's speed: as many points a tick as the tablet had."""
        dock = self.app.show.dock_place
        for stroke in drawing.strokes:
            points = stroke.points * dock.side + np.array([dock.left, dock.top])
            self.drag([(float(x), float(y)) for x, y in points])
            self.strokes += 1

    def drag(self, path: list[tuple[float, float]]) -> None:
        self.app.input.inject(events.ButtonChanged(0, True, *path[0]))
        for k, (x, y) in enumerate(path[1:]):
            self.app.input.inject(events.PointerMoved(x, y))
            if k % 3 == 2:
                self.tick(HAND_TICK)
        self.tick(HAND_TICK)
        self.app.input.inject(events.ButtonChanged(0, False, *path[-1]))
        for _ in range(3):
            self.tick(HAND_TICK)

    def _anywhere(self) -> tuple[float, float]:
        return self.random.uniform(0, SIZE[0]), self.random.uniform(0, SIZE[1])


def soak(minutes: float) -> dict[str, float]:
    """Visits for so many minutes of this machine's time, as DESIGN's contract names the fields."""
    one = Soak()
    started, said, warm = time.monotonic(), 0, 0.0
    while (passed := (time.monotonic() - started) / 60) < minutes:
        one.visit()
        if not warm and passed >= WARM_UP * minutes:
            warm = resident_mb()
        if passed >= said:
            said += 1
            _say(one, passed)
    tenth = max(1, len(one.times) // 10)
    figures = {
        "minutes": round((time.monotonic() - started) / 60, 2),
        "visits": one.visits,
        "exceptions": one.exceptions,
        "growth_mb": round(resident_mb() - (warm or resident_mb()), 2),
        "p95_first_ms": round(float(np.percentile(one.times[:tenth], 95)), 3),
        "p95_last_ms": round(float(np.percentile(one.times[-tenth:], 95)), 3),
        "program_hours": round(one.hours, 2),
        "strokes": one.strokes,
    }
    one.app.close()
    return figures


def _say(one: Soak, minutes: float) -> None:
    recent = one.times[-2000:]
    line = {
        "minutes": round(minutes, 1),
        "visits": one.visits,
        "program_hours": round(one.hours, 2),
        "exceptions": one.exceptions,
        "rss_mb": round(resident_mb(), 1),
        "p95_ms": round(float(np.percentile(recent, 95)), 1),
    }
    sys.stderr.write(json.dumps(line) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(soak(float(sys.argv[1]))) + "\n")
