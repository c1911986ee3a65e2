"""Which view draws which network."""

import panda3d.core as p3d

from nnvis3d.network.grouping import paged
from nnvis3d.network.layout import Layout
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.scene.network_view import NetworkView
from nnvis3d.scene.paged_view import PagedView
from nnvis3d.scene.shaders import ShaderLibrary

AnyNetworkView = NetworkView | PagedView


def view_of(
    spec: NetworkSpec, layout: Layout, parent: p3d.NodePath, shaders: ShaderLibrary
) -> AnyNetworkView:
    """The view of a network, under `parent`: pages for those that stand in rows."""
    return (PagedView if paged(spec) else NetworkView)(spec, layout, parent, shaders)
