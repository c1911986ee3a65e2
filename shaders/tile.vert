#version 330

// One instance = one feature map of any layer, drawn as a quad whose fragment shader finds the cell.
// Drawn a second time, mirrored, as its reflection in the floor.

#pragma include "stage.glsl"

uniform mat4 p3d_ModelMatrix;
uniform mat4 p3d_ViewMatrix;
uniform mat4 p3d_ProjectionMatrix;
uniform sampler2D u_maps;    // RGBA32F, two texels a map: its layer; local x, z of its centre; index of its first neuron;
                             // local y, 1 draws the panel alone
uniform sampler2D u_layers;  // RGBA32F, one row a layer, see tiles.py
uniform vec4 u_count;        // x: log2 of the width of u_maps; y: reflections reach this high, scene units
uniform vec4 u_mirror;       // x: 1 draws the reflection
in vec4 p3d_Vertex;          // corners: x, z in -0.5..0.5

out vec2 v_cell;         // column, row; outside 0..W, 0..H on the panel's margin
out float v_below;       // 1 in the original, 1 at the floor .. 0 far below it in the reflection
flat out vec4 v_map;     // x, y: width and height in cells; z: margin of the panel, in cells; w: neurons of the layer
flat out vec4 v_look;    // x: 1 draws the panel; y: 1 if signed; z: brightness of the wave; w: alpha
flat out vec2 v_step;    // from a cell to the next column's, the next row's: how many neurons
flat out int v_first;    // texel of the map's first neuron

vec4 map_texel(int texel)
{
    int shift = int(u_count.x);
    return texelFetch(u_maps, ivec2(texel & ((1 << shift) - 1), texel >> shift), 0);
}

void main()
{
    vec4 map = map_texel(2 * gl_InstanceID);
    vec4 depth = map_texel(2 * gl_InstanceID + 1);
    int layer = int(map.x);
    vec4 place = texelFetch(u_layers, ivec2(0, layer), 0);   // position; cosine of the heading
    vec4 shape = texelFetch(u_layers, ivec2(1, layer), 0);   // sine of the heading; pitch; margin; 1 draws the panel
    vec4 cells = texelFetch(u_layers, ivec2(2, layer), 0);   // width, height in cells; first texel / 65536, % 65536
    vec4 state = texelFetch(u_layers, ivec2(3, layer), 0);   // 1 if signed; neurons; presence; wave
    float pitch = shape.y;

    vec2 size = cells.xy + 2.0 * shape.z;
    vec2 offset = p3d_Vertex.xz * size;
    v_cell = vec2(offset.x, -offset.y) + cells.xy * 0.5;
    // Feature maps are row-major; fully connected neurons fill their block column by column.
    v_step = shape.w > 0.5 ? vec2(1.0, cells.x) : vec2(cells.y, 1.0);
    v_map = vec4(cells.xy, shape.z, state.y * (1.0 - depth.y));
    v_first = int(cells.z) * 65536 + int(cells.w) + int(map.w);

    float across = map.y + offset.x * pitch;
    vec4 world = vec4(place.x + across * place.w, place.y + across * shape.x, place.z + map.z + offset.y * pitch, 1.0);
    world.xy += depth.x * vec2(-shape.x, place.w);  // the layer's own y
    v_below = 1.0;
    v_look = vec4(shape.w, state.x, state.w, state.z);
    bool unseen = state.z <= 0.0;
    if (u_mirror.x > 0.5) {
        float foot = place.z + map.z - size.y * 0.5 * pitch;
        v_below = 1.0 - world.z / u_count.y;
        v_look.w *= 0.24 * u_stage[1].w;
        world.z = -world.z;
        unseen = unseen || foot > u_count.y;  // too high to be seen in the floor
    }
    vec4 view = p3d_ViewMatrix * (p3d_ModelMatrix * world);
    gl_Position = unseen ? vec4(0.0, 0.0, 0.0, 1.0) : p3d_ProjectionMatrix * view;  // else an empty triangle
}
