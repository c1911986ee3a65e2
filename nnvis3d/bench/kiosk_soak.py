"""A day in front of visitors, in half an hour: `nnvis3d bench --only kiosk --soak-minutes 30`.

The exhibit's own time passes as fast as the machine can: every tick is told how many seconds it stands for,
a thirtieth while a finger is on the screen and half a second while somebody only looks. So what a visitor
does is done at a hand's speed, and what he waits is only counted.

Visits come in rounds, and the visits of ROUND are the same in each of them: so the frames of the first and
of the last tenth show the same things, and only then can their times be compared. Once a round there comes a
monkey, too, with other dice each time, whose frames are not timed: it is there to break something.

In a process of its own: `python -m nnvis3d.bench.kiosk_soak MINUTES [LOG]`.
"""

import json
import os
import random
import sys
import time
import traceback
from collections.abc import Callable

import numpy as np

from nnvis3d.app.app import App
from nnvis3d.app.kiosk import Exhibit
from nnvis3d.bench.kiosk_verdict import COLUMNS, Round, Soaked, closing, judged, row
from nnvis3d.bench.kiosk_visitors import Finger, Visitor
from nnvis3d.bench.process import machine, resident_mb
from nnvis3d.kiosk.config import KioskConfig, Service
from nnvis3d.options import Options
from nnvis3d.scene.host import Host

SIZE = (960, 540)
ROUND = (
    ("draws", "en"),
    ("follows_the_path", "de"),
    ("fools_the_network", "fr"),
    ("draws", "ja"),
    ("only_looks", "es"),
    ("follows_the_path", "ar"),
    ("draws", "nl"),
)
"""What each does, and the language that he chooses."""
LEAST_ROUNDS = 3
"""One that warms up, and two to compare."""
SEED = 6


class Soak:
    """An exhibit, its visitors, and what their frames took."""

    def __init__(self) -> None:
        self.host = Host(SIZE, offscreen=not os.environ.get("DISPLAY"))
        self.app = App(self.host, Options(size=SIZE))
        self.exhibit = Exhibit(self.app, KioskConfig(service=Service(pin="2718")))
        self.app.answering.wait()
        self.finger = Finger(self.exhibit, self.tick)
        self.times: list[float] = []
        """Milliseconds of each frame of this round that is timed."""
        self.recent: list[float] = []
        """The same, of this minute."""
        self.timed = True
        self.visits = self.exceptions = self.frames = self.rounds = 0
        self.hours = 0.0
        """Of the exhibit's own clock."""

    def tick(self, dt: float) -> None:
        started = time.perf_counter()
        drawn = True
        try:
            drawn = self.app.tick(dt)
        except Exception:
            self.exceptions += 1
            traceback.print_exc()
        if drawn and self.host.offscreen:
            # As a window does until its picture stands on the screen. Dozens of frames that nobody waited
            # for take 40 MB, now and then.
            self.host.wait()
        if drawn and self.timed:
            for times in (self.times, self.recent):
                times.append((time.perf_counter() - started) * 1000)
        self.hours += dt / 3600
        self.frames += drawn

    def round(self, visited: Callable[[], None] = lambda: None) -> Round:
        """A monkey, who looks after the exhibit, and then the same visits as in every round."""
        self.times = []
        self._visit("is_a_monkey", "en", f"{SEED}/monkey/{self.rounds}", False)
        Visitor(self.finger, random.Random(SEED)).looks_after_it()
        self.exhibit.reset()
        visited()
        for k, (kind, language) in enumerate(ROUND):
            self._visit(kind, language, f"{SEED}/{k}", True)
            visited()
        self.rounds += 1
        return Round(np.array(self.times), resident_mb())

    def _visit(self, kind: str, language: str, dice: str, timed: bool) -> None:
        self.exhibit.hand.restart(0)  # what the hand draws is the same in every round, too
        self.timed = timed
        Visitor(self.finger, random.Random(dice)).visit(kind, language)
        self.exhibit.door.close()
        self.exhibit.reset()
        self.visits += 1
        self.timed = False

    def minute(self, minutes: float, frames: int) -> tuple[object, ...]:
        """The values of a row of the log: so many minutes have passed, and frames since the last row."""
        median, high = np.percentile(self.recent, (50, 95)).tolist() if self.recent else (0.0, 0.0)
        self.recent = []
        total = self.exhibit.report.totals.get
        counted = (total("strokes", 0), total("languages", 0), total("resets", 0), self.exceptions)
        return minutes, frames, median, high, resident_mb(), self.visits, self.hours, *counted


class Minutes:
    """Writes a row into the log whenever a minute has passed."""

    def __init__(self, soak: Soak, write: Callable[[str], None]):
        self._soak, self._write = soak, write
        self._started = time.monotonic()
        self._said, self._frames = 0, 0

    @property
    def passed(self) -> float:
        """Minutes so far."""
        return (time.monotonic() - self._started) / 60

    def look(self) -> None:
        """Another visit is over."""
        if (passed := self.passed) >= self._said + 1:
            self._said = int(passed)
            self._write(row(self._soak.minute(passed, self._soak.frames - self._frames)))
            self._frames = self._soak.frames


def soak(minutes: float, write: Callable[[str], None]) -> dict[str, object]:
    """Visits for so many minutes of this machine's time, in whole rounds, at least LEAST_ROUNDS.

    Args:
        write: takes the lines of the log.

    Returns:
        The figures, as DESIGN's contract names them, and the verdict.
    """
    one = Soak()
    write(_head(one, minutes))
    write(" ".join(COLUMNS))
    clock = Minutes(one, write)
    rounds: list[Round] = []
    while clock.passed < minutes or len(rounds) < LEAST_ROUNDS:
        rounds.append(one.round(clock.look))
    errors = len(one.exhibit.report.errors)
    found = Soaked(clock.passed, one.hours, one.visits, one.exceptions, errors, rounds[1:])
    for line in closing(found):
        write(line)
    strokes = one.exhibit.report.totals.get("strokes", 0)
    one.app.close()
    return _figures(found) | {"strokes": strokes}


def _head(one: Soak, minutes: float) -> str:
    where = machine()
    kind = "offscreen" if one.host.offscreen else "in a window"
    return (
        f"nnvis3d kiosk, soak of {minutes:g} minutes {kind}, {SIZE[0]}x{SIZE[1]}: "
        f"{where['cores']} cores, {where['processor']}, {where['renderer']}"
    )


def _figures(found: Soaked) -> dict[str, object]:
    first, last = found.p95_ms
    return {
        "minutes": round(found.minutes, 2),
        "visits": found.visits,
        "exceptions": found.exceptions,
        "growth_mb": round(found.growth_mb, 2),
        "p95_first_ms": round(first, 3),
        "p95_last_ms": round(last, 3),
        "program_hours": round(found.hours, 2),
        "rounds": len(found.rounds),
        "failed": [words for words, met in judged(found) if not met],
    }


def _main(minutes: float, log: str) -> None:
    with open(log or os.devnull, "w", encoding="utf-8") as file:

        def write(line: str) -> None:
            for stream in (sys.stderr, file):
                stream.write(line + "\n")
                stream.flush()

        sys.stdout.write(json.dumps(soak(minutes, write)) + "\n")


if __name__ == "__main__":
    _main(float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
