"""Draws the answer: a bar of probability beside each output neuron."""

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.layer_bodies import OUTPUT_BAR_LENGTH
from nnvis3d.network.layout import Layout
from nnvis3d.network.row_ends import TOP_CLASSES, top_places
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.scene import bins
from nnvis3d.scene.geometry import unit_quad
from nnvis3d.scene.shaders import ShaderLibrary

MOST = 16
"""Classes up to which every output has a bar."""
EASE_SECONDS = 0.18


class OutputBars:
    """The node `output/bars`: one for each class, or where they are many for the likeliest few; nothing at
    all for networks without classes."""

    def __init__(self, spec: NetworkSpec, layout: Layout, parent: p3d.NodePath, shaders: ShaderLibrary):
        self._top = spec.output.neurons > MOST
        count = 0 if not spec.labels else TOP_CLASSES if self._top else spec.output.neurons
        self.values = np.zeros(count)
        """Probabilities as shown now, (classes,)."""
        self._target = np.zeros(count)
        self._bar = p3d.PTA_LVecBase4f.empty_array(1)
        self._uniform = p3d.PTA_LVecBase4f.empty_array(MOST)
        if not count:
            return
        place = layout.layers[spec.output.name]
        ends = top_places(place) if self._top else place.centres + np.array([place.pitch * 0.62, 0.0])
        self.foot = float(ends[0, 0])
        """Local x where the bars begin."""
        self._thickness = 2.2 if self._top else place.pitch * 0.34
        self.set_presence(1.0)
        self._rows = np.zeros((MOST, 4), np.float32)
        """(classes, 4): value, local z, whether it wins."""
        self._rows[:count, 1] = ends[:, 1]
        self.path = parent.attach_new_node(unit_quad("bars"))
        self.path.set_instance_count(count)
        self.path.set_shader(shaders.load("bar"))
        self.path.set_transparency(p3d.TransparencyAttrib.M_alpha)
        self.path.set_bin("fixed", bins.BARS)
        self.path.set_shader_inputs(
            u_bars=self._uniform,
            u_bar=self._bar,
        )
        width, height = place.extent
        self.path.node().set_bounds(p3d.BoundingBox((-width, -2, -height), (width, 2, height)))
        self.path.node().set_final(True)
        self._write()

    def show(self, probabilities: np.ndarray | None, ease: bool) -> None:
        """Grow to these probabilities (classes,); None: no guess."""
        if len(self.values):
            shown = probabilities
            if shown is not None and self._top:
                shown = np.sort(shown)[::-1][: len(self.values)]
            self._target = np.zeros_like(self.values) if shown is None else shown.astype(float)
            if not ease:
                # Bars always grow rather than jump; following a stroke they only do it faster.
                self.values = self.values + (self._target - self.values) * 0.5
                self._write()

    def set_presence(self, presence: float) -> None:
        """How present the output layer is, 0-1."""
        if len(self.values):
            self._bar[0] = p3d.LVecBase4f(self.foot, OUTPUT_BAR_LENGTH, self._thickness, presence)

    def update(self, dt: float) -> bool:
        """Ease by `dt` seconds; True if the bars moved."""
        gap = self._target - self.values
        if not len(gap) or not gap.any():
            return False
        self.values = self.values + gap * (1 - np.exp(-dt / (EASE_SECONDS / 3)))
        if np.abs(self._target - self.values).max() < 5e-4:
            self.values = self._target.copy()
        self._write()
        return True

    def _write(self) -> None:
        self._rows[: len(self.values), 0] = self.values
        self._rows[:, 2] = 0
        if self._target.any():
            self._rows[self._target.argmax(), 2] = 1  # the winner
        self._uniform.set_data(self._rows.tobytes())  # all at once: one element after the other takes 8 us
