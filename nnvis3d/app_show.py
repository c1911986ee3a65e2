"""What is on the stage: the views, the camera, the panels, and how they are kept in step.

Part of app.py's room: it puts scene and tools together, and sees no torch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.network.colormaps import ColorMap, color_maps
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.layout import PAD_SIZE, CameraPose, home_pose
from nnvis3d.network.picking import Hit, pick, pick_plane
from nnvis3d.network.poses import Limits
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.scene import input_events as events
from nnvis3d.scene import stage, theme
from nnvis3d.scene.camera_rig import CameraRig
from nnvis3d.scene.docking import Dock, dock
from nnvis3d.scene.host import Host
from nnvis3d.scene.hud.hud import Hud
from nnvis3d.scene.hud.places import hud_margins
from nnvis3d.scene.hud.state import Choice, HelpRow, HudState, Invocation, Message, SceneLabel, Tooltip
from nnvis3d.scene.network_view import NetworkView
from nnvis3d.scene.overlay import Overlay
from nnvis3d.scene.pad_view import PadView
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.tools import hud_presenter as presenter
from nnvis3d.tools import scene_labels
from nnvis3d.tools.arrangement import Arrangement
from nnvis3d.tools.camera_tool import CameraTool
from nnvis3d.tools.invitation import Invitation
from nnvis3d.tools.pad_tool import PadTool

if TYPE_CHECKING:
    from nnvis3d.app import Options

NETWORKS = (Choice("cnn", "CNN"), Choice("mlp", "MLP"))
START_POSE = CameraPose((0.0, 0.0, 100.0), 400.0)


class Show:
    """Holds the views and keeps them in step with camera, layout and frame."""

    def __init__(self, host: Host, options: Options, pad: PadTool):
        self.host = host
        self.options = options
        self.pad = pad
        self.shaders = ShaderLibrary(host.gsg)
        self.root = host.root
        self.stage = stage.Stage(self.root, self.shaders)
        self.rig = CameraRig(self.root, host.size)
        region = host.output.make_display_region()
        region.set_camera(self.rig.node)
        self.pad_view = PadView(self.root, self.shaders, PAD_SIZE, pad.canvas.size)
        self.invitation = Invitation(pad.canvas.size)
        self.overlay = Overlay(host.output, self.shaders)
        self.theme = self._scaled(theme.THEMES[options.theme])
        self.hud = Hud(self.overlay, self.theme)
        self.loading = ""
        self.layers_open = self.help_open = self.docked = False
        self.labels_shown = self.panels_shown = True
        self.stale = True
        """Whether something changed that no tool reports: a panel opened, a colour map chosen."""
        self.hidden: frozenset[str] = frozenset()
        self.network: NetworkView | None = None
        self.arrangement: Arrangement | None = None
        self._labelled: tuple[tuple, tuple[SceneLabel, ...]] | None = None
        """For which view the layers' titles were placed, and they."""
        self.hover: Hit | None = None
        self.pointer: tuple[float, float] | None = None
        self._state = HudState()
        self._inked = (-1, False)
        self._map_index = 0
        self.camera = CameraTool(START_POSE, _limits(), host.size, self._point_at, self.home)
        self._away = False
        """Whether the person has moved the camera from the first view."""
        self.legend = presenter.LegendPresenter(self.colors)
        self.set_theme(options.theme)

    # colours and sizes

    @property
    def colors(self) -> ColorMap:
        maps = color_maps(self.theme.name == "light")
        return maps[self._map_index % len(maps)]

    def set_theme(self, name: str) -> None:
        self.theme = self._scaled(theme.THEMES[name])
        colors = stage.LIGHT if name == "light" else stage.DARK
        self.stage.set_colors(colors)
        # What smoothed edges are blended with where the room is drawn after them.
        self.host.output.set_clear_color((*colors.horizon, 1))
        self._recolor()

    def next_colors(self) -> str:
        """Use the next colour map; returns what it is called."""
        self._map_index += 1
        self._recolor()
        return self.colors.title

    def _recolor(self) -> None:
        self.legend.set_colors(self.colors)
        if self.network is not None:
            self.network.set_colors(self.colors)
        self._lit = None
        self.stale = True

    def _scaled(self, look: theme.Theme) -> theme.Theme:
        return look.scaled(theme.interface_scale(*self.host.size, self.options.scale))

    def resize(self) -> None:
        """The picture has another size now."""
        self.rig.resize(*self.host.size)
        self.theme = self._scaled(theme.THEMES[self.theme.name])
        self.stale = True
        if not self._away and self.arrangement is not None:
            self.camera.jump(self.home())

    # the network

    def set_network(self, spec: NetworkSpec) -> None:
        """Put this network on the stage instead of the one that stands there."""
        flat = self.arrangement.flat if self.arrangement else self.options.flat
        first = self.network is None
        if self.network is not None:
            self.network.remove()
        self.arrangement = Arrangement(spec, flat)
        self.network = NetworkView(spec, self.arrangement.layout, self.root, self.shaders)
        self.hidden = frozenset()
        self._recolor()
        self._place()
        self.camera.limits = Limits.around(self.arrangement.goal)
        self.camera.set_flat(flat)
        self._away = False
        if first:
            self.camera.jump(self.home())
        else:
            self.camera.home()

    def show_frame(self, frame: ActivationFrame, ease: bool) -> None:
        if self.network is not None:
            self.network.show(frame, ease)

    def toggle_layer(self, name: str) -> None:
        self.hidden = self.hidden ^ {name}
        if self.network is not None:
            self.network.set_hidden(self.hidden)

    # the camera

    def home(self) -> CameraPose:
        """The first view of the arrangement that is shown or coming."""
        if self.arrangement is None:
            return START_POSE
        width, height = self.rig.size
        left, right, bottom, top = hud_margins(width, height, self.theme.scale)
        top = min(top + scene_labels.LABEL_SPACE * self.theme.scale / height, 0.4)
        return home_pose(self.arrangement.goal, width / height, (left, right, bottom, top))

    def go_home(self) -> None:
        self._away = False
        self.camera.home()

    def set_flat(self, flat: bool) -> None:
        """Change between space and plane, camera and all."""
        if self.arrangement is None or flat == self.arrangement.flat:
            return
        self.arrangement.set_flat(flat)
        self.camera.set_flat(flat)
        self.camera.limits = Limits.around(self.arrangement.goal)
        self._away = False
        self.camera.home(1.0)

    def _point_at(self, x: float, y: float) -> np.ndarray | None:
        hit = self._pick(x, y)
        return None if hit is None else hit.point

    def _pick(self, x: float, y: float) -> Hit | None:
        if self.arrangement is None:
            return None
        return pick(self.arrangement.layout, *self.rig.ray(x, y), self.hidden)

    # the pad

    @property
    def dock_place(self) -> Dock:
        size = self.rig.size
        return dock(size, hud_margins(*size, self.theme.scale))

    def to_pad(self, x: float, y: float, outside: bool) -> tuple[float, float] | None:
        """Pad coordinates of what is seen at a pixel."""
        if self.docked:
            return self.dock_place.to_pad(x, y, outside)
        if self.arrangement is None:
            return None
        return pick_plane(self.arrangement.layout.pad, self.pad_view.size, *self.rig.ray(x, y), outside)

    def _place(self) -> None:
        """Put everything where the arrangement says."""
        if self.arrangement is None or self.network is None:
            return
        layout = self.arrangement.layout
        self.network.set_layout(layout)
        self.stage.set_floor(1.0 - self.arrangement.flatness)
        self.network.set_reflected(self.arrangement.flatness < 1)
        low, high = layout.lower - 60.0, layout.upper + 60.0
        self.rig.enclose(np.array([low[0], low[1], -60.0]), high)

    def _place_pad(self) -> None:
        if self.docked:
            near = self.rig.lens.near * 1.5
            position, side = self.dock_place.in_scene(self.camera.pose, self.rig.size, near)
            self.pad_view.hold(position, self.camera.pose, side)
        elif self.arrangement is not None:
            self.pad_view.stand(self.arrangement.layout.pad)

    # events

    def note(self, event: events.Event) -> None:
        """Tell the panels of everything, and remember where the pointer is."""
        match event:
            case events.PointerMoved():
                self.pointer = (event.x, event.y)
                self.overlay.pointer(event.x, event.y)
            case events.PointerLeft():
                self.pointer = None
                self.overlay.leave()
            case events.ButtonChanged():
                self.pointer = (event.x, event.y)
                self.overlay.pointer(event.x, event.y)
                self.overlay.button({0: 0, 1: 2, 2: 1}[event.button], event.down)
            case events.Wheel():
                self.overlay.wheel(-event.dx, event.dy)
            case events.KeyChanged():
                self.overlay.key(event.name, event.down)
            case events.TextTyped():
                self.overlay.text(event.text)

    def panels_take(self, event: events.Event) -> bool:
        """Whether the panels keep this event for themselves."""
        if isinstance(event, events.KeyChanged | events.TextTyped):
            return self.overlay.wants_keyboard
        released = isinstance(event, events.ButtonChanged) and not event.down
        return (
            self.overlay.wants_pointer and not self.pad.stroking and not (released and self.camera.dragging)
        )

    # the tick

    def update(self, dt: float, frame: ActivationFrame | None) -> bool:
        """Ease everything by `dt` seconds; True if anything in the scene has changed."""
        changed = self.stale
        if self.arrangement is not None and self.arrangement.update(dt):
            self._place()
            changed = True
        moved = self.camera.update(dt)
        self._away |= self.camera.dragging
        if moved or changed:
            self._look()
        changed |= moved
        changed |= self._update_pad(dt)
        if self.network is not None:
            changed |= self.network.update(dt)
            if self._lit is not frame:
                self._lit = frame
                self.stage.light_floor(self.arrangement.layout, frame, self.colors)  # type: ignore[union-attr]
                changed = True
        return changed

    def _look(self) -> None:
        """Put into the scene where the camera is."""
        pose = self.camera.pose
        self.rig.show(pose)
        self._place_pad()
        if self.network is not None and self.arrangement is not None:
            self.network.look_from(pose, self.rig.size[1], self.arrangement.flatness)

    def _update_pad(self, dt: float) -> bool:
        """Upload what the pad shows: the drawing, or on an empty pad what one could draw."""
        inviting = self.pad.drawing.empty
        changed = self.invitation.update(dt, inviting)
        shown = (self.invitation.canvas.version, True) if inviting else (self.pad.canvas.version, False)
        if changed or shown != self._inked:
            self._inked = shown
            if inviting:
                self.pad_view.set_ink(self.invitation.canvas.pixels, max(self.invitation.strength, 0.01))
            else:
                self.pad_view.set_ink(self.pad.canvas.pixels)
            return True
        return False

    # the panels

    def panels(
        self,
        dt: float,
        frame: ActivationFrame | None,
        runner: object,
        messages: tuple[Message, ...],
        help_rows: tuple[HelpRow, ...],
    ) -> tuple[bool, list[Invocation]]:
        """Show the panels; whether they were built anew, and what they ask for."""
        if not self.panels_shown:
            self.stale = False
            return False, []
        builds = self.hud.builds
        self._hover(frame)
        state = self._hud_state(frame, messages, help_rows)
        self.stale = False
        asked = self.hud.update(dt, self.rig.size, state, self.theme)
        return self.hud.builds != builds, asked

    def _hover(self, frame: ActivationFrame | None) -> None:
        free = self.pointer is not None and not self.pad.stroking and not self.camera.dragging
        if not free or frame is None or self.overlay.wants_pointer or self.to_pad(*self.pointer, False):  # type: ignore[misc]
            self.hover = None
        else:
            self.hover = self._pick(*self.pointer)  # type: ignore[misc]

    def _hud_state(
        self, frame: ActivationFrame | None, messages: tuple[Message, ...], help_rows: tuple[HelpRow, ...]
    ) -> HudState:
        spec = self.network.spec if self.network is not None else None
        hovered = spec.by_name.get(self.hover.neuron.layer) if spec and self.hover else None
        return replace(
            self._state,
            networks=NETWORKS,
            network=spec.name if spec else self.options.model,
            arrangement="2d" if self.arrangement and self.arrangement.flat else "3d",
            camera="fly" if self.camera.mode == "fly" else "orbit",
            answer=presenter.answer_state(frame),
            pad=presenter.pad_state(self.pad, self.docked, None),
            legends=self.legend.states(frame, hovered),
            layers=presenter.layer_rows(spec, self.hidden) if spec else (),
            layers_open=self.layers_open,
            help_open=self.help_open,
            help_rows=help_rows,
            labels=self._labels(frame),
            labels_shown=self.labels_shown,
            tooltip=self._tooltip(frame),
            messages=messages,
            loading=self.loading,
        )

    def _labels(self, frame: ActivationFrame | None) -> tuple[SceneLabel, ...]:
        if self.arrangement is None or self.network is None or not self.labels_shown:
            return ()
        layout, project = self.arrangement.layout, self.rig.project
        view = (layout, self.rig.pose, self.rig.size, self.hidden, self.theme.scale)
        if self._labelled is None or self._labelled[0] != view:
            titles = tuple(scene_labels.layer_labels(layout, project, self.hidden, self.theme.scale))
            self._labelled = (view, titles)
        titles = self._labelled[1]
        output = layout.layers[self.network.spec.output.name]
        if output.spec.name in self.hidden:
            return titles
        return titles + tuple(scene_labels.output_labels(self.network.spec, output, frame, project))

    def _tooltip(self, frame: ActivationFrame | None) -> Tooltip | None:
        if self.hover is None or frame is None or self.pointer is None:
            return None
        neuron = self.hover.neuron
        if neuron.layer not in frame.spec.by_name:
            return None
        _, height, width = frame.spec.by_name[neuron.layer].map_shape
        where = f"{neuron.layer} · map {neuron.channel} · row {neuron.row} · column {neuron.column}"
        title = where if height * width > 1 else f"{neuron.layer} · neuron {neuron.channel}"
        return Tooltip(title, presenter.value_text(frame.value(neuron)), *self.pointer)

    def close(self) -> None:
        self.hud.close()
        self.overlay.destroy()


def _limits() -> Limits:
    return Limits(np.array([-500.0, -500.0, 2.0]), np.array([500.0, 500.0, 500.0]), 2.0, 2000.0)
