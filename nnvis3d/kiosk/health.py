"""Whether the exhibit is well, and how long to wait before it is started again. Reads no clock."""

from dataclasses import dataclass, field

from nnvis3d.kiosk.config import Watch

LONGEST_LOOK = 1.0
"""Seconds: a longer gap between two looks counts as so much. Then it was the supervisor that stood still
(the machine slept, a debugger), and the exhibit must not die for it."""


@dataclass
class Health:
    """Of one start of the exhibit."""

    watch: Watch
    frames: int = 0
    """Seen so far."""
    silent: float = 0.0
    """Seconds since the last new frame."""
    uptime: float = 0.0
    memory_mb: float = 0.0

    def frame(self, count: int) -> None:
        """The exhibit has drawn so many frames by now."""
        if count != self.frames:
            self.frames, self.silent = count, 0.0

    def pass_time(self, seconds: float) -> None:
        seconds = min(seconds, LONGEST_LOOK)
        self.silent += seconds
        self.uptime += seconds

    @property
    def verdict(self) -> str:
        """ "" while it is well; else why it must go: "freeze", "slow start" or "memory"."""
        if self.memory_mb > self.watch.memory_mb:
            return "memory"
        limit = self.watch.freeze_seconds if self.frames else self.watch.start_seconds
        if self.silent > limit:
            return "freeze" if self.frames else "slow start"
        return ""


@dataclass
class BackOff:
    """Seconds to wait before the next start: none after the first two faults, then 1, 2, 4, ..."""

    watch: Watch
    faults: int = field(default=0)

    def after(self, uptime: float) -> float:
        """It failed after so many seconds of being well."""
        if uptime >= self.watch.calm_seconds:
            self.faults = 0
        self.faults += 1
        if self.faults <= 2:
            return 0.0
        return min(2.0 ** min(self.faults - 3, 30), self.watch.longest_wait_seconds)
