"""Draws all feature maps of a network in one instanced draw call, and their reflections in another.

Without a GPU a draw call costs a tenth of a millisecond, so layers are rows of a small table rather than
nodes of their own with shader inputs of their own. The slab that a folded layer becomes is a row too.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.layer_styles import RIM_DEPTH, RIM_STEP, block_pitch, rims
from nnvis3d.scene import bins
from nnvis3d.scene.geometry import unit_quad
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import FlatTexture, TextureMemory, table_texture, write_table

REFLECTION_HEIGHT = 46.0
"""Scene units above the floor up to which maps are mirrored in it."""
_COLUMNS = 4  # texels of a layer's row
_FACE_LIFT = 0.4
"""By which a slab's face stands before the maps that it hides, scene units."""


class Tiles:
    """The nodes `tiles` and `reflections`."""

    def __init__(
        self,
        layers: Sequence[LayerLayout],
        first_texels: Mapping[str, int],
        face_texels: Mapping[str, int],
        parent: p3d.NodePath,
        shaders: ShaderLibrary,
        activations: FlatTexture,
    ):
        """
        Args:
            first_texels: by layer, where its neurons begin in the activations.
            face_texels: by layer that can fold, where its slab's texels begin.
        """
        self._rows = {layer.spec.name: index for index, layer in enumerate(layers)}
        self._slabs = {name: len(layers) + index for index, name in enumerate(face_texels)}
        self._table = np.zeros((len(layers) + len(self._slabs), _COLUMNS, 4), np.float32)
        self._texture = table_texture("layers", self._table)
        self._texture_memory = TextureMemory(self._texture, np.float32)
        self._folded = dict.fromkeys(self._rows, 0.0)
        self._presence = dict.fromkeys(self._rows, 1.0)
        count = sum(_maps(layer) for layer in layers)
        count += sum(1 + rims(layer.spec) for layer in layers if layer.spec.name in self._slabs)
        self._maps = FlatTexture("maps", 2 * count, columns=4)
        for layer in layers:
            self._fill(layer, first_texels[layer.spec.name])
            if layer.spec.name in self._slabs:
                self._fill_slab(layer, face_texels[layer.spec.name])
        parent.set_shader_inputs(
            u_activations=activations.texture,
            u_page=p3d.LVecBase4f(activations.shift, 0, 0, 0),
            u_maps=self._maps.texture,
            u_layers=self._texture,
            u_count=p3d.LVecBase4f(self._maps.shift, REFLECTION_HEIGHT, 0, 0),
        )
        self.path = self._quads("tiles", parent, shaders, count, mirror=False)
        self.reflections = self._quads("reflections", parent, shaders, count, mirror=True)
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
        row[1, 3] = panelled
        row[2] = width, height, first_texel // 65536, first_texel % 65536
        row[3] = spec.signed, spec.neurons, 1.0, 0.0

    def _fill_slab(self, layer: LayerLayout, first_texel: int) -> None:
        """What never changes of the slab of a layer."""
        _, height, width = layer.spec.map_shape
        row = self._table[self._slabs[layer.spec.name]]
        row[1, 3] = 1.0
        row[2] = width, height, first_texel // 65536, first_texel % 65536
        row[3] = layer.spec.signed, height * width, 0.0, 0.0

    def set_layout(self, layers: Sequence[LayerLayout]) -> None:
        """Where every layer stands, its maps in it, and how far it is folded."""
        maps = []
        for layer in layers:
            name = layer.spec.name
            self._folded[name] = layer.folded
            panelled = self._table[self._rows[name], 1, 3] > 0
            self._place(self._rows[name], layer, layer.pitch if panelled else block_pitch(layer))
            maps.append(self._map_rows(layer))
            if name in self._slabs:
                self._place(self._slabs[name], layer, layer.pitch)
                maps.append(self._slab_rows(layer))
        self._maps.write(np.concatenate(maps).reshape(-1, 4))
        self._write()

    def _place(self, index: int, layer: LayerLayout, pitch: float) -> None:
        row, angle = self._table[index], np.radians(layer.placement.heading)
        row[0] = *layer.placement.position, np.cos(angle)
        margin = 0.7 / max(pitch, 1e-3) if row[1, 3] else 0.08
        row[1, :3] = np.sin(angle), pitch, margin

    def _map_rows(self, layer: LayerLayout) -> np.ndarray:
        """float32 (maps, 2, 4): layer, local x, z of the centre, first neuron; depth, 0, 0, 0.

        The farthest first: smoothed edges of those in front of them are blended with what they are drawn on.
        """
        _, height, width = layer.spec.map_shape
        count = _maps(layer)
        rows = np.zeros((count, 2, 4), np.float32)
        rows[:, 0, 0] = self._rows[layer.spec.name]
        if count == len(layer.centres):
            order = np.argsort(-layer.depths, kind="stable")
            rows[:, 0, 1:3] = layer.centres[order]
            rows[:, 0, 3] = order * height * width
            rows[:, 1, 0] = layer.depths[order]
        else:
            rows[:, 0, 1:3] = (layer.centres.min(axis=0) + layer.centres.max(axis=0)) / 2
        return rows

    def _slab_rows(self, layer: LayerLayout) -> np.ndarray:
        """float32 (1 + rims, 2, 4): as `_map_rows`, the face last; of the rims only the panel is drawn."""
        behind = np.arange(rims(layer.spec), -1, -1)
        spread = behind * _smoothstep(0.55, 1.0, layer.folded)
        rows = np.zeros((len(behind), 2, 4), np.float32)
        rows[:, 0, 0] = self._slabs[layer.spec.name]
        rows[:, 0, 1:3] = layer.centres.mean(axis=0) + RIM_STEP * spread[:, None]
        rows[:, 1, 0] = RIM_DEPTH * spread - _FACE_LIFT
        rows[:, 1, 1] = behind > 0
        return rows

    def set_state(self, presence: Mapping[str, float], wave: Mapping[str, float]) -> None:
        """How present each layer is, and how bright the passing wave makes it (0-1)."""
        for name, index in self._rows.items():
            self._presence[name] = presence[name]
            self._table[index, 3, 3] = wave[name]
            if name in self._slabs:
                self._table[self._slabs[name], 3, 3] = wave[name]
        self._write()

    def set_reflected(self, reflected: bool) -> None:
        """Whether there is a floor to see the layers in."""
        if reflected:
            self.reflections.show()
        else:
            self.reflections.hide()

    def _write(self) -> None:
        for name, index in self._rows.items():
            presence, folded = self._presence[name], self._folded[name]
            self._table[index, 3, 2] = presence * (1 - _smoothstep(0.8, 1.0, folded))
            if name in self._slabs:
                self._table[self._slabs[name], 3, 2] = presence * _smoothstep(0.55, 0.9, folded)
        write_table(self._texture_memory, self._table)


def _maps(layer: LayerLayout) -> int:
    """Quads that draw a layer: one a feature map, one for a block of fully connected neurons."""
    channels, height, width = layer.spec.map_shape
    return channels if height * width > 1 else 1


def _smoothstep(low: float, high: float, value: float) -> float:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)
