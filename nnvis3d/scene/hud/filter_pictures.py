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


class Brush:
    """Draws a sheet's pictures in one build: what they have in common is looked up once."""

    def __init__(self, ui: Widgets, key: str, sheet: Sheet):
        """`key` names the texture."""
        self._texture = ui.overlay.textures.picture(key, sheet.pixels)
        tall, wide = sheet.pixels.shape[:2]
        self._places = (sheet.places() / np.array([wide, tall, wide, tall])).tolist()
        self._list, self._white = ui.draw, ui.ink((255, 255, 255, 255))
        self.count = sheet.count

    def draw(self, index: int, box: Rectangle) -> None:
        """One of them in (left, top, right, bottom)."""
        u, v, last_u, last_v = self._places[index]
        self._list.add_image(self._texture, box[:2], box[2:], (u, v), (last_u, last_v), self._white)
