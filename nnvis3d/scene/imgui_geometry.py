"""imgui's draw data as Panda3D geometry: one vertex table, one Geom for each run of one texture."""

import ctypes

import numpy as np
import panda3d.core as p3d
from imgui_bundle import imgui

from nnvis3d.scene.imgui_textures import ImguiTextures

Run = tuple[int, int, int]
"""(texture number, first index, end index): what one draw call draws."""


def _vertex_format() -> p3d.GeomVertexFormat:
    """imgui's own vertex, byte for byte, copied as it is; its clip rectangle stands in a second table."""
    own = p3d.GeomVertexArrayFormat()
    own.add_column("position", 2, p3d.Geom.NT_float32, p3d.Geom.C_other)
    own.add_column("texcoord", 2, p3d.Geom.NT_float32, p3d.Geom.C_other)
    own.add_column("color", 4, p3d.Geom.NT_uint8, p3d.Geom.C_color)
    clip = p3d.GeomVertexArrayFormat()
    clip.add_column("clip", 4, p3d.Geom.NT_float32, p3d.Geom.C_other)
    both = p3d.GeomVertexFormat()
    both.add_array(own)
    both.add_array(clip)
    return p3d.GeomVertexFormat.register_format(both)


class ImguiGeometry:
    """A GeomNode that draws the last draw data given to it, until the next."""

    def __init__(self, textures: ImguiTextures):
        if imgui.VERTEX_SIZE != 20 or imgui.INDEX_SIZE != 4:
            came = f"{imgui.VERTEX_SIZE} and {imgui.INDEX_SIZE}"
            raise RuntimeError(f"imgui: expected vertices and indices of 20 and 4 bytes, got {came}")
        self._textures = textures
        self._data = p3d.GeomVertexData("overlay", _vertex_format(), p3d.Geom.UH_dynamic)
        self._geoms: list[tuple[p3d.Geom, p3d.GeomTriangles]] = []
        self._indices = np.zeros(0, np.uint32)
        self._no_strips = p3d.GeomVertexArrayData(self._data.get_format().get_array(1), p3d.Geom.UH_static)
        self.node = p3d.GeomNode("overlay")
        # Pixels are no scene units: nothing may be culled by the bounds that Panda3D would compute from them.
        self.node.set_bounds(p3d.OmniBoundingVolume())
        self.node.set_final(True)

    @property
    def draw_calls(self) -> int:
        return self.node.get_num_geoms()

    def show(self, drawn: imgui.ImDrawData) -> None:
        """Take over `drawn`; valid until imgui's next frame, so it is copied."""
        runs = self._copy(drawn)
        self.node.remove_all_geoms()
        while len(self._geoms) < len(runs):
            self._geoms.append(self._new_geom())
        for (texture, begin, end), (geom, triangles) in zip(runs, self._geoms, strict=False):
            self._fill(triangles, begin, end, drawn.total_vtx_count)
            self.node.add_geom(geom, self._textures.state(texture))

    def _copy(self, drawn: imgui.ImDrawData) -> list[Run]:
        """Vertices and clip rectangles into Panda3D's memory, indices into ours."""
        self._data.unclean_set_num_rows(drawn.total_vtx_count)
        vertices = _memory(self._data.modify_array(0), np.uint8)
        clips = _memory(self._data.modify_array(1), np.float32).reshape(-1, 4)
        if len(self._indices) < drawn.total_idx_count:
            self._indices = np.zeros(2 * drawn.total_idx_count, np.uint32)
        runs: list[Run] = []
        first_vertex = first_index = 0
        for commands in drawn.cmd_lists:
            count, length = commands.vtx_buffer.size(), commands.idx_buffer.size()
            if not length:
                continue
            indices = self._indices[first_index : first_index + length]
            ctypes.memmove(
                vertices.ctypes.data + 20 * first_vertex, commands.vtx_buffer.data_address(), 20 * count
            )
            ctypes.memmove(indices.ctypes.data, commands.idx_buffer.data_address(), 4 * length)
            self._scan(commands, indices, clips[first_vertex : first_vertex + count], first_index, runs)
            indices += np.uint32(first_vertex)
            first_vertex += count
            first_index += length
        return runs

    def _scan(
        self, commands: imgui.ImDrawList, indices: np.ndarray, clips: np.ndarray, base: int, runs: list[Run]
    ) -> None:
        """Write each vertex's clip rectangle; join the commands that use one texture."""
        for command in commands.cmd_buffer:
            if not command.elem_count:
                continue
            begin, end = command.idx_offset, command.idx_offset + command.elem_count
            # imgui appends: the vertices of one command are one stretch.
            mine = indices[begin:end]
            x, y, z, w = command.clip_rect
            clips[mine.min() : mine.max() + 1] = (int(x), int(y), int(z), int(w))
            texture = command.get_tex_id()
            if runs and runs[-1][0] == texture and runs[-1][2] == base + begin:
                runs[-1] = (texture, runs[-1][1], base + end)
            else:
                runs.append((texture, base + begin, base + end))

    def _new_geom(self) -> tuple[p3d.Geom, p3d.GeomTriangles]:
        triangles = p3d.GeomTriangles(p3d.Geom.UH_dynamic)
        triangles.set_index_type(p3d.Geom.NT_uint32)
        geom = p3d.Geom(self._data)
        geom.add_primitive(triangles)
        return geom, triangles

    def _fill(self, triangles: p3d.GeomTriangles, begin: int, end: int, vertices: int) -> None:
        array = triangles.modify_vertices()
        array.unclean_set_num_rows(end - begin)
        np.copyto(_memory(array, np.uint32), self._indices[begin:end])
        # Or Panda3D would look at every index to find them. The two tables concern strips only.
        triangles.set_minmax(0, max(vertices - 1, 0), self._no_strips, self._no_strips)


def _memory(array: p3d.GeomVertexArrayData, dtype: type) -> np.ndarray:
    """What `array` holds, to write into."""
    return np.frombuffer(memoryview(array).cast("B"), dtype=dtype)
