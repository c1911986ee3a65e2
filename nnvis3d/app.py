"""The only room that sees both sides: it builds the others, and runs the tick.

One tick, top to bottom: what the person did -> the drawing -> the network -> what is shown -> the camera ->
the panels -> the picture. Nothing else in the program reads the clock.
"""

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from nnvis3d.app_actions import connect
from nnvis3d.app_ask import Asking
from nnvis3d.app_directing import Directing
from nnvis3d.app_lab import LabInApp, Opener
from nnvis3d.app_panels import Panels
from nnvis3d.app_pictures import Sight, connect_pictures
from nnvis3d.app_show import Show
from nnvis3d.app_tour import Touring
from nnvis3d.errors import UserError
from nnvis3d.files import free_name
from nnvis3d.loading import NetworkLoader, explainer_of, load_runner, worker_of
from nnvis3d.network import catalog, wording
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import NetworkSpec
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
    from nnvis3d.runtime.worker import Worker

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
        self.loader = loader or NetworkLoader(lambda name: load_runner(name, options.weights, options))
        self.runner: AnyRunner | None = None
        self.worker: Worker | None = None
        """Who runs the network where that takes longer than a tick may."""
        self.patient = host.offscreen
        """Whether a tick waits for the worker: pictures without a window are to be the same every time."""
        self.exact: Callable[[tuple[int, int, int]], np.ndarray] | None = None
        """Makes the image (C, H, W) that the network sees, instead of what the pad has; for pictures of
        networks that want a file as it is."""
        self.frame: ActivationFrame | None = None
        self.quit = False
        self._run_version = (-1, -1)
        """Of the pad and of the lab: what the frame was made of."""
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
            self.request_network(options.model)

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
        self._take_network()
        if self.lab is not None:
            self.lab.update(dt)
        self.sight.update()
        self._answer()
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

    # the network

    def request_network(self, name: str) -> None:
        """Load and show this network; the one that is shown stays until then."""
        self.panels.loading = "Waking the network…" if self.runner is None else f"Loading {name}…"
        self.loader.request(name)

    def _take_network(self) -> None:
        loaded = self.loader.poll()
        if loaded is None:
            return
        if not self.loader.pending:
            self.panels.loading = ""
        self.show.stale = True
        if loaded.runner is None:
            self.panels.messages.error(loaded.error)
            return
        self.set_runner(loaded.runner, loaded.apart)

    def set_runner(self, runner: "AnyRunner", apart: bool = False) -> None:
        """Show this network from now on.

        Args:
            apart: it takes longer than a tick may: run it on a thread of its own.
        """
        self.runner = runner
        if self.worker is not None:
            self.worker.close()
        self.worker = worker_of(runner) if apart else None
        self.frame = None
        self._run_version = (-1, -1)
        self.show.set_network(runner.spec)
        self.asking.set_network(runner.spec, explainer_of(runner))
        # PyTorch alone is half a million objects that never die: looking through them again and again would
        # stop the picture for a tenth of a second every now and then.
        if not gc.get_freeze_count():
            gc.freeze()

    def _answer(self) -> None:
        """Run the network if it would see another picture than last or has other weights, and take what it
        has answered."""
        if self.runner is None:
            return
        version = (self.pad.version if self.runner.spec.drawable else 0, self.lab.version if self.lab else 0)
        if self._run_version != version:
            self._run_version = version
            self._ask_network(self.runner)
        if self.worker is not None:
            if self.patient:
                self.worker.wait()
            answer = self.worker.poll()
            if answer is not None and answer.frame is not None:
                self._take_frame(answer.frame)
            elif answer is not None:
                self.panels.messages.error(answer.error)
            busy = (
                self.worker.busy and not self.patient
            )  # what took how long is in no picture without a window
            self.panels.set_rate(self.worker.rate if busy else 0.0)

    def _ask_network(self, runner: "AnyRunner") -> None:
        """Let it run on the drawing, here or on its worker."""
        image, blank = self._picture(runner.spec)
        if self.worker is not None:
            self.worker.submit(image, blank)
            return
        try:
            self._take_frame(runner.run(image, blank))  # type: ignore[arg-type]
        except UserError as error:  # the last good picture stays
            self.panels.messages.error(str(error))

    def _take_frame(self, frame: ActivationFrame) -> None:
        """Show what the network computed."""
        first = self.frame is None
        strange = wording.strange(frame)
        if strange and (self.frame is None or strange != wording.strange(self.frame)):
            self.panels.messages.say(strange)
        self.frame = frame
        spec = frame.spec
        if not np.isfinite(frame.layer(spec.output.name)).all():
            self.panels.messages.error(
                f"{spec.name}: its outputs are not finite numbers; its weights are damaged"
            )
        self.show.show_frame(frame, ease=first or not self.pad.stroking)

    def _picture(self, spec: NetworkSpec) -> tuple[np.ndarray | None, bool]:
        """What the network is shown, float32 (C, H, W), None for its own example; and whether it is blank."""
        other = self.lab.image() if self.lab is not None else None
        if other is not None:
            return other
        if not spec.drawable:
            return None, False
        if self.exact is not None:
            return self.exact(spec.preprocessing.shape), False
        # Centring and scaling is for networks that learned such digits; what others learned is not known.
        seen = self.pad.reduced(
            spec.preprocessing.shape, self.pad.normalize and spec.name in catalog.NETWORKS
        )
        return seen.image, seen.blank

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
        if self.worker is not None:
            self.worker.wait_answer(seconds)
        else:
            time.sleep(seconds)

    def wait_for_network(self) -> None:
        """
        Raises:
            UserError: it could not be loaded.
        """
        while self.loader.pending:
            time.sleep(0.002)
            self._take_network()
        if self.runner is None:
            said = self.panels.messages.shown
            raise UserError(said[-1].text if said else "no network was loaded")

    def settle(self, longest: float = 8.0) -> None:
        """Tick with fixed steps until nothing moves any more, then draw once: for pictures without a window.

        Args:
            longest: seconds of the program's own time after which it is drawn as it is.
        """
        self.wait_for_network()
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
        if self.worker is not None:
            self.worker.close()
        self.input.close()
        self.directing.close()
        self.touring.close()
        self.panels.close()
        self.show.still.close()
        self.host.close()
