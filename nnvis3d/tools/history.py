"""Undo and redo as a list of immutable values."""

from typing import Generic, TypeVar

Value = TypeVar("Value")


class History(Generic[Value]):
    """What a thing was, in order, and which of them it is now."""

    def __init__(self, first: Value, most: int = 200):
        self._values = [first]
        self._at = 0
        self._most = most

    @property
    def now(self) -> Value:
        return self._values[self._at]

    @property
    def can_undo(self) -> bool:
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        return self._at + 1 < len(self._values)

    def push(self, value: Value) -> None:
        """From now on it is `value`; what could be redone is forgotten, and so is the oldest past `most`."""
        self._values = [*self._values[: self._at + 1], value][-self._most :]
        self._at = len(self._values) - 1

    def undo(self) -> bool:
        """Back by one; False if there is nothing to go back to."""
        if not self.can_undo:
            return False
        self._at -= 1
        return True

    def redo(self) -> bool:
        if not self.can_redo:
            return False
        self._at += 1
        return True
