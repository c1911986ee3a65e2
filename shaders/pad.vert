#version 330

// The drawing pad: a framed slate that stands in the scene, or is docked to the screen.

uniform mat4 p3d_ModelViewProjectionMatrix;
uniform vec4 u_pad;  // x: size of the drawing area, scene units; y: width of the frame; z: invitation 0..1; w: presence
in vec4 p3d_Vertex;  // corners: x, z in -0.5..0.5

out vec2 v_at;       // scene units from the middle, z up

void main()
{
    v_at = p3d_Vertex.xz * (u_pad.x + 2.0 * u_pad.y + 4.0);
    gl_Position = p3d_ModelViewProjectionMatrix * vec4(v_at.x, 0.0, v_at.y, 1.0);
}
