"""What a soak has shown: one line a minute, and what of it is good enough. Pure; measures nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

MOST_GROWTH_MB = 20.0
MOST_SLOWER = 0.10
"""Of the 95th percentile of the frame times: the last tenth against the first."""
DAY_HOURS, SOAK_MINUTES = 8.0, 30.0
"""A day in a museum; how long the soak that stands for one may take. A shorter one must be as quick."""
VISITS_AN_HOUR = 30
"""A stranger every two minutes."""
COLUMNS = (
    *("minute", "frames", "p50_ms", "p95_ms", "rss_mb", "visits", "hours"),
    *("strokes", "languages", "resets", "exceptions"),
)


@dataclass(frozen=True)
class Round:
    """The same visits as every other round, so that rounds can be compared."""

    times: np.ndarray
    """Milliseconds of each frame, float (n,)."""
    rss_mb: float
    """At its end."""


@dataclass(frozen=True)
class Soaked:
    """All of it."""

    minutes: float
    """Of this machine's time."""
    hours: float
    """Of the exhibit's own clock."""
    visits: int
    exceptions: int
    errors: int
    """Messages of errors that visitors would have seen."""
    rounds: Sequence[Round]
    """After the first, which warms up; at least two."""

    @property
    def tenth(self) -> int:
        """Rounds that stand for a tenth of the time."""
        return max(1, round(len(self.rounds) / 10))

    @property
    def p95_ms(self) -> tuple[float, float]:
        """Of the first tenth's frames, and of the last one's."""
        return _p95(self.rounds[: self.tenth]), _p95(self.rounds[-self.tenth :])

    @property
    def growth_mb(self) -> float:
        """From the first tenth to the last: of the medians at their rounds' ends."""
        first, last = self.rounds[: self.tenth], self.rounds[-self.tenth :]
        return median(one.rss_mb for one in last) - median(one.rss_mb for one in first)


def _p95(rounds: Sequence[Round]) -> float:
    return float(np.percentile(np.concatenate([one.times for one in rounds]), 95))


def judged(soak: Soaked) -> list[tuple[str, bool]]:
    """Each criterion in words, with what was measured; and whether it was met."""
    share = min(1.0, soak.minutes / SOAK_MINUTES)
    hours = DAY_HOURS * share
    visits = round(hours * VISITS_AN_HOUR)
    first, last = soak.p95_ms
    slower = last / first - 1
    return [
        (
            f"at least {hours:.2f} hours of the exhibit's clock and {visits} visits: "
            f"{soak.hours:.2f} hours, {soak.visits} visits",
            soak.hours >= hours and soak.visits >= visits,
        ),
        (
            f"no exception and no message of an error: {soak.exceptions}, {soak.errors}",
            not (soak.exceptions or soak.errors),
        ),
        (
            f"memory grows by at most {MOST_GROWTH_MB:g} MB after warming up: {soak.growth_mb:+.1f} MB",
            soak.growth_mb <= MOST_GROWTH_MB,
        ),
        (
            f"95 % of frames of the last tenth at most {MOST_SLOWER:.0%} slower than of the first: "
            f"{first:.2f} ms, then {last:.2f} ms ({slower:+.1%}; {soak.tenth} of {len(soak.rounds)} rounds)",
            slower <= MOST_SLOWER,
        ),
    ]


def row(values: Sequence[object]) -> str:
    """One line of the table, under COLUMNS."""
    words = (f"{v:.1f}" if isinstance(v, float) else str(v) for v in values)
    return " ".join(f"{word:>{len(name)}}" for word, name in zip(words, COLUMNS, strict=True))


def closing(soak: Soaked) -> list[str]:
    """The last lines of the log: criteria, then one word on all of them."""
    found = judged(soak)
    lines = [f"{'met' if met else 'NOT MET':8}{words}" for words, met in found]
    return [*lines, f"verdict: {'passed' if all(met for _, met in found) else 'FAILED'}"]
