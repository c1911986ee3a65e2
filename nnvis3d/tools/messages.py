"""What the program has to say at run time: one line at a time, fading by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from nnvis3d.scene.hud.state import Message

FADE_SECONDS = 0.4
MOST = 3


@dataclass(frozen=True)
class _Said:
    text: str
    kind: str
    left: float
    """Seconds until it is gone."""


class Messages:
    """The lines that are on screen now."""

    def __init__(self):
        self._said: list[_Said] = []

    def say(self, text: str, kind: str = "info", seconds: float = 4.0) -> None:
        """Show a line; `kind` "error" for what went wrong."""
        kept = [said for said in self._said if said.text != text]
        self._said = [*kept, _Said(text, kind, seconds)][-MOST:]

    def error(self, text: str) -> None:
        self.say(text, "error", 10.0)

    def dismiss(self) -> bool:
        """Take the newest away; False if there is none."""
        if not self._said:
            return False
        self._said.pop()
        return True

    def clear(self) -> None:
        """Take all of them away."""
        self._said = []

    @contextmanager
    def silent(self) -> Iterator[None]:
        """What is said in the block nobody sees."""
        said = self._said
        try:
            yield
        finally:
            self._said = said

    def update(self, dt: float) -> bool:
        """Let time pass; True while anything on screen changes."""
        if not self._said:
            return False
        before = self.shown
        self._said = [replace(said, left=said.left - dt) for said in self._said if said.left > dt]
        return self.shown != before

    @property
    def shown(self) -> tuple[Message, ...]:
        return tuple(
            Message(said.text, said.kind, round(min(1.0, said.left / FADE_SECONDS), 2)) for said in self._said
        )
