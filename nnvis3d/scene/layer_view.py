"""Draws one layer: all of its feature maps in one instanced draw call."""

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.layout import FILL, LayerLayout, Placement
from nnvis3d.scene import bins
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import FlatTexture

REFLECTION_HEIGHT = 46.0
"""Scene units above the floor up to which a layer is mirrored in it."""


def unit_quad(name: str) -> p3d.GeomNode:
    """A quad in the x-z plane, corners at -0.5 and 0.5, facing -y."""
    data = p3d.GeomVertexData(name, p3d.GeomVertexFormat.get_v3(), p3d.Geom.UH_static)
    writer = p3d.GeomVertexWriter(data, "vertex")
    for x, z in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        writer.add_data3(x, 0, z)
    triangles = p3d.GeomTriangles(p3d.Geom.UH_static)
    triangles.add_vertices(0, 1, 2)
    triangles.add_vertices(0, 2, 3)
    geom = p3d.Geom(data)
    geom.add_primitive(triangles)
    node = p3d.GeomNode(name)
    node.add_geom(geom)
    return node


def place(path: p3d.NodePath, placement: Placement) -> None:
    path.set_pos(*placement.position)
    path.set_h(placement.heading)


class LayerView:
    """The node `network/<layer>`: its tiles, and one empty named node for each feature map to hang things on."""

    def __init__(
        self,
        layout: LayerLayout,
        parent: p3d.NodePath,
        shaders: ShaderLibrary,
        activations: FlatTexture,
        first_texel: int,
    ):
        spec = layout.spec
        self.spec = spec
        self.path = parent.attach_new_node(spec.name)
        channels, height, width = spec.map_shape
        panelled = height * width > 1
        margin = 0.9 / max(layout.pitch, 1e-3) if panelled else 0.08
        if not panelled:  # one quad for the whole block of fully connected neurons
            height, width, channels = layout.rows, -(-channels // layout.rows), 1
        self._centres = FlatTexture(f"{spec.name}-centres", channels, columns=2)
        self._state = p3d.PTA_LVecBase4f.empty_array(2)
        self._channels = channels
        self.path.set_shader_inputs(
            u_activations=activations.texture,
            u_page=p3d.LVecBase4f(activations.shift, first_texel // 65536, first_texel % 65536, spec.signed),
            u_centres=self._centres.texture,
            u_map=p3d.LVecBase4f(width, height, layout.pitch, margin),
            u_count=p3d.LVecBase4f(0, self._centres.shift, REFLECTION_HEIGHT, spec.neurons),
            u_layer=self._state,
        )
        self.tiles = self._quads("tiles", shaders, mirror=False)
        self.reflection = self._quads("reflection", shaders, mirror=True)
        self._panelled = panelled
        self._maps = [self._map_node(channel) for channel in range(channels)] if panelled else []
        self.set_state(presence=1.0)
        self.set_layout(layout)

    def _quads(self, name: str, shaders: ShaderLibrary, mirror: bool) -> p3d.NodePath:
        quads = self.path.attach_new_node(unit_quad(name))
        quads.set_instance_count(self._channels)
        quads.set_shader(shaders.load("tile"))
        quads.set_shader_input("u_mirror", p3d.LVecBase4f(float(mirror), 0, 0, 0))
        quads.set_two_sided(True)  # seen from behind, too; and mirroring turns the winding round
        quads.set_transparency(p3d.TransparencyAttrib.M_alpha)
        quads.set_bin("fixed", bins.REFLECTIONS if mirror else bins.TILES)
        return quads

    def _map_node(self, channel: int) -> p3d.NodePath:
        node = self.path.attach_new_node(f"map_{channel:02d}")
        node.hide()  # empty until something hangs on it: spares the cull traversal a visit
        return node

    def set_layout(self, layout: LayerLayout) -> None:
        """Move the layer, and its maps inside it."""
        place(self.path, layout.placement)
        if getattr(self, "layout", None) is None or layout.centres is not self.layout.centres:
            middle = (layout.centres.min(axis=0) + layout.centres.max(axis=0)) / 2
            self._centres.write(layout.centres if self._panelled else middle)
            for node, (x, z) in zip(self._maps, layout.centres.tolist(), strict=False):
                node.set_pos(x, 0, z)
            self._bound(layout)
        self.layout = layout

    def _bound(self, layout: LayerLayout) -> None:
        # Instances are culled by these bounds; those of the reflection reach below the floor.
        width, height = layout.extent
        foot = layout.placement.position[2]
        for quads, low in ((self.tiles, -height / 2 - 3), (self.reflection, -foot - REFLECTION_HEIGHT)):
            quads.node().set_bounds(
                p3d.BoundingBox((-width / 2 - 3, -3, low), (width / 2 + 3, 3, height / 2 + 3))
            )
            quads.node().set_final(True)

    def set_state(self, presence: float, wave: float = 0.0, fog_from: float = 1e9) -> None:
        """How present the layer is (0-1; at 0 it is not drawn), how bright the passing wave is (0-1)."""
        self._state[0] = p3d.LVecBase4f(presence, wave, FILL, 1.0 if self._panelled else 0.0)
        self._state[1] = p3d.LVecBase4f(fog_from, 1.0, 0, 0)
        # While it fades it is drawn after the room, which otherwise would not be drawn behind it at all.
        self.tiles.set_bin("fixed", bins.TILES if presence >= 1 else bins.FADING)
        if presence > 0:
            self.path.show()
        else:
            self.path.hide()

    def set_reflected(self, reflected: bool) -> None:
        """Whether there is a floor to see it in."""
        if reflected:
            self.reflection.show()
        else:
            self.reflection.hide()

    def centre(self) -> np.ndarray:
        """float64 (3,): where the layer's origin stands."""
        return np.array(self.layout.placement.position)
