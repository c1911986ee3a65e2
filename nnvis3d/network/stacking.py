"""Two networks on one stage: the second stands over the first, and one pad feeds both.

Pure functions like layout.py. Columns stand over columns, so the same layer of both is read from above to
below.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nnvis3d.network.layer_layout import LayerLayout, Placement
from nnvis3d.network.layout import Column, Layout
from nnvis3d.network.row_packing import Slot
from nnvis3d.network.spec import NetworkSpec, NeuronId

GAP = 27.0
"""Between the two, for names and titles."""
OVER = "over/"
"""Before the names of the upper network's layers in `joined`."""


def above(layout: Layout, first: Layout) -> Layout:
    """`layout` lifted to stand over `first`, with its pad. No pad stands under its own input: that stands in
    the middle of the height."""
    corners = np.concatenate([layer.corners() for layer in layout.layers.values()])
    low, high = corners[:, 2].min(), corners[:, 2].max()
    lift = float(first.upper[2]) + GAP - low
    layers = {name: _lifted(layer, lift) for name, layer in layout.layers.items()}
    name = next(iter(layers))  # layers are in order of computation
    x, y, _ = layers[name].placement.position
    middle = float((low + high) / 2 + lift)
    layers[name] = replace(layers[name], placement=replace(layers[name].placement, position=(x, y, middle)))
    plates = tuple(replace(plate, placement=_raised(plate.placement, lift)) for plate in layout.plates)
    up = np.array([0.0, 0.0, lift])
    lower, upper = corners.min(axis=0) + up, corners.max(axis=0) + up
    lifted = replace(layout, layers=layers, plates=plates, lower=lower, upper=upper)
    return replace(lifted, pad=first.pad, pad_size=first.pad_size)


def joined(first: Layout, upper: Layout) -> Layout:
    """Both as one layout, for whoever wants to see all of it: cameras and their limits."""
    layers = dict(first.layers) | {OVER + name: layer for name, layer in upper.layers.items()}
    lower, higher = np.minimum(first.lower, upper.lower), np.maximum(first.upper, upper.upper)
    return replace(first, layers=layers, lower=lower, upper=higher)


def common_columns(one: Mapping[str, Column], other: Mapping[str, Column]) -> dict[str, Column]:
    """Columns, or slots of rows, in which both networks have room, the same layers of both over one another:
    what `arrange` is given for each. A layer that only one has leaves a gap in the other. None where one of
    them stands in columns and the other in rows."""
    kinds = {type(column) for columns in (one, other) for column in columns.values()}
    if not one or not other or (Slot in kinds and len(kinds) > 1):
        return {}
    order = list(one)
    before = order[0]
    for name in other:
        if name not in one:
            order.insert(order.index(before) + 1, name)
        before = name
    return {name: _larger([side[name] for side in (one, other) if name in side]) for name in order}


def _larger(columns: list[Column]) -> Column:
    """Of columns of one kind."""
    return max(columns)


def same_neuron(neuron: NeuronId | None, spec: NetworkSpec) -> NeuronId | None:
    """The neuron at the same place in another network; None if that has none there."""
    layer = None if neuron is None else spec.by_name.get(neuron.layer)
    if neuron is None or layer is None:
        return None
    place = (neuron.channel, neuron.row, neuron.column)
    return neuron if all(i < n for i, n in zip(place, layer.map_shape, strict=True)) else None


def _raised(place: Placement, lift: float) -> Placement:
    x, y, z = place.position
    return replace(place, position=(x, y, z + lift))


def _lifted(layer: LayerLayout, lift: float) -> LayerLayout:
    low, high = layer.band
    band = layer.band if layer.band == (0.0, 0.0) else (low + lift, high + lift)
    return replace(layer, placement=_raised(layer.placement, lift), band=band)
