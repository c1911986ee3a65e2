"""How long ticks take, over the last minute or so: what the counters and the service menu show."""

import numpy as np

KEPT = 3600
"""Ticks: a minute at 60 a second."""


class FrameTimes:
    """A ring of the last ticks' milliseconds."""

    def __init__(self):
        self._ring = np.zeros(KEPT, np.float32)
        self.count = 0
        """Of all ticks so far."""

    def add(self, milliseconds: float) -> None:
        self._ring[self.count % KEPT] = milliseconds
        self.count += 1

    def percentiles(self) -> tuple[float, float]:
        """Median and 95th; 0 without any."""
        known = self._ring[: min(self.count, KEPT)]
        if not len(known):
            return 0.0, 0.0
        median, high = np.percentile(known, (50, 95))
        return float(median), float(high)
