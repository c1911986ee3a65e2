#version 330

// One instance = one layer with all of its feature maps, drawn as a quad whose fragment shader finds map and cell.
// Only networks that stand in rows are drawn so: their layers are upright and face -y.

#pragma include "stage.glsl"

uniform mat4 p3d_ModelMatrix;
uniform mat4 p3d_ViewMatrix;
uniform mat4 p3d_ProjectionMatrix;
uniform sampler2D u_layers;  // RGBA32F, one row a layer, see pages.py
uniform vec4 u_slot;         // x: the row that is drawn, -1: that of the instance, from the overview;
                             // y: how far cells are shifted in its level; z, w: width and height of one map in it
in vec4 p3d_Vertex;          // corners: x, z in -0.5..0.5

out vec2 v_at;           // cells from the upper left corner of the first map: right, down
flat out vec4 v_cells;   // x, y: cells of a map, across and down; z, w: from one map to the next, in cells
flat out vec4 v_grid;    // x, y: maps beside and below each other; z: maps; w: flags, see pages.py
flat out vec4 v_look;    // x: presence; y: brightness of the wave; z: cells that the panel reaches beyond the maps; w: 1 if signed
flat out ivec4 v_level;  // first texel; shift of its level; width and height of one map in it

void main()
{
    int row = u_slot.x < 0.0 ? gl_InstanceID : int(u_slot.x);
    vec4 place = texelFetch(u_layers, ivec2(0, row), 0);   // position; presence
    vec4 body = texelFetch(u_layers, ivec2(1, row), 0);    // local x, z of the maps' centre; pitch; wave
    v_cells = texelFetch(u_layers, ivec2(2, row), 0);
    v_grid = texelFetch(u_layers, ivec2(3, row), 0);
    vec4 level = texelFetch(u_layers, ivec2(4, row), 0);   // in the overview: first texel / 65536, % 65536; shift
    vec4 more = texelFetch(u_layers, ivec2(5, row), 0);    // in the overview: width, height of a map; margin; share of
                                                           // the presence that is the overview's
    bool overview = u_slot.x < 0.0;
    v_level = overview ? ivec4(int(level.x) * 65536 + int(level.y), int(level.z), int(more.x), int(more.y))
                       : ivec4(0, int(u_slot.y), int(u_slot.z), int(u_slot.w));
    v_look = vec4(place.w * (overview ? more.w : 1.0), body.w, more.z, mod(v_grid.w, 2.0));

    vec2 extent = v_grid.xy * v_cells.zw - (v_cells.zw - v_cells.xy);
    vec2 size = extent + 2.0 * more.z;
    vec2 offset = p3d_Vertex.xz * size;
    v_at = vec2(offset.x, -offset.y) + extent * 0.5;
    vec3 at = place.xyz + vec3(body.x + offset.x * body.z, 0.0, body.y + offset.y * body.z);
    vec4 view = p3d_ViewMatrix * (p3d_ModelMatrix * vec4(at, 1.0));
    gl_Position = v_look.x <= 0.0 ? vec4(0.0, 0.0, 0.0, 1.0) : p3d_ProjectionMatrix * view;
}
