#version 330

#pragma include "stage.glsl"

uniform sampler2D u_ink;    // R8, row 0 on top: what is drawn; while the pad invites, what one could draw
uniform sampler2D u_colors; // RGB8, written red first where Panda3D has blue first, row 0 on top: what is drawn, for a network that sees colours
uniform vec4 u_look;        // x: 1 where colours are shown, 0 where ink is
uniform vec4 u_pad;         // x: size of the drawing area; y: width of the frame; z: invitation 0..1; w: presence

in vec2 v_at;

out vec4 o_color;

float rounded_box(vec2 at, vec2 half_size, float radius)
{
    vec2 q = abs(at) - half_size + radius;
    return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - radius;
}

void main()
{
    float pixel = max(max(fwidth(v_at.x), fwidth(v_at.y)), 1e-6);
    float sharp = 1.0 / pixel;
    float half_size = u_pad.x * 0.5;
    float light = u_stage[2].w;
    vec2 uv = vec2(v_at.x / u_pad.x + 0.5, 0.5 - v_at.y / u_pad.x);

    float field = rounded_box(v_at, vec2(half_size), 2.0);
    float frame = field - u_pad.y;  // concentric corners: as far from everywhere

    // Slate, a little lighter towards the upper left, with a faint dot wherever four input pixels meet in a 7 x 7 grid.
    vec3 slate = mix(vec3(0.078, 0.098, 0.150), vec3(0.985, 0.988, 0.993), light);
    slate *= 1.0 + (1.0 - light) * 0.22 * (v_at.y - v_at.x) / u_pad.x;
    vec2 dots = fract(uv * 7.0 + 0.5) - 0.5;
    float dot_distance = length(dots) * u_pad.x / 7.0;
    slate = mix(slate, u_stage[4].rgb, 0.55 * clamp(0.5 - (dot_distance - 0.35) * sharp, 0.0, 1.0));

    float ink = texture(u_ink, uv).r;
    vec3 chalk = mix(vec3(0.965, 0.972, 0.955), vec3(0.075, 0.095, 0.140), light);
    vec3 color = mix(slate, u_pad.z > 0.0 ? u_stage[5].rgb : chalk, ink * (u_pad.z > 0.0 ? 0.34 * u_pad.z : 1.0));

    if (u_look.x > 0.5) {
        // True colours, but that bare paper, which is black to the network, looks like the slate by night.
        vec3 painted = texture(u_colors, uv).bgr;
        float bare = 1.0 - smoothstep(0.0, 0.05, max(painted.r, max(painted.g, painted.b)));
        color = painted + bare * vec3(0.078, 0.098, 0.150);
    }

    vec3 rim = mix(u_stage[4].rgb, u_stage[5].rgb, 0.55 + 0.45 * u_pad.z);
    float in_field = clamp(0.5 - field * sharp, 0.0, 1.0);
    vec3 border = mix(rim, rim * 0.62, smoothstep(-u_pad.y, 0.0, frame));
    color = mix(border, color, in_field);
    float alpha = clamp(0.5 - frame * sharp, 0.0, 1.0);
    float glow = (1.0 - light) * 0.30 * u_pad.z * exp(-max(frame, 0.0) * 1.1);
    float total = max(alpha, glow);
    color = mix(u_stage[5].rgb, color, alpha / max(total, 1e-4));
    total *= u_pad.w;
    if (total < 0.004) {
        discard;
    }
    o_color = vec4(color, total);
}
