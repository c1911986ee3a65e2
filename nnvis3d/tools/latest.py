"""Remembers the answer to the last question."""

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Latest(Generic[Value]):
    """An answer, for as long as the same is asked."""

    def __init__(self) -> None:
        self._known: tuple[tuple, tuple, Value] | None = None

    def of(self, key: tuple, things: tuple, make: Callable[[], Value]) -> Value:
        """What `make` says, or said when it was last asked the same.

        Args:
            key: compared with ==.
            things: compared by identity: frames, colour maps, whatever holds arrays.
        """
        known = self._known
        if (
            known is not None
            and known[0] == key
            and all(a is b for a, b in zip(known[1], things, strict=True))
        ):
            return known[2]
        value = make()
        self._known = (key, things, value)
        return value

    def forget(self) -> None:
        self._known = None
