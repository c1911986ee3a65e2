"""Draws the pad: the slate in the scene that a person draws on."""

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.layer_layout import Placement
from nnvis3d.scene import bins
from nnvis3d.scene.geometry import place, unit_quad
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import TextureMemory

FRAME = 1.6
"""Width of the frame, scene units."""


class _Sheet:
    """An 8-bit texture written from numpy, row 0 on top: grey, or colours."""

    def __init__(self, name: str, side: int, channels: int):
        self.texture = p3d.Texture(name)
        layout = p3d.Texture.F_red if channels == 1 else p3d.Texture.F_rgb8
        self.texture.setup_2d_texture(side, side, p3d.Texture.T_unsigned_byte, layout)
        self.texture.set_wrap_u(p3d.SamplerState.WM_clamp)
        self.texture.set_wrap_v(p3d.SamplerState.WM_clamp)
        self.texture.set_minfilter(p3d.SamplerState.FT_linear)
        self.texture.set_magfilter(p3d.SamplerState.FT_linear)
        self._memory = TextureMemory(self.texture)
        self.write(np.zeros((side, side, channels), np.uint8))

    def write(self, values: np.ndarray) -> None:
        """uint8, as many as the texture holds."""
        np.copyto(self._memory.open(), values.ravel())


class PadView:
    """The node `pad`."""

    def __init__(self, parent: p3d.NodePath, shaders: ShaderLibrary, size: float, pixels: int):
        """`size`: of the drawing area in scene units; `pixels`: rows and columns of the canvas."""
        self.size = size
        self._ink = _Sheet("pad-ink", pixels, 1)
        self._pixels = pixels
        self._colors: _Sheet | None = None
        """As large as the ink's when a network first asks for colours."""
        self._look = p3d.PTA_LVecBase4f.empty_array(1)
        self._uniform = p3d.PTA_LVecBase4f.empty_array(1)
        self.path = parent.attach_new_node(unit_quad("pad"))
        self.path.set_shader(shaders.load("pad"))
        self.path.set_two_sided(True)
        self.path.set_transparency(p3d.TransparencyAttrib.M_alpha)
        self.path.set_bin("fixed", bins.PAD)
        self.path.set_shader_inputs(
            u_ink=self._ink.texture,
            u_colors=_Sheet("pad-no-colors", 1, 3).texture,
            u_pad=self._uniform,
            u_look=self._look,
        )
        half = size / 2 + FRAME + 2
        self.path.node().set_bounds(p3d.BoundingBox((-half, -1, -half), (half, 1, half)))
        self.path.node().set_final(True)
        self._uniform[0] = p3d.LVecBase4f(size, FRAME, 0.0, 1.0)

    def stand(self, placement: Placement) -> None:
        """Stand in the scene."""
        place(self.path, placement)
        self.path.set_p(0)
        self.path.set_scale(1)
        self.path.set_depth_test(True)
        self.path.set_bin("fixed", bins.PAD)

    def hold(self, position: tuple[float, float, float], pose: CameraPose, side: float) -> None:
        """Be held before the camera, over everything: centre, and the side of the drawing area there."""
        self.path.set_pos(*position)
        self.path.set_hpr(pose.heading, -pose.pitch, 0)
        self.path.set_scale(side / self.size)
        self.path.set_depth_test(False)
        self.path.set_bin("fixed", bins.DOCKED_PAD)

    def set_ink(self, ink: np.ndarray, invitation: float = 0.0) -> None:
        """Show this drawing: uint8 (pixels, pixels), row 0 on top.

        Args:
            invitation: 0-1, how clearly the pad asks to be drawn on; above 0 the drawing is only a
            suggestion, as faint as this says.
        """
        self._ink.write(ink)
        self._look[0] = p3d.LVecBase4f(0.0)
        self._uniform[0] = p3d.LVecBase4f(self.size, FRAME, invitation, 1.0)

    def set_colors(self, colors: np.ndarray, invitation: float = 0.0) -> None:
        """Show this drawing: uint8 (pixels, pixels, 3), red first, row 0 on top.

        Args:
            invitation: 0-1, how clearly the pad asks to be drawn on.
        """
        if self._colors is None:
            self._colors = _Sheet("pad-colors", self._pixels, 3)
            self.path.set_shader_input("u_colors", self._colors.texture)
        self._colors.write(colors)  # Panda3D takes them for blue first; the shader sets that right
        self._look[0] = p3d.LVecBase4f(1.0, 0.0, 0.0, 0.0)
        self._uniform[0] = p3d.LVecBase4f(self.size, FRAME, invitation, 1.0)
