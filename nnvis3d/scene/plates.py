"""Draws what lies beneath the layers of a long network: plates under open blocks, rims behind folded ones,
and under each layer a strip whose colour says what kind it is. One instanced draw call."""

from collections.abc import Collection

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.layout import Layout
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.scene import bins
from nnvis3d.scene.geometry import unit_quad
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import FlatTexture

OPEN, STRIP, RIM = 0.0, 1.0, 2.0
"""Styles, see plate.frag."""
STRIP_HEIGHT, STRIP_GAP = 0.7, 0.8
RIMS = 3
"""Behind a folded block."""
RIM_STEP, RIM_DEPTH = 1.5, 1.8
"""From one to the next: to the right and up, and back."""

Color = tuple[float, float, float]

_FAMILIES: dict[str, Color] = {
    "conv": (0.38, 0.64, 1.00),
    "linear": (0.32, 0.80, 0.62),
    "norm": (0.55, 0.60, 0.70),
    "activation": (0.98, 0.68, 0.36),
    "pool": (0.72, 0.55, 0.95),
    "attention": (0.95, 0.48, 0.66),
    "join": (0.93, 0.83, 0.40),
    "other": (0.45, 0.52, 0.64),
}
"""sRGB by family of layers."""
_WORDS = {
    "conv": ("conv",),
    "norm": ("norm",),
    "pool": ("pool", "upsampl", "interpol", "resize"),
    "attention": ("attention", "softmax"),
    "join": ("add", "cat", "mul", "sub"),
    "linear": ("linear", "matmul", "embedding", "lstm", "gru", "rnn"),
    "activation": ("activation", "relu", "gelu", "silu", "swish", "tanh", "sigmoid", "mish", "elu"),
}
"""By family, what the kinds of its layers contain; the first that fits."""


def family(kind: str) -> str:
    """To which family a layer's kind belongs."""
    lowered = kind.lower()
    return next((name for name, words in _WORDS.items() if any(word in lowered for word in words)), "other")


class Plates:
    """The node `plates`."""

    def __init__(self, spec: NetworkSpec, parent: p3d.NodePath, shaders: ShaderLibrary):
        self._colors = {layer.name: _FAMILIES[family(layer.kind)] for layer in spec.layers}
        self._most = len(spec.layers) * (1 + RIMS) + 10 * max(len(spec.groups), 1)
        self._rows = FlatTexture("plates", 3 * self._most, columns=4)
        self.path = parent.attach_new_node(unit_quad("plates"))
        self.path.set_shader(shaders.load("plate"))
        self.path.set_shader_inputs(
            u_plates=self._rows.texture, u_plate=p3d.LVecBase4f(self._rows.shift, 0, 0, 0)
        )
        self.path.set_transparency(p3d.TransparencyAttrib.M_alpha)
        self.path.set_two_sided(True)
        self.path.set_bin("fixed", bins.PLATES)
        self.path.node().set_bounds(p3d.OmniBoundingVolume())
        self.path.node().set_final(True)

    def set_layout(self, layout: Layout, hidden: Collection[str]) -> None:
        """Lie so from now on; the farthest first, for their edges are blended with what is there."""
        rows = []
        for plate in sorted(layout.plates, key=lambda plate: plate.depth):
            shape = (*plate.extent, 2.0, OPEN)
            look = (min(plate.depth, 4) / 4, 0.0, 0.0, 0.9)
            rows.append(((*plate.placement.position, plate.presence), shape, look))
        for name, layer in layout.layers.items():
            presence = layer.presence * (0.35 if name in hidden else 1.0)
            if presence > 0:
                rows += _rims(layer, presence if layer.group else 0.0)
                rows.append(_strip(layer, presence, self._colors[name]))
        rows = rows[: self._most]
        self.path.set_instance_count(max(len(rows), 1))
        table = np.array(rows, dtype=np.float32) if rows else np.zeros((1, 3, 4), np.float32)
        self._rows.write(table.reshape(-1, 4))


def _strip(layer: LayerLayout, presence: float, color: Color) -> tuple:
    x, y, z = layer.placement.position
    low = layer.centres[:, 1].min() - layer.map_extent[1] / 2 - STRIP_GAP - STRIP_HEIGHT / 2
    width = max(float(layer.extent[0]), 3.0)
    return (x, y, z + float(low), presence), (width, STRIP_HEIGHT, STRIP_HEIGHT / 2, STRIP), (*color, 0.9)


def _rims(layer: LayerLayout, presence: float) -> list[tuple]:
    """Of a folded block, the farthest first."""
    if presence <= 0:
        return []
    x, y, z = layer.placement.position
    width, height = layer.extent[0] + 1.2, layer.extent[1] + 1.2
    return [
        (
            (x + k * RIM_STEP, y + k * RIM_DEPTH, z + k * RIM_STEP, presence),
            (width, height, 1.0, RIM),
            (0, 0, 0, 1.0),
        )
        for k in range(RIMS, 0, -1)
    ]
