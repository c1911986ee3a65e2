"""What is on the stage: the views and the camera, and how they are kept in step.

Part of app.py's room: it puts scene and tools together, and sees no torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.app_beside import Beside
from nnvis3d.errors import UserError
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.colormaps import ColorMap, color_maps
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.grouping import groups_by_name, paged
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.layer_bodies import PAD_SIZE
from nnvis3d.network.layout import Layout
from nnvis3d.network.picking import Hit, layer_at, pick, pick_plane
from nnvis3d.network.poses import Limits
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.network.stacking import joined, same_neuron
from nnvis3d.network.stands import Item
from nnvis3d.scene import stage, theme
from nnvis3d.scene.camera_rig import CameraRig
from nnvis3d.scene.docking import Dock, dock
from nnvis3d.scene.host import Host
from nnvis3d.scene.hud.places import hud_margins
from nnvis3d.scene.network_views import AnyNetworkView, view_of
from nnvis3d.scene.pad_view import PadView
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.still_room import StillRoom
from nnvis3d.tools.arrangement import Arrangement
from nnvis3d.tools.camera_tool import CameraTool
from nnvis3d.tools.latest import Latest
from nnvis3d.tools.pad_ink import PadInk
from nnvis3d.tools.pad_tool import PadTool
from nnvis3d.tools.scene_labels import LABEL_SPACE, TITLE_SPACE

if TYPE_CHECKING:
    from nnvis3d.options import Options

START_POSE = CameraPose((0.0, 0.0, 100.0), 400.0)


@dataclass(frozen=True)
class ScreenPlaces:
    """What a screen other than that of the panels leaves to scene and pad."""

    margins: tuple[float, float, float, float]
    """Shares of the picture beside the scene: left, right, bottom, top."""
    dock: Dock


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
        self.hover: Hit | None = None
        """The neuron under the pointer."""
        self.pointer: tuple[float, float] | None = None
        """Pixel of the pointer; None while it is elsewhere."""
        self.room = (0.0, 0.0, 0.0)
        """Pixels at the left, the right and the lower edge that panels take from the first view."""
        self.places: ScreenPlaces | None = None
        """Where the scene and the docked pad stand, if another one than the panels decides it."""
        self.embeddings: tuple[Item, ...] = ()
        """What stands above layers."""
        self.stale = True
        """Whether something changed that no tool reports."""
        self._lit: ActivationFrame | None = None
        self._map_index = 0
        self._away = False
        """Whether the person has moved the camera from the first view."""
        self.camera = CameraTool(START_POSE, _limits(), host.size, self._point_at, self.home)
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
        if not self._away and self.arrangement is not None:
            self.camera.jump(self.home())

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
        self.arrangement = Arrangement(spec, flat, self.embeddings)
        self.network = view_of(spec, self.arrangement.layout, self.still.room, self.shaders)
        self.hidden = frozenset()
        if self.beside is not None:
            self.beside.align(self.arrangement)
        self._recolor()
        self._place()
        self._limit()
        self.camera.set_flat(flat)
        self._away &= same
        if first:
            self.camera.jump(self.home())
        elif not self._away:
            self.camera.home()

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
        if not self._away or alone:
            self.go_home()

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

    def home(self) -> CameraPose:
        """The first view of the arrangement that is shown or coming."""
        goal = self.goal
        if self.arrangement is None or goal is None:
            return START_POSE
        width, height = self.rig.size
        if self.places is not None:
            shown = goal.layers if self.docked else None
            return home_pose(goal, width / height, self.places.margins, shown)
        left, right, bottom, top = hud_margins(width, height, self.scale)
        lines = 2 if paged(self.arrangement.spec) or self.beside is not None else 1
        top = min(top + lines * LABEL_SPACE * self.scale / height, 0.4)
        if goal.pad_size == 0:
            beside = min(TITLE_SPACE * self.scale / width, 0.1)
            left, right = left + beside, right + beside
        left = min(max(left, self.room[0] / width), 0.5)
        right = min(max(right, self.room[1] / width), 0.5)
        bottom = min(bottom + self.room[2] / height, 0.5)
        return home_pose(goal, width / height, (left, right, bottom, top))

    def leave_room(self, left: float, right: float, bottom: float) -> None:
        """Keep the network clear of what stands so many pixels wide at these edges of the picture, unless the
        person has moved the camera."""
        if (left, right, bottom) != self.room:
            self.room = (left, right, bottom)
            if not self._away and self.arrangement is not None:
                self.camera.home()

    def go_home(self) -> None:
        self._away = False
        self.camera.home()

    def set_flat(self, flat: bool) -> None:
        """Change between space and plane, camera and all."""
        if self.arrangement is None or flat == self.arrangement.flat:
            return
        self.arrangement.set_flat(flat)
        if self.beside is not None:
            self.beside.align(self.arrangement)
        self.camera.set_flat(flat)
        self._limit()
        self._away = False
        self.camera.home(1.0)

    def rearrange(self) -> None:
        """Layers are going to stand in other styles: who sees all of them goes on seeing all of them."""
        if self.arrangement is not None:
            if self.beside is not None:
                self.beside.align(self.arrangement)
            self._limit()
            if not self._away:
                self.camera.home(0.8)

    def stand(self, embeddings: tuple[Item, ...]) -> None:
        """Let these, and no others, stand above their layers."""
        self.embeddings = embeddings
        if self.arrangement is not None and self.arrangement.set_embeddings(embeddings):
            self.rearrange()

    def reveal(self, layer: str) -> None:
        """Open the blocks that a layer is folded into."""
        if self.arrangement is not None and self.arrangement.reveal(layer):
            self.rearrange()

    def layer_here(self) -> str | None:
        """The name of the layer under the pointer."""
        if self.arrangement is None or self.pointer is None:
            return None
        return layer_at(self.arrangement.layout, *self.rig.ray(*self.pointer), self.unseen)

    def _point_at(self, x: float, y: float) -> np.ndarray | None:
        hit = self._pick(x, y) or self._pick_beside(x, y)
        return None if hit is None else hit.point

    def pick(self, x: float, y: float) -> Hit | None:
        """The neuron that is seen at a pixel; what is seen of a network beside stands for the neuron at the
        same place in the first, if that has one."""
        hit = self._pick(x, y) or self._pick_beside(x, y)
        known = hit is not None and self.arrangement is not None
        return hit if known and same_neuron(hit.neuron, self.arrangement.spec) else None  # type: ignore[union-attr]

    def _pick(self, x: float, y: float) -> Hit | None:
        if self.arrangement is None:
            return None
        return pick(self.arrangement.layout, *self.rig.ray(x, y), self.unseen)

    def _pick_beside(self, x: float, y: float) -> Hit | None:
        if self.arrangement is None or self.beside is None:
            return None
        return self.beside.pick(self.arrangement, *self.rig.ray(x, y))

    def look_for_hover(self, free: bool) -> None:
        """Find the neuron under the pointer, if the pointer is free to point at one."""
        self.hover = None
        if self.beside is not None:
            self.beside.pointed = None
        if not free or self.pointer is None or self.camera.dragging:
            return
        if self.to_pad(*self.pointer, False) is None:
            self.hover = self.pick(*self.pointer)
            if self.beside is not None:
                here = self.hover or self._pick_beside(*self.pointer)
                self.beside.pointed = same_neuron(here.neuron, self.beside.spec) if here else None

    # the pad

    @property
    def dock_place(self) -> Dock:
        if self.places is not None:
            return self.places.dock
        size = self.rig.size
        return dock(size, hud_margins(*size, self.scale))

    def to_pad(self, x: float, y: float, outside: bool) -> tuple[float, float] | None:
        """Pad coordinates of what is seen at a pixel; beyond the pad's edges only if `outside`."""
        if self.docked and (self.arrangement is None or self.arrangement.spec.drawable):
            return self.dock_place.to_pad(x, y, outside)
        if self.arrangement is None or not self.arrangement.spec.drawable:
            return None
        return pick_plane(self.arrangement.layout.pad, self.pad_view.size, *self.rig.ray(x, y), outside)

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
            position, side = self.dock_place.in_scene(self.camera.pose, self.rig.size, depth)
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
        self._away |= self.camera.led_away
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
