"""Tours in the program: what a player may do to it, how the stage is set for one, and who may end it.

It puts scene and tools together, and sees no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.network import catalog
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.scene import input_events as events
from nnvis3d.scene.captions import Captions, ShownWords
from nnvis3d.scene.hud.places import BOTTOM, EDGE, hud_margins
from nnvis3d.tools.lab_bindings import LAB_ACTIONS
from nnvis3d.tools.scene_labels import LABEL_SPACE
from nnvis3d.tools.tour_player import TourPlayer, TourPorts
from nnvis3d.tour.checks import World, check
from nnvis3d.tour.framing import Aim, Margins, frame_pose, neuron_at
from nnvis3d.tour.timeline import Timeline, Words

if TYPE_CHECKING:
    from nnvis3d.app.app import App
    from nnvis3d.app.lab import LabInApp

CAPTION_ROOM = 0.16
"""Share of the picture's height that a tour with captions leaves to them."""
LOWEST, LOWEST_IN_LAB = 0.4, 0.56
"""Share of the picture's height that captions and panels take at its foot at most: the lab's dock is high."""

BESIDE = frozenset(
    {"record_video", "tour_strip", "screenshot", "toggle_fullscreen", "keyframe", "record_tour"}
)
"""Keys that disturb no tour."""
ENDS = frozenset({"play_tour", "dismiss_message"})
"""Keys that end a tour and do nothing else."""


class Touring:
    """Plays tours in an App: at most one at a time."""

    def __init__(self, app: App):
        self.app = app
        self.player: TourPlayer | None = None
        self.strict = False
        """Whether what goes wrong is raised, as a recording wants it, or said in the window."""
        self.words_shown = True
        """Whether captions and titles are drawn."""
        self._captions: Captions | None = None
        self._words: tuple[ShownWords, ...] = ()
        self._foot = 0.0
        self._waiting = False

    @property
    def playing(self) -> bool:
        return self.player is not None

    def play(self, timeline: Timeline, language: str = "en") -> None:
        """Set the stage for it and begin; what plays now ends.

        Raises:
            UserError: it asks for something that there is not.
        """
        self.stop()
        check(timeline, world(self.app))
        captioned = any(isinstance(e, Words) and e.style == "caption" for e in timeline.events)
        self._foot = CAPTION_ROOM if captioned else 0.0
        self.player = TourPlayer(timeline, self._ports(), language)
        self._waiting = True
        self._set_stage(timeline)

    def start(self) -> None:
        """Begin now, the camera at home; a recording says so when everything has come to rest."""
        self._waiting = False
        self._look(self.app.show.framing.home())

    def stop(self) -> None:
        """At once; the scene stays as it is, the panels come back."""
        if self.player is None:
            return
        player, self.player = self.player, None
        player.stop()
        self._finish()

    def update(self, dt: float) -> bool:
        """Call first in every tick; True if what is seen has changed."""
        player = self.player
        if player is not None and self._waiting and not self.strict and not self.app.answering.loader.pending:
            self.start()
        if player is not None and not self._waiting:
            try:
                player.update(dt)
            except UserError as error:
                if self.strict:
                    raise
                self.stop()
                self.app.panels.messages.error(str(error))
            if player.finished and self.player is player:
                self.player = None
                self._finish()
        return self._draw_words()

    def intercept(self, event: events.Event) -> bool:
        """A person did this while a tour plays: a press, a key or the wheel ends it. True: go no further."""
        if self.player is None:
            return False
        panels = self.app.panels
        match event:
            case events.PointerMoved() | events.PointerLeft():
                panels.note(event)
                return True
            case events.TextTyped():
                return True
            case events.ButtonChanged() | events.Wheel() if panels.shown and panels.overlay.wants_pointer:
                return False  # on a button, such as the one that stops it
            case events.ButtonChanged(down=True) | events.Wheel():
                self.stop()
            case events.KeyChanged(down=True):
                return self._key(event)
        return False

    def _key(self, event: events.KeyChanged) -> bool:
        action = self.app.actions.for_key(event)
        if action in BESIDE:
            return False
        self.stop()
        return action in ENDS

    def close(self) -> None:
        if self._captions is not None:
            self._captions.close()
            self._captions = None

    # the stage

    def _set_stage(self, timeline: Timeline) -> None:
        app, stage = self.app, timeline.stage
        show = app.show
        for action, argument in (
            ("find_close", None), ("step_close", None), ("select", None), ("clear", None), ("pen", None),
            ("unfold_all", None), ("orbit", None), ("toggle_theme", stage.theme),
            ("toggle_arrangement", stage.view), ("toggle_labels", stage.labels),
            ("next_colormap", stage.colormap or color_maps(False)[0].name),
        ):  # fmt: skip
            app.invoke(action, argument)
        for name in sorted(show.hidden):
            app.invoke("toggle_layer", name)
        for card in [inspector.id for inspector in app.asking.answers.inspectors(show.colors)]:
            app.invoke("inspector_close", card)
        show.docked = False
        app.pad.set_normalize(True)
        app.panels.help_open = app.panels.layers_open = False
        app.panels.set_shown(stage.panels != "none", tools=stage.panels == "all")
        app.panels.messages.clear()
        if app.lab is not None:
            self._set_lab(app.lab)
            return
        shown = show.network.spec.name if show.network is not None else ""
        if shown != stage.network or (app.runner is None and not app.answering.loader.pending):
            app.answering.request(stage.network)

    def _set_lab(self, lab: LabInApp) -> None:
        """Nothing is open or chosen in it, and it rests."""
        for action, argument in (
            ("lab_toggle", False), ("lab_tab", "train"), ("lab_bars", "none"), ("lab_source", "drawing"),
            ("lab_view", None), *(("lab_points", item) for item in lab.desk.points), ("lab_classes", None),
            ("lab_stand", False),
        ):  # fmt: skip
            self.app.invoke(action, argument)

    def _finish(self) -> None:
        self.app.panels.set_shown(True)
        self.app.show.pointing.pixel = None
        self.app.show.stale = True

    # what the player may do

    def _ports(self) -> TourPorts:
        return TourPorts(
            invoke=self._invoke,
            act=self._act,
            pose=lambda: self.app.show.camera.pose,
            look=self._look,
            frame=self._frame,
            pad_pixels=self._pad_pixels,
            neuron_pixel=self._neuron_pixel,
            brush=self.app.pad.set_brush,
            words=self._say,
        )

    def _invoke(self, action: str, argument: object) -> None:
        self.app.actions.invoke(action, argument)
        self.app.show.stale = True

    def _act(self, event: events.Event) -> None:
        self.app.perform(event)
        pressed = isinstance(event, events.ButtonChanged) and event.down
        if pressed and not self.app.pad.stroking:
            raise ValueError("a panel covers the pad where the pen goes down: close it, or look elsewhere")

    def _look(self, pose: CameraPose) -> None:
        camera = self.app.show.camera
        if pose != camera.pose or pose != camera.goal:
            camera.jump(pose)
            self.app.show.stale = True
        camera.led_away = True

    def _margins(self) -> Margins:
        show, panels = self.app.show, self.app.panels
        if show.framing.places is not None:
            return show.framing.places.margins
        width, height = show.rig.size
        left, right, bottom, top = hud_margins(width, height, show.scale)
        if not panels.shown:
            top = 0.03
        if not panels.tools:
            bottom = 0.03
        if panels.labels_shown:
            top = min(top + LABEL_SPACE * show.scale / height, 0.4)
        room = panels.room
        left = min(max(left, room[0] / width), 0.4)
        right = min(max(right, room[1] / width), 0.5)
        foot = room[2] / height
        if panels.lab is not None:
            bottom = max(bottom, self._foot + self._low() / height)
            return left, right, min(bottom, LOWEST_IN_LAB), top
        return left, right, min(max(bottom + foot, self._foot + foot), LOWEST), top

    def _low(self) -> float:
        """Pixels at the lower edge that panels take."""
        panels = self.app.panels
        foot = panels.room[2] if panels.shown else 0.0
        under = BOTTOM if panels.tools or panels.lab is None else EDGE
        return foot + under * panels.theme.scale if foot else 0.0

    def _frame(self, aim: Aim, near: CameraPose) -> CameraPose:
        show = self.app.show
        assert show.arrangement is not None
        layout, spec = show.arrangement.goal, show.arrangement.spec
        return frame_pose(aim, layout, spec, show.rig.aspect, self._margins(), near)

    def _pad_pixels(self, points: np.ndarray) -> np.ndarray:
        pixels, seen = self.app.show.pointing.from_pad(points)
        if not seen.all():
            raise ValueError("the pad is not in the picture: look at it before you draw")
        return pixels

    def _neuron_pixel(self, address: str) -> tuple[float, float]:
        show = self.app.show
        assert show.arrangement is not None
        neuron = neuron_at(show.arrangement.spec, address)
        pixels, _ = show.rig.project(show.arrangement.layout.position(neuron)[None])
        x, y = pixels[0].tolist()
        return x, y

    # words

    def _say(self, words: tuple[ShownWords, ...]) -> None:
        self._words = words if self.words_shown else ()

    def _draw_words(self) -> bool:
        if self._captions is None:
            if not self._words:
                return False
            self._captions = Captions(self.app.host.output, self.app.show.shaders, self.app.panels.theme)
        panels, (width, height) = self.app.panels, self.app.show.rig.size
        left = panels.room[0] if panels.shown else 0.0
        taken = round(left), round(self._low())
        return self._captions.update(self._words, (width, height), panels.theme, taken)


def world(app: App) -> World:
    """What a tour can ask of this program."""
    lab = app.lab.stage() if app.lab is not None else None
    trains = (lab.model,) if lab is not None else ()
    return World(
        app.actions.names, [colors.name for colors in color_maps(False)], spec_of, LAB_ACTIONS, trains
    )


def spec_of(name: str) -> NetworkSpec | None:
    """A built-in network's spec; None for one that is known only once it was loaded."""
    return catalog.network_spec(name) if name in catalog.NETWORKS else None
