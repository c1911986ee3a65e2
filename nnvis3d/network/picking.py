"""What a ray hits: a layer's plane, then the map in it, then the cell. Arithmetic, no array over neurons."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from nnvis3d.network.layout import LayerLayout, Layout, Placement
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
    for distance, layer, local in sorted(_crossings(layout, origin, direction, hidden), key=lambda c: c[0]):
        neuron = neuron_at(layer, *local)
        if neuron is not None:
            return Hit(neuron, origin + direction * (distance / np.linalg.norm(direction)), distance)
    return None


def layer_at(
    layout: Layout, origin: np.ndarray, direction: np.ndarray, hidden: Collection[str] = ()
) -> str | None:
    """The name of the nearest layer whose box a ray meets, be it between two of its maps."""
    crossings = list(_crossings(layout, origin, direction, hidden))
    return min(crossings, key=lambda c: c[0])[1].spec.name if crossings else None


def neuron_at(layer: LayerLayout, x: float, z: float) -> NeuronId | None:
    """The neuron at a point of the layer's own plane, if a map is there."""
    width, height = layer.map_extent
    apart = np.abs(layer.centres - np.array([x, z]))  # (C, 2)
    inside = np.flatnonzero((apart[:, 0] <= width / 2 * _EDGE) & (apart[:, 1] <= height / 2 * _EDGE))
    if not len(inside):
        return None
    channel = int(inside[np.argmin(apart[inside].sum(axis=1))])
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


def _crossings(
    layout: Layout, origin: np.ndarray, direction: np.ndarray, hidden: Collection[str]
) -> Iterator[tuple[float, LayerLayout, tuple[float, float]]]:
    """Distance, layer, local (x, z) for each layer whose rectangle the ray meets."""
    for name, layer in layout.layers.items():
        met = None if name in hidden else _meet(layer.placement, origin, direction)
        if met is None:
            continue
        distance, x, z = met
        if abs(x) <= layer.extent[0] / 2 * _EDGE and abs(z) <= layer.extent[1] / 2 * _EDGE:
            yield distance, layer, (x, z)


def _meet(
    placement: Placement, origin: np.ndarray, direction: np.ndarray
) -> tuple[float, float, float] | None:
    """Where a ray meets the local x-z plane: the distance along it, local x, local z."""
    matrix = placement.matrix()
    start = (np.asarray(origin) - matrix[:3, 3]) @ matrix[:3, :3]
    along = np.asarray(direction) @ matrix[:3, :3]
    if abs(along[1]) < _PARALLEL * np.linalg.norm(along):
        return None
    share = -start[1] / along[1]
    if share <= 0:
        return None
    x, z = start[0] + share * along[0], start[2] + share * along[2]
    return float(share * np.linalg.norm(along)), float(x), float(z)
