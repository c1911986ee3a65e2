"""What the pointer does to embeddings that stand in the scene: the same as to those in the dock."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnvis3d.network.picking import pick_plane
from nnvis3d.network.stands import Stand
from nnvis3d.scene.input_events import ButtonChanged, Event, PointerMoved
from nnvis3d.tools.standing_clouds import StandingClouds

DRAG_PIXELS = 5.0
"""From where on a press that moves is a drag."""
ASK_SHARE = 0.03
"""Of a card: from where on a drag asks anew what it would do."""


@dataclass(frozen=True)
class StandPorts:
    """What the tool needs of the rest of the program."""

    stands: Callable[[], tuple[Stand, ...]]
    ray: Callable[[float, float], tuple[np.ndarray, np.ndarray]]
    """Origin and direction of what is seen at a pixel."""
    nearest: Callable[[float, float], float]
    """How far along that ray a neuron hides what is behind it."""
    invoke: Callable[[str, object], None]


class StandingTool:
    """Points at, chooses, and drags points."""

    def __init__(self, clouds: StandingClouds, ports: StandPorts):
        self._clouds, self._ports = clouds, ports
        self.hovered: tuple[Stand, int] | None = None
        """The stand and the point under the pointer."""
        self._pressed: tuple[Stand, int, float, float] | None = None
        """What is held: its stand, its number, and the pixel where that began."""
        self._asked: tuple[float, float] | None = None

    @property
    def dragging(self) -> bool:
        """Whether a point is being moved."""
        return self._clouds.dragged is not None

    def handle(self, event: Event) -> bool:
        """Take the event if it is about a point."""
        match event:
            case ButtonChanged(button=0, down=True):
                found = self._find(event.x, event.y)
                if found is None:
                    return False
                self._pressed = (*found, event.x, event.y)
                self._ports.invoke("lab_choose", (found[0].item[0], found[1]))
                return True
            case ButtonChanged(button=0, down=False) if self._pressed is not None:
                self._let_go()
                return True
            case PointerMoved() if self._pressed is not None:
                self._move(event.x, event.y)
                return True
        return False

    def look(self, pointer: tuple[float, float] | None) -> None:
        """Find the point under the pointer; None: it points at nothing in the scene."""
        if self._pressed is None:
            self.hovered = self._find(*pointer) if pointer is not None else None

    def _find(self, x: float, y: float) -> tuple[Stand, int] | None:
        stands = [one for one in self._ports.stands() if one.presence > 0.5]
        if not stands:
            return None
        origin, direction = self._ports.ray(x, y)
        for one in sorted(stands, key=lambda one: np.linalg.norm(one.placement.position - origin)):
            at = pick_plane(one.placement, one.extent, origin, direction)
            if at is None:
                continue
            right, up = _local(one, at)
            point = one.placement.to_scene(np.array([[right, 0.0, up]]))[0]
            if np.linalg.norm(point - origin) > self._ports.nearest(x, y):
                continue
            cloud = self._clouds.cloud(one)
            index = cloud.at(right, up) if cloud is not None else None
            return None if index is None else (one, index)
        return None

    def _move(self, x: float, y: float) -> None:
        assert self._pressed is not None
        held, index, start_x, start_y = self._pressed
        if not self.dragging and max(abs(x - start_x), abs(y - start_y)) < DRAG_PIXELS:
            return
        one = next((one for one in self._ports.stands() if one.item == held.item), None)
        if one is None:
            return
        at = pick_plane(one.placement, one.extent, *self._ports.ray(x, y), outside=True)
        if at is None:
            return
        place = _local(one, (min(max(at[0], 0.0), 1.0), min(max(at[1], 0.0), 1.0)))
        self._clouds.dragged = (one.item, index, place)
        asked = self._asked
        if asked is None or max(abs(a - b) for a, b in zip(asked, at, strict=True)) > ASK_SHARE:
            self._asked = at
            self._ask(one, preview=True)

    def _ask(self, one: Stand, preview: bool) -> None:
        assert self._clouds.dragged is not None
        (layer, kind), index, place = self._clouds.dragged
        goal = self._clouds.position(one, *place)
        self._ports.invoke("lab_move", (layer, index, goal, kind, 1.0, preview))

    def _let_go(self) -> None:
        if self._pressed is not None and self.dragging:
            self._ask(self._pressed[0], preview=False)
            self._clouds.drop(self._pressed[0])
        self._pressed = self._asked = None


def _local(one: Stand, at: tuple[float, float]) -> tuple[float, float]:
    """Right and up from the stand's centre, scene units, of shares from its upper left corner."""
    return (at[0] - 0.5) * one.extent[0], (0.5 - at[1]) * one.extent[1]
