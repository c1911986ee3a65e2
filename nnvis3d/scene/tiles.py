"""Draws all feature maps of a network in one instanced draw call, and their reflections in another.

Without a GPU a draw call costs a tenth of a millisecond, so layers are rows of a small table rather than
nodes of their own with shader inputs of their own.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.layout import LayerLayout
from nnvis3d.scene import bins
from nnvis3d.scene.geometry import unit_quad
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import FlatTexture, table_texture, write_table

REFLECTION_HEIGHT = 46.0
"""Scene units above the floor up to which maps are mirrored in it."""
_COLUMNS = 4  # texels of a layer's row


class Tiles:
    """The nodes `tiles` and `reflections`."""

    def __init__(
        self,
        layers: Sequence[LayerLayout],
        first_texels: Mapping[str, int],
        parent: p3d.NodePath,
        shaders: ShaderLibrary,
        activations: FlatTexture,
    ):
        self._rows = {layer.spec.name: index for index, layer in enumerate(layers)}
        self._table = np.zeros((len(layers), _COLUMNS, 4), np.float32)
        self._texture = table_texture("layers", self._table)
        counts = [_maps(layer) for layer in layers]
        self._maps = FlatTexture("maps", sum(counts), columns=4)
        for layer in layers:
            self._fill(layer, first_texels[layer.spec.name])
        parent.set_shader_inputs(
            u_activations=activations.texture,
            u_page=p3d.LVecBase4f(activations.shift, 0, 0, 0),
            u_maps=self._maps.texture,
            u_layers=self._texture,
            u_count=p3d.LVecBase4f(self._maps.shift, REFLECTION_HEIGHT, 0, 0),
        )
        self.path = self._quads("tiles", parent, shaders, sum(counts), mirror=False)
        self.reflections = self._quads("reflections", parent, shaders, sum(counts), mirror=True)
        self.set_layout(layers)

    def _quads(
        self, name: str, parent: p3d.NodePath, shaders: ShaderLibrary, count: int, mirror: bool
    ) -> p3d.NodePath:
        quads = parent.attach_new_node(unit_quad(name))
        quads.set_instance_count(count)
        quads.set_shader(shaders.load("tile"))
        quads.set_shader_input("u_mirror", p3d.LVecBase4f(float(mirror), 0, 0, 0))
        quads.set_two_sided(True)  # seen from behind, too; and mirroring turns the winding round
        quads.set_transparency(p3d.TransparencyAttrib.M_alpha)
        quads.set_bin("fixed", bins.REFLECTIONS if mirror else bins.TILES)
        # Instances are culled by these bounds, and no camera stands where it sees none of a network's layers.
        quads.node().set_bounds(p3d.OmniBoundingVolume())
        quads.node().set_final(True)
        return quads

    def _fill(self, layer: LayerLayout, first_texel: int) -> None:
        """What never changes of a layer."""
        spec, row = layer.spec, self._table[self._rows[layer.spec.name]]
        _, height, width = spec.map_shape
        panelled = height * width > 1
        if not panelled:  # one quad for the whole block of fully connected neurons
            height, width = layer.rows, -(-spec.neurons // layer.rows)
        margin = 0.7 / max(layer.pitch, 1e-3) if panelled else 0.08
        row[1, 1:] = layer.pitch, margin, panelled
        row[2] = width, height, first_texel // 65536, first_texel % 65536
        row[3] = spec.signed, spec.neurons, 1.0, 0.0

    def set_layout(self, layers: Sequence[LayerLayout]) -> None:
        """Where every layer stands, and its maps in it."""
        maps = []
        for layer in layers:
            row = self._table[self._rows[layer.spec.name]]
            angle = np.radians(layer.placement.heading)
            row[0] = *layer.placement.position, np.cos(angle)
            row[1, 0] = np.sin(angle)
            maps.append(self._map_rows(layer))
        self._maps.write(np.concatenate(maps))
        self._write()

    def _map_rows(self, layer: LayerLayout) -> np.ndarray:
        """float32 (maps, 4): layer, local x, z of the centre, first neuron."""
        _, height, width = layer.spec.map_shape
        count = _maps(layer)
        centres = layer.centres
        if count != len(centres):
            centres = (centres.min(axis=0, keepdims=True) + centres.max(axis=0, keepdims=True)) / 2
        rows = np.zeros((count, 4), np.float32)
        rows[:, 0] = self._rows[layer.spec.name]
        rows[:, 1:3] = centres
        rows[:, 3] = np.arange(count) * height * width
        return rows

    def set_state(self, presence: Mapping[str, float], wave: Mapping[str, float]) -> None:
        """How present each layer is, and how bright the passing wave makes it (0-1)."""
        for name, index in self._rows.items():
            self._table[index, 3, 2:] = presence[name], wave[name]
        self._write()

    def set_reflected(self, reflected: bool) -> None:
        """Whether there is a floor to see the layers in."""
        if reflected:
            self.reflections.show()
        else:
            self.reflections.hide()

    def _write(self) -> None:
        write_table(self._texture, self._table)


def _maps(layer: LayerLayout) -> int:
    """Quads that draw a layer: one a feature map, one for a block of fully connected neurons."""
    channels, height, width = layer.spec.map_shape
    return channels if height * width > 1 else 1
