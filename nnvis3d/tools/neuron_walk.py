"""From neuron to neighbour and from layer to layer, as they stand in the layout. Pure functions."""

from collections.abc import Collection, Mapping

import numpy as np

from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.layout import Layout
from nnvis3d.network.spec import NetworkSpec, NeuronId

DIRECTIONS: Mapping[str, tuple[int, int]] = {
    "left": (0, -1),
    "right": (0, 1),
    "up": (-1, 0),
    "down": (1, 0),
}
"""(rows down, columns to the right)."""


def neighbour(layer: LayerLayout, neuron: NeuronId, direction: str) -> NeuronId:
    """The next cell, over the edge of a map that of the map beside it; `neuron` itself where nothing follows.

    Where it leads elsewhere, the opposite direction leads back.
    """
    down, right = DIRECTIONS[direction]
    _, height, width = layer.spec.map_shape
    row, column = neuron.row + down, neuron.column + right
    if 0 <= row < height and 0 <= column < width:
        return NeuronId(neuron.layer, neuron.channel, row, column)
    channel = _map_beside(layer, neuron.channel, down, right)
    if channel is None:
        return neuron
    return NeuronId(neuron.layer, channel, row % height, column % width)


def _map_beside(layer: LayerLayout, channel: int, down: int, right: int) -> int | None:
    """Maps stand column by column from the top left, `layer.rows` below each other."""
    column, row = divmod(channel, layer.rows)
    column, row = column + right, row + down
    beside = column * layer.rows + row
    inside = 0 <= row < layer.rows and column >= 0 and beside < layer.spec.map_shape[0]
    return beside if inside and layer.shown[beside] else None


def other_layer(
    spec: NetworkSpec, layout: Layout, neuron: NeuronId, steps: int, hidden: Collection[str] = ()
) -> NeuronId:
    """The neuron at the same relative place, `steps` shown layers on; after the last comes the first.

    Layers that are folded into others are not shown.
    """
    unseen = (set(hidden) | layout.away) - {neuron.layer}
    names = [layer.name for layer in spec.layers if layer.name not in unseen]
    name = names[(names.index(neuron.layer) + steps) % len(names)]
    return counterpart(layout.layers[neuron.layer], neuron, layout.layers[name])


def counterpart(start: LayerLayout, neuron: NeuronId, end: LayerLayout) -> NeuronId:
    """The neuron of `end` that stands where `neuron` stands in `start`, as shares of width and height."""
    low, high = _bounds(start)
    share = (_place(start, neuron) - low) / (high - low)
    low, high = _bounds(end)
    return _nearest(end, low + share * (high - low))


def first_neuron(
    spec: NetworkSpec, frame: ActivationFrame | None, hidden: Collection[str] = ()
) -> NeuronId | None:
    """Where a walk begins: the strongest neuron of the first shown layer after the input."""
    shown = [layer for layer in spec.layers if layer.name not in hidden]
    layer = next((layer for layer in shown if layer is not spec.input), shown[0] if shown else None)
    if layer is None:
        return None
    if frame is None:
        return layer.neuron(0)
    return layer.neuron(int(np.nan_to_num(frame.layer(layer.name), nan=-np.inf).argmax()))


def _bounds(layer: LayerLayout) -> tuple[np.ndarray, np.ndarray]:
    """Local x, z of the corners, float64 (2,) each, of all maps together."""
    half = np.array(layer.map_extent) / 2
    return layer.centres.min(axis=0) - half, layer.centres.max(axis=0) + half


def _place(layer: LayerLayout, neuron: NeuronId) -> np.ndarray:
    """Local x, z of a neuron, float64 (2,)."""
    _, height, width = layer.spec.map_shape
    off = np.array([neuron.column - (width - 1) / 2, (height - 1) / 2 - neuron.row])
    return layer.centres[neuron.channel] + off * layer.pitch


def _nearest(layer: LayerLayout, point: np.ndarray) -> NeuronId:
    """The neuron nearest to a local point (2,)."""
    _, height, width = layer.spec.map_shape
    away = np.maximum(np.abs(layer.centres - point) - np.array(layer.map_extent) / 2, 0)
    away[~layer.shown] += 1e6  # rather one that is seen
    channel = int((away**2).sum(axis=1).argmin())
    x, z = (point - layer.centres[channel]) / layer.pitch
    row, column = round((height - 1) / 2 - z), round(x + (width - 1) / 2)
    return NeuronId(layer.spec.name, channel, min(max(row, 0), height - 1), min(max(column, 0), width - 1))
