"""Memory for the numbers of one frame: fresh for each, or, where that would cost too much, used again."""

import sys
from dataclasses import dataclass, field

import numpy as np

LARGE = 2_000_000
"""Neurons from which on memory is used again: fresh pages cost more than what is written on them."""


@dataclass(eq=False)
class Sheet:
    """What one pass writes to."""

    values: np.ndarray
    """float32 (neurons,)."""
    texels: np.ndarray
    """uint16 or uint8 (neurons,)."""
    means: np.ndarray
    """As `texels` (means,): see network/means.py."""
    others: int = field(default=0)
    """References to the arrays when nobody but the sheet has them."""

    @property
    def references(self) -> int:
        return sum(map(sys.getrefcount, (self.values, self.texels, self.means)))


class Sheets:
    """Gives out sheets. A large one comes back when nobody holds its arrays, or views of them, any more."""

    def __init__(self, neurons: int, dtype: type, means: int = 0):
        self._neurons, self._dtype, self._means = neurons, dtype, means
        self._kept: list[Sheet] = []

    def take(self) -> Sheet:
        for sheet in self._kept:
            # A view counts as a reference to the array that owns the memory: numpy sees to that.
            if sheet.references == sheet.others:
                return sheet
        sheet = Sheet(
            np.zeros(self._neurons, np.float32),
            np.zeros(self._neurons, self._dtype),
            np.zeros(self._means, self._dtype),
        )
        sheet.others = sheet.references
        if self._neurons >= LARGE:
            self._kept.append(sheet)
        return sheet
