"""The soak: that its rounds are alike, and that its verdict can be both."""

from dataclasses import replace

import numpy as np
import pytest

from nnvis3d.bench import kiosk_soak
from nnvis3d.bench.kiosk_verdict import COLUMNS, Round, Soaked, closing, judged, row
from nnvis3d.bench.kiosk_visitors import IDLE_TICK, Finger
from tests.program import refusal  # noqa: F401

FRAMES = np.linspace(2, 20, 400)
GOOD = Soaked(
    minutes=30.0,
    hours=9.0,
    visits=300,
    exceptions=0,
    errors=0,
    rounds=[Round(FRAMES, 500.0 + k) for k in range(20)],
)


def failed(soak: Soaked) -> str:
    return " | ".join(words for words, met in judged(soak) if not met)


def test_what_is_good_passes():
    assert failed(GOOD) == "" and closing(GOOD)[-1] == "verdict: passed"
    assert GOOD.tenth == 2 and GOOD.growth_mb == 18
    assert GOOD.p95_ms == (pytest.approx(np.percentile(FRAMES, 95)),) * 2


SLOW = [*GOOD.rounds[:18], *(Round(FRAMES * 1.11, 500) for _ in range(2))]
WORSE = {
    "hours": replace(GOOD, hours=7.9),
    "240 visits": replace(GOOD, visits=239),
    "no exception": replace(GOOD, exceptions=1),
    "message of an error": replace(GOOD, errors=1),
    "20 MB": replace(GOOD, rounds=[Round(FRAMES, 500.0 + 1.2 * k) for k in range(20)]),
    "slower": replace(GOOD, rounds=SLOW),
}


@pytest.mark.parametrize("word", WORSE)
def test_what_is_not_good_enough_fails_and_says_which(word):
    assert word in failed(WORSE[word])
    assert closing(WORSE[word])[-1] == "verdict: FAILED"


def test_a_short_soak_must_be_as_quick():
    short = replace(GOOD, minutes=3.0, hours=0.81, visits=24)
    assert not failed(short) and "hours" in failed(replace(short, hours=0.79))


def test_a_row_stands_under_its_columns():
    line = row([*(1.25 for _ in COLUMNS[:-1]), 7])
    assert len(line) == len(" ".join(COLUMNS)) and line.split()[-1] == "7"


def test_rounds_are_alike_and_end_as_they_began(monkeypatch):
    """What each visit draws is the same in every round, or their times could not be compared."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(Finger, "wait", lambda self, seconds: self._tick(IDLE_TICK))
    soak = kiosk_soak.Soak()
    try:
        strokes = []
        for _ in range(3):
            before = soak.exhibit.report.totals.get("strokes", 0)
            soak._visit("draws", "ja", "6/0", True)
            strokes.append(soak.exhibit.report.totals["strokes"] - before)
            assert soak.exhibit.visit.screen == "attract" and soak.exhibit.visit.language == "en"
        assert strokes[1] == strokes[2] > 0, "after the first, which warms up"
        assert soak.exhibit.report.totals["languages"] == soak.visits == 3
        assert len(soak.times) > 50 and soak.hours > 0 and not soak.exceptions
    finally:
        soak.app.close()


def test_a_log_that_cannot_be_written_is_told_before_half_an_hour_is_spent(refusal, tmp_path):  # noqa: F811
    assert "--soak-log" in refusal("bench", "--only", "kiosk", "--soak-log", tmp_path / "none" / "log.txt")
