"""The points of one embedding that stands in the scene."""

from dataclasses import dataclass, field

import numpy as np

from nnvis3d.network.stands import Item


@dataclass(frozen=True, eq=False)
class Cloud:
    """N points on a stand: pictures of filters, or dots that have a colour each."""

    item: Item
    places: np.ndarray
    """float64 (N, 2): right and up from the stand's centre, scene units."""
    halves: np.ndarray
    """float64 (N,): half of each point's side, scene units."""
    order: np.ndarray
    """int64 (N,): the lowest first; the last one lies over all others."""
    colors: np.ndarray | None = None
    """float32 (N, 3), 0 to 1: of dots; None: they are pictures."""
    ringed: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    """bool (N,): dots with a ring: what is taken for another class."""

    def at(self, x: float, z: float) -> int | None:
        """The uppermost point there, of those that are pictures."""
        if self.colors is not None:
            return None
        away = np.abs(self.places - np.array([x, z])).max(axis=1)
        under = (away <= self.halves)[self.order]
        return int(self.order[np.flatnonzero(under)[-1]]) if under.any() else None
