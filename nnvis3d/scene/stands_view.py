"""Draws pictures that stand in the scene, embeddings or kernels, all of them in one instanced draw call."""

from collections.abc import Mapping, Sequence

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.clouds import Cloud
from nnvis3d.network.filter_pictures import Sheet
from nnvis3d.network.stands import Item, Stand
from nnvis3d.scene import bins
from nnvis3d.scene.geometry import unit_quad
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.stand_rows import Look, stand_rows
from nnvis3d.scene.stand_textures import Pictures, digits_texture
from nnvis3d.scene.textures import FlatTexture
from nnvis3d.scene.theme import Theme

FIRST = 1024
"""Quads that there is room for at first."""


class StandsView:
    """The node `stands`."""

    def __init__(self, parent: p3d.NodePath, shaders: ShaderLibrary, order: int = bins.STANDS):
        """`order`: one of bins."""
        self._pictures = Pictures()
        self._table = FlatTexture("stands", 5 * FIRST, columns=4)
        self.count = 0
        """Quads that are drawn."""
        self.path = parent.attach_new_node(unit_quad("stands"))
        self.path.node().set_bounds(p3d.OmniBoundingVolume())
        self.path.node().set_final(True)
        self.path.set_shader(shaders.load("stand"))
        self.path.set_shader_inputs(u_pictures=self._pictures.texture, u_digits=digits_texture())
        self._colors = p3d.PTA_LVecBase4f.empty_array(2)
        self.path.set_shader_input("u_colors", self._colors)
        self._bind()
        self.path.set_two_sided(True)
        self.path.set_transparency(p3d.TransparencyAttrib.M_premultiplied_alpha)
        self.path.set_depth_write(False)
        self.path.set_bin("fixed", order)
        self.path.hide()

    def set_pictures(self, sheets: Mapping[str, Sheet]) -> bool:
        """By layer, what its filters look like from now on; True if that is new."""
        return self._pictures.show(sheets)

    def show(self, stands: Sequence[Stand], clouds: Mapping[Item, Cloud], look: Look) -> None:
        """Draw these from now on."""
        self.draw(stand_rows(stands, clouds, self.places, look), look.theme)

    @property
    def places(self) -> Mapping[str, np.ndarray]:
        """By layer, float32 (F, 4): left, top, right, bottom of each filter's picture, shares of the
        texture."""
        return self._pictures.places

    def draw(self, rows: np.ndarray, theme: Theme) -> None:
        """Draw these quads, float32 (n, 5, 4), from now on: see stand_rows.py."""
        for index, color in enumerate((theme.muted, theme.accent)):
            self._colors[index] = p3d.LVecBase4f(*(value / 255 for value in color))
        self.count = len(rows)
        if not self.count:
            self.path.hide()
            return
        if 5 * self.count > self._table.length:
            self._table = FlatTexture("stands", 10 * self.count, columns=4)
            self._bind()
        self._table.write(rows.reshape(-1, 4))
        self.path.set_instance_count(self.count)
        self.path.show()

    def _bind(self) -> None:
        self.path.set_shader_inputs(u_stands=self._table.texture, u_shift=self._table.shift)
