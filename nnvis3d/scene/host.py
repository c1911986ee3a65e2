"""The window or the offscreen buffer, and the engine that draws into it.

There is no ShowBase: it would put thirty names into `builtins`, its own tasks and its own event loop beside
ours, and nothing of it is needed. The tick in app.py calls `render` when something changed.
"""

import atexit
import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path

import numpy as np
import panda3d.core as p3d
from PIL import Image

from nnvis3d.errors import UserError

_SETTINGS = """
gl-version 3 3
audio-library-name null
sync-video {vsync}
textures-power-2 none
notify-level-device fatal
notify-level-display {notify}
notify-level-egldisplay fatal
garbage-collect-states true
window-title nnvis3d
"""


class Host:
    """Owns the graphics engine, one output, and the root of the scene graph."""

    def __init__(
        self,
        size: tuple[int, int],
        offscreen: bool,
        fullscreen: bool = False,
        samples: int = 0,
        finish: bool = False,
        verbose: bool = False,
        inside: int | None = None,
        exact: bool = False,
    ):
        """Open it.

        Args:
            size: width and height in pixels.
            samples: of multisampling; our shaders smooth their own edges, so 0 looks the same but for cubes.
            finish: wait for the driver to finish each frame, so that a frame's time can be measured.
            verbose: let drivers and Panda3D say on stderr what they think of it.
            inside: number of another program's window; ours fills it, without a frame, pointer or manager.
            exact: Panda3D computes every transform anew. Otherwise it takes results that it remembers, which
                may be rounded in another way, and what it remembers depends on which frames were drawn.

        Raises:
            UserError: no display, or no OpenGL 3.3.
        """
        settings = _SETTINGS.format(vsync=int(not offscreen), notify="warning" if verbose else "error")
        settings += "transform-cache false\n" if exact else ""
        self._finish = _finish_call() if finish else None
        self._page = p3d.load_prc_file_data("nnvis3d", settings)
        self.offscreen = offscreen
        self.closed = False
        if not offscreen:
            _require_display()
        self.engine = p3d.GraphicsEngine.get_global_ptr()
        with nullcontext() if verbose else quiet_drivers():
            self.pipe = _pipe(offscreen)
            self.output = self._open(size, fullscreen, samples, inside)
        self.gsg = self.output.gsg
        self._require_version()
        self.root = p3d.NodePath("scene")
        self.output.set_clear_color((0.03, 0.04, 0.07, 1))
        atexit.register(self.close)  # an X11 window that is still open at exit aborts the process

    def _open(
        self, size: tuple[int, int], fullscreen: bool, samples: int, inside: int | None
    ) -> p3d.GraphicsOutput:
        properties = p3d.WindowProperties.size(*size)
        properties.set_title("nnvis3d")
        if fullscreen:
            properties.set_fullscreen(True)
        if inside is not None:
            properties.set_parent_window(p3d.NativeWindowHandle.make_int(inside))
            properties.set_origin(0, 0)
            properties.set_cursor_hidden(True)
        wanted = p3d.FrameBufferProperties()
        wanted.set_rgba_bits(8, 8, 8, 8 if self.offscreen else 0)
        wanted.set_depth_bits(24)
        wanted.set_multisamples(samples)
        if not self.offscreen:
            wanted.set_back_buffers(1)
        kind = p3d.GraphicsPipe.BF_refuse_window | p3d.GraphicsPipe.BF_resizeable
        flags = kind if self.offscreen else p3d.GraphicsPipe.BF_require_window
        output = self.engine.make_output(self.pipe, "nnvis3d", 0, wanted, properties, flags)
        if output is not None:
            self.engine.open_windows()
        if output is None or not output.is_valid() or output.gsg is None:
            raise UserError(
                "no OpenGL 3.3 window could be opened; `nnvis3d doctor` says what this machine lacks"
                if not self.offscreen
                else "no OpenGL 3.3 without a window; `nnvis3d doctor` says what this machine lacks"
            )
        return output

    def _require_version(self) -> None:
        version = (self.gsg.driver_version_major, self.gsg.driver_version_minor)
        if version < (3, 3):
            raise UserError(
                f"OpenGL {version[0]}.{version[1]} ({self.gsg.driver_renderer}) is too old, 3.3 is needed: "
                "update the driver, or set LIBGL_ALWAYS_SOFTWARE=1 to draw without the GPU"
            )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as they are now."""
        return self.output.get_x_size(), self.output.get_y_size()

    @property
    def software(self) -> bool:
        """Whether the driver draws on the CPU."""
        renderer = self.gsg.driver_renderer.lower()
        return any(name in renderer for name in ("llvmpipe", "softpipe", "swrast", "software"))

    def resize(self, width: int, height: int) -> None:
        """Ask for another size; a window may take a few frames to follow."""
        if self.offscreen:
            self.output.set_size(width, height)
        else:
            self.output.request_properties(p3d.WindowProperties.size(width, height))

    def set_fullscreen(self, fullscreen: bool, size: tuple[int, int]) -> None:
        """Fill the screen, or go back to a window of `size`."""
        if self.offscreen:
            return
        properties = p3d.WindowProperties()
        properties.set_fullscreen(fullscreen)
        properties.set_size(
            *((self.pipe.get_display_width(), self.pipe.get_display_height()) if fullscreen else size)
        )
        self.output.request_properties(properties)

    def render(self, draw: bool = True) -> None:
        """One frame; with `draw` False only the window's events are looked at."""
        self.output.set_active(draw)
        self.engine.render_frame()
        self.engine.flip_frame()  # otherwise a window shows it when the next one is drawn, hours later
        if self._finish is not None and draw:
            self._finish()
        # Without a task manager nobody else does this, and every changed state would stay for ever.
        p3d.TransformState.garbage_collect()
        p3d.RenderState.garbage_collect()

    def wait(self) -> None:
        """Until what was drawn last is there. A window waits by itself; without one, a software renderer may
        fall dozens of frames behind."""
        self.output.get_screenshot()

    def picture(self) -> np.ndarray:
        """What was drawn last: uint8 (H, W, 3) RGB, row 0 on top."""
        texture = self.output.get_screenshot()
        if texture is None:
            raise UserError("the picture could not be read back from the driver")
        width, height = texture.get_x_size(), texture.get_y_size()
        data = np.frombuffer(texture.get_ram_image_as("RGB"), np.uint8)
        return data.reshape(height, width, 3)[::-1].copy()

    def save_picture(self, path: Path, place: tuple[float, float, float, float] | None = None) -> None:
        """Write what was drawn last as a PNG; `place`: only this part, left, top, right, bottom in pixels.

        Raises:
            UserError: the file cannot be written.
        """
        try:
            picture = Image.fromarray(self.picture())
            if place is not None:
                left, top, right, bottom = (round(edge) for edge in place)
                picture = picture.crop((left, top, right, bottom))
            picture.save(path, format="PNG")
        except OSError as error:
            raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error

    def close(self) -> None:
        """Close the window and forget the scene; a second time it does nothing."""
        if self.closed:
            return
        self.closed = True
        atexit.unregister(self.close)
        self.root.remove_node()
        self.engine.remove_window(self.output)
        p3d.unload_prc_file(self._page)


@contextmanager
def quiet_drivers() -> Iterator[None]:
    """Throw away what the block writes to stderr, C libraries included: an error is to be one line, ours."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _finish_call() -> Callable[[], object]:
    """OpenGL's own call that waits until everything is drawn.

    Panda3D's setting `gl-finish` waits after every draw call instead: threads that rasterise go to sleep a
    dozen times a frame, and frames take a third longer than those that nobody measures.
    """
    names = {"win32": "opengl32", "darwin": "/System/Library/Frameworks/OpenGL.framework/OpenGL"}
    try:
        return ctypes.CDLL(names.get(sys.platform, "libGL.so.1")).glFinish
    except (OSError, AttributeError) as error:
        raise UserError(f"frames cannot be measured: OpenGL has no glFinish here ({error})") from error


def _require_display() -> None:
    """Ask X11 itself first: after a failed attempt of its own Panda3D aborts the process at exit."""
    if not sys.platform.startswith("linux"):
        return
    name = os.environ.get("DISPLAY")
    if not name:
        raise UserError(
            "no display: DISPLAY is not set; start it in a desktop session, or make a picture without one: "
            "nnvis3d snapshot --model cnn --output picture.png"
        )
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return
    x11.XOpenDisplay.restype = ctypes.c_void_p
    connection = x11.XOpenDisplay(None)
    if not connection:
        raise UserError(f"the display {name!r} cannot be opened: is its X server running, and may we use it?")
    x11.XCloseDisplay(ctypes.c_void_p(connection))


@cache  # one for all: the end of one would end the others' connection to the driver
def _pipe(offscreen: bool) -> p3d.GraphicsPipe:
    selection = p3d.GraphicsPipeSelection.get_global_ptr()
    for module in ("p3headlessgl", "pandagl") if offscreen else ("pandagl",):
        pipe = selection.make_module_pipe(module)
        if pipe is not None and pipe.is_valid():
            return pipe
    if offscreen:
        raise UserError(
            "no OpenGL on this machine; on Debian: apt-get install libegl1 libgl1 libgl1-mesa-dri"
        )
    raise UserError("no window system that Panda3D can use; `nnvis3d doctor` says what is missing")
