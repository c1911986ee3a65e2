#version 330

// See stand.vert. Edges are smoothed over a pixel at any distance and angle.

uniform sampler2D u_pictures;  // filters, row 0 on top
uniform vec4 u_colors[2];       // rgb: rims of cards, and where they are lit
uniform sampler2D u_digits;    // 0 to 9 side by side, r: how much is covered

in vec2 v_at;
flat in float v_style;
flat in float v_alpha;
flat in vec4 v_shape;
flat in vec4 v_color;

out vec4 o_color;  // premultiplied

const float LEAST_DIGIT = 7.0, CLEAR_DIGIT = 10.0;  // pixels: heights at which numbers appear and are clear
const float LEAST_KERNEL = 8.0, CLEAR_KERNEL = 13.0;  // the same of kernels

vec4 beam(vec2 pixel)
{
    float across = abs(v_at.x), along = 0.5 + 0.5 * v_at.y;  // 0 at the layer, 1 at the card
    float side = clamp(1.5 - (1.0 - across) / pixel.x, 0.0, 1.0);
    float light = 0.05 + 0.12 * along * along + 0.30 * side * (0.35 + 0.65 * along);
    light *= clamp((1.0 - across) / pixel.x + 0.5, 0.0, 1.0) * v_shape.x;
    return vec4(v_color.rgb, light);
}

vec4 card(vec2 pixel)
{
    vec2 at = v_at * v_shape.xy;
    float unit = max(max(pixel.x * v_shape.x, pixel.y * v_shape.y), 1e-6);  // scene units a pixel
    vec2 beyond = abs(at) - v_shape.xy + v_shape.z;
    float outside = length(max(beyond, 0.0)) + min(max(beyond.x, beyond.y), 0.0) - v_shape.z;
    float on = clamp(0.5 - outside / unit, 0.0, 1.0);
    float rim = clamp(1.6 + outside / unit, 0.0, 1.0);
    vec3 line = mix(u_colors[0].rgb, u_colors[1].rgb, v_shape.w);
    return vec4(mix(v_color.rgb, line, rim * (0.42 + 0.4 * v_shape.w)), on * mix(0.90, 1.0, rim));
}

vec4 picture(vec2 pixel)
{
    vec2 share = clamp(0.5 + 0.5 * vec2(v_at.x, -v_at.y), 0.0, 0.9999);
    vec3 color = texture(u_pictures, mix(v_shape.xy, v_shape.zw, share)).rgb;
    float outside = max((abs(v_at.x) - 1.0) / pixel.x, (abs(v_at.y) - 1.0) / pixel.y);  // pixels
    float width = v_color.a > 0.5 ? 2.6 : 1.0;
    float on = clamp(width + 0.5 - outside, 0.0, 1.0), rim = clamp(outside + 0.5, 0.0, 1.0);
    vec4 line = vec4(v_color.rgb, v_color.a > 0.5 ? 1.0 : 0.4);
    return mix(vec4(color, 1.0), line, rim) * vec4(1.0, 1.0, 1.0, on);
}

// As a picture, with a rim that parts it from what is behind, and only where it is large enough to be read.
vec4 kernel(vec2 pixel)
{
    vec2 share = clamp(0.5 + 0.5 * vec2(v_at.x, -v_at.y), 0.0, 0.9999);
    vec3 color = texture(u_pictures, mix(v_shape.xy, v_shape.zw, share)).rgb;
    float outside = max((abs(v_at.x) - 1.0) / pixel.x, (abs(v_at.y) - 1.0) / pixel.y);  // pixels
    float on = clamp(1.9 - outside, 0.0, 1.0), rim = clamp(outside + 0.5, 0.0, 1.0);
    float seen = smoothstep(LEAST_KERNEL, CLEAR_KERNEL, 2.0 / pixel.y);
    return vec4(mix(color, v_color.rgb, 0.8 * rim), on * seen);
}

vec4 dot_(vec2 pixel)
{
    float away = (length(v_at) - 0.8) / max(pixel.x, pixel.y);
    float fill = clamp(0.5 - away, 0.0, 1.0);
    float ring = v_shape.x * clamp(1.4 - abs(away - 1.6), 0.0, 1.0);
    return vec4(mix(v_color.rgb, vec3(1.0, 0.57, 0.52), ring), max(fill, ring));
}

vec4 number(vec2 pixel)
{
    float tall = 2.0 / pixel.y;  // pixels
    float count = v_shape.y, at = (0.5 + 0.5 * v_at.x) * count;
    float cell = min(floor(at), count - 1.0);
    float digit = mod(floor((v_shape.x + 0.5) / pow(10.0, count - 1.0 - cell)), 10.0);
    vec2 share = vec2((digit + clamp(at - cell, 0.02, 0.98)) / 10.0, 0.5 - 0.5 * v_at.y);
    vec2 step = vec2(pixel.x * 0.5 * count / 10.0, pixel.y * 0.5);
    float ink = textureGrad(u_digits, share, vec2(step.x, 0.0), vec2(0.0, step.y)).r;
    return vec4(v_color.rgb, ink * max(smoothstep(LEAST_DIGIT, CLEAR_DIGIT, tall), v_color.a));
}

void main()
{
    vec2 pixel = max(fwidth(v_at), vec2(1e-6));
    vec4 color = v_style < 0.5 ? beam(pixel) : v_style < 1.5 ? card(pixel) : v_style < 2.5 ? picture(pixel)
               : v_style < 3.5 ? dot_(pixel) : v_style < 4.5 ? number(pixel) : kernel(pixel);
    color.a *= v_alpha;
    if (color.a < 0.004) {
        discard;
    }
    o_color = vec4(color.rgb * color.a, color.a);
}
