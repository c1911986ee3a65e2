#version 330

// One instance = one quad of an embedding that stands in the scene: the light that leads to its layer, its card, a
// point, or a point's number; or of a kernel on its edges.

uniform mat4 p3d_ModelViewProjectionMatrix;
uniform sampler2D u_stands;  // RGBA32F, five texels a quad, see stand_rows.py
uniform int u_shift;         // log2 of its width
in vec4 p3d_Vertex;          // corners: x, z in -0.5..0.5

out vec2 v_at;               // -1..1 across and up, beyond them in the room for a point's rim
flat out float v_style;      // 0 beam, 1 card, 2 picture, 3 dot, 4 number, 5 kernel
flat out float v_alpha;
flat out vec4 v_shape;       // beam x: how bright; card: half width, half height, radius, whether lit; picture and kernel: left,
                             // top, right, bottom in u_pictures; dot x: whether ringed; number: value, digits
flat out vec4 v_color;       // a: 1 where it is pointed at or chosen

const float ROOM = 1.22;     // times its size: a point with its rim

vec4 fetch(int texel)
{
    return texelFetch(u_stands, ivec2(texel & ((1 << u_shift) - 1), texel >> u_shift), 0);
}

void main()
{
    vec4 place = fetch(5 * gl_InstanceID);
    vec4 right = fetch(5 * gl_InstanceID + 1);
    vec4 up = fetch(5 * gl_InstanceID + 2);
    v_shape = fetch(5 * gl_InstanceID + 3);
    v_color = fetch(5 * gl_InstanceID + 4);
    v_style = place.w;
    v_alpha = up.w;
    bool point = (v_style > 1.5 && v_style < 3.5) || v_style > 4.5;
    v_at = 2.0 * p3d_Vertex.xz * (point ? ROOM : 1.0);
    float taper = mix(right.w, 1.0, 0.5 + 0.5 * v_at.y);
    vec3 scene = place.xyz + right.xyz * v_at.x * taper + up.xyz * v_at.y;
    gl_Position = p3d_ModelViewProjectionMatrix * vec4(scene, 1.0);
}
