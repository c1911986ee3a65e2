"""Filters as small pictures, those of a layer in one texture."""

import math

import numpy as np

from nnvis3d.network.lab_snapshot import ShownNetwork
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle


class FilterPictures:
    """Keeps one texture a layer, drawn anew when its weights change."""

    def __init__(self):
        self._atlases: dict[str, tuple[int, np.ndarray, int]] = {}
        """By layer: serial of the weights, uint8 pixels, filters in a row."""

    def atlas(self, shown: ShownNetwork, layer: str) -> np.ndarray | None:
        """Make sure that the layer's pictures are those of its weights; None where it has none."""
        weight = shown.weights.get(f"{layer}.weight")
        if weight is None or weight.ndim != 4 or weight.shape[-1] < 2:
            self._atlases.pop(layer, None)
            return None
        known = self._atlases.get(layer)
        if known is None or known[0] != shown.serial:
            pixels, columns = atlas_of(weight)
            self._atlases[layer] = (shown.serial, pixels, columns)
        return self._atlases[layer][1]

    def draw(self, ui: Widgets, layer: str, index: int, box: Rectangle) -> None:
        """One filter in (left, top, right, bottom)."""
        _, pixels, columns = self._atlases[layer]
        texture = ui.overlay.textures.picture(f"lab/filters/{layer}", pixels)
        column, row = index % columns, index // columns
        start = (column / columns, row / columns)
        end = ((column + 1) / columns, (row + 1) / columns)
        white = ui.ink((255, 255, 255, 255))
        ui.draw.add_image(texture, box[:2], box[2:], start, end, white)


def atlas_of(weight: np.ndarray) -> tuple[np.ndarray, int]:
    """Pictures of all filters side by side, and how many are in a row.

    A filter that reads three colours is a colour picture; of other inputs the mean is shown. 0 is mid-grey,
    the largest weight of the layer white or black.

    Args:
        weight: float32 (F, C, H, W).

    Returns:
        uint8 (columns * H, columns * W, 3): a square of filters, the last of it black; and `columns`.
    """
    count, channels, height, width = weight.shape
    shown = weight if channels == 3 else weight.mean(1, keepdims=True)
    most = max(float(np.abs(np.nan_to_num(shown)).max()), 1e-12)
    scaled = (127.5 + 127.5 * np.clip(np.nan_to_num(shown) / most, -1, 1)).astype(np.uint8)
    columns = math.ceil(math.sqrt(count))
    pixels = np.zeros((columns * height, columns * width, 3), np.uint8)
    for k in range(count):
        y, x = k // columns * height, k % columns * width
        pixels[y : y + height, x : x + width] = scaled[k].transpose(1, 2, 0)
    return pixels, columns
