#version 330

// A layer from afar: every pixel shows one neuron, or the mean of those that it holds.

#pragma include "activation.glsl"
#pragma include "stage.glsl"
#pragma include "page.glsl"

void main()
{
    vec2 pixel = max(fwidth(v_at), 1e-6);
    Spot spot = find(pixel);
    float stored = stored_at(spot, is(RGB) ? 0 : spot.map);
    vec3 color = color_of(spot, stored) * (0.97 + 0.9 * v_look.y);
    color = mix(u_stage[3].rgb, color, spot.covers);
    o_color = vec4(color, v_look.x);
}
