#version 330

// The floor: a disc whose light is worked out at its vertices.

#pragma include "stage.glsl"

uniform mat4 p3d_ModelViewProjectionMatrix;
uniform sampler2D u_pools;  // POOLS x 1 RGBA: the light that the layers throw on the floor, along x
uniform vec4 u_floor;       // x: left end of u_pools, scene units; y: 1 / its width; z: 1 / depth of the light squared; w: its texels
in vec4 p3d_Vertex;

out vec3 v_color;
out vec3 v_at;     // x, y in tiles of 24 scene units; z: how present the lines are, 0..1

void main()
{
    vec2 at = p3d_Vertex.xy;
    float near = exp(-length(at) * 0.0034);
    float texel = clamp((at.x - u_floor.x) * u_floor.y, 0.0, 1.0) * (u_floor.w - 1.0);
    vec3 pool = mix(texelFetch(u_pools, ivec2(int(texel), 0), 0).rgb,
                    texelFetch(u_pools, ivec2(min(int(texel) + 1, int(u_floor.w) - 1), 0), 0).rgb, fract(texel));
    float spread = exp(-(at.y + 14.0) * (at.y + 14.0) * u_floor.z);
    vec3 color = mix(u_stage[0].rgb, u_stage[2].rgb, near);
    // Light on a dark floor, a tint of it on a light one.
    color = u_stage[2].w > 0.5 ? color * (1.0 - 0.9 * spread * (vec3(max(pool.r, max(pool.g, pool.b))) - pool)) : color + pool * spread;
    v_color = mix(u_stage[0].rgb, color, u_stage[1].w * clamp(3.2 * near - 0.12, 0.0, 1.0));
    v_at = vec3(at / 24.0 + 0.5, 0.2 * near * u_stage[1].w);
    gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex;
    // Behind everything but the backdrop, and opaque, so that no pixel of the room is shaded twice.
    gl_Position.z = gl_Position.w * 0.99999;
}
