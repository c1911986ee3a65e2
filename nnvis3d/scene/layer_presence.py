"""How present each layer of a network is: hidden ones fade away, others come back."""

from collections.abc import Iterable

FADE_SECONDS = 0.25


class LayerPresence:
    """Shares from 0 to 1, by layer."""

    def __init__(self, layers: Iterable[str]):
        self.shares = dict.fromkeys(layers, 1.0)
        self.hidden: frozenset[str] = frozenset()
        """Names of the layers that are hidden, or on their way to it."""

    def hide(self, names: Iterable[str]) -> None:
        """Hide these layers, show all others."""
        self.hidden = frozenset(names)

    def come(self) -> None:
        """Come out of nothing from now on."""
        self.shares = dict.fromkeys(self.shares, 0.0)

    def ease(self, dt: float) -> bool:
        """Fade by `dt` seconds; True if any layer did."""
        changed = False
        for name, now in self.shares.items():
            goal = 0.0 if name in self.hidden else 1.0
            if now != goal:
                step = dt / FADE_SECONDS
                self.shares[name] = min(goal, now + step) if goal > now else max(goal, now - step)
                changed = True
        return changed
