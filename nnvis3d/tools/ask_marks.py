"""What is marked of a neuron: itself, the windows that it reads, its receptive field."""

import numpy as np

from nnvis3d.network.explanation import Explanation
from nnvis3d.network.marks import MarkSpec
from nnvis3d.network.spec import NetworkSpec, NeuronId

RING_LIFT, WINDOW_LIFT, FIELD_LIFT = 0.6, 0.5, 0.3
MOST_WINDOWS = 64
"""Maps on which a window is marked; of more, those that contribute most."""
MOST_FIELDS = 4
"""Channels of an image on which a receptive field is marked."""


def ring(neuron: NeuronId, role: str) -> MarkSpec:
    """Around one neuron."""
    row, column = neuron.row, neuron.column
    box = (row, column, row + 1, column + 1)
    return MarkSpec(neuron.layer, neuron.channel, *box, role, "ring", lift=RING_LIFT)


def field(spec: NetworkSpec, box: tuple[int, int, int, int]) -> tuple[MarkSpec, ...]:
    """The receptive field (top, left, bottom, right) on the input; nothing where it is none or all."""
    channels, height, width = spec.input.map_shape
    top, left, bottom, right = box
    if bottom <= top or right <= left or box == (0, 0, height, width):
        return ()
    return tuple(
        MarkSpec(spec.input.name, channel, *box, "field", "frame", lift=FIELD_LIFT)
        for channel in range(min(channels, MOST_FIELDS))
    )


def windows(explanation: Explanation) -> tuple[MarkSpec, ...]:
    """The kernel's window on every map that is read; nothing where everything is."""
    source, box = explanation.source, explanation.window
    if source is None or box is None or box == (0, 0, *source.map_shape[1:]):
        return ()
    return tuple(
        MarkSpec(source.name, channel, *box, "window", "frame", lift=WINDOW_LIFT)
        for channel in window_maps(explanation, MOST_WINDOWS)
    )


def window_maps(explanation: Explanation, most: int) -> list[int]:
    """The `most` maps that contribute most, in their order, of those that have a term inside the map."""
    assert explanation.source is not None
    _, height, width = explanation.source.map_shape
    by_map = explanation.sources.reshape(explanation.grid[0], -1)
    maps = by_map.max(axis=1) // (height * width)  # -1: all of it is padding
    if len(maps) > most:
        sizes = np.abs(np.nan_to_num(explanation.products)).reshape(len(maps), -1).sum(axis=1)
        maps = maps[np.argsort(-sizes, kind="stable")[:most]]
    return np.unique(maps[maps >= 0]).tolist()


def winner(explanation: Explanation) -> tuple[MarkSpec, ...]:
    """Around the winner of a maximum."""
    if explanation.winner is None:
        return ()
    return source_ring(explanation, explanation.winner)


def source_ring(explanation: Explanation, term: int) -> tuple[MarkSpec, ...]:
    """Around the neuron that a term reads; nothing for padding."""
    neuron = explanation.read(term)
    return () if neuron is None else (ring(neuron, "winner"),)
