"""What a ray hits: a layer's box, then the map in it, then the cell. Arithmetic, no array over neurons."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from nnvis3d.network.layer_layout import LayerLayout, Placement
from nnvis3d.network.layout import Layout
from nnvis3d.network.spec import NeuronId

_PARALLEL = 1e-9  # a ray this close to running along a plane misses it


@dataclass(frozen=True)
class Hit:
    """What is under the pointer."""

    neuron: NeuronId
    point: np.ndarray
    """float64 (3,): where the ray meets the layer's plane, in the scene."""
    distance: float
    """From the ray's origin, scene units."""


def pick(
    layout: Layout, origin: np.ndarray, direction: np.ndarray, hidden: Collection[str] = ()
) -> Hit | None:
    """The nearest neuron along a ray.

    The air between two cells belongs to the nearer one; between two maps there is nothing.

    Args:
        origin: (3,) scene coordinates.
        direction: (3,), of any length.
        hidden: names of layers to look through.
    """
    near = np.linalg.norm(direction)
    best: Hit | None = None
    for name in _near(layout, origin, direction):
        met = None if name in hidden else _meet_maps(layout.layers[name], origin, direction)
        if met is not None and (best is None or met[1] * near < best.distance):
            best = Hit(met[0], origin + np.asarray(direction) * met[1], float(met[1] * near))
    return best


def layer_at(
    layout: Layout, origin: np.ndarray, direction: np.ndarray, hidden: Collection[str] = ()
) -> str | None:
    """The name of the nearest layer whose box a ray meets, be it between two of its maps."""
    met = [
        (distance, name)
        for name in _near(layout, origin, direction)
        if name not in hidden and (distance := _meet_box(layout.layers[name], origin, direction)) is not None
    ]
    return min(met)[1] if met else None


def _near(layout: Layout, origin: np.ndarray, direction: np.ndarray) -> list[str]:
    """Names of the layers that a ray can meet: it goes through the spheres around them."""
    centres, radii = layout.spheres
    along = np.asarray(direction) / np.linalg.norm(direction)
    apart = centres - np.asarray(origin)
    squared = (apart * apart).sum(axis=1) - (apart @ along) ** 2
    names = list(layout.layers)
    return [names[k] for k in np.flatnonzero(squared <= radii * radii)]


def neuron_at(layer: LayerLayout, x: float, z: float) -> NeuronId | None:
    """The neuron at a point of the layer's own plane, if a map is there; the foremost of several."""
    found = _maps_at(layer, np.array([x]), np.array([z]))
    if not len(found):
        return None
    apart = np.abs(layer.centres[found] - np.array([x, z])).sum(axis=1)
    return _cell(layer, int(found[np.lexsort((apart, layer.depths[found]))[0]]), x, z)


def _maps_at(layer: LayerLayout, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Channels (k,) that are shown and hold the local point x, z: (1,), or (C,) one for each."""
    width, height = layer.map_extent
    across, high = np.abs(layer.centres[:, 0] - x), np.abs(layer.centres[:, 1] - z)
    inside = (across <= width / 2 * _EDGE) & (high <= height / 2 * _EDGE)
    return np.flatnonzero(inside & layer.shown)


def _cell(layer: LayerLayout, channel: int, x: float, z: float) -> NeuronId:
    """The neuron of a map at, or nearest to, a local point."""
    width, height = layer.map_extent
    _, rows, columns = layer.spec.map_shape
    column = (x - layer.centres[channel, 0] + width / 2) / layer.pitch
    row = (layer.centres[channel, 1] - z + height / 2) / layer.pitch
    return NeuronId(
        layer.spec.name, channel, min(max(int(row), 0), rows - 1), min(max(int(column), 0), columns - 1)
    )


_EDGE = 1 + 1e-5
"""Centres are float32: maps that touch must not leave a crack between them."""


def pick_plane(
    placement: Placement,
    size: float | tuple[float, float],
    origin: np.ndarray,
    direction: np.ndarray,
    outside: bool = False,
) -> tuple[float, float] | None:
    """Where a ray meets an upright rectangle of `size` around `placement`: (u, v), each 0-1, v = 0 on top.

    Args:
        outside: also answer beyond the edges, with values below 0 and above 1, as a stroke that runs over the
            edge needs.
    """
    met = _meet(placement, origin, direction)
    if met is None:
        return None
    width, height = size if isinstance(size, tuple) else (size, size)
    u, v = met[1] / width + 0.5, 0.5 - met[2] / height
    return (u, v) if outside or (0 <= u <= 1 and 0 <= v <= 1) else None


def _meet_maps(
    layer: LayerLayout, origin: np.ndarray, direction: np.ndarray
) -> tuple[NeuronId, float] | None:
    """The nearest neuron of a layer that a ray meets, and at which multiple of `direction`."""
    if _passes_by(layer, origin, direction):
        return None
    start, along = _local_ray(layer.placement, origin, direction)
    if _runs_along(along):
        return None
    shares = (layer.depths - start[1]) / along[1]  # (C,): a map's plane each
    x, z = start[0] + shares * along[0], start[2] + shares * along[2]
    found = _maps_at(layer, x, z)
    found = found[shares[found] > 0]
    if not len(found):
        return None
    apart = np.abs(layer.centres[found, 0] - x[found]) + np.abs(layer.centres[found, 1] - z[found])
    channel = int(found[np.lexsort((apart, shares[found]))[0]])  # of those at one distance, the nearer centre
    return _cell(layer, channel, float(x[channel]), float(z[channel])), float(shares[channel])


def _passes_by(layer: LayerLayout, origin: np.ndarray, direction: np.ndarray) -> bool:
    """Whether a ray surely misses a layer whose maps stand in one plane: most do, and it is soon said."""
    if layer.thick:
        return False
    angle = math.radians(layer.placement.heading)
    cos, sin = math.cos(angle), math.sin(angle)
    x, y, z = (float(a) - b for a, b in zip(origin, layer.placement.position, strict=True))
    u, v, w = (float(a) for a in direction)
    toward = v * cos - u * sin
    if abs(toward) < _PARALLEL:
        return False
    share = (x * sin - y * cos) / toward
    width, height = layer.extent
    across, high = x * cos + y * sin + share * (u * cos + v * sin), z + share * w
    return share < 0 or abs(across) > 0.51 * width or abs(high) > 0.51 * height


def _meet_box(layer: LayerLayout, origin: np.ndarray, direction: np.ndarray) -> float | None:
    """The distance at which a ray enters a layer's box; flat layers have a flat one."""
    start, along = _local_ray(layer.placement, origin, direction)
    if _runs_along(along):
        return None
    width, height = layer.extent[0] * _EDGE, layer.extent[1] * _EDGE
    low, high = np.array([-width / 2, 0, -height / 2]), np.array([width / 2, layer.depth, height / 2])
    with np.errstate(divide="ignore", invalid="ignore"):
        enters, leaves = (low - start) / along, (high - start) / along
    # A ray that runs along a side is inside of it everywhere or nowhere: -inf to inf, or the reverse.
    first = np.nanmax(np.minimum(enters, leaves))
    last = np.nanmin(np.maximum(enters, leaves))
    if first > last or last <= 0:
        return None
    return float(max(first, 0.0) * np.linalg.norm(along))


def _local_ray(
    placement: Placement, origin: np.ndarray, direction: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Origin and direction (3,) of a ray in a body's own coordinates."""
    matrix = placement.matrix()
    start = (np.asarray(origin) - matrix[:3, 3]) @ matrix[:3, :3]
    return start, np.asarray(direction) @ matrix[:3, :3]


def _runs_along(along: np.ndarray) -> bool:
    """Whether a ray in a body's own coordinates runs along its planes."""
    return bool(abs(along[1]) < _PARALLEL * np.linalg.norm(along))


def _meet(
    placement: Placement, origin: np.ndarray, direction: np.ndarray
) -> tuple[float, float, float] | None:
    """Where a ray meets the local x-z plane: the distance along it, local x, local z."""
    start, along = _local_ray(placement, origin, direction)
    if _runs_along(along):
        return None
    share = -start[1] / along[1]
    if share <= 0:
        return None
    x, z = start[0] + share * along[0], start[2] + share * along[2]
    return float(share * np.linalg.norm(along)), float(x), float(z)
