#version 330

// A layer from near: its neurons are rounded, lit cells with air between them, as tiles are (tile.frag).

#pragma include "activation.glsl"
#pragma include "stage.glsl"
#pragma include "page.glsl"

const float FILL = 0.86;  // share of a cell's pitch that the neuron covers, as in layout.py

float rounded_box(vec2 at, vec2 half_size, float radius)
{
    return length(max(abs(at) - half_size + radius, 0.0)) - radius;
}

void main()
{
    vec2 pixel = max(fwidth(v_at), 1e-6);
    float wide = max(pixel.x, pixel.y);
    Spot spot = find(pixel);
    float stored = stored_at(spot, is(RGB) ? 0 : spot.map);
    vec3 color = color_of(spot, stored);
    float strength = is(RGB) ? 0.0 : magnitude(stored, v_look.w);
    vec2 inside = spot.inside - spot.cell - 0.5;
    const float half_fill = FILL * 0.5;
    float edge = rounded_box(inside, vec2(half_fill), half_fill * 0.36);
    float crisp = clamp(1.0 - 1.6 * wide, 0.0, 1.0);
    float covers = mix(1.0, clamp(0.5 - edge / wide, 0.0, 1.0), clamp(2.0 - 4.0 * wide, 0.0, 1.0));
    float bevel = clamp(1.0 + edge * 7.0, 0.0, 1.0) * dot(inside, vec2(-1.1, -1.7));
    float dome = 0.27 - 1.6 * dot(inside, inside);
    float glow = strength * strength * max(dome + 0.18, 0.0) * 0.22 * (1.0 - u_stage[2].w);
    vec3 lit = (color * (0.97 + crisp * (0.16 * bevel + 0.14 * dome)) + crisp * glow) * (1.0 + 0.9 * v_look.y);
    vec3 panel = mix(u_stage[3].rgb, color, spot.covers * (strength * 0.42 + 0.10 * v_look.y));
    vec3 result = mix(panel, lit, covers * spot.covers);
    o_color = vec4(result, v_look.x);
}
