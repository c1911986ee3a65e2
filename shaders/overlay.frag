#version 330
// Colour times texture, premultiplied: the picture's own alpha stays right.

uniform sampler2D p3d_Texture0;

in vec2 v_texcoord;
in vec2 v_position;
in vec4 v_color;
flat in vec4 v_clip;

out vec4 o_color;

void main() {
    // Clipping here and not by scissor keeps panels with different clip rectangles in one draw call.
    if (any(lessThan(v_position, v_clip.xy)) || any(greaterThan(v_position, v_clip.zw))) {
        discard;
    }
    vec4 color = v_color * texture(p3d_Texture0, v_texcoord);
    o_color = vec4(color.rgb * color.a, color.a);
}
