#version 330

// A full-screen triangle that knows its viewing directions.

uniform mat4 p3d_ViewMatrixInverse;
uniform mat4 p3d_ProjectionMatrixInverse;
in vec4 p3d_Vertex;  // x, z: -1..3, of which -1..1 is seen

out vec3 v_direction;  // scene space, not normalised
out vec2 v_screen;     // -1..1

void main()
{
    v_screen = p3d_Vertex.xz;
    vec4 view = p3d_ProjectionMatrixInverse * vec4(p3d_Vertex.xz, 1.0, 1.0);
    v_direction = (p3d_ViewMatrixInverse * vec4(view.xyz / view.w, 0.0)).xyz;
    gl_Position = vec4(p3d_Vertex.xz, 1.0, 1.0);
}
