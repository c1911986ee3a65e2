"""Textures that are written from numpy: activations, colour maps, small tables."""

import math

import numpy as np
import panda3d.core as p3d

_BGRA = [2, 1, 0, 3]  # the order in which Panda3D keeps four components


class TextureMemory:
    """What a texture holds, as one flat array.

    Kept, where it is written often: every view of a texture's memory that is made costs 32 bytes for good
    (Panda3D 1.10.16), and an exhibit draws a million frames a day.
    """

    def __init__(self, texture: p3d.Texture, dtype: type = np.uint8):
        """
        Args:
            texture: set up, and not set up anew from now on.
        """
        self._texture = texture
        self._held = texture.modify_ram_image()
        self._array: np.ndarray = np.frombuffer(memoryview(self._held).cast("B"), dtype=dtype)

    def open(self) -> np.ndarray:
        """The array, to write into; marks it for upload."""
        self._texture.modify_ram_image()
        return self._array


def _ram(texture: p3d.Texture, dtype: type) -> np.ndarray:
    """The texture's memory as a flat array to write into once."""
    return TextureMemory(texture, dtype).open()


def table_texture(name: str, values: np.ndarray, linear: bool = False) -> p3d.Texture:
    """A float32 (rows, columns, 1..4) or uint8 (rows, columns, 3) table as a texture; row 0 is texel row
    0."""
    rows, columns, channels = values.shape
    texture = p3d.Texture(name)
    if values.dtype == np.uint8:
        texture.setup_2d_texture(columns, rows, p3d.Texture.T_unsigned_byte, p3d.Texture.F_rgba8)
        packed = np.full((rows, columns, 4), 255, np.uint8)
        packed[..., :3] = values[..., ::-1]  # Panda3D keeps BGRA
        np.copyto(_ram(texture, np.uint8), packed.ravel())
    else:
        formats = {1: p3d.Texture.F_r32, 2: p3d.Texture.F_rg32, 4: p3d.Texture.F_rgba32}
        texture.setup_2d_texture(columns, rows, p3d.Texture.T_float, formats[channels])
        packed = values if channels < 3 else values[..., _BGRA]
        np.copyto(_ram(texture, np.float32), packed.astype(np.float32).ravel())
    kind = p3d.SamplerState.FT_linear if linear else p3d.SamplerState.FT_nearest
    texture.set_minfilter(kind)
    texture.set_magfilter(kind)
    texture.set_wrap_u(p3d.SamplerState.WM_clamp)
    texture.set_wrap_v(p3d.SamplerState.WM_clamp)
    return texture


def write_table(memory: TextureMemory, values: np.ndarray) -> None:
    """Replace the contents of a float32 table, of the same shape, whose texture has this memory."""
    packed = values if values.shape[-1] < 3 else values[..., _BGRA]
    np.copyto(memory.open(), packed.astype(np.float32, copy=False).ravel())


class FlatTexture:
    """A flat array in a texture whose width is a power of two, so that shaders index it with shift and
    mask."""

    def __init__(
        self, name: str, length: int, columns: int = 1, most_width: int = 4096, dtype: type = np.uint16
    ):
        """`columns` 1: normalised texels, uint16 or uint8; 2: float32 pairs; 4: float32 quadruples."""
        self.shift = min(int(math.log2(most_width)), max(4, math.ceil(math.log2(max(length, 1)) / 2)))
        width = 1 << self.shift
        height = -(-length // width)
        self.length = length
        self._columns = columns
        self.texture = p3d.Texture(name)
        if columns == 1:
            self._dtype: type = dtype
            small = dtype == np.uint8
            kinds = (
                (p3d.Texture.T_unsigned_byte, p3d.Texture.F_red)
                if small
                else (p3d.Texture.T_unsigned_short, p3d.Texture.F_r16)
            )
            self.texture.setup_2d_texture(width, height, *kinds)
        else:
            self._dtype = np.float32
            kind = p3d.Texture.F_rgba32 if columns == 4 else p3d.Texture.F_rg32
            self.texture.setup_2d_texture(width, height, p3d.Texture.T_float, kind)
        self.texture.set_minfilter(p3d.SamplerState.FT_nearest)
        self.texture.set_magfilter(p3d.SamplerState.FT_nearest)
        self._memory = TextureMemory(self.texture, self._dtype)
        self._memory.open()[:] = 0

    def write(self, values: np.ndarray, first: int = 0) -> None:
        """Copy (n,) or (n, columns) values in, from texel `first` on; uploaded with the next frame drawn."""
        start = first * self._columns
        ram = self._memory.open()[start : start + values.size]
        if self._columns == 4:
            values = values[:, _BGRA]  # Panda3D keeps BGRA
        np.copyto(ram, values.ravel())
