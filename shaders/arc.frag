#version 330

// It gets brighter on its way: that is its direction.

#pragma include "stage.glsl"

uniform vec4 u_arc;  // as in arc.vert

noperspective in float v_across;
in float v_along;
flat in vec4 v_color;

out vec4 o_color;

void main()
{
    float core = clamp(u_arc.z + 0.5 - abs(v_across), 0.0, 1.0);
    float alpha = v_color.a * core * mix(0.28, 1.0, v_along * v_along);
    o_color = vec4(v_color.rgb, alpha);
}
