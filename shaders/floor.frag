#version 330

#pragma include "stage.glsl"
#pragma include "dither.glsl"

in vec3 v_color;
in vec3 v_at;

out vec4 o_color;

void main()
{
    // Lines every 24 units, one and a half pixels wide, gone where they would crowd.
    vec2 width = fwidth(v_at.xy);
    vec2 line = abs(fract(v_at.xy) - 0.5);
    vec2 ink = clamp(1.25 - line / max(width, 0.005), 0.0, 1.0) * clamp(1.4 - 5.0 * width, 0.0, 1.0);
    o_color = vec4(mix(v_color, u_stage[4].rgb, max(ink.x, ink.y) * v_at.z) + dither(), 1.0);
}
