"""Draws what reads what in a long network: thin lines that get brighter on their way. One instanced draw
call."""

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.links import ADD, CONCAT, FLOW, Pieces
from nnvis3d.scene import bins
from nnvis3d.scene.geometry import unit_quad
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import FlatTexture

COLORS = {FLOW: (0.50, 0.62, 0.82, 0.75), ADD: (0.98, 0.76, 0.36, 0.95), CONCAT: (0.78, 0.58, 0.98, 0.95)}
"""sRGB and alpha by kind of line."""
HALF_WIDTH = 0.8
"""Pixels at 720 rows."""


class Arcs:
    """The node `arcs`."""

    def __init__(self, parent: p3d.NodePath, shaders: ShaderLibrary):
        self.path = parent.attach_new_node(unit_quad("arcs"))
        self.path.set_shader(shaders.load("arc"))
        self.path.set_transparency(p3d.TransparencyAttrib.M_alpha)
        self.path.set_depth_write(False)
        self.path.set_two_sided(True)
        self.path.set_bin("fixed", bins.ARCS)
        self.path.node().set_bounds(p3d.OmniBoundingVolume())
        self.path.node().set_final(True)
        self._rows = FlatTexture("arcs", 3, columns=4)
        self._height = 720
        self.count = 0
        """Pieces that are drawn."""
        self.show(Pieces(np.zeros((0, 4)), np.zeros((0, 4)), np.zeros(0, int), np.zeros(0)))

    def resize(self, height: int) -> None:
        """The picture has so many rows."""
        self._height = max(height, 1)
        self._bind()

    def _bind(self) -> None:
        half = HALF_WIDTH * max(self._height / 720, 0.75)
        self.path.set_shader_inputs(
            u_arcs=self._rows.texture, u_arc=p3d.LVecBase4f(self._rows.shift, self._height, half, 0)
        )

    def show(self, pieces: Pieces) -> None:
        """Draw these from now on."""
        self.count = len(pieces.kinds)
        if not self.count:
            self.path.hide()
            return
        self.path.show()
        rows = np.zeros((self.count, 3, 4), np.float32)
        rows[:, 0], rows[:, 1] = pieces.starts, pieces.ends
        rows[:, 2] = np.array([COLORS[kind] for kind in (FLOW, ADD, CONCAT)])[pieces.kinds]
        rows[:, 2, 3] *= pieces.presence
        if 3 * self.count > self._rows.length:
            self._rows = FlatTexture("arcs", 2 * 3 * self.count, columns=4)
            self._bind()
        self._rows.write(rows.reshape(-1, 4))
        self.path.set_instance_count(self.count)
