"""Things that come and go: how present they are, eased."""

SECONDS = 0.2


class Fade:
    """A presence between 0 and 1 that follows what is wanted."""

    def __init__(self, seconds: float = SECONDS):
        """`seconds`: from one end to the other."""
        self.wanted = False
        self._seconds = seconds
        self._share = 0.0

    @property
    def value(self) -> float:
        """0-1, slow at both ends."""
        return self._share * self._share * (3 - 2 * self._share)

    @property
    def gone(self) -> bool:
        """Whether it is neither seen nor coming."""
        return self._share == 0 and not self.wanted

    def update(self, dt: float) -> bool:
        """Ease by `dt` seconds; True if the value has changed."""
        if self._share == float(self.wanted):
            return False
        step = dt / self._seconds
        self._share = min(1.0, self._share + step) if self.wanted else max(0.0, self._share - step)
        return True
