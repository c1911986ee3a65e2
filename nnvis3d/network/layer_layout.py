"""One layer as it stands: a rigid body of feature maps; and on the way from one such body to another."""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from nnvis3d.network.spec import LayerSpec


@dataclass(frozen=True)
class Placement:
    """A rigid body's place: where its own origin stands and how far it is turned about z."""

    position: tuple[float, float, float]
    heading: float = 0.0
    """Degrees, counter-clockwise seen from above."""

    def matrix(self) -> np.ndarray:
        """float64 (4, 4): local to scene, for column vectors."""
        angle = math.radians(self.heading)
        cos, sin = math.cos(angle), math.sin(angle)
        x, y, z = self.position
        return np.array([[cos, -sin, 0, x], [sin, cos, 0, y], [0, 0, 1, z], [0, 0, 0, 1]], dtype=np.float64)

    def to_scene(self, points: np.ndarray) -> np.ndarray:
        """Local points (n, 3) in scene coordinates."""
        matrix = self.matrix()
        return points @ matrix[:3, :3].T + matrix[:3, 3]

    def to_local(self, points: np.ndarray) -> np.ndarray:
        """Scene points (n, 3) in local coordinates."""
        matrix = self.matrix()
        return (points - matrix[:3, 3]) @ matrix[:3, :3]

    def corners(self, width: float, height: float, depth: float = 0.0) -> np.ndarray:
        """Scene points float64 (4, 3) of an upright rectangle about the origin, (8, 3) of a box behind it."""
        signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2
        local = np.zeros((4, 3))
        local[:, 0], local[:, 2] = signs[:, 0] * width, signs[:, 1] * height
        if depth > 0:
            local = np.concatenate([local, local + np.array([0, depth, 0])])
        return self.to_scene(local)


@dataclass(frozen=True, eq=False)
class LayerLayout:
    """One layer: a rigid body of feature maps, each upright in its local x-z plane or parallel to that."""

    spec: LayerSpec
    placement: Placement
    pitch: float
    """From one neuron to the next."""
    centres: np.ndarray
    """float32 (C, 2): local x, z of each map's centre."""
    extent: tuple[float, float]
    """Local width and height of all maps together, about the local origin."""
    rows: int
    """How many maps, or fully connected neurons, stand below each other before the next column begins."""
    depths: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    """float32 (C,): local y of each map, how far it stands behind the front; left out: all 0."""
    shown: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    """bool (C,): which maps can be pointed at; left out: all."""
    style: str = "grid"
    """One of layer_styles.STYLES."""
    folded: float = 0.0
    """0-1: how far it is closed; at 1 one slab stands for all of its maps."""
    group: str = ""
    """The folded block that it stands for; "" if it stands for itself."""
    band: tuple[float, float] = (0.0, 0.0)
    """Scene z of the lower and upper edge of the box that it has in its row; both 0 where it stands in
    none."""
    presence: float = 1.0
    """0-1: how much of it is there; at 0 it is folded into the last layer of its block."""

    def __post_init__(self):
        if not len(self.depths):
            object.__setattr__(self, "depths", np.zeros(len(self.centres), np.float32))
        if not len(self.shown):
            object.__setattr__(self, "shown", np.ones(len(self.centres), bool))

    @property
    def map_extent(self) -> tuple[float, float]:
        """Width and height of one map."""
        _, height, width = self.spec.map_shape
        return width * self.pitch, height * self.pitch

    @property
    def depth(self) -> float:
        """From the foremost map to the one farthest behind."""
        return float(self.depths.max())

    @cached_property
    def thick(self) -> bool:
        """Whether its maps stand in more planes than one."""
        return bool(self.depths.any())

    @property
    def face(self) -> int | None:
        """The one map that a folded layer shows; None: the mean of all."""
        return int(self.shown.argmax()) if self.shown.any() else None

    def local_cells(self, neurons: np.ndarray) -> np.ndarray:
        """Local x, z float64 (n, 2) of neurons given by their flat indices (n,) in the layer."""
        _, height, width = self.spec.map_shape
        channel, cell = np.divmod(np.asarray(neurons), height * width)
        row, column = np.divmod(cell, width)
        x = self.centres[channel, 0] + (column - (width - 1) / 2) * self.pitch
        z = self.centres[channel, 1] - (row - (height - 1) / 2) * self.pitch
        return np.stack([x, z], axis=1)

    def cells(self, neurons: np.ndarray) -> np.ndarray:
        """Scene positions float64 (n, 3) of neurons given by their flat indices (n,) in the layer."""
        places = self.local_cells(neurons)
        _, height, width = self.spec.map_shape
        local = np.zeros((len(places), 3))
        local[:, [0, 2]] = places
        local[:, 1] = self.depths[np.asarray(neurons) // (height * width)]
        return self.placement.to_scene(local)

    def corners(self) -> np.ndarray:
        """Scene points float64 (4, 3), (8, 3) where it has depth, of the box around it."""
        return self.placement.corners(*self.extent, self.depth)


def scaled(layer: LayerLayout, factor: float) -> LayerLayout:
    """The same body, `factor` times as large."""
    width, height = layer.extent
    return replace(
        layer,
        pitch=layer.pitch * factor,
        centres=layer.centres * np.float32(factor),
        depths=layer.depths * np.float32(factor),
        extent=(width * factor, height * factor),
    )


def between(start: Placement, end: Placement, share: float) -> Placement:
    """The place `share` (0-1) of the way; exactly `start` and `end` at the ends."""
    position = tuple(_mix(p, q, share) for p, q in zip(start.position, end.position, strict=True))
    return Placement(position, _mix(start.heading, end.heading, share))  # type: ignore[arg-type]


def blend_layer(start: LayerLayout, end: LayerLayout, share: float) -> LayerLayout:
    """One layer `share` (0-1) of the way between two layouts; what has no half way is as at the end."""
    if share <= 0:
        return start
    moved = replace(end, placement=between(start.placement, end.placement, share))
    if start.presence != end.presence:
        moved = replace(moved, presence=_mix(start.presence, end.presence, share))
    if start.band != end.band:
        low, high = (_mix(a, b, share) for a, b in zip(start.band, end.band, strict=True))
        moved = replace(moved, band=(low, high))
    if same_body(start, end):
        return replace(moved, centres=start.centres, depths=start.depths)  # rigid: whoever draws it sees that
    return replace(
        moved,
        pitch=_mix(start.pitch, end.pitch, share),
        centres=_mix_arrays(start.centres, end.centres, share),
        depths=_mix_arrays(start.depths, end.depths, share),
        extent=(
            _mix(start.extent[0], end.extent[0], share),
            _mix(start.extent[1], end.extent[1], share),
        ),
        folded=_mix(start.folded, end.folded, share),
    )


def same_body(one: LayerLayout, other: LayerLayout) -> bool:
    """Whether a layer's maps stand to each other in the same way in both."""
    return (
        (one.pitch, one.extent, one.folded) == (other.pitch, other.extent, other.folded)
        and np.array_equal(one.centres, other.centres)
        and np.array_equal(one.depths, other.depths)
    )


def _mix(start: float, end: float, share: float) -> float:
    return start * (1 - share) + end * share


def _mix_arrays(start: np.ndarray, end: np.ndarray, share: float) -> np.ndarray:
    return start * np.float32(1 - share) + end * np.float32(share)
