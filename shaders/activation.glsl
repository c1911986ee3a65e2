// Where activations live: one flat array of 16-bit texels in a texture of power-of-two width.

uniform sampler2D u_activations;  // R16: 0..1; unsigned layers 0 = zero, signed layers 32768/65535 = zero
uniform vec4 u_page;              // x: log2 of the texture's width; y, z: first texel of this layer / 65536, % 65536
                                  // w: 1 if signed

float activation(int index)  // 0..1 as stored
{
    int texel = index + int(u_page.y) * 65536 + int(u_page.z);
    int shift = int(u_page.x);
    return texelFetch(u_activations, ivec2(texel & ((1 << shift) - 1), texel >> shift), 0).r;
}

float magnitude(float stored)  // 0..1: distance from zero
{
    return u_page.w > 0.5 ? abs(stored * 2.0 - 1.0) : stored;
}

uniform sampler2D u_color_map;  // 256 x 2: row 0 sequential, row 1 diverging

vec3 activation_color(float stored)
{
    return texelFetch(u_color_map, ivec2(int(stored * 255.0 + 0.5), int(u_page.w)), 0).rgb;
}
