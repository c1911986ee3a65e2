"""Textures that are written from numpy, over and over."""

import ctypes
import sys

import numpy as np
import panda3d.core as p3d
import pytest

from nnvis3d.scene.textures import FlatTexture, TextureMemory, table_texture, write_table


class _Mallinfo(ctypes.Structure):
    """GNU's struct mallinfo2."""

    _fields_ = (
        *((name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd")),
        *((name, ctypes.c_size_t) for name in ("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")),
    )


def allocated() -> int:
    """Bytes that the C library has given out."""
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = _Mallinfo
    return library.mallinfo2().uordblks


def read(texture: p3d.Texture, dtype: type) -> np.ndarray:
    return np.frombuffer(bytes(texture.get_ram_image()), dtype)


def test_what_is_written_stands_in_the_texture_and_is_marked_for_upload():
    flat = FlatTexture("flat", 100)
    before = flat.texture.get_image_modified()
    flat.write(np.arange(10, dtype=np.uint16), first=20)
    assert flat.texture.get_image_modified() != before
    assert read(flat.texture, np.uint16)[18:32].tolist() == [0, 0, *range(10), 0, 0]
    values = np.arange(8, dtype=np.float32).reshape(1, 2, 4)
    table = table_texture("table", np.zeros_like(values))
    memory, before = TextureMemory(table, np.float32), table.get_image_modified()
    write_table(memory, values)
    assert table.get_image_modified() != before
    assert read(table, np.float32).tolist() == [2, 1, 0, 3, 6, 5, 4, 7]  # Panda3D keeps BGRA


@pytest.mark.skipif(sys.platform != "linux", reason="asks GNU's C library")
def test_a_texture_that_is_written_again_and_again_takes_no_more_memory():
    flat, values = FlatTexture("flat", 1000), np.ones(1000, np.uint16)
    for _ in range(100):
        flat.write(values)
    before = allocated()
    for _ in range(5000):
        flat.write(values)
    assert allocated() - before < 5000
