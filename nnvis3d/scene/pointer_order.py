"""In which order pointer and buttons did what they did between two polls, and where each press was.

Panda3D hands over two lists, positions and button events, and the times in both are that of the tick. What
was found on X11 (1.10.16): a press or release of a button or the wheel also adds a position, the pointer's at
that moment; a key's press adds two, its release one. A real motion has come before, so these positions repeat
the one before them: echoes. Counting them tells which press happened where.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One position of the pointer."""

    x: float
    """Pixels from the left."""
    y: float
    """Pixels from the top."""
    inside: bool = True
    """False: it left the window."""
    time: float = 0.0
    """Seconds."""


@dataclass(frozen=True)
class Change:
    """One thing that happened to a button or a key."""

    kind: str
    """"down", "up", "text"; "raw_down" and "raw_up" (of the key's place) come before what the key means."""
    name: str = ""
    """Panda's: "mouse1", "wheel_up", "a"; of a text, what was typed."""
    time: float = 0.0

    @property
    def is_mouse(self) -> bool:
        return self.name.startswith(("mouse", "wheel"))


Press = list[Change]
"""What one press or release said: a key's press has a text beside it, a shift key's two names."""


def presses(changes: Sequence[Change]) -> list[Press]:
    """The changes, split into presses and releases."""
    groups: list[Press] = []
    for change in changes:
        if not groups or change.kind.startswith("raw") or change.is_mouse or _ended(groups[-1], change):
            groups.append([])
        groups[-1].append(change)
    return groups


def _ended(press: Press, change: Change) -> bool:
    """Whether a change without a raw one begins another press: a repeat, or what a lost focus let go."""
    if press[-1].is_mouse:
        return True
    kinds = {before.kind for before in press}
    if change.kind == "text":
        return "down" in kinds or "up" in kinds
    if change.kind == "up":
        return "down" in kinds or "text" in kinds
    return "up" in kinds or any(before.kind == "down" and before.name == change.name for before in press)


def interleave(
    samples: Sequence[Sample], groups: Sequence[Press], before: tuple[float, float]
) -> Iterator[tuple[Sample, Press | None]]:
    """All in order: a position alone, or one with the press that happened there.

    Args:
        before: the last position of the poll before.
    """
    places = _places(samples, groups, before)
    turn = 0
    for index, sample in enumerate(samples):
        if turn == len(groups) or places[turn] != index:
            yield sample, None
        while turn < len(groups) and places[turn] == index:
            yield sample, groups[turn]
            turn += 1
    rest = samples[-1] if samples else Sample(*before)
    yield from ((rest, group) for group in groups[turn:])


def _places(samples: Sequence[Sample], groups: Sequence[Press], before: tuple[float, float]) -> list[int]:
    """The number of each press's sample, rising."""
    echoes = []
    for index, sample in enumerate(samples):
        if sample.inside and (sample.x, sample.y) == before:
            echoes.append(index)
        before = (sample.x, sample.y)
    spare = len(echoes) - sum(_echoes(group) for group in groups)
    if spare < 0:
        return _places_by_time(samples, groups)
    places: list[int] = []
    used = skipped = 0
    for group in groups:
        # Spare ones: the pointer moved by less than a pixel, as a hand does that has slowed down before it
        # lets go. So a release takes the latest possible echo, a press the earliest.
        if group[0].kind == "up" and group[0].name.startswith("mouse"):
            skipped = spare
        count = _echoes(group)
        places.append(echoes[used + skipped] if count else places[-1] if places else 0)
        used += count
    return places


def _echoes(press: Press) -> int:
    """How many positions it adds."""
    if press[0].is_mouse:
        return 1
    if any(change.kind == "down" or change.kind == "raw_down" for change in press):
        return 2
    return 1 if press[0].kind == "raw_up" else 0  # 0: a lost focus lets go of it


def _places_by_time(samples: Sequence[Sample], groups: Sequence[Press]) -> list[int]:
    """On systems that leave no echoes, but tell times."""
    places: list[int] = []
    for group in groups:
        earlier = [index for index, sample in enumerate(samples) if sample.time <= group[0].time]
        places.append(max(earlier[-1] if earlier else 0, places[-1] if places else 0))
    return places
