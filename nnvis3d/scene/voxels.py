"""Neurons as blocks: what the tiles of a layer become when one comes near enough to see that they are many.

They rise out of the tiles, so that nothing pops: at relief 0 a block lies flat on its cell.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.poses import half_tangent
from nnvis3d.scene import bins
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import FlatTexture

FLAT_BELOW, FULL_ABOVE = 15.0, 24.0
"""Pixels that a neuron takes at 720 rows: below the first it is flat, from the second on a full block."""
LARGE = 3.3
"""The same for large neurons, as the outputs are: pixels for each scene unit of their pitch. They stay
flat, with
round corners, until one comes nearer than the first view."""
MOST_NEURONS = 200_000
"""In a network that has blocks at all."""


class Voxels:
    """The nodes `voxels/<layer>` and `voxels/<layer> slab`, each drawn only while its layer is near."""

    def __init__(
        self,
        layers: Sequence[LayerLayout],
        face_texels: Mapping[str, int],
        parent: p3d.NodePath,
        shaders: ShaderLibrary,
    ):
        """
        Args:
            face_texels: by layer that can fold, where its slab's texels begin: in order, behind all neurons'.
        """
        self.path = parent.attach_new_node("voxels")
        total = sum(layer.spec.neurons for layer in layers)
        self._layers = list(layers) if total <= MOST_NEURONS else []
        self._slabs = list(face_texels)
        self._uniforms: dict[str, p3d.PTA_LVecBase4f] = {}
        self._nodes: dict[str, p3d.NodePath] = {}
        faces = sum(_cells(layer) for layer in layers if layer.spec.name in face_texels)
        self._neurons = FlatTexture("neurons", max(total + faces, 1), columns=4)
        if not self._layers:
            return
        self.path.set_shader(shaders.load("voxel"))
        self.path.set_shader_input("u_neurons", self._neurons.texture)
        self.path.set_bin("fixed", bins.VOXELS)
        self.path.set_two_sided(True)  # mirroring towards the eye turns the winding round
        first = 0
        for layer in self._layers:
            self._add(layer.spec.name, first, layer.spec.neurons)
            first += layer.spec.neurons
        for layer in self._layers:
            name = layer.spec.name
            if name in face_texels:
                self._add(f"{name} slab", face_texels[name], _cells(layer))
        self.set_layout(layers)

    def _add(self, name: str, first: int, count: int) -> None:
        self._uniforms[name] = p3d.PTA_LVecBase4f.empty_array(1)
        self._uniforms[name][0] = p3d.LVecBase4f(self._neurons.shift, first // 65536, first % 65536, 0)
        node = self.path.attach_new_node(_three_faces())
        node.set_name(name)
        node.set_instance_count(count)
        node.set_shader_input("u_block", self._uniforms[name])
        node.node().set_bounds(p3d.OmniBoundingVolume())
        node.node().set_final(True)
        node.hide()
        self._nodes[name] = node

    def set_layout(self, layers: Sequence[LayerLayout]) -> None:
        """Where every neuron stands in its layer, and every cell of a slab."""
        if not self._nodes:
            return
        self._layers = list(layers)
        rows = [self._rows(layer, index, layer.spec.neurons) for index, layer in enumerate(layers)]
        by_name = {layer.spec.name: layer for layer in layers}
        for index, name in enumerate(self._slabs):
            rows.append(self._rows(by_name[name], len(layers) + index, _cells(by_name[name])))
        self._neurons.write(np.concatenate(rows))

    def _rows(self, layer: LayerLayout, index: int, count: int) -> np.ndarray:
        """float32 (count, 4) of the first cells of a layer: its row in Tiles' table; local x, z, y."""
        cells = np.arange(count)
        rows = np.zeros((count, 4), np.float32)
        rows[:, 0] = index
        rows[:, 1:3] = layer.local_cells(cells)
        rows[:, 3] = layer.depths[cells // _cells(layer)]
        return rows

    def update(self, pose: CameraPose, height: int, flatness: float, presence: Mapping[str, float]) -> None:
        """Let the layers that are near rise; `height` of the picture in pixels."""
        for layer in self._layers:
            name = layer.spec.name
            size = layer.pitch * _pixels_per_unit(layer, pose, height) * 720 / max(height, 1)
            larger = max(1.0, LARGE * layer.pitch / FLAT_BELOW)
            relief = _smoothstep(larger * FLAT_BELOW, larger * FULL_ABOVE, size) * (1 - flatness)
            self._raise(name, relief if presence[name] > 0 and layer.folded < 1 else 0.0)
            if name in self._slabs:
                self._raise(f"{name} slab", relief if presence[name] > 0 and layer.folded > 0 else 0.0)

    def _raise(self, name: str, relief: float) -> None:
        node, uniform = self._nodes[name], self._uniforms[name]
        if relief > 0:
            x, y, z, _ = uniform[0]
            uniform[0] = p3d.LVecBase4f(x, y, z, relief)
            node.show()
        else:
            node.hide()


def _cells(layer: LayerLayout) -> int:
    """Neurons of one map."""
    _, height, width = layer.spec.map_shape
    return height * width


def _pixels_per_unit(layer: LayerLayout, pose: CameraPose, height: int) -> float:
    """Pixels that a scene unit takes at the point of the layer that is nearest to the eye."""
    local = layer.placement.to_local(pose.eye[None])[0]
    half = layer.extent[0] / 2, layer.extent[1] / 2
    beyond = (max(abs(local[0]) - half[0], 0.0), local[1], max(abs(local[2]) - half[1], 0.0))
    return height / (2 * half_tangent(pose.fov) * max(math.hypot(*beyond), 1.0))


def _smoothstep(low: float, high: float, value: float) -> float:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _three_faces() -> p3d.GeomNode:
    """The front, one side and the top of a block: x, z in -1..1, y 0 on the panel and 1 in front."""
    data = p3d.GeomVertexData("block", p3d.GeomVertexFormat.get_v3n3(), p3d.Geom.UH_static)
    vertex, normal = p3d.GeomVertexWriter(data, "vertex"), p3d.GeomVertexWriter(data, "normal")
    triangles = p3d.GeomTriangles(p3d.Geom.UH_static)
    faces = (
        ((0, 1, 0), ((-1, 1, -1), (1, 1, -1), (1, 1, 1), (-1, 1, 1))),
        ((1, 0, 0), ((1, 0, -1), (1, 1, -1), (1, 1, 1), (1, 0, 1))),
        ((0, 0, 1), ((-1, 0, 1), (1, 0, 1), (1, 1, 1), (-1, 1, 1))),
    )
    for number, (facing, corners) in enumerate(faces):
        for corner in corners:
            vertex.add_data3(*corner)
            normal.add_data3(*facing)
        triangles.add_vertices(4 * number, 4 * number + 1, 4 * number + 2)
        triangles.add_vertices(4 * number, 4 * number + 2, 4 * number + 3)
    geom = p3d.Geom(data)
    geom.add_primitive(triangles)
    node = p3d.GeomNode("block")
    node.add_geom(geom)
    return node
