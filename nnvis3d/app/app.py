"""The only room that sees both sides: it builds the others, and runs the tick.

One tick, top to bottom: what the person did -> the drawing -> the network -> what is shown -> the camera ->
the panels -> the picture. Nothing else in the program reads the clock.
"""

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nnvis3d.app.actions import connect
from nnvis3d.app.answering import Answering
from nnvis3d.app.ask import Asking
from nnvis3d.app.directing import Directing
from nnvis3d.app.lab import LabInApp, Opener
from nnvis3d.app.panels import Panels
from nnvis3d.app.pictures import Sight, connect_pictures
from nnvis3d.app.show import Show
from nnvis3d.app.tour import Touring
from nnvis3d.errors import UserError
from nnvis3d.files import free_name
from nnvis3d.loading import NetworkLoader, load_runner
from nnvis3d.network import catalog
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.options import Options
from nnvis3d.scene import input_events as events
from nnvis3d.scene.host import Host
from nnvis3d.scene.input_layer import InputLayer
from nnvis3d.tools.actions import Actions
from nnvis3d.tools.gamepad import Gamepad
from nnvis3d.tools.key_bindings import BINDINGS
from nnvis3d.tools.lab_bindings import lab_table
from nnvis3d.tools.pad_tool import PadTool

if TYPE_CHECKING:
    from nnvis3d.loading import AnyRunner

TICK_SECONDS = 1 / 60
LONGEST_TICK = 0.1
"""A longer pause counts as so much: what eases must not jump after one."""


class Attendant(Protocol):
    """Sees each event before anybody else, and each tick: the kiosk."""

    def take(self, event: events.Event) -> bool:
        """Whether nobody else shall see this event."""

    def update(self, dt: float) -> None:
        """So many seconds pass."""


class App:
    """Everything together, in a window or without one."""

    def __init__(
        self,
        host: Host,
        options: Options,
        loader: NetworkLoader | None = None,
        lab: Opener | None = None,
    ):
        """
        Args:
            loader: how networks arrive; None: on a thread of their own, while pictures are already drawn.
            lab: the training lab whose network is shown; None: networks that are ready come from `loader`.
        """
        self.host = host
        self.options = options
        self.input = InputLayer(None if host.offscreen else host.output, host.engine)
        self.pad = PadTool(self._to_pad)
        self.show = Show(host, options, self.pad)
        self.actions = Actions(lab_table() if lab is not None else BINDINGS)
        self.asking = Asking(self.show, self.pad, lambda text: self.panels.messages.say(text))
        connect(self)
        self.lab = LabInApp(self, lab) if lab is not None else None
        self.asking.connect(self.actions, self.save_card)
        self.panels = Panels(self.show, self.pad, self.asking.answers)
        if self.lab is not None:
            self.panels.lab, self.panels.standing = self.lab.state, self.lab.standing
            self.panels.comparison = self.lab.comparison
        self.gamepad = Gamepad(self.show.camera, self.actions)
        self.sight = Sight(self.pad, self.panels.messages)
        connect_pictures(self)
        self.touring = Touring(self)
        self.directing = Directing(self)
        self.panels.learn(self.actions.shown_keys(), self.actions.rows())
        self.answering = Answering(
            self, loader or NetworkLoader(lambda name: load_runner(name, options.weights, options))
        )
        self.quit = False
        self.tick_ms = 0.0
        """How long the last tick of `run` took, milliseconds."""
        self.attendant: Attendant | None = None
        """Who looks after visitors, in a kiosk."""
        self._pressed: tuple[float, float] | None = None
        """Where the left button went down beside panels and pad."""
        self._stage_at_once(options.model)
        if self.lab is not None:
            self.lab.start()
        else:
            self.answering.request(options.model)

    @property
    def runner(self) -> "AnyRunner | None":
        """Who runs the network that is shown; None until it is there."""
        return self.answering.runner

    @property
    def frame(self) -> ActivationFrame | None:
        """What the network answered last."""
        return self.answering.frame

    def _stage_at_once(self, name: str) -> None:
        """Show a built-in network's layers before anything of PyTorch is there; the weights follow."""
        if name in catalog.NETWORKS:
            self.show.set_network(catalog.network_spec(name, self.options.weights))

    # the tick

    def tick(self, dt: float, draw: bool = True) -> bool:
        """Let `dt` seconds pass; draws and returns True if anything that is seen has changed."""
        toured = self.touring.update(dt)
        for event in self.input.poll():
            if self.attendant is not None and self.attendant.take(event):
                continue
            if not self.touring.intercept(event):
                self.perform(event)
                self.directing.saw()
        if self.attendant is not None:
            self.attendant.update(dt)
        self.answering.take_network()
        if self.lab is not None:
            self.lab.update(dt)
        self.sight.update()
        self.answering.update()
        if self.attendant is None:
            self.gamepad.update(dt)
        free = not (self.pad.stroking or self.panels.overlay.wants_pointer)
        self.show.pointing.look(free and not (self.lab is not None and self.lab.standing.pointed))
        changed = self.asking.update(dt, self.frame)
        if self.lab is not None:
            changed |= self.lab.update_scene(dt)
        beside = self.lab.comparison.frame if self.lab is not None else None
        moved = self.show.update(dt, self.frame, beside) | toured
        self.show.framing.leave_room(*self.panels.room)
        built, asked = self.panels.update(dt, self.frame)
        for invocation in asked:
            self.invoke(invocation.action, invocation.argument)
        changed |= moved | built
        self.show.keep(moved, drawn=changed and draw)
        if changed and draw:
            self.host.render()
        self.directing.update(dt, changed and draw)
        return changed

    def perform(self, event: events.Event) -> None:
        """Somebody did this. Panels first, then the pad, then the camera: whoever takes it, keeps it."""
        self.panels.note(event)
        match event:
            case events.CloseRequested():
                self.quit = True
            case events.WindowResized():
                self.show.resize()
                self.restyle()
                self.show.camera.handle(event)
            case events.FilesDropped():
                self.invoke("open_files", event.paths)
            case events.KeyChanged() | events.TextTyped():
                self._key(event)
            case _:
                self._point(event)

    def _point(self, event: events.Event) -> None:
        match event:
            case events.PointerMoved() | events.ButtonChanged():
                self.show.pointing.pixel = (event.x, event.y)
            case events.PointerLeft():
                self.show.pointing.pixel = None
        standing = self.lab.standing if self.lab is not None else None
        taken = self.panels.take(event) or self.pad.handle(event)
        if not (taken or (standing is not None and standing.handle(event))):
            self._click(event)
            self.show.camera.handle(event)

    def _click(self, event: events.Event) -> None:
        """A press and a release at one place ask the neuron there; on empty space they ask none."""
        if not isinstance(event, events.ButtonChanged) or event.button != 0:
            return
        if event.down:
            self._pressed = (event.x, event.y)
        elif self._pressed is not None and not self.show.camera.dragging:
            group = self.panels.group_at(*self._pressed)
            if group is not None:
                self.invoke("fold_layer", group)
            else:
                hit = self.show.pointing.pick(*self._pressed)
                self.invoke("select", hit.neuron if hit is not None else None)
            self._pressed = None

    def _key(self, event: events.KeyChanged | events.TextTyped) -> None:
        released = isinstance(event, events.KeyChanged) and not event.down
        if self.panels.take(event) and not released:  # who held a key must hear that it was let go
            return
        if self.show.camera.handle(event):
            return
        action = self.actions.for_key(event)
        if action is not None:
            self.invoke(action)

    def invoke(self, action: str, argument: object = None) -> None:
        """The one way in which anything is asked for; what goes wrong is said, and the old state kept."""
        try:
            self.actions.invoke(action, argument)
        except UserError as error:
            self.panels.messages.error(str(error))
        self.directing.acted(action, argument)
        self.show.stale = True

    def restyle(self) -> None:
        """Theme, colour map or picture size are other ones now."""
        self.panels.restyle()
        self.asking.restyle()

    def save_card(self, card: str) -> None:
        """Write the inspector with this id as a picture, as it is on screen.

        Raises:
            UserError: it cannot be written.
        """
        place = self.panels.hud.places.get(f"inspector/{card}")
        if place is not None:
            path = free_name(Path.cwd(), "nnvis3d-neuron")
            self.host.save_picture(path, place)
            self.panels.messages.say(f"Saved {path}")

    def _to_pad(self, x: float, y: float, outside: bool) -> tuple[float, float] | None:
        return self.show.pointing.to_pad(x, y, outside)

    # running

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Until the person closes the window, or `until` says so."""
        last = time.perf_counter()
        while not (self.quit or self.host.closed or until()):
            now = time.perf_counter()
            changed = self.tick(min(now - last, LONGEST_TICK))
            last = now
            self.tick_ms = (time.perf_counter() - now) * 1000
            each = (self.lab.tick_seconds if self.lab is not None else None) or TICK_SECONDS
            if not changed:
                self.rest(each / 2)
            elif (left := each - (time.perf_counter() - now)) > 0:
                self.rest(left)

    def rest(self, seconds: float) -> None:
        """Until the next tick is due, or the network has answered: its picture comes at once."""
        if self.answering.worker is not None:
            self.answering.worker.wait_answer(seconds)
        else:
            time.sleep(seconds)

    def settle(self, longest: float = 8.0) -> None:
        """Tick with fixed steps until nothing moves any more, then draw once: for pictures without a window.

        Args:
            longest: seconds of the program's own time after which it is drawn as it is.
        """
        self.answering.wait()
        for _ in range(round(longest / TICK_SECONDS)):
            if not self.tick(TICK_SECONDS, draw=False):
                break
        self.show.keep(moved=True, drawn=True)  # the same bytes, whatever was drawn before
        self.host.render()

    def close(self) -> None:
        gc.unfreeze()
        if self.lab is not None:
            self.lab.close()
        self.sight.close()
        self.answering.close()
        self.input.close()
        self.directing.close()
        self.touring.close()
        self.panels.close()
        self.show.still.close()
        self.host.close()
