"""Networks of a lab as they come, one snapshot after another, as something that answers any picture.

It sees both sides.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from nnvis3d.network.lab_snapshot import ShownNetwork

if TYPE_CHECKING:
    from nnvis3d.lab.mirror import Mirror
    from nnvis3d.lab.trainer import BaseFactory


class News(Enum):
    """What a newer one is."""

    NOTHING = 0
    WEIGHTS = 1
    NETWORK = 2


class Following:
    """Always has the newest weights."""

    def __init__(self, base: BaseFactory | None):
        """
        Args:
            base: makes the module, if it is the user's own.
        """
        self._base = base
        self._seen = (-1, -1)
        self.mirror: Mirror | None = None
        """None: nothing has come."""

    def take(self, shown: ShownNetwork) -> News:
        """Answer like this one from now on."""
        now = (shown.structure, shown.serial)
        if now == self._seen or not shown.weights:
            return News.NOTHING
        self._seen = now
        mirror = self.mirror
        if mirror is not None and (mirror.structure, mirror.spec) == (shown.structure, shown.spec):
            mirror.follow(shown)
            return News.WEIGHTS
        from nnvis3d.lab.mirror import Mirror

        self.mirror = Mirror(shown, self._base)
        return News.NETWORK
