"""A room in which nothing moves is drawn once, into a texture, and shown from there.

While a pointer wanders over a network only edges, marks and panels change: without a GPU drawing the rest
anew would be half of such a frame. For what is drawn over it the depth of the room stays in the output's own
depth buffer, where the last frame that drew the room left it. Window systems need not keep it there, but
drivers that draw on the CPU do; so this is for them alone.
"""

import panda3d.core as p3d

from nnvis3d.scene.geometry import unit_quad
from nnvis3d.scene.host import Host
from nnvis3d.scene.shaders import ShaderLibrary

CALM_FRAMES = 2
"""Frames without a change after which the room counts as still; the first of them is drawn as ever."""
_ROOM, _FRONT = p3d.BitMask32.bit(0), p3d.BitMask32.bit(1)


class StillRoom:
    """The nodes `room`, for what may stand still for a while, and `front`, for what is drawn over it."""

    def __init__(self, host: Host, camera: p3d.NodePath, shaders: ShaderLibrary):
        """`camera`: that of the scene, which sees both."""
        self._host = host
        self._camera = camera
        self.room = host.root.attach_new_node("room")
        self.room.hide(_FRONT)
        self.front = host.root.attach_new_node("front")
        self.front.hide(_ROOM)
        self._shaders = shaders
        self._calm = 0
        self._buffer: p3d.GraphicsOutput | None = None
        self._texture = p3d.Texture("still room")
        self._region = self._make_region()
        self._set_kept(False)

    @property
    def kept(self) -> bool:
        """Whether frames show the room as it was kept."""
        return self._region.active

    def follow(self, moved: bool, drawn: bool) -> None:
        """Call in every tick, before its frame.

        Args:
            moved: something in the room is another than in the last tick.
            drawn: this tick draws a frame.
        """
        if moved:
            self._calm = 0
            self._set_kept(False)
        elif drawn:
            self._calm += 1
            self._set_kept(self._calm >= CALM_FRAMES)
        if self._buffer is not None:
            self._buffer.set_active(False)
        if drawn and self._calm == CALM_FRAMES:
            self._keep()

    def close(self) -> None:
        """Give the driver back what the room was kept in."""
        if self._buffer is not None:
            self._host.engine.remove_window(self._buffer)
            self._buffer = None

    def _set_kept(self, kept: bool) -> None:
        self._region.active = kept
        self._camera.node().set_camera_mask(_FRONT if kept else _ROOM | _FRONT)
        self._host.output.set_clear_color_active(not kept)  # the kept room is everywhere
        self._host.output.set_clear_depth_active(not kept)

    def _keep(self) -> None:
        """Have the room drawn into the texture with the frame that comes now."""
        if self._buffer is None:
            self._buffer = self._make_buffer()
        elif self._buffer.get_size() != self._host.output.get_size():
            self._buffer.set_size(*self._host.size)
        self._buffer.set_clear_color(self._host.output.get_clear_color())
        self._buffer.set_active(True)

    def _make_buffer(self) -> p3d.GraphicsOutput:
        host, wanted = self._host, p3d.FrameBufferProperties()
        wanted.set_rgba_bits(8, 8, 8, 8)
        wanted.set_depth_bits(24)
        buffer = host.engine.make_output(
            host.pipe,
            "still room",
            -1,
            wanted,
            p3d.WindowProperties.size(*host.size),
            p3d.GraphicsPipe.BF_refuse_window | p3d.GraphicsPipe.BF_resizeable,
            host.gsg,
            host.output,
        )
        buffer.add_render_texture(self._texture, p3d.GraphicsOutput.RTM_bind_or_copy)
        eye = p3d.Camera("still room", self._camera.node().get_lens())
        eye.set_camera_mask(_ROOM)
        buffer.make_display_region().set_camera(self._camera.attach_new_node(eye))
        return buffer

    def _make_region(self) -> p3d.DisplayRegion:
        for choose in (self._texture.set_minfilter, self._texture.set_magfilter):
            choose(p3d.SamplerState.FT_nearest)
        root = p3d.NodePath("still room")
        picture = root.attach_new_node(unit_quad("picture"))
        picture.set_shader(self._shaders.load("still"))
        picture.set_shader_input("u_picture", self._texture)
        picture.set_depth_test(False)
        picture.set_depth_write(False)
        picture.node().set_bounds(p3d.OmniBoundingVolume())
        picture.node().set_final(True)
        camera = p3d.Camera("still room", p3d.OrthographicLens())
        region = self._host.output.make_display_region()
        region.set_sort(-1)
        region.set_camera(root.attach_new_node(camera))
        return region
