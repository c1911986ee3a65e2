"""What stands at the two ends of a long network's rows: its input, and its answer."""

from dataclasses import replace

import numpy as np

from nnvis3d.network import row_packing, rows
from nnvis3d.network.grouping import paged
from nnvis3d.network.layer_bodies import (
    OUTPUT_BAR_LENGTH,
    OUTPUT_NAME_ROOM,
    OUTPUT_SHARE_ROOM,
    PAD_SIZE,
    body,
)
from nnvis3d.network.layer_layout import LayerLayout, Placement
from nnvis3d.network.spec import NetworkSpec

NAME_LETTER = 4.4
"""That a letter of a class's name takes."""
TOP_CLASSES = 5
"""Of an output with more classes than have a place each: so many have a bar, the likeliest first."""
TOP_STEP = 19.0
"""From one of them to the next."""


def input_body(network: NetworkSpec) -> LayerLayout:
    """As large as there is room for it above the pad; an image's colours in one place."""
    spec = network.input
    if not true_colors(network):
        return rows.body(spec, PAD_SIZE, 92.0)
    _, height, width = spec.map_shape
    pitch = min(PAD_SIZE / width, 92.0 / height)
    return LayerLayout(
        spec,
        Placement((0.0, 0.0, 0.0)),
        pitch,
        np.zeros((3, 2), np.float32),
        (width * pitch, height * pitch),
        3,
    )


def true_colors(network: NetworkSpec) -> bool:
    """Whether the input is drawn as the coloured image that it is: its three channels in one place."""
    spec = network.input
    return paged(network) and spec.map_shape[0] == 3 and spec.map_shape[1] > 1 and not spec.signed


def few_classes(network: NetworkSpec) -> LayerLayout:
    """A column with as much room at its left as the longest name needs."""
    made = body(network.output, network)
    more = NAME_LETTER * max(len(name) for name in network.labels) - OUTPUT_NAME_ROOM
    if more <= 0:
        return made
    centres = made.centres + np.array([more / 2 - 5.0, 0.0], np.float32)
    return replace(made, centres=centres, extent=(made.extent[0] + more + 10.0, made.extent[1]))


def top_classes(network: NetworkSpec) -> LayerLayout:
    """Many classes: all of them in a block, and below it room for the likeliest."""
    below = TOP_CLASSES * TOP_STEP
    width = OUTPUT_BAR_LENGTH + OUTPUT_SHARE_ROOM + 14.0
    made = rows.body(network.output, width, row_packing.HEIGHT - below - 12.0)
    centres = made.centres + np.array([0.0, (row_packing.HEIGHT - made.extent[1]) / 2], np.float32)
    return replace(made, centres=centres, extent=(width, row_packing.HEIGHT))


def top_places(layout: LayerLayout) -> np.ndarray:
    """Local x, z float64 (TOP_CLASSES, 2) of the left ends of the likeliest classes' bars."""
    z = -layout.extent[1] / 2 + (TOP_CLASSES - np.arange(TOP_CLASSES)) * TOP_STEP - 0.8 * TOP_STEP
    return np.stack([np.full(TOP_CLASSES, -layout.extent[0] / 2), z], axis=1)


def answers(network: NetworkSpec) -> bool:
    """Whether the output's neurons are classes, with bars and names."""
    return bool(network.labels) and network.output.map_shape[1:] == (1, 1)
