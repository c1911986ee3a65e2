"""Draws edges: luminous ribbons that face the camera, all of them in one instanced draw call."""

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.colormaps import ColorMap
from nnvis3d.scene import bins
from nnvis3d.scene.fading import Fade
from nnvis3d.scene.ribbons import SEGMENTS, STRAIGHT, prepare, ribbon
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import FlatTexture

PULSE_SECONDS = 0.8
PULSE_REACH = 0.16
"""How far a pulse's light reaches to either side, in shares of its way."""
BUDGET_MS = 2.5
"""That a frame has for edges where there is no GPU."""
LEAST_SCALE = 0.75
"""Of widths: in a small picture edges do not become thinner than so, relative to 720p."""
_NEUTRAL = {False: (0.55, 0.62, 0.72), True: (0.45, 0.50, 0.58)}  # sRGB of edges without a sign, by light


class EdgeView:
    """The node `edges`. Shows one set of edges at a time; the strongest lie on top."""

    def __init__(self, parent: p3d.NodePath, shaders: ShaderLibrary, most: int = 8192):
        """`most`: edges that can be shown; of more the strongest are."""
        self._most = most
        self.budget_ms: float | None = BUDGET_MS
        """What drawing may cost without a GPU: where it is short, ribbons are straight, and the weakest are
        left out. None, with a GPU or for a picture that nobody waits for: all are drawn, and curved."""
        self.count = 0
        """How many edges are drawn."""
        self._table = FlatTexture("edges", 2 * most, columns=4)
        self._uniform = p3d.PTA_LVecBase4f.empty_array(5)
        self._fade = Fade()
        self._stale = False
        self._pulse = 1.0
        self._exposure = 1.0
        self._way = (0.0, 1.0, 1.0)  # of a pulse: from, to, and +1 or -1 along x
        self._size = (1280, 720)
        self._segments = -1
        self._bend = 0.0
        self._meshes = {segments: ribbon(segments) for segments in (*SEGMENTS, STRAIGHT)}
        self.path = parent.attach_new_node(p3d.GeomNode("edges"))
        self.path.node().set_bounds(p3d.OmniBoundingVolume())  # edges are all over the place
        self.path.node().set_final(True)
        self.path.set_shader(shaders.load("edge"))
        self.path.set_shader_inputs(
            u_edges=self._table.texture, u_shift=self._table.shift, u_look=self._uniform
        )
        self.path.set_two_sided(True)
        self.path.set_transparency(p3d.TransparencyAttrib.M_premultiplied_alpha)
        self.path.set_depth_write(False)
        self.path.set_bin("fixed", bins.EDGES)
        self.path.hide()

    def set_colors(self, colors: ColorMap, light: bool) -> None:
        """Positive edges take a warm colour of this map, negative ones a cold one; `light`: the stage is."""
        positive, negative = colors.sequential[191] / 255, colors.diverging[51] / 255
        for index, color in enumerate((positive, negative, _NEUTRAL[light])):
            self._uniform[2 + index] = p3d.LVecBase4f(*color, float(light))
        self._stale = True

    def resize(self, width: int, height: int) -> None:
        """The picture is so many pixels large from now on."""
        self._size = (max(width, 1), max(height, 1))
        self._stale = True

    def show(self, starts: np.ndarray, ends: np.ndarray, strengths: np.ndarray, signs: np.ndarray) -> None:
        """Show these edges from now on, instead of those before.

        Args:
            starts: float32 (n, 3), scene coordinates, as all of `network.edges.to_scene`.
            ends: float32 (n, 3).
            strengths: float32 (n,), 0-1: how wide and how bright.
            signs: float32 (n,), -1, 0 or 1. What is not finite is left out.
        """
        ribbons = prepare((starts, ends, strengths, signs), self._most, self.budget_ms)
        if not len(ribbons.rows):
            self.clear()
            return
        self.count = len(ribbons.rows)
        self._exposure = ribbons.exposure
        self._table.write(ribbons.rows.reshape(-1, 4))
        self._set_mesh(ribbons.segments)
        self._set_way(ribbons.rows)
        self._fade.wanted = True
        self._stale = True

    def clear(self) -> None:
        """Show none from now on; what is shown fades."""
        self._fade.wanted = False

    def pulse(self) -> None:
        """Let light run once along the edges, in the direction of the flow."""
        self._pulse = 0.0

    def update(self, dt: float) -> bool:
        """Ease by `dt` seconds; True if anything that is drawn has changed."""
        changed = self._fade.update(dt) | self._stale
        self._stale = False
        if self._pulse < 1:
            self._pulse = min(1.0, self._pulse + dt / PULSE_SECONDS)
            changed = True
        if not changed:
            return False
        if self._fade.gone:
            self.path.hide()
            self._pulse = 1.0
        else:
            self._write()
            self.path.show()
        return True

    def _set_mesh(self, segments: int) -> None:
        if segments != self._segments:
            self._segments = segments
            self.path.node().remove_all_geoms()
            self.path.node().add_geom(self._meshes[segments])
            self._bend = float(segments != STRAIGHT)
        self.path.set_instance_count(self.count)

    def _set_way(self, rows: np.ndarray) -> None:
        start, end = rows[:, 0, 0], rows[:, 1, 0]  # x: along the flow
        low, high = min(start.min(), end.min()), max(start.max(), end.max())
        forward = 1.0 if float((end - start).sum()) >= 0 else -1.0
        self._way = (float(low), max(float(high), float(low) + 1e-3), forward)

    def _write(self) -> None:
        low, high, forward = self._way
        reach = PULSE_REACH * (high - low)
        share = self._pulse if forward > 0 else 1 - self._pulse
        front = low - reach + share * (high - low + 2 * reach)
        width, height = self._size
        self._uniform[0] = p3d.LVecBase4f(
            width, height, max(height / 720, LEAST_SCALE), self._fade.value * self._exposure
        )
        self._uniform[1] = p3d.LVecBase4f(front, 1 / reach, float(self._pulse < 1), self._bend)
