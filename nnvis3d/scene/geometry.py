"""Small pieces of geometry and placement that several views share."""

import panda3d.core as p3d

from nnvis3d.network.layer_layout import Placement


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
    """Put a node where a rigid body stands."""
    path.set_pos(*placement.position)
    path.set_h(placement.heading)
