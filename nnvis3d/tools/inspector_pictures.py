"""An inspector's pictures: inputs, weights and products of one neuron, one tile a source map."""

import math

import numpy as np

from nnvis3d.network.colormaps import ColorMap
from nnvis3d.network.explanation import SINGLE, Explanation
from nnvis3d.scene.hud.ask_state import InspectorPicture
from nnvis3d.scene.hud.state import Picture

_DARKER = 0.6  # than the colour of zero: what lies over the edge, and the lines between maps


def pictures(explanation: Explanation, colors: ColorMap) -> tuple[InspectorPicture, ...]:
    """Inputs, weights and products, uint8 RGB; pooling by maximum has only its window, an input, and
    what reads one neuron of a layer, nothing."""
    if not explanation.count or explanation.kind in (*SINGLE, "softmax"):
        return ()
    signed = bool((explanation.inputs < 0).any())
    inputs = _picture(explanation, explanation.inputs, colors, signed)
    shown = InspectorPicture("inputs", inputs, _winner_frame(explanation))
    if explanation.kind == "maxpool":
        return (shown,)
    return (
        shown,
        InspectorPicture("weights", _picture(explanation, explanation.weights, colors, True)),
        InspectorPicture("products", _picture(explanation, explanation.products, colors, True)),
    )


def _picture(explanation: Explanation, values: np.ndarray, colors: ColorMap, signed: bool) -> Picture:
    """`values` (k,), full brightness at the largest magnitude among them."""
    finite = values[np.isfinite(values)]
    scale = float(np.abs(finite).max(initial=0.0)) or 1.0
    cells = colors.colors(np.nan_to_num(values, posinf=scale, neginf=-scale), scale, signed)
    ground = (colors.sequential[0] * _DARKER).astype(np.uint8)
    cells[explanation.sources < 0] = ground
    return Picture(_mosaic(cells.reshape(*explanation.grid, 3), ground))


def _mosaic(tiles: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """uint8 (height, width, 3) of tiles (n, h, w, 3) in rows, a line between them; single cells touch."""
    count, height, width, _ = tiles.shape
    across, gap = math.ceil(math.sqrt(count)), int(height * width > 1)
    down = math.ceil(count / across)
    canvas = np.empty((down * across, height + gap, width + gap, 3), np.uint8)
    canvas[:] = ground
    canvas[:count, :height, :width] = tiles
    canvas = canvas.reshape(down, across, height + gap, width + gap, 3).swapaxes(1, 2)
    whole = canvas.reshape(down * (height + gap), across * (width + gap), 3)
    return np.ascontiguousarray(whole[: whole.shape[0] - gap, : whole.shape[1] - gap])


def _winner_frame(explanation: Explanation) -> tuple[float, float, float, float] | None:
    """Around the winner of a maximum, as shares of the picture."""
    if explanation.winner is None:
        return None
    _, rows, columns = explanation.grid
    row, column = divmod(explanation.winner, columns)
    return column / columns, row / rows, (column + 1) / columns, (row + 1) / rows
