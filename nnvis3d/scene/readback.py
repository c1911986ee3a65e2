"""Reads pictures back as they are drawn, without a copy in between."""

import numpy as np
import panda3d.core as p3d

from nnvis3d.errors import UserError
from nnvis3d.scene.host import Host


class Readback:
    """From its making on, every picture that `host` draws is copied into memory by the driver (1.6 ms at
    720p)."""

    def __init__(self, host: Host):
        self._host = host
        self._texture = p3d.Texture("readback")
        host.output.add_render_texture(
            self._texture, p3d.GraphicsOutput.RTM_copy_ram, p3d.GraphicsOutput.RTP_color
        )

    def pixels(self) -> np.ndarray:
        """What was drawn last: uint8 (H, W, 4), blue, green, red, alpha, row 0 on top; (H, W, 3) where a
        window has no alpha. Read-only, and good until the next picture is drawn.

        Raises:
            UserError: the driver gave nothing.
        """
        width, height = self._host.size
        image = self._texture.get_ram_image()
        channels = self._texture.num_components
        if image is None or len(image) != channels * width * height:
            raise UserError("the picture could not be read back from the driver")
        return np.frombuffer(memoryview(image).cast("B"), np.uint8).reshape(height, width, channels)[::-1]

    def close(self) -> None:
        self._host.output.clear_render_textures()
