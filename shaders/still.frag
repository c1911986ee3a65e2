#version 330

// The room as it was drawn before, see still_room.py.

uniform sampler2D u_picture;  // as large as the picture

in vec2 v_at;

out vec4 o_color;

void main()
{
    o_color = texture(u_picture, v_at);
}
