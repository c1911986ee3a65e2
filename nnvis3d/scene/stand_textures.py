"""What standing embeddings are drawn with: all filters' pictures in one texture, and ten digits."""

from collections.abc import Mapping

import numpy as np
import panda3d.core as p3d
from PIL import Image, ImageDraw, ImageFont

from nnvis3d.network.filter_pictures import Sheet
from nnvis3d.resources import resource
from nnvis3d.scene.textures import TextureMemory

DIGIT_WIDTH, DIGIT_HEIGHT = 40, 64
"""Pixels of one digit in its texture."""


class Pictures:
    """The sheets of several layers below each other in one texture."""

    def __init__(self):
        self.texture = _texture("filters", 1, 1, p3d.Texture.F_rgb8)
        self.places: dict[str, np.ndarray] = {}
        """By layer, float32 (F, 4): left, top, right, bottom of each picture, shares of the texture."""
        self._shown: dict[str, Sheet] = {}

    def show(self, sheets: Mapping[str, Sheet]) -> bool:
        """Hold exactly these from now on; True if anything is another than before."""
        if sheets.keys() == self._shown.keys() and all(sheets[k] is self._shown[k] for k in sheets):
            return False
        self._shown = dict(sheets)
        if not sheets:
            self.places = {}
            return True
        width = max(sheet.pixels.shape[1] for sheet in sheets.values())
        height = sum(sheet.pixels.shape[0] for sheet in sheets.values())
        pixels, top = np.zeros((height, width, 3), np.uint8), 0
        for name, sheet in sheets.items():
            tall, wide = sheet.pixels.shape[:2]
            pixels[top : top + tall, :wide] = sheet.pixels
            places = sheet.places() + np.array([0, top, 0, top])
            self.places[name] = (places / np.array([width, height, width, height])).astype(np.float32)
            top += tall
        self.places = {name: self.places[name] for name in sheets}
        self._write(pixels)
        return True

    def _write(self, pixels: np.ndarray) -> None:
        height, width = pixels.shape[:2]
        if (self.texture.get_y_size(), self.texture.get_x_size()) != (height, width):
            self.texture.setup_2d_texture(width, height, p3d.Texture.T_unsigned_byte, p3d.Texture.F_rgb8)
        _fill(self.texture, pixels[..., ::-1])  # Panda3D keeps BGR


def digits_texture() -> p3d.Texture:
    """0 to 9 side by side, how much of each pixel is covered; row 0 on top."""
    font = ImageFont.truetype(str(resource("assets", "fonts/NotoSans-SemiBold.ttf")), 76)
    image = Image.new("L", (10 * DIGIT_WIDTH, DIGIT_HEIGHT))
    draw = ImageDraw.Draw(image)
    for digit in range(10):
        middle = ((digit + 0.5) * DIGIT_WIDTH, DIGIT_HEIGHT / 2 + 27)
        draw.text(middle, str(digit), fill=255, font=font, anchor="ms")
    texture = _texture("digits", 10 * DIGIT_WIDTH, DIGIT_HEIGHT, p3d.Texture.F_red)
    texture.set_minfilter(p3d.SamplerState.FT_linear_mipmap_linear)
    texture.set_magfilter(p3d.SamplerState.FT_linear)
    _fill(texture, np.asarray(image))
    return texture


def _texture(name: str, width: int, height: int, kind: int) -> p3d.Texture:
    texture = p3d.Texture(name)
    texture.setup_2d_texture(width, height, p3d.Texture.T_unsigned_byte, kind)
    texture.set_minfilter(p3d.SamplerState.FT_nearest)
    texture.set_magfilter(p3d.SamplerState.FT_nearest)
    texture.set_wrap_u(p3d.SamplerState.WM_clamp)
    texture.set_wrap_v(p3d.SamplerState.WM_clamp)
    return texture


def _fill(texture: p3d.Texture, pixels: np.ndarray) -> None:
    np.copyto(TextureMemory(texture).open(), pixels.ravel())
