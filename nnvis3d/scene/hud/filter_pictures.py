"""Filters as small pictures in panels, those of a layer in one texture."""

import numpy as np

from nnvis3d.network.filter_pictures import Sheet, filter_sheet
from nnvis3d.network.lab_snapshot import ShownNetwork
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle


class FilterPictures:
    """Keeps one sheet a layer, made anew when its weights or the colours change."""

    def __init__(self):
        self._sheets: dict[str, tuple[int, np.ndarray, Sheet]] = {}
        """By layer: serial of the weights, the colours, and what they gave."""

    def sheet(self, shown: ShownNetwork, layer: str, colors: np.ndarray) -> Sheet | None:
        """The layer's pictures as its weights are; None where it has none."""
        known = self._sheets.get(layer)
        if known is not None and known[0] == shown.serial and known[1] is colors:
            return known[2]
        made = filter_sheet(shown, layer, colors)
        if made is None:
            self._sheets.pop(layer, None)
        else:
            self._sheets[layer] = (shown.serial, colors, made)
        return made


def draw_filter(ui: Widgets, key: str, sheet: Sheet, index: int, box: Rectangle) -> None:
    """One of the sheet's pictures in (left, top, right, bottom); `key` names its texture."""
    texture = ui.overlay.textures.picture(key, sheet.pixels)
    tall, wide = sheet.pixels.shape[:2]
    row, column = divmod(index, sheet.columns)
    height, width = sheet.cell
    start = (column * width / wide, row * height / tall)
    end = ((column + 1) * width / wide, (row + 1) * height / tall)
    ui.draw.add_image(texture, box[:2], box[2:], start, end, ui.ink((255, 255, 255, 255)))
