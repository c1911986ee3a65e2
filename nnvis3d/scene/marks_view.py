"""Draws marks: rings, frames and filled cells on the layers' maps, all of them in one instanced draw call."""

from collections.abc import Collection

import panda3d.core as p3d

from nnvis3d.network.layout import Layout
from nnvis3d.network.marks import Marks
from nnvis3d.scene import bins
from nnvis3d.scene.fading import Fade
from nnvis3d.scene.geometry import unit_quad
from nnvis3d.scene.mark_rows import Box, mark_rows
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import FlatTexture
from nnvis3d.scene.theme import DARK, Theme

MOST = 4096
"""Marks that are drawn; of more, the last."""
FADE_SECONDS = 0.12
LEAST_SCALE = 0.75
"""Of lines: in a small picture they do not become thinner than so, relative to 720p."""


class MarksView:
    """The node `marks`. Rings and frames are seen through everything: they say where to look."""

    def __init__(self, parent: p3d.NodePath, shaders: ShaderLibrary):
        self._table = FlatTexture("marks", 4 * MOST, columns=4)
        self._uniform = p3d.PTA_LVecBase4f.empty_array(2)
        self._fade = Fade(FADE_SECONDS)
        self._theme = DARK
        self._size = (1280, 720)
        self._asked: tuple = ()
        self._stale = False
        self.count = 0
        """How many are drawn."""
        self.path = parent.attach_new_node(unit_quad("marks"))
        self.path.node().set_bounds(p3d.OmniBoundingVolume())  # marks are all over the place
        self.path.node().set_final(True)
        self.path.set_shader(shaders.load("mark"))
        self.path.set_shader_inputs(
            u_marks=self._table.texture, u_shift=self._table.shift, u_look=self._uniform
        )
        self.path.set_two_sided(True)
        self.path.set_transparency(p3d.TransparencyAttrib.M_premultiplied_alpha)
        self.path.set_depth_write(False)
        self.path.set_bin("fixed", bins.MARKS)
        self.path.hide()

    def set_theme(self, theme: Theme) -> None:
        """Roles take their colours from this theme."""
        self._theme = theme
        self._stale = True

    def resize(self, width: int, height: int) -> None:
        """The picture is so many pixels large from now on."""
        self._size = (max(width, 1), max(height, 1))
        self._stale = True

    def show(
        self, marks: Marks, layout: Layout, hidden: Collection[str] = (), pad: Box | None = None
    ) -> None:
        """Show these marks from now on, instead of those before. Costs nothing where all is as it was.

        Args:
            hidden: names of layers whose marks are left out.
            pad: a frame on the pad, as `mark_rows.on_pad` gives it.
        """
        asked = (marks, layout, frozenset(hidden), pad, self._theme)
        if _same(asked, self._asked):
            return
        self._asked = asked
        rows = mark_rows(marks, layout, self._theme, hidden, pad)[-MOST:]
        self._fade.wanted = len(rows) > 0
        if self._fade.wanted:
            self.count = len(rows)
            self._table.write(rows.reshape(-1, 4))
            self.path.set_instance_count(self.count)
            self._stale = True

    def clear(self) -> None:
        """Show none from now on; what is shown fades."""
        if self._asked:
            self._asked = ()
            self._fade.wanted = False

    def update(self, dt: float) -> bool:
        """Ease by `dt` seconds; True if anything that is drawn has changed."""
        changed = self._fade.update(dt) | self._stale
        self._stale = False
        if not changed:
            return False
        if self._fade.gone:
            self.count = 0
            self.path.hide()
            return True
        width, height = self._size
        scale = max(height / 720, LEAST_SCALE)
        self._uniform[0] = p3d.LVecBase4f(width, height, scale, self._fade.value)
        self._uniform[1] = p3d.LVecBase4f(*[value / 255 for value in self._theme.shadow[:3]], 0)
        self.path.show()
        return True


def _same(asked: tuple, before: tuple) -> bool:
    """Whether the same marks on the same layout were asked for: those two may be large, and never change."""
    return bool(before) and asked[0] is before[0] and asked[1] is before[1] and asked[2:] == before[2:]
