"""The named places of the scene graph: `network/<layer>` and `network/<layer>/map_03`, to hang things on."""

import panda3d.core as p3d

from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.scene.geometry import place


class LayerNode:
    """One layer's node, and one for each of its feature maps; they draw nothing of their own."""

    def __init__(self, layout: LayerLayout, parent: p3d.NodePath, maps: bool = True):
        """`maps`: whether each feature map has a node: of tens of thousands none has."""
        self.path: p3d.NodePath = parent.attach_new_node(layout.spec.name)
        channels, height, width = layout.spec.map_shape
        count = channels if maps and height * width > 1 else 0
        self.maps = [self._map_node(channel) for channel in range(count)]
        self._centres: object = None
        self.set_layout(layout)

    def _map_node(self, channel: int) -> p3d.NodePath:
        node = self.path.attach_new_node(f"map_{channel:02d}")
        node.hide()  # empty until something hangs on it: spares the cull traversal a visit
        return node

    def set_layout(self, layout: LayerLayout) -> None:
        """Stand where the layer stands, and the maps in it."""
        place(self.path, layout.placement)
        if layout.centres is not self._centres:
            self._centres = layout.centres
            places = zip(self.maps, layout.centres.tolist(), layout.depths.tolist(), strict=False)
            for node, (x, z), depth in places:
                node.set_pos(x, depth, z)
