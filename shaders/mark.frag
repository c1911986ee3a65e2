#version 330

// A ring just outside a rectangle, a frame just inside it, or all of it; lines are as wide at any distance and angle.

uniform vec4 u_look[2];  // as in mark.vert

in vec2 v_at;
flat in vec2 v_half;
flat in vec4 v_color;
flat in vec4 v_line;

out vec4 o_color;  // premultiplied

void main()
{
    // A few cells' frame has small corners, one neuron's ring is as round as the neuron.
    float small = min(v_half.x, v_half.y);
    float radius = small * (v_line.x == 1.0 ? 0.12 : 0.34);
    vec2 beyond = abs(v_at) - v_half + radius;
    float distance = length(max(beyond, 0.0)) + min(max(beyond.x, beyond.y), 0.0) - radius;
    float away = distance / max(length(vec2(dFdx(distance), dFdy(distance))), 1e-6);  // pixels, negative inside

    float fill = clamp(0.5 - away, 0.0, 1.0);
    float glow = v_line.z * 0.34 * exp(-max(away, 0.0) / (3.0 * v_line.w)) * (1.0 - fill);
    float line = fill;
    float around = 0.0;
    if (v_line.x > 0.5) {
        float middle = v_line.y * (v_line.x > 1.5 ? 0.5 : -0.5);
        float off = abs(away - middle) - v_line.y * 0.5;
        line = clamp(0.5 - off, 0.0, 1.0);
        around = 0.55 * clamp(1.0 + 0.7 * v_line.w - off, 0.0, 1.0) * (1.0 - line);
    }
    float shine = glow * (1.0 - line) * (1.0 - around);
    float alpha = (line + around + shine) * v_color.a;
    if (alpha < 0.004) {
        discard;
    }
    o_color = vec4((v_color.rgb * (line + shine) + u_look[1].rgb * around) * v_color.a, alpha);
}
