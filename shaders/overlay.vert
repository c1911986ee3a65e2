#version 330
// Panels and texts: imgui's triangles, in pixels, y down from the upper left corner.

uniform vec2 u_size;  // of the picture, pixels

in vec2 position;      // pixels
in vec2 texcoord;      // (0, 0) is the first texel of the first row
in vec4 color;         // sRGB, not premultiplied, 0-1
in vec4 clip;          // left, top, right, bottom, pixels: nothing is drawn outside

out vec2 v_texcoord;
out vec2 v_position;
out vec4 v_color;
flat out vec4 v_clip;

void main() {
    gl_Position = vec4(position.x / u_size.x * 2.0 - 1.0, 1.0 - position.y / u_size.y * 2.0, 0.0, 1.0);
    v_texcoord = texcoord;
    v_position = position;
    v_color = color;
    v_clip = clip;
}
