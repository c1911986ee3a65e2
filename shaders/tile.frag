#version 330

// A feature map: rounded, lit cells with air between them on a dark panel with a thin rim.
// All edges are anti-aliased by their screen-space derivatives, so no multisampling is needed.

#pragma include "activation.glsl"
#pragma include "stage.glsl"

const float FILL = 0.86;  // share of a cell's pitch that the neuron covers, as in layout.py

in vec2 v_cell;
in vec2 v_fade;
flat in vec4 v_map;
flat in vec4 v_look;
flat in int v_first;

out vec4 o_color;

float rounded_box(vec2 at, vec2 half_size, float radius)  // signed distance outside, -radius everywhere inside
{
    return length(max(abs(at) - half_size + radius, 0.0)) - radius;
}

void main()
{
    vec2 size = v_map.xy;
    vec2 per_pixel = fwidth(v_cell);                  // cells a pixel
    float pixel = max(max(per_pixel.x, per_pixel.y), 1e-6);
    float sharp = 1.0 / pixel;

    vec2 cell = clamp(floor(v_cell), vec2(0.0), size - 1.0);
    // Feature maps are row-major; fully connected neurons fill their block column by column.
    float index = v_look.x > 0.5 ? cell.y * size.x + cell.x : cell.x * size.y + cell.y;
    float stored = activation(v_first + int(index));
    float strength = magnitude(stored, v_look.y);
    vec3 color = activation_color(stored, v_look.y);

    // The neuron: a rounded square, lit from the upper left, a little brighter in the middle when it is active.
    vec2 inside = v_cell - cell - 0.5;
    const float half_fill = FILL * 0.5;
    float edge = rounded_box(inside, vec2(half_fill), half_fill * 0.36);
    float crisp = clamp(1.0 - 1.6 * pixel, 0.0, 1.0);  // fades all detail that a pixel cannot hold
    float covered = mix(FILL * FILL, clamp(0.5 - edge * sharp, 0.0, 1.0), clamp(2.0 - 4.0 * pixel, 0.0, 1.0));
    float bevel = clamp(1.0 + edge * 7.0, 0.0, 1.0) * dot(inside, vec2(-1.1, -1.7));
    float dome = 0.27 - 1.6 * dot(inside, inside);
    float glow = strength * strength * max(dome + 0.18, 0.0) * 0.22 * (1.0 - u_stage[2].w);
    vec3 lit = (color * (0.93 + crisp * (0.16 * bevel + 0.14 * dome)) + crisp * glow) * (1.0 + 0.9 * v_look.z);

    // The panel between and around the neurons catches the glow of the nearest one.
    vec2 beyond = abs(v_cell - size * 0.5) - size * 0.5;
    float in_field = step(max(beyond.x, beyond.y), 0.0) * step(index + 0.5, v_map.w);  // the last column may not be full
    float outside = rounded_box(v_cell - size * 0.5, size * 0.5 + v_map.z * 0.62, v_map.z * 0.9) * sharp;
    float on_panel = clamp(0.5 - outside, 0.0, 1.0);
    float rim = on_panel * clamp(1.7 + outside * 0.9, 0.0, 1.0) * (1.0 - in_field);
    vec3 panel = mix(u_stage[3].rgb, color, in_field * (strength * 0.42 + 0.10 * v_look.z));
    panel = mix(panel, u_stage[4].rgb, rim);
    covered *= in_field;

    vec3 result = mix(mix(panel, lit, covered), u_stage[0].rgb, v_fade.x);
    float below = max(v_fade.y, 0.0);
    float alpha = mix(covered, on_panel, v_look.x) * v_look.w * below * below;
    if (alpha < 0.004) {
        discard;
    }
    o_color = vec4(result, alpha);
}
