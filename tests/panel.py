"""A dark blue panel that writes depth, to stand before or behind what a test draws."""

import panda3d.core as p3d

from nnvis3d.scene.geometry import unit_quad

COLOR = (0, 0, 51)
"""sRGB, 0-255."""
_VERTEX = """#version 330
uniform mat4 p3d_ModelViewProjectionMatrix;
in vec4 p3d_Vertex;
void main() { gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex; }
"""
_FRAGMENT = """#version 330
out vec4 o_color;
void main() { o_color = vec4(0.0, 0.0, 0.2, 1.0); }
"""


def panel(parent: p3d.NodePath, size: float) -> p3d.NodePath:
    """An upright square at the origin, drawn before everything else; the caller removes it."""
    path = parent.attach_new_node(unit_quad("panel"))
    path.set_shader(p3d.Shader.make(p3d.Shader.SL_GLSL, _VERTEX, _FRAGMENT))
    path.set_scale(size)
    path.set_two_sided(True)
    path.set_bin("fixed", 1)
    return path
