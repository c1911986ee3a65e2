"""Opening hours: when the exhibit is awake. The time of day is given; nothing here reads a clock."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)$")


@dataclass(frozen=True)
class Span:
    """From one time of a day to another, minutes after midnight; the end may be on the next day."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        """Whether `minute`, counted from this day's midnight, is in it."""
        end = self.end if self.end > self.start else self.end + 24 * 60
        return self.start <= minute < end


def span(text: str) -> Span:
    """ "10:00-18:00", or over midnight "18:00-01:00".

    Raises:
        ValueError: it is none.
    """
    match = _HOURS.match(text.strip())
    if match is None:
        raise ValueError(f"{text!r}: expected hours such as 10:00-18:00, or an empty text for a closed day")
    first, second, third, fourth = map(int, match.groups())
    start, end = 60 * first + second, 60 * third + fourth
    if start > 24 * 60 or end > 24 * 60 or start == end:
        raise ValueError(f"{text!r}: expected two different times from 0:00 to 24:00")
    return Span(start, end)


@dataclass(frozen=True)
class Timetable:
    """Spans of a week: day 0 is Monday. None at all: always open."""

    days: tuple[Span | None, ...] = ()

    def is_open(self, now: datetime) -> bool:
        """Whether the exhibit is awake at this local time."""
        if not self.days:
            return True
        minute = 60 * now.hour + now.minute
        today, yesterday = self.days[now.weekday()], self.days[(now - timedelta(days=1)).weekday()]
        return (today is not None and today.holds(minute)) or (
            yesterday is not None and yesterday.holds(minute + 24 * 60)
        )

    def opens(self, now: datetime) -> str:
        """When it opens next, "10:00"; "" if never, or if it is open."""
        if self.is_open(now):
            return ""
        minute = 60 * now.hour + now.minute
        for ahead in range(8):
            day = self.days[(now.weekday() + ahead) % 7]
            if day is not None and (ahead > 0 or day.start > minute):
                return f"{day.start // 60}:{day.start % 60:02d}"
        return ""
