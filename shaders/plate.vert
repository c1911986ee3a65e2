#version 330

// One instance = one rounded rectangle beneath layers: what an open block lies on, the rims of a folded one, and the
// strip under a layer whose colour says what kind it is.

#pragma include "stage.glsl"

uniform mat4 p3d_ModelViewMatrix;
uniform mat4 p3d_ProjectionMatrix;
uniform sampler2D u_plates;  // RGBA32F, three texels each: centre, presence; width, height, radius of the corners, style;
                             // colour, how much of it there is inside
uniform vec4 u_plate;        // x: log2 of the texture's width
in vec4 p3d_Vertex;          // corners: x, z in -0.5..0.5

out vec2 v_at;           // scene units from the centre
flat out vec4 v_shape;   // half width, half height, radius, style
flat out vec4 v_color;
flat out float v_presence;

vec4 fetch(int texel)
{
    int shift = int(u_plate.x);
    return texelFetch(u_plates, ivec2(texel & ((1 << shift) - 1), texel >> shift), 0);
}

void main()
{
    vec4 place = fetch(3 * gl_InstanceID);
    vec4 shape = fetch(3 * gl_InstanceID + 1);
    v_color = fetch(3 * gl_InstanceID + 2);
    v_shape = vec4(shape.xy * 0.5, shape.zw);
    v_presence = place.w;
    v_at = p3d_Vertex.xz * shape.xy;
    vec4 view = p3d_ModelViewMatrix * vec4(place.xyz + vec3(v_at.x, 0.0, v_at.y), 1.0);
    gl_Position = place.w <= 0.0 ? vec4(0.0, 0.0, 0.0, 1.0) : p3d_ProjectionMatrix * view;
}
