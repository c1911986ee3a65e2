#version 330

// One instance = one neuron, as a block that rises from its panel towards the viewer, the higher the more active.
// Only the three faces that can be seen are in the geometry; they are mirrored towards the eye.

#pragma include "stage.glsl"
#pragma include "activation.glsl"

uniform mat4 p3d_ModelMatrix;
uniform mat4 p3d_ViewMatrix;
uniform mat4 p3d_ViewMatrixInverse;
uniform mat4 p3d_ProjectionMatrix;
uniform sampler2D u_neurons;  // RGBA32F, one texel a neuron, in the order of u_activations: its layer; local x, z, y
uniform sampler2D u_layers;   // RGBA32F, one row a layer, see tiles.py
uniform vec4 u_block;         // x: log2 of the width of u_neurons; y, z: first neuron / 65536, % 65536; w: relief 0..1
in vec4 p3d_Vertex;           // x, z: -1..1 of half the block's side; y: 0 on the panel, 1 in front
in vec3 p3d_Normal;           // x or z: 1 on a side; y: 1 in front

const float FILL = 0.86;      // as in layout.py

out vec2 v_face;              // -1..1 across the face
flat out vec3 v_color;
flat out vec2 v_light;        // x: brightness of the face; y: 1 in front
flat out float v_strength;

void main()
{
    int shift = int(u_block.x);
    int index = gl_InstanceID + int(u_block.y) * 65536 + int(u_block.z);
    vec4 neuron = texelFetch(u_neurons, ivec2(index & ((1 << shift) - 1), index >> shift), 0);
    int layer = int(neuron.x);
    vec4 place = texelFetch(u_layers, ivec2(0, layer), 0);
    vec4 shape = texelFetch(u_layers, ivec2(1, layer), 0);
    vec4 state = texelFetch(u_layers, ivec2(3, layer), 0);

    float stored = activation(index);
    v_strength = magnitude(stored, state.x);
    v_color = activation_color(stored, state.x) * (1.0 + 0.9 * state.w);

    vec3 eye = p3d_ViewMatrixInverse[3].xyz - place.xyz;
    vec2 local_eye = vec2(eye.x * place.w + eye.y * shape.x, eye.z) - neuron.yz;
    vec2 side = vec2(local_eye.x < 0.0 ? -1.0 : 1.0, local_eye.y < 0.0 ? -1.0 : 1.0);
    vec2 offset = p3d_Vertex.xz * side * (0.5 * FILL * shape.y);
    float depth = p3d_Vertex.y * shape.y * (0.10 + 0.85 * v_strength) * u_block.w * state.z - neuron.w;

    float across = neuron.y + offset.x;
    // Towards the viewer is the layer's own -y: (sin, -cos) of its heading.
    vec3 at = place.xyz + vec3(across * place.w + depth * shape.x, across * shape.x - depth * place.w, neuron.z + offset.y);
    v_face = p3d_Normal.x > 0.5 ? vec2(p3d_Vertex.y * 2.0 - 1.0, p3d_Vertex.z)
           : p3d_Normal.z > 0.5 ? vec2(p3d_Vertex.x, p3d_Vertex.y * 2.0 - 1.0) : p3d_Vertex.xz * side;
    // Lit from the upper left: its top and left sides are brighter than the others.
    v_light = vec2(p3d_Normal.x > 0.5 ? 0.62 - 0.10 * side.x : p3d_Normal.z > 0.5 ? 0.66 + 0.18 * side.y : 1.0, p3d_Normal.y);
    vec4 view = p3d_ViewMatrix * (p3d_ModelMatrix * vec4(at, 1.0));
    gl_Position = state.z <= 0.0 ? vec4(0.0, 0.0, 0.0, 1.0) : p3d_ProjectionMatrix * view;
}
