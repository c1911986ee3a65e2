#version 330

// The room above and around: colours are worked out at the corners of a coarse screen-filling grid and interpolated,
// for the gradient is soft and a full screen of fragments is dear without a GPU.

#pragma include "stage.glsl"

uniform mat4 p3d_ViewMatrixInverse;
uniform mat4 p3d_ProjectionMatrixInverse;
in vec4 p3d_Vertex;  // x, z: -1..1

noperspective out vec3 v_color;

void main()
{
    vec2 screen = p3d_Vertex.xz;
    vec4 view = p3d_ProjectionMatrixInverse * vec4(screen, 1.0, 1.0);
    vec3 direction = normalize((p3d_ViewMatrixInverse * vec4(view.xyz / view.w, 0.0)).xyz);
    v_color = mix(u_stage[0].rgb, u_stage[1].rgb, smoothstep(-0.05, 0.5, abs(direction.z)));
    // A soft ellipse of light behind the network, so that silent neurons never blend into the room.
    vec2 at = screen * vec2(0.9, 1.3);
    v_color += (1.0 - u_stage[2].w) * vec3(0.019, 0.026, 0.035) * exp(-dot(at, at));
    gl_Position = vec4(screen, 0.999995, 1.0);  // just behind the floor
}
