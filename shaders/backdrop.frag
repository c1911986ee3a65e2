#version 330

// The room: a soft gradient above the horizon, a faint floor below it that catches the layers' light.

#pragma include "stage.glsl"

uniform mat4 p3d_ViewMatrixInverse;
uniform sampler2D u_pools;  // 64 x 1 RGBA: the light that falls on the floor, along x
uniform vec4 u_floor;       // x: left end of u_pools, scene units; y: 1 / its width; z: depth of the pools; w: unused

in vec3 v_direction;
in vec2 v_screen;

out vec4 o_color;

void main()
{
    vec3 direction = normalize(v_direction);
    vec3 eye = p3d_ViewMatrixInverse[3].xyz;
    float height = direction.z;
    vec3 color = mix(u_stage[0].rgb, u_stage[1].rgb, smoothstep(-0.05, 0.55, abs(height)));
    // A soft ellipse of light behind the network, so that silent neurons never blend into the room.
    color += (1.0 - u_stage[2].w) * 0.035 * vec3(0.55, 0.75, 1.0) * exp(-dot(v_screen * vec2(0.9, 1.3), v_screen * vec2(0.9, 1.3)));

    if (height < -0.0005 && u_stage[1].w > 0.0) {
        float along = -eye.z / height;
        vec2 at = eye.xy + direction.xy * along;
        float near = exp(-length(at) * 0.0032);
        vec3 ground = mix(u_stage[0].rgb, u_stage[2].rgb, near);
        vec2 line = abs(fract(at / 24.0 + 0.5) - 0.5) * 24.0;
        vec2 width = fwidth(at);
        vec2 ink = clamp(1.2 - line / max(width, vec2(0.12)), 0.0, 1.0) * clamp(6.0 / max(width, vec2(1e-3)) - 0.6, 0.0, 1.0);
        ground += (u_stage[4].rgb - ground) * max(ink.x, ink.y) * 0.22 * near;
        vec4 pool = texture(u_pools, vec2((at.x - u_floor.x) * u_floor.y, 0.5));
        float spread = exp(-(at.y + 10.0) * (at.y + 10.0) * u_floor.z);
        ground += pool.rgb * spread * (u_stage[2].w > 0.5 ? -0.0 : 1.0);
        color = mix(color, ground, u_stage[1].w * smoothstep(0.0, 0.02, -height));
    }
    // Interleaved gradient noise (Jimenez 2014) against banding: half a step of an 8-bit channel.
    float noise = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
    o_color = vec4(color + (noise - 0.5) / 255.0, 1.0);
}
