// Where activations live: one flat array of 16-bit texels in a texture of power-of-two width.

uniform sampler2D u_activations;  // R16: 0..1; unsigned layers 0 = zero, signed layers 32768/65535 = zero
uniform vec4 u_page;              // x: log2 of the texture's width
uniform sampler2D u_color_map;    // 256 x 2: row 0 sequential, row 1 diverging

float activation(int texel)  // 0..1 as stored
{
    int shift = int(u_page.x);
    return texelFetch(u_activations, ivec2(texel & ((1 << shift) - 1), texel >> shift), 0).r;
}

float magnitude(float stored, float is_signed)  // 0..1: distance from zero
{
    return mix(stored, abs(stored * 2.0 - 1.0), is_signed);
}

const vec3 STRANGE = vec3(1.0, 0.20, 0.82);  // of NaN and infinity: in no colour map

vec3 activation_color(float stored, float is_signed)
{
    if (stored > 0.99999) {  // the highest texel of all stands for them, see TexelCode
        return STRANGE;
    }
    return texelFetch(u_color_map, ivec2(int(stored * 255.0 + 0.5), int(is_signed)), 0).rgb;
}
