#version 330

// One instance = one edge: a ribbon from neuron to neuron that faces the camera, its width in pixels.
// It tapers towards its end: that tells its direction better than an arrow does (Holten, van Wijk 2009).

uniform mat4 p3d_ModelViewMatrix;
uniform mat4 p3d_ProjectionMatrix;
uniform sampler2D u_edges;  // RGBA32F, two texels an edge: start xyz, strength 0..1; end xyz, sign -1, 0 or 1
uniform int u_shift;        // log2 of its width
uniform vec4 u_look[5];     // 0: width, height of the picture, its pixels for one at 720p, alpha of all edges 0..1
                            // 1: x of the pulse, 1 / its reach, 1 while there is one, 1 if ribbons are curved
                            // 2, 3, 4 rgb: colour of positive, negative, neutral edges; w: 1 on a light stage
in vec4 p3d_Vertex;         // x: 0 at the start .. 1 at the end; z: -1 and 1 on the sides, 0 at a point

noperspective out vec4 v_ribbon;  // pixels from the middle, half the core, half the halo; share of the way
flat out vec4 v_color;            // rgb, alpha
out float v_flow;                 // scene x: how far along the flow

const float LIFT = 1.5;    // scene units towards the eye, so that edges lie on panels and not in them
const float CURVE = 0.9;   // 0 straight .. 1 leaves and arrives level
const float BULGE = 0.05;  // of its length that the middle comes nearer

vec4 fetch(int texel)
{
    return texelFetch(u_edges, ivec2(texel & ((1 << u_shift) - 1), texel >> u_shift), 0);
}

void main()
{
    vec4 start = fetch(2 * gl_InstanceID);
    vec4 end = fetch(2 * gl_InstanceID + 1);
    float t = p3d_Vertex.x;

    // An S: level at both ends, with the slope in between; and a slight arc towards the viewer.
    vec3 chord = end.xyz - start.xyz;
    float curve = CURVE * u_look[1].w;
    float reach = BULGE * u_look[1].w * length(chord);
    vec3 at = start.xyz + chord * t;
    at.z = start.z + chord.z * mix(t, t * t * (3.0 - 2.0 * t), curve);
    at.y -= reach * 4.0 * t * (1.0 - t);
    vec3 along = chord;
    along.z *= mix(1.0, 6.0 * t * (1.0 - t), curve);
    along.y -= reach * 4.0 * (1.0 - 2.0 * t);
    v_flow = at.x;

    vec3 view = (p3d_ModelViewMatrix * vec4(at, 1.0)).xyz;
    vec3 side = cross(mat3(p3d_ModelViewMatrix) * along, view);
    side /= max(length(side), 1e-9);

    float half_core = 0.5 * mix(0.8, 3.4, start.w) * u_look[0].z * (1.2 - 0.7 * t);
    float half_halo = 2.0 * half_core + 1.0;
    float across = p3d_Vertex.z * (half_halo + 0.5);
    v_ribbon = vec4(across, half_core, half_halo, t);
    float pixel = max(-view.z, 0.01) * 2.0 / (p3d_ProjectionMatrix[1][1] * u_look[0].y);
    view *= 1.0 - min(LIFT / max(-view.z, 0.01), 0.2);
    gl_Position = p3d_ProjectionMatrix * vec4(view + side * (across * pixel), 1.0);

    v_color.rgb = end.w > 0.0 ? u_look[2].rgb : end.w < 0.0 ? u_look[3].rgb : u_look[4].rgb;
    v_color.a = start.w * u_look[0].w;
}
