#version 330

// A feature map: rounded, lit cells with air between them on a dark panel with a thin rim.
// All edges are anti-aliased by their screen-space derivatives, so no multisampling is needed.

#pragma include "activation.glsl"
#pragma include "stage.glsl"

const float HALF = 0.43;    // half the share of a cell's pitch that the neuron covers, as FILL in layout.py
const float ROUND = 0.155;  // radius of its corners, in cells

in vec2 v_cell;
in float v_below;
flat in vec4 v_map;
flat in vec4 v_look;
flat in vec2 v_step;
flat in int v_first;

out vec4 o_color;

void main()
{
    vec2 size = v_map.xy;
    vec2 per_pixel = fwidth(v_cell);                  // cells a pixel
    float pixel = max(max(per_pixel.x, per_pixel.y), 1e-6);
    float sharp = 1.0 / pixel;

    vec2 cell = clamp(floor(v_cell), vec2(0.0), size - 1.0);
    float index = dot(cell, v_step);
    float stored = activation(v_first + int(index));
    float strength = magnitude(stored, v_look.y);
    vec3 color = activation_color(stored, v_look.y);

    // The neuron: a rounded square, lit from the upper left, a little brighter in the middle when it is active.
    vec2 inside = v_cell - cell - 0.5;
    float edge = length(max(abs(inside) - (HALF - ROUND), 0.0)) - ROUND;  // distance outside, -ROUND well inside
    float crisp = clamp(1.0 - 1.6 * pixel, 0.0, 1.0);  // fades all detail that a pixel cannot hold
    float covered = mix(4.0 * HALF * HALF, clamp(0.5 - edge * sharp, 0.0, 1.0), clamp(2.0 - 4.0 * pixel, 0.0, 1.0));
    float bevel = clamp(1.0 + edge * 7.0, 0.0, 1.0) * dot(inside, vec2(-0.176, -0.272));
    float dome = 0.27 - 1.6 * dot(inside, inside);
    float glow = strength * strength * max(dome + 0.18, 0.0) * (0.22 - 0.22 * u_stage[2].w);
    vec3 lit = (color * (0.93 + crisp * (bevel + 0.14 * dome)) + crisp * glow) * (1.0 + 0.9 * v_look.z);

    // The panel between and around the neurons catches the glow of the nearest one; its edge has a rim.
    vec2 beyond = abs(v_cell - size * 0.5) - size * 0.5;
    bool in_field = max(beyond.x, beyond.y) <= 0.0 && index + 0.5 <= v_map.w;  // the last column may not be full
    float outside = (length(max(beyond + 0.28 * v_map.z, 0.0)) - 0.9 * v_map.z) * sharp;
    float on_panel = clamp(0.5 - outside, 0.0, 1.0);
    float rim = on_panel * clamp(1.7 + outside * 0.9, 0.0, 1.0);
    vec3 panel = mix(u_stage[3].rgb, in_field ? color : u_stage[4].rgb, in_field ? strength * 0.42 + 0.10 * v_look.z : rim);
    covered = in_field ? covered : 0.0;

    float below = max(v_below, 0.0);
    float alpha = mix(covered, on_panel, v_look.x) * v_look.w * below * below;
    if (alpha < 0.004) {
        discard;
    }
    o_color = vec4(mix(panel, lit, covered), alpha);
}
