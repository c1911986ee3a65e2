#version 330

// A feature map: rounded, lit cells with air between them on a dark panel with a thin rim.
// All edges are anti-aliased by their screen-space derivatives, so no multisampling is needed.

#pragma include "activation.glsl"
#pragma include "stage.glsl"

uniform vec4 u_map;    // x, y: width and height in cells; z: pitch; w: margin of the panel, in cells
uniform vec4 u_count;  // z: reflections reach this high
uniform vec4 u_layer[2];  // 0 x: presence 0..1; y: brightness of the wave 0..1; z: share of a cell that is filled;
                          // w: 1 draws the panel; 1 x: fog starts at this distance; y: tile's presence under voxels

in vec2 v_cell;
in float v_depth;
in float v_below;
flat in int v_first;

out vec4 o_color;

float rounded_box(vec2 at, vec2 half_size, float radius)  // signed distance
{
    vec2 q = abs(at) - half_size + radius;
    return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - radius;
}

void main()
{
    vec2 size = u_map.xy;
    vec2 per_pixel = fwidth(v_cell);                  // cells a pixel
    float pixel = max(max(per_pixel.x, per_pixel.y), 1e-6);

    ivec2 cell = clamp(ivec2(floor(v_cell)), ivec2(0), ivec2(size) - 1);
    float stored = activation(v_first + cell.y * int(size.x) + cell.x);
    float strength = magnitude(stored);
    vec3 color = activation_color(stored);

    // The neuron: a rounded square, lit from the upper left, a little brighter in the middle when it is active.
    vec2 inside = v_cell - vec2(cell) - 0.5;
    float half_fill = u_layer[0].z * 0.5;
    float edge = rounded_box(inside, vec2(half_fill), half_fill * 0.36);
    float crisp = clamp(1.0 - 1.6 * pixel, 0.0, 1.0);     // fades all detail that a pixel cannot hold
    float covered = mix(u_layer[0].z, clamp(0.5 - edge / pixel, 0.0, 1.0), clamp(2.0 - 4.0 * pixel, 0.0, 1.0));
    float bevel = smoothstep(-0.16, 0.0, edge) * dot(normalize(inside + 1e-4), vec2(-0.55, -0.83));
    float dome = 1.0 - dot(inside, inside) * 1.6;
    vec3 lit = color * (0.93 + crisp * (0.16 * bevel + 0.14 * (dome - 0.73)));
    lit += crisp * strength * strength * max(dome - 0.55, 0.0) * 0.22 * (1.0 - u_stage[2].w);
    lit *= 1.0 + 0.9 * u_layer[0].y;

    // The panel between and around the neurons catches the glow of the nearest one.
    vec3 panel = mix(u_stage[3].rgb, color, strength * 0.42 + 0.10 * u_layer[0].y);
    float outside = rounded_box(v_cell - size * 0.5, size * 0.5 + u_map.w * 0.62, u_map.w * 0.9);
    float on_panel = clamp(0.5 - outside / pixel, 0.0, 1.0);
    float rim = on_panel * clamp(1.0 - abs(outside + 0.75 * pixel) / (1.1 * pixel), 0.0, 1.0);
    float in_field = step(max(abs(v_cell.x - size.x * 0.5) - size.x * 0.5, abs(v_cell.y - size.y * 0.5) - size.y * 0.5), 0.0);
    covered *= in_field;
    panel = mix(panel, u_stage[3].rgb, 1.0 - in_field);
    panel = mix(panel, u_stage[4].rgb, rim);

    vec3 result = mix(panel, lit, covered);
    float alpha = mix(covered, on_panel, u_layer[0].w) * u_layer[0].x;
    result = mix(result, u_stage[0].rgb, fog_share(v_depth, u_layer[1].x));
    if (v_below >= 0.0) {
        alpha *= 0.26 * u_stage[1].w * exp(-v_below * 0.05) * clamp(1.0 - v_below / u_count.z, 0.0, 1.0);
    }
    if (alpha < 0.004) {
        discard;
    }
    o_color = vec4(result, alpha);
}
