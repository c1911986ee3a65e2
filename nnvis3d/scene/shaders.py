"""Loads GLSL programs from `shaders/` and makes their errors errors."""

import panda3d.core as p3d

from nnvis3d.errors import UserError
from nnvis3d.resources import resource


class ShaderLibrary:
    """Compiles programs on one graphics context and keeps them."""

    def __init__(self, gsg: p3d.GraphicsStateGuardian):
        self._gsg = gsg
        self._programs: dict[tuple[str, str], p3d.Shader] = {}

    def load(self, vertex: str, fragment: str | None = None) -> p3d.Shader:
        """The program `vertex`.vert + `fragment`.frag (by default of the same stem), compiled and verified.

        Raises:
            UserError: the driver refuses it; Panda3D has written its log to stderr.
        """
        key = (vertex, fragment or vertex)
        if key not in self._programs:
            self._programs[key] = self._compile(*key)
        return self._programs[key]

    def _compile(self, vertex: str, fragment: str) -> p3d.Shader:
        paths = [resource("shaders", f"{vertex}.vert"), resource("shaders", f"{fragment}.frag")]
        names = [p3d.Filename.from_os_specific(str(path)) for path in paths]
        program = p3d.Shader.load(p3d.Shader.SL_GLSL, vertex=names[0], fragment=names[1])
        if program is None:
            raise UserError(
                f"shaders/{vertex}.vert + {fragment}.frag: a file that they include was not found"
            )
        # Panda3D only logs a GLSL error and goes on with nothing on screen: ask now, on this context.
        program.prepare_now(self._gsg.prepared_objects, self._gsg)
        if program.get_error_flag():
            raise UserError(
                f"shaders/{vertex}.vert + {fragment}.frag: the driver refuses them (its log is above); "
                "OpenGL 3.3 is needed: update the driver, then see `nnvis3d doctor`"
            )
        return program
