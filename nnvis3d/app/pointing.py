"""What is seen where the pointer is: a neuron, a layer, a place on the pad.

It puts scene and tools together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.network.picking import Hit, layer_at, pick, pick_plane
from nnvis3d.network.stacking import same_neuron

if TYPE_CHECKING:
    from nnvis3d.app.show import Show


class Pointing:
    """Looks along the ray through a pixel."""

    def __init__(self, show: Show):
        self._show = show
        self.pixel: tuple[float, float] | None = None
        """Where the pointer is; None while it is elsewhere."""
        self.hover: Hit | None = None
        """The neuron under the pointer."""

    def to_pad(self, x: float, y: float, outside: bool) -> tuple[float, float] | None:
        """Pad coordinates of what is seen at a pixel; beyond the pad's edges only if `outside`."""
        show, stands = self._show, self._show.arrangement
        if show.docked and (stands is None or stands.spec.drawable):
            return show.framing.dock_place.to_pad(x, y, outside)
        if stands is None or not stands.spec.drawable:
            return None
        return pick_plane(stands.layout.pad, show.pad_view.size, *show.rig.ray(x, y), outside)

    def from_pad(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The inverse of `to_pad`: pixels float64 (n, 2) of pad points (n, 2), and bool (n,): whether each is
        in the picture."""
        show = self._show
        if show.docked:
            place = show.framing.dock_place
            return np.array([place.left, place.top]) + points * place.side, np.ones(len(points), bool)
        assert show.arrangement is not None
        return show.rig.project(show.arrangement.layout.on_pad(points))

    def layer(self) -> str | None:
        """The name of the layer under the pointer."""
        show, stands = self._show, self._show.arrangement
        if stands is None or self.pixel is None:
            return None
        return layer_at(stands.layout, *show.rig.ray(*self.pixel), show.unseen)

    def point_at(self, x: float, y: float) -> np.ndarray | None:
        """The scene point (3,) of the neuron that is seen at a pixel."""
        hit = self._pick(x, y) or self._pick_beside(x, y)
        return None if hit is None else hit.point

    def pick(self, x: float, y: float) -> Hit | None:
        """The neuron that is seen at a pixel; what is seen of a network beside stands for the neuron at the
        same place in the first, if that has one."""
        hit, stands = self._pick(x, y) or self._pick_beside(x, y), self._show.arrangement
        if hit is None or stands is None or not same_neuron(hit.neuron, stands.spec):
            return None
        return hit

    def look(self, free: bool) -> None:
        """Find the neuron under the pointer, if the pointer is free to point at one."""
        beside = self._show.beside
        self.hover = None
        if beside is not None:
            beside.pointed = None
        if not free or self.pixel is None or self._show.camera.dragging:
            return
        if self.to_pad(*self.pixel, False) is None:
            self.hover = self.pick(*self.pixel)
            if beside is not None:
                here = self.hover or self._pick_beside(*self.pixel)
                beside.pointed = same_neuron(here.neuron, beside.spec) if here else None

    def _pick(self, x: float, y: float) -> Hit | None:
        show, stands = self._show, self._show.arrangement
        return None if stands is None else pick(stands.layout, *show.rig.ray(x, y), show.unseen)

    def _pick_beside(self, x: float, y: float) -> Hit | None:
        show, stands = self._show, self._show.arrangement
        if stands is None or show.beside is None:
            return None
        return show.beside.pick(stands, *show.rig.ray(x, y))
