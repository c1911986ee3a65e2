"""Which sound, if any, a tick is to be heard by. No clock, no audio."""

from dataclasses import dataclass

GUESS_SECONDS = 0.4
"""Between two sounds of a new guess, at the least: while one draws it may change with every tick."""


@dataclass(frozen=True)
class Heard:
    """What a tick was like; the difference to the one before makes the sound."""

    visiting: bool = False
    warned: bool = False
    """Whether the visit is about to end for want of touches."""
    stroking: bool = False
    guess: str = ""
    """What the network takes the drawing for; "": nothing is drawn."""
    touches: int = 0
    """So far."""


class Cues:
    """Compares one tick with the next."""

    def __init__(self) -> None:
        self._before = Heard()
        self._since_guess = GUESS_SECONDS

    def update(self, dt: float, now: Heard) -> str:
        """Name of the sound after `dt` more seconds, "" for none: the one that says most.

        While nobody is there nothing is heard but the touch that is a language's: the hand draws all day.
        """
        before, self._before = self._before, now
        self._since_guess += dt
        if now.visiting and not before.visiting:
            return "begin"
        if now.warned and not before.warned:
            return "warning"
        if now.visiting and now.stroking and not before.stroking:
            return "stroke"
        if now.visiting and now.guess and now.guess != before.guess and self._since_guess >= GUESS_SECONDS:
            self._since_guess = 0.0
            return "guess"
        return "touch" if now.touches > before.touches else ""
