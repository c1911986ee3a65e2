"""How often something is done that the training waits for."""

from collections.abc import Callable

Clock = Callable[[], float]
"""Seconds; only differences mean something."""


class Pace:
    """When something is due again, so that it takes no more than a share of the time."""

    def __init__(self, share: float):
        """
        Args:
            share: from its end to the next time at least so many times as long as it took.
        """
        self._share = share
        self._due = 0.0

    def is_due(self, now: float) -> bool:
        return now >= self._due

    def took(self, began: float, ended: float, least: float, bounded: bool = True) -> None:
        """It was done just now.

        Args:
            least: seconds from one beginning to the next.
            bounded: whether anything waits for it; else only `least` counts.
        """
        self._due = max(began + least, ended + bounded * self._share * (ended - began))

    def at_once(self) -> None:
        """Whatever it took, it is due."""
        self._due = 0.0
