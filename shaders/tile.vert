#version 330

#pragma include "stage.glsl"

// One instance = one feature map, drawn as a quad whose fragment shader finds the cell.
// Drawn a second time, mirrored, as its reflection in the floor.

uniform mat4 p3d_ModelMatrix;
uniform mat4 p3d_ViewMatrix;
uniform mat4 p3d_ProjectionMatrix;
uniform sampler2D u_centres;  // RG32F: local x, z of each map's centre
uniform vec4 u_map;           // x, y: width and height in cells; z: pitch; w: margin of the panel, in cells
uniform vec4 u_layer[2];       // see tile.frag
uniform vec4 u_count;         // x: unused; y: log2 of the width of u_centres; z: reflections reach this high; w: neurons of the layer
uniform vec4 u_mirror;         // x: 1 draws the reflection
in vec4 p3d_Vertex;           // corners: x, z in -0.5..0.5

out vec2 v_cell;        // column, row; outside 0..W, 0..H on the panel's margin
out vec2 v_fade;        // x: fog, 0..1; y: 1 in the original, 1 at the floor .. 0 far below it in the reflection
flat out int v_first;   // index of the map's first neuron
flat out float v_alpha; // of the original, or of the reflection where it meets the floor

void main()
{
    int map = gl_InstanceID;
    int shift = int(u_count.y);
    vec2 centre = texelFetch(u_centres, ivec2(map & ((1 << shift) - 1), map >> shift), 0).rg;

    vec2 size = u_map.xy + 2.0 * u_map.w;
    vec2 offset = p3d_Vertex.xz * size;
    v_cell = vec2(offset.x, -offset.y) + u_map.xy * 0.5;
    v_first = map * int(u_map.x) * int(u_map.y);

    vec4 world = p3d_ModelMatrix * vec4(centre.x + offset.x * u_map.z, 0.0, centre.y + offset.y * u_map.z, 1.0);
    v_fade.y = 1.0;
    v_alpha = u_layer[0].x;
    if (u_mirror.x > 0.5) {
        float foot = (p3d_ModelMatrix * vec4(centre.x, 0.0, centre.y - size.y * 0.5 * u_map.z, 1.0)).z;
        v_fade.y = 1.0 - world.z / u_count.z;
        v_alpha *= 0.24 * u_stage[1].w;
        world.z = -world.z;
        if (foot > u_count.z || v_alpha < 0.004) {
            world.xyz = vec3(0.0);  // too high to be seen in the floor: an empty triangle
        }
    }
    vec4 view = p3d_ViewMatrix * world;
    v_fade.x = fog_share(-view.z, u_layer[1].x);
    gl_Position = p3d_ProjectionMatrix * view;
}
