"""The kept past of one line of training: whole states, exact, within a number of bytes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from nnvis3d.lab.state import TrainingState

BUDGET = 256 << 20
"""Bytes of memory that the past may take."""
MOST = 240
"""Kept steps."""
UNSEEN_INTERVAL = 32
"""Steps between two that are kept while nobody looks: copies push the network out of the processor's caches,
and every eighth step would be a fiftieth of a small network's time."""


@dataclass(frozen=True, eq=False)
class Kept:
    """One kept step."""

    state: TrainingState
    embeddings: Mapping[tuple[str, str], np.ndarray] = field(default_factory=dict)
    """float32 (F, 2) by (layer, kind): where the points were."""


class History:
    """Keeps a state every `interval` steps; when that is too much, every second goes and the interval
    doubles: what is kept always covers the whole past evenly."""

    def __init__(self, budget: int = BUDGET, interval: int = 8):
        self.budget, self.interval = budget, interval
        self.kept: dict[int, Kept] = {}
        """By step, ascending."""

    def wants(self, step: int) -> bool:
        return step % self.interval == 0

    def sparse(self) -> None:
        """Nobody looks: from now on fewer are kept."""
        self.interval = max(self.interval, UNSEEN_INTERVAL)

    def add(self, kept: Kept) -> None:
        """Keep a state; a later one of the same step replaces it."""
        self.kept[kept.state.step] = kept
        while len(self.kept) > 2 and (len(self.kept) > MOST or self.bytes > self.budget):
            self.interval *= 2
            newest = max(self.kept)
            self.kept = {s: k for s, k in self.kept.items() if s % self.interval == 0 or s == newest}

    @property
    def bytes(self) -> int:
        return sum(kept.state.bytes for kept in self.kept.values())

    @property
    def steps(self) -> np.ndarray:
        return np.array(sorted(self.kept), np.int64)

    def at(self, step: int) -> Kept | None:
        """The newest at or before `step`."""
        known = [s for s in self.kept if s <= step]
        return self.kept[max(known)] if known else None

    def newest_finite(self) -> Kept:
        """The newest whose tensors hold nothing but finite numbers; the first, if none does."""
        for step in sorted(self.kept, reverse=True):
            if all(bool(torch.isfinite(tensor).all()) for tensor in self.kept[step].state.tensors.values()):
                return self.kept[step]
        return self.kept[min(self.kept)]

    def copy(self) -> "History":
        """Shares the states, which never change."""
        other = History(self.budget, self.interval)
        other.kept = dict(self.kept)
        return other

    def until(self, step: int) -> "History":
        other = self.copy()
        other.kept = {s: k for s, k in self.kept.items() if s <= step}
        return other


def bytes_of(histories: Iterable[History]) -> int:
    """Of the states that they keep together: branches share those from before they parted."""
    states = {id(kept.state): kept.state for history in histories for kept in history.kept.values()}
    return sum(state.bytes for state in states.values())
