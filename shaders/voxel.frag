#version 330

#pragma include "stage.glsl"

in vec2 v_face;
flat in vec3 v_color;
flat in vec2 v_light;
flat in float v_strength;

out vec4 o_color;

void main()
{
    // Edges are bevelled by light, the front has the dome that tiles have.
    vec2 pixel = fwidth(v_face);
    float edge = max(abs(v_face.x), abs(v_face.y));
    float crisp = clamp(1.0 - 4.0 * max(pixel.x, pixel.y), 0.0, 1.0);
    float bevel = smoothstep(0.80, 0.98, edge) * crisp;
    float dome = 1.0 - 0.30 * dot(v_face, v_face);
    float front = v_light.y;
    float light = v_light.x * mix(0.92, 0.90 + 0.14 * dome, front);
    light += bevel * mix(-0.14, 0.16 * dot(sign(v_face), vec2(-0.5, 0.6)), front);
    vec3 color = v_color * light + front * v_strength * v_strength * max(dome - 0.55, 0.0) * 0.22 * (1.0 - u_stage[2].w);
    o_color = vec4(color, 1.0);
}
