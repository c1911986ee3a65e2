#version 330

#pragma include "stage.glsl"

in vec2 v_at;
flat in vec4 v_shape;
flat in vec4 v_color;
flat in float v_presence;

out vec4 o_color;

void main()
{
    float pixel = max(max(fwidth(v_at.x), fwidth(v_at.y)), 1e-6);
    float outside = length(max(abs(v_at) - v_shape.xy + v_shape.z, 0.0)) - v_shape.z;
    float inside = min(v_shape.x - abs(v_at.x), v_shape.y - abs(v_at.y));
    float on = clamp(0.5 - outside / pixel, 0.0, 1.0);
    // A rim, but for strips; the distance to the edge grows inwards on straight sides, too.
    float depth = v_shape.z > inside ? -outside : inside;
    float rim = v_shape.w == 1.0 ? 0.0 : clamp(1.5 - depth / pixel, 0.0, 1.0);
    vec3 fill = v_shape.w == 1.0 ? v_color.rgb * (1.0 - 0.25 * u_stage[2].w)
              : v_shape.w == 2.0 ? u_stage[3].rgb
              : mix(u_stage[0].rgb, u_stage[4].rgb, 0.10 + 0.30 * v_color.r);
    vec3 color = mix(fill, u_stage[4].rgb, rim * (v_shape.w == 2.0 ? 1.0 : 0.6));
    float alpha = on * v_presence * v_color.a;
    o_color = vec4(color, alpha);
}
