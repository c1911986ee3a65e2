"""Between the 3d and the flat arrangement: where everything stands while it moves from one to the other."""

from nnvis3d.network.layout import Layout, arrange, blend
from nnvis3d.network.poses import ease
from nnvis3d.network.spec import NetworkSpec

SECONDS = 1.0
"""From one arrangement to the other; turning back half way takes half of it."""


class Arrangement:
    """Knows both layouts of a network and how far between them it is."""

    def __init__(self, spec: NetworkSpec, flat: bool = False):
        self.layouts = {False: arrange(spec, "3d"), True: arrange(spec, "2d")}
        """By whether it is flat."""
        self.flat = flat
        """Where it is going to, or stands."""
        self._share = float(flat)
        self.layout: Layout = self.layouts[flat]
        """Where everything stands now."""

    @property
    def goal(self) -> Layout:
        """Where everything will stand."""
        return self.layouts[self.flat]

    @property
    def flatness(self) -> float:
        """0 in 3d, 1 when flat, eased between."""
        return ease(self._share)

    @property
    def moving(self) -> bool:
        return self._share != float(self.flat)

    def set_flat(self, flat: bool) -> None:
        """Go there, from wherever it is now."""
        self.flat = flat

    def update(self, dt: float) -> bool:
        """Move on by `dt` seconds; True if anything moved."""
        if not self.moving:
            return False
        step = dt / SECONDS
        self._share = min(1.0, self._share + step) if self.flat else max(0.0, self._share - step)
        both = self.layouts
        self.layout = blend(both[False], both[True], self.flatness) if self.moving else both[self.flat]
        return True
