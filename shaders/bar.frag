#version 330

// A rounded bar in a faint groove of full length.

#pragma include "stage.glsl"

uniform vec4 u_bar;

in vec2 v_at;
flat in float v_length;
flat in float v_winner;

out vec4 o_color;

float capsule(vec2 at, float from, float to, float radius)  // signed distance to a thick line along x
{
    float start = from + radius;
    float end = max(to - radius, start);
    return length(vec2(at.x - clamp(at.x, start, end), at.y)) - radius;
}

void main()
{
    float pixel = max(length(fwidth(v_at)) * 0.71, 1e-6);
    float radius = u_bar.z * 0.5;
    float groove = clamp(0.5 - capsule(v_at, 0.0, u_bar.y, radius) / pixel, 0.0, 1.0);
    float filled = v_length < 0.15 ? 0.0 : clamp(0.5 - capsule(v_at, 0.0, v_length, radius) / pixel, 0.0, 1.0);
    // A share smaller than the bar is thick is cut off straight, or it would look as long as that.
    filled *= clamp(0.5 + (v_length - v_at.x) / pixel, 0.0, 1.0);
    vec3 color = mix(mix(u_stage[4].rgb, u_stage[5].rgb, 0.35), u_stage[5].rgb, v_winner);
    vec3 result = mix(u_stage[3].rgb, color, filled);
    float alpha = max(groove * 0.85, filled) * u_bar.w;
    if (alpha < 0.004) {
        discard;
    }
    o_color = vec4(result, alpha);
}
