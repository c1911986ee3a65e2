"""A neuron's kernels as small pictures, each on the edges that run from one source map to the neuron.

Pure functions of what a neuron read and of where the layers stand. A picture stands at the right edge of its
source map, where the edges leave it: so no two of them ever meet, however many maps there are.
"""

from dataclasses import dataclass

import numpy as np

from nnvis3d.network.explanation import Explanation
from nnvis3d.network.filter_pictures import Sheet, sheet_of
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.layout import Layout

SIDE = 0.56
"""Height of a picture through that of its map."""
MOST_HEIGHT = 22.0
"""Of a picture, scene units."""
_AIR = 1.12
"""From one picture to the next where several source maps stand in one place, through their height."""
_OVER = 0.1
"""How much of a picture may stand over what is right of its map, share of its width."""
_LIFT = 1.6
"""Scene units by which they stand before their map."""


@dataclass(frozen=True, eq=False)
class Kernels:
    """What one neuron multiplies each source map with."""

    source: str
    """Name of the layer that is read."""
    target: str
    channels: np.ndarray
    """int64 (n,): which of the source's maps each picture belongs to."""
    row: float
    """Middle of what is read, rows of the source map from its upper edge."""
    sheet: Sheet
    """The n pictures."""


@dataclass(frozen=True, eq=False)
class KernelPlaces:
    """Where n pictures stand."""

    centres: np.ndarray
    """float64 (n, 3), scene."""
    right: np.ndarray
    """float64 (3,): from their middles to their right edges, scene."""
    up: np.ndarray
    """float64 (3,): to their upper edges."""


def kernels_of(explanation: Explanation, colors: np.ndarray) -> Kernels | None:
    """None where the neuron has no weights, or reads no maps.

    Args:
        colors: uint8 (256, 3), from the most negative weight to the most positive one; the neuron's largest
            has the colour at an end.
    """
    source, (_, height, width) = explanation.source, explanation.grid
    if explanation.kind not in ("conv", "linear") or source is None or explanation.slices > 1:
        return None
    if height * width < 2 or explanation.others:
        return None
    weights = explanation.picture(explanation.weights)
    # A kernel of a grouped convolution reads some maps only; where all is padding it stands nowhere.
    _, rows, columns = source.map_shape
    first = explanation.picture(explanation.sources).reshape(len(weights), -1).max(1)
    known = first >= 0
    if not known.any():
        return None
    top, _, bottom, _ = explanation.window or (0, 0, rows, columns)
    sheet = sheet_of(weights[known][:, None].astype(np.float32), colors)
    name = explanation.layer.name
    return Kernels(source.name, name, first[known] // (rows * columns), (top + bottom) / 2, sheet)


def stand_kernels(kernels: Kernels, layout: Layout) -> KernelPlaces | None:
    """Places of the pictures; None where the source's maps are folded away, or lie behind each other."""
    source, target = layout.layers[kernels.source], layout.layers[kernels.target]
    if source.presence < 1 or target.presence < 1 or source.style in ("fold", "stack"):
        return None
    middles = source.centres[kernels.channels].astype(np.float64)
    wide, high = source.map_extent
    turn = _turns(middles)
    shared = int(turn.max()) + 1
    tall, across = kernels.sheet.cell
    height = min(SIDE * high, MOST_HEIGHT, high / (shared * _AIR))
    width = height * across / tall
    if shared > 1:
        below = ((shared - 1) / 2 - turn) * height * _AIR
    else:
        _, rows, _ = source.spec.map_shape
        reach = max(high - height, 0.0) / 2
        below = np.clip((rows / 2 - kernels.row) * source.pitch, -reach, reach)
    local = np.zeros((len(middles), 3))
    room = _room(source, target, middles)
    local[:, 0] = middles[:, 0] + wide / 2 + min(room / 2, room - (0.5 - _OVER) * width)
    local[:, 1] = source.depths[kernels.channels] - _LIFT
    local[:, 2] = middles[:, 1] + below
    matrix = source.placement.matrix()[:3, :3]
    return KernelPlaces(source.placement.to_scene(local), matrix[:, 0] * width / 2, matrix[:, 2] * height / 2)


def _turns(middles: np.ndarray) -> np.ndarray:
    """int64 (n,): how many of those before stand in the same place, as the colours of an image do."""
    same = np.abs(middles[:, None] - middles[None]).max(2) < 1e-3
    return np.tril(same, -1).sum(1)


def _room(source: LayerLayout, target: LayerLayout, middles: np.ndarray) -> float:
    """Scene units right of a source map that are free: up to the next column of maps, or the layer that reads
    them; 0 where that stands elsewhere."""
    wide, _ = source.map_extent
    columns = np.unique(np.round(middles[:, 0], 3))
    if len(columns) > 1:
        return float(np.diff(columns).min()) - wide
    left = source.placement.to_local(target.corners())[:, 0].min()
    return max(float(left) - float(columns[0]) - wide / 2, 0.0)
