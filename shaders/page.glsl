// What both ways of drawing a page share: which map and which cell a fragment is in, and what is stored there.

const int RGB = 2;  // flag, after 1 for a signed layer: the three maps are an image's colours

in vec2 v_at;
flat in vec4 v_cells;
flat in vec4 v_grid;
flat in vec4 v_look;
flat in ivec4 v_level;

out vec4 o_color;

struct Spot
{
    vec2 cell;     // in its map, where it is one
    vec2 inside;   // from the map's upper left corner, cells
    int map;
    float covers;  // 0..1: how much of the pixel maps cover
};

// 1 within 0..size, 0 beyond, smooth over a pixel; the gaps fade where a pixel cannot hold them.
float covered(vec2 inside, vec2 size, vec2 gap, vec2 pixel)
{
    vec2 edge = clamp(min(inside, size - inside) / pixel + 0.5, 0.0, 1.0);
    vec2 shown = clamp(gap / pixel * 1.6 - 0.4, 0.0, 1.0);
    vec2 cover = mix(size / (size + gap), edge, shown);
    return cover.x * cover.y;
}

Spot find(vec2 pixel)
{
    Spot spot;
    vec2 grid = clamp(floor(v_at / v_cells.zw), vec2(0.0), v_grid.xy - 1.0);
    spot.inside = v_at - grid * v_cells.zw;
    spot.map = int(grid.x) * int(v_grid.y) + int(grid.y);
    spot.cell = clamp(floor(spot.inside), vec2(0.0), v_cells.xy - 1.0);
    spot.covers = spot.map < int(v_grid.z) ? covered(spot.inside, v_cells.xy, v_cells.zw - v_cells.xy, pixel) : 0.0;
    return spot;
}

float stored_at(Spot spot, int map)
{
    ivec2 cell = ivec2(spot.cell) >> v_level.y;
    return activation(v_level.x + (map * v_level.w + cell.y) * v_level.z + cell.x);
}

bool is(int flag)
{
    return (int(v_grid.w) & flag) != 0;
}

vec3 color_of(Spot spot, float stored)
{
    if (is(RGB)) {
        return vec3(stored, stored_at(spot, 1), stored_at(spot, 2));
    }
    return activation_color(stored, v_look.w);
}
