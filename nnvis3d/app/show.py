"""What is on the stage: the views and the camera, and how they are kept in step.

It puts scene and tools together, and sees no torch.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.app.beside import Beside
from nnvis3d.app.framing import START_POSE, Framing
from nnvis3d.app.pointing import Pointing
from nnvis3d.errors import UserError
from nnvis3d.network.colormaps import ColorMap, color_maps
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.grouping import groups_by_name
from nnvis3d.network.layer_bodies import PAD_SIZE
from nnvis3d.network.layout import Layout
from nnvis3d.network.poses import Limits
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.network.stacking import joined
from nnvis3d.network.stands import Item
from nnvis3d.scene import stage, theme
from nnvis3d.scene.camera_rig import CameraRig
from nnvis3d.scene.host import Host
from nnvis3d.scene.network_views import AnyNetworkView, view_of
from nnvis3d.scene.pad_view import PadView
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.still_room import StillRoom
from nnvis3d.tools.arrangement import Arrangement
from nnvis3d.tools.camera_tool import CameraTool
from nnvis3d.tools.latest import Latest
from nnvis3d.tools.pad_ink import PadInk
from nnvis3d.tools.pad_tool import PadTool

if TYPE_CHECKING:
    from nnvis3d.options import Options


class Show:
    """Holds the views and keeps them in step with camera, layout and frame."""

    def __init__(self, host: Host, options: Options, pad: PadTool):
        self.host = host
        self.options = options
        self.pad = pad
        self.shaders = ShaderLibrary(host.gsg)
        self.root = host.root
        self.rig = CameraRig(self.root, host.size)
        self.still = StillRoom(host, self.rig.node, self.shaders)
        self.stage = stage.Stage(self.still.room, self.shaders)
        region = host.output.make_display_region()
        region.set_camera(self.rig.node)
        self.pad_view = PadView(self.still.room, self.shaders, PAD_SIZE, pad.canvas.size)
        self._ink = PadInk(pad, self.pad_view)
        self.network: AnyNetworkView | None = None
        self.arrangement: Arrangement | None = None
        self.beside: Beside | None = None
        """A second network, over the first."""
        self._both: Latest[Layout] = Latest()
        self.hidden: frozenset[str] = frozenset()
        self.docked = self.fullscreen = False
        self.pointing = Pointing(self)
        self.framing = Framing(self)
        self.embeddings: tuple[Item, ...] = ()
        """What stands above layers."""
        self.stale = True
        """Whether something changed that no tool reports."""
        self._lit: ActivationFrame | None = None
        self._map_index = 0
        self.camera = CameraTool(START_POSE, _limits(), host.size, self.pointing.point_at, self.framing.home)
        self.fast = host.software and options.quality == "auto"
        """Whether what is soft but dear is left out."""
        if self.fast:
            self.stage.backdrop.hide()
        self.theme_name = options.theme
        self.set_theme(options.theme)

    # colours and sizes

    @property
    def colors(self) -> ColorMap:
        maps = color_maps(self.theme_name == "light")
        return maps[self._map_index % len(maps)]

    @property
    def scale(self) -> float:
        """Of all text and panels."""
        return theme.interface_scale(*self.rig.size, self.options.scale)

    def set_theme(self, name: str) -> None:
        """ "dark" or "light"."""
        self.theme_name = name
        colors = stage.LIGHT if name == "light" else stage.DARK
        if self.fast:
            colors = colors.plain()
        self.stage.set_colors(colors)
        # What smoothed edges are blended with where the room is drawn after them.
        self.host.output.set_clear_color((*colors.horizon, 1))
        self._recolor()

    def next_colors(self, name: object = None) -> str:
        """Use the next colour map, or the one of that name; returns what it is called.

        Raises:
            UserError: there is none of that name.
        """
        names = [colors.name for colors in color_maps(self.theme_name == "light")]
        if name is not None and name not in names:
            raise UserError(f"{name}: no such colour map; there are {', '.join(names)}")
        self._map_index = self._map_index + 1 if name is None else names.index(str(name))
        self._recolor()
        return self.colors.title

    def _recolor(self) -> None:
        if self.network is not None:
            self.network.set_colors(self.colors)
        if self.beside is not None:
            self.beside.set_colors(self.colors)
            self.beside.marks.set_theme(theme.THEMES[self.theme_name])
        self._lit = None
        self.stale = True

    def resize(self) -> None:
        """The picture has another size now."""
        self.rig.resize(*self.host.size)
        if self.beside is not None:
            self.beside.marks.resize(*self.rig.size)
        self.stale = True
        if not self.framing.away and self.arrangement is not None:
            self.camera.jump(self.framing.home())

    # the network

    def set_network(self, spec: NetworkSpec) -> None:
        """Put this network on the stage instead of the one that stands there."""
        if self.network is not None and self.network.spec == spec:
            return
        flat = self.arrangement.flat if self.arrangement else self.options.flat
        first = self.network is None
        same = self.network is not None and self.network.spec.name == spec.name  # a lab added to it
        self.pad.set_colored(spec.preprocessing.shape[0] == 3)
        if self.network is not None:
            self.network.remove()
        before, self.arrangement = self.arrangement, Arrangement(spec, flat, self.embeddings)
        if same and before is not None:
            self.arrangement.go_on_from(before)
        self.network = view_of(spec, self.arrangement.layout, self.still.room, self.shaders)
        self.hidden = frozenset()
        if self.beside is not None:
            self.beside.align(self.arrangement)
        self._recolor()
        self._place()
        self._limit()
        self.camera.set_flat(flat)
        self.framing.away &= same
        if first:
            self.camera.jump(self.framing.home())
        else:
            self.framing.keep()

    def set_beside(self, spec: NetworkSpec | None) -> None:
        """Put this network on the stage over the first one; None: only that one is shown. All that stands
        there comes into the picture."""
        if self.beside is not None and spec is not None and self.beside.spec == spec:
            return
        alone = self.beside is None
        if self.beside is not None:
            self.beside.remove()
            self.beside = None
        if spec is None and self.arrangement is not None:
            self.arrangement.set_columns({})
        if spec is not None and self.arrangement is not None:
            self.beside = Beside(spec, self.arrangement, self.still, self.shaders)
            self.beside.marks.resize(*self.rig.size)
            self._recolor()
        self._place()
        self._limit()
        self.stale = True
        if alone:
            self.framing.go_home()
        else:
            self.framing.keep()

    @property
    def goal(self) -> Layout | None:
        """Where all that is on the stage stands, or is going to stand; None: nothing is there."""
        if self.arrangement is None or self.beside is None:
            return None if self.arrangement is None else self.arrangement.goal
        both = self.arrangement.goal, self.beside.goal(self.arrangement)
        return self._both.of((), both, lambda: joined(*both))

    def _limit(self) -> None:
        """Let the camera go as far as there is anything."""
        goal = self.goal
        if goal is not None:
            self.camera.limits = Limits.around(goal)

    def show_frame(self, frame: ActivationFrame, ease: bool) -> None:
        if self.network is not None:
            self.network.show(frame, ease)

    def toggle_layer(self, name: str) -> None:
        """Hide the layer, or show it again; of a block all that is in it."""
        groups = groups_by_name(self.network.spec) if self.network is not None else {}
        inside = frozenset(groups[name].layers) if name in groups else frozenset({name})
        self.hidden = self.hidden - inside if inside <= self.hidden else self.hidden | inside
        if self.network is not None:
            self.network.set_hidden(self.hidden)

    @property
    def unseen(self) -> frozenset[str]:
        """Names of the layers that are hidden, or folded into others."""
        return self.hidden if self.arrangement is None else self.hidden | self.arrangement.layout.away

    # the camera

    def set_flat(self, flat: bool) -> None:
        """Change between space and plane, camera and all."""
        if self.arrangement is None or flat == self.arrangement.flat:
            return
        self.arrangement.set_flat(flat)
        if self.beside is not None:
            self.beside.align(self.arrangement)
        self.camera.set_flat(flat)
        self._limit()
        self.framing.go_home(1.0)

    def rearrange(self) -> None:
        """Layers are going to stand in other styles: who sees all of them goes on seeing all of them."""
        if self.arrangement is not None:
            if self.beside is not None:
                self.beside.align(self.arrangement)
            self._limit()
            self.framing.keep(0.8)

    def stand(self, embeddings: tuple[Item, ...]) -> None:
        """Let these, and no others, stand above their layers."""
        self.embeddings = embeddings
        if self.arrangement is not None and self.arrangement.set_embeddings(embeddings):
            self.rearrange()

    def reveal(self, layer: str) -> None:
        """Open the blocks that a layer is folded into."""
        if self.arrangement is not None and self.arrangement.reveal(layer):
            self.rearrange()

    # the pad

    def _place(self) -> None:
        """Put everything where the arrangement says."""
        if self.arrangement is None or self.network is None:
            return
        layout = self.arrangement.layout
        self.network.set_folds(self.arrangement.folds)
        self.network.set_layout(layout)
        self.stage.set_floor(1.0 - self.arrangement.flatness)
        self.network.set_reflected(self.arrangement.flatness < 1)
        self._lit = None
        upper = layout if self.beside is None else self.beside.layout(self.arrangement)
        low, high = np.minimum(layout.lower, upper.lower) - 60.0, np.maximum(layout.upper, upper.upper) + 60.0
        self.rig.enclose(np.array([low[0], low[1], -60.0]), high)

    def _place_pad(self) -> None:
        if self.arrangement is not None and not self.arrangement.spec.drawable:
            self.pad_view.path.hide()
            return
        self.pad_view.path.show()
        if self.docked:
            # Between near and far whatever the camera; the flat view's far camera has them close together.
            depth = math.sqrt(self.rig.lens.near * self.rig.lens.far)
            position, side = self.framing.dock_place.in_scene(self.camera.pose, self.rig.size, depth)
            self.pad_view.path.reparent_to(self.still.front)
            self.pad_view.hold(position, self.camera.pose, side)
        elif self.arrangement is not None:
            self.pad_view.path.reparent_to(self.still.room)
            self.pad_view.stand(self.arrangement.layout.pad)

    # the tick

    def update(self, dt: float, frame: ActivationFrame | None, beside: ActivationFrame | None = None) -> bool:
        """Ease everything by `dt` seconds; True if anything in the scene has changed.

        Args:
            frame: what the first network shows.
            beside: what the one beside it does.
        """
        changed, self.stale = self.stale, False
        if self.arrangement is not None and self.network is not None:
            if self.arrangement.follow(frame):
                self.network.set_faces(self.arrangement.layout)
                changed = True
            if self.arrangement.update(dt):
                self._place()
                changed = True
            if self.beside is not None:
                changed |= self.beside.update(dt, self.arrangement, beside, self.hidden)
        moved = self.camera.update(dt)
        self.framing.away |= self.camera.led_away
        if moved or changed:
            self._look()
        changed |= moved
        changed |= self._ink.update(dt)
        if self.network is not None:
            changed |= self.network.update(dt)
            changed |= self._light(frame)
        return changed

    def keep(self, moved: bool, drawn: bool) -> None:
        """Call before each frame: a room in which nothing has `moved` need not be drawn every time."""
        self.still.follow(moved or self.stale or not self.fast, drawn)

    def _look(self) -> None:
        """Put into the scene where the camera is."""
        pose = self.camera.pose
        self.rig.show(pose)
        self._place_pad()
        if self.network is not None and self.arrangement is not None:
            self.network.look_from(pose, self.rig.size, self.arrangement.flatness)
        if self.beside is not None:
            self.beside.look_from(pose, self.rig.size)

    def _light(self, frame: ActivationFrame | None) -> bool:
        """The layers' light on the floor."""
        if self._lit is frame or self.arrangement is None:
            return False
        self._lit = frame
        self.stage.light_floor(self.arrangement.layout, frame, self.colors)
        return True


def _limits() -> Limits:
    return Limits(np.array([-500.0, -500.0, 2.0]), np.array([500.0, 500.0, 500.0]), 2.0, 2000.0)
