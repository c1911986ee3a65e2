"""One visit: which screen is shown, in which language, how long nobody has touched anything. No clock."""

from dataclasses import dataclass

from nnvis3d.kiosk.config import KioskConfig

STEPS = 5
"""Of the guided path."""
SCREENS = ("attract", "draw", "guide", "challenge")


@dataclass(frozen=True)
class Happened:
    """Something that is counted."""

    counter: str
    label: str = ""


class Visit:
    """The state of an exhibit between two visitors, and of the visitor who is there."""

    def __init__(self, config: KioskConfig):
        self.config = config
        self.screen = "attract"
        """One of SCREENS."""
        self.language = config.languages.default
        self.step = 0
        """Of the guided path, from 0."""
        self.challenge = 0
        """Index of the challenge."""
        self.moving = True
        """Whether things move by themselves; a visitor can stop them."""
        self.idle = 0.0
        """Seconds since the last touch."""
        self.serial = 0
        """Raised with each visit, and each reset."""
        self.touches = 0
        """So far, of all visits."""
        self._happened: list[Happened] = []

    # what is to be seen

    @property
    def visiting(self) -> bool:
        return self.screen != "attract"

    @property
    def left(self) -> float | None:
        """Seconds until the visit ends, while that is being warned of."""
        left = self.config.visit.idle_seconds - self.idle
        return left if self.visiting and left <= self.config.visit.warning_seconds else None

    @property
    def pair(self) -> tuple[int, int] | None:
        """What to draw, and what the network should take it for."""
        pairs = self.config.visit.challenges
        return pairs[self.challenge % len(pairs)] if pairs else None

    @property
    def steps(self) -> int:
        """Of the guided path: without challenges its last step has nothing to ask."""
        return STEPS if self.config.visit.challenges else STEPS - 1

    def happened(self) -> list[Happened]:
        """What is to be counted since this was last asked."""
        found, self._happened = self._happened, []
        return found

    # what a visitor does

    def touch(self) -> None:
        """Anything was touched: the time begins anew."""
        self.idle = 0.0
        self.touches += 1
        self._count("touches")

    def begin(self) -> None:
        if not self.visiting:
            self.screen = "draw"
            self.serial += 1
            self.idle = 0.0
            self._count("visitors")

    def speak(self, language: str) -> None:
        """Change the language, if it is offered."""
        if language in self.config.languages.offered and language != self.language:
            self.language = language
            self._count("languages", language)

    def show(self, screen: str) -> None:
        """Another screen of the same visit: "draw", "guide" or "challenge".

        What the exhibit does not offer is not shown.
        """
        offered = {
            "draw": True,
            "guide": self.config.visit.guide,
            "challenge": bool(self.config.visit.challenges),
        }
        if self.visiting and offered.get(screen):
            self.screen = screen
            self.step = 0

    def go(self, steps: int) -> None:
        """On along the guided path, or back; past its end is drawing freely."""
        if self.screen != "guide":
            return
        self.step = max(0, self.step + steps)
        if self.step >= self.steps:
            self.screen, self.step = "draw", 0
            self._count("guided")

    def next_challenge(self) -> None:
        if self.config.visit.challenges:
            self.challenge = (self.challenge + 1) % len(self.config.visit.challenges)

    def won(self) -> None:
        self._count("challenges_won")

    def reset(self) -> None:
        """As it is before anybody came."""
        self.screen, self.step, self.challenge = "attract", 0, 0
        self.language = self.config.languages.default
        self.moving = True
        self.idle = 0.0
        self.serial += 1

    def update(self, dt: float) -> bool:
        """Let `dt` seconds pass; True when the visit has just ended for want of touches."""
        self.idle += dt
        changed = self.visiting or self.language != self.config.languages.default or not self.moving
        if changed and self.idle >= self.config.visit.idle_seconds:
            if self.visiting:
                self._count("resets")
            self.reset()
            return True
        return False

    def _count(self, counter: str, label: str = "") -> None:
        self._happened.append(Happened(counter, label))
