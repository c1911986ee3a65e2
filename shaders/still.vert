#version 330

// A quad that fills the picture.

in vec4 p3d_Vertex;  // corners: x, z in -0.5..0.5

out vec2 v_at;       // 0..1 from the lower left corner

void main()
{
    v_at = p3d_Vertex.xz + 0.5;
    gl_Position = vec4(p3d_Vertex.xz * 2.0, 0.0, 1.0);
}
