"""Fool the network: whether a visitor's drawing is taken for what was asked. No clock."""

from collections.abc import Sequence

SURE = 0.5
"""Probability from which the network counts as fooled."""
HOLD_SECONDS = 0.6
"""For so long after the stroke it must stay so: a line on its way through a 9 is no trick."""


class Challenge:
    """Waits until the answer is what it should not be."""

    def __init__(self):
        self.won = False
        self._held = 0.0
        self._digit = ""

    def restart(self) -> None:
        self.won, self._held = False, 0.0

    def update(self, dt: float, guesses: Sequence[tuple[str, float]], taken: int, stroking: bool) -> bool:
        """Let `dt` seconds pass; True in the tick in which it was won.

        Args:
            guesses: (label, probability), likeliest first.
            taken: the digit that the network should see.
            stroking: whether the pen is down.
        """
        fooled = bool(guesses) and guesses[0][0] == str(taken) and guesses[0][1] >= SURE
        if self.won or not fooled or stroking:
            self._held = 0.0
            if not guesses:
                self.won = False  # the pad was cleared: once more
            return False
        self._held += dt
        if self._held < HOLD_SECONDS:
            return False
        self.won = True
        return True
