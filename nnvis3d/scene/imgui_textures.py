"""Textures of the overlay: imgui's own glyph atlas, which grows as text needs it, and small pictures."""

import numpy as np
import panda3d.core as p3d
from imgui_bundle import imgui

from nnvis3d.scene.textures import TextureMemory


class ImguiTextures:
    """imgui names a texture by a number; this knows which Panda3D texture it means.

    Rows: imgui's row 0 is on top with v = 0, and so it is here: textures are sampled as they were written,
    nothing is turned over.
    """

    def __init__(self):
        self._states: dict[int, p3d.RenderState] = {}
        self._atlases: dict[int, p3d.Texture] = {}
        self._pictures: dict[str, tuple[int, p3d.Texture, tuple[np.ndarray, int] | None]] = {}
        self._used: set[str] = set()
        self._next = 1

    def state(self, number: int) -> p3d.RenderState:
        """The render state that samples texture `number`."""
        return self._states[number]

    def __len__(self) -> int:
        return len(self._states)

    # imgui's own

    def serve(self) -> None:
        """Do what imgui asks for: create, update or destroy its atlases. Call after imgui.render()."""
        for asked in imgui.get_platform_io().textures:
            if asked.status == imgui.ImTextureStatus.want_create:
                texture = _texture(f"imgui-{asked.unique_id}", asked.height, asked.width, smooth=True)
                number = self._name(texture)
                self._atlases[number] = texture
                asked.set_tex_id(number)
            if asked.status in (imgui.ImTextureStatus.want_create, imgui.ImTextureStatus.want_updates):
                pixels = asked.get_pixels_array().reshape(asked.height, asked.width, 4)
                _write(self._atlases[asked.tex_id], pixels, [2, 1, 0, 3])
                asked.set_status(imgui.ImTextureStatus.ok)
            elif asked.status == imgui.ImTextureStatus.want_destroy and asked.unused_frames > 0:
                self._drop(asked)

    def destroy(self) -> None:
        """Give everything back; imgui's context may be destroyed after this."""
        for asked in imgui.get_platform_io().textures:
            if asked.ref_count == 1:
                self._drop(asked)
        for number in list(self._states):
            self._states.pop(number)
        self._pictures.clear()

    def _drop(self, asked: imgui.ImTextureData) -> None:
        self._states.pop(asked.tex_id, None)
        texture = self._atlases.pop(asked.tex_id, None)
        if texture is not None:
            texture.release_all()
        asked.set_tex_id(0)
        asked.set_status(imgui.ImTextureStatus.destroyed)

    # pictures

    def picture(self, key: str, pixels: np.ndarray, serial: int = 0) -> imgui.ImTextureRef:
        """A uint8 array (h, w) grey or (h, w, 3) RGB, row 0 on top, as something that imgui can draw.

        `key` names the place where it is shown. A new array of the same shape, or the same one with another
        `serial`, is copied into the texture that the place already has.
        """
        self._used.add(key)
        number, texture, shown = self._pictures.get(key, (0, None, None))
        height, width = pixels.shape[:2]
        if texture is not None and (texture.get_y_size(), texture.get_x_size()) != (height, width):
            self._forget(key)
            texture = None
        if texture is None:
            texture = _texture(key, height, width, smooth=False)
            number = self._name(texture)
            shown = None
        if shown is None or shown[0] is not pixels or shown[1] != serial:
            shaped = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
            _write(texture, shaped, [2, 1, 0])
            self._pictures[key] = (number, texture, (pixels, serial))
        return imgui.ImTextureRef(number)

    def panda(self, key: str, texture: p3d.Texture) -> imgui.ImTextureRef:
        """A Panda3D texture as something that imgui can draw; its row 0 is v = 0."""
        self._used.add(key)
        number, known, _ = self._pictures.get(key, (0, None, None))
        if known is not texture:
            self._states.pop(number, None)
            number = self._name(texture)
            self._pictures[key] = (number, texture, None)
        return imgui.ImTextureRef(number)

    def forget_unused(self) -> None:
        """Release the pictures that nothing has drawn since the last call."""
        for key in [key for key in self._pictures if key not in self._used]:
            self._forget(key)
        self._used.clear()

    def _forget(self, key: str) -> None:
        number, _, _ = self._pictures.pop(key)
        self._states.pop(number, None)

    def _name(self, texture: p3d.Texture) -> int:
        number, self._next = self._next, self._next + 1
        attribute = p3d.TextureAttrib.make(texture)
        self._states[number] = p3d.RenderState.make(attribute)
        return number


def _texture(name: str, height: int, width: int, smooth: bool) -> p3d.Texture:
    texture = p3d.Texture(name)
    texture.setup_2d_texture(width, height, p3d.Texture.T_unsigned_byte, p3d.Texture.F_rgba8)
    kind = p3d.SamplerState.FT_linear if smooth else p3d.SamplerState.FT_nearest
    texture.set_minfilter(kind)
    texture.set_magfilter(kind)
    texture.set_wrap_u(p3d.SamplerState.WM_clamp)
    texture.set_wrap_v(p3d.SamplerState.WM_clamp)
    return texture


def _write(texture: p3d.Texture, pixels: np.ndarray, order: list[int]) -> None:
    """Copy uint8 (h, w, len(order)) in; channel k goes to place order[k] of a texel (Panda3D keeps BGRA)."""
    target = TextureMemory(texture).open().reshape(texture.get_y_size(), texture.get_x_size(), 4)
    if len(order) == 3:
        target[..., 3] = 255
    for channel, at in enumerate(order):
        target[..., at] = pixels[..., channel]
