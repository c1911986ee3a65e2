"""The training lab in the window: its newest snapshot in each tick, its weights in the network on the stage.

It sees both sides. The lab itself runs on a thread of its own and is never waited for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol

import numpy as np

from nnvis3d.app.compare import Comparison
from nnvis3d.app.following import Following, News
from nnvis3d.app.kernels import KernelsOnEdges
from nnvis3d.app.layout import KeptLayout
from nnvis3d.app.standing import StandingEmbeddings
from nnvis3d.errors import UserError
from nnvis3d.lab.wanted import DIGITS
from nnvis3d.network.lab_commands import Command, ViewStep
from nnvis3d.network.lab_snapshot import LabSnapshot, NetworkPlan
from nnvis3d.network.marks import NO_MARKS
from nnvis3d.network.spec import NeuronId
from nnvis3d.scene.marks_view import MarksView
from nnvis3d.scene.theme import THEMES
from nnvis3d.tools.lab_actions import LabPorts, connect_lab
from nnvis3d.tools.lab_desk import LabDesk
from nnvis3d.tools.lab_marks import lab_marks
from nnvis3d.tour.model import LAB_STEPS
from nnvis3d.tour.timeline import LabStage

if TYPE_CHECKING:
    from nnvis3d.app.app import App
    from nnvis3d.lab.mirror import Mirror
    from nnvis3d.lab.trainer import BaseFactory
    from nnvis3d.scene.hud.lab_state import LabState

TRAINING_TICK_SECONDS = 1 / 24
"""Between two pictures while it trains: what is not drawn is trained."""


class Session(Protocol):
    """Where a lab runs: a thread, a process, another machine."""

    failure: BaseException | None

    def send(self, command: Command) -> None: ...

    def latest(self) -> LabSnapshot | None: ...

    def close(self) -> None: ...


class Opener(Protocol):
    """Brings a lab."""

    words: str
    """What the window says meanwhile."""
    base: BaseFactory | None
    """Makes the module, if it is the user's own."""
    data: str
    """What it trains on, as `--data` names it."""

    def poll(self) -> Session | str | None:
        """The lab, or why there is none; None: not yet."""


class LabOpener:
    """Opens a lab beside the first pictures: PyTorch and the data take a while."""

    def __init__(
        self,
        opens: Callable[[], Session],
        words: str = "Waking the lab…",
        base: BaseFactory | None = None,
        data: str = DIGITS,
    ):
        """As in `Opener`."""
        self.words, self.base, self.data = words, base, data
        self._results: SimpleQueue[Session | str] = SimpleQueue()
        self._opens = opens
        threading.Thread(target=self._work, name="open-lab", daemon=True).start()

    def _work(self) -> None:
        try:
            self._results.put(self._opens())
        except UserError as error:
            self._results.put(str(error))
        except Exception as error:  # nobody else hears of it, and the window would wait for ever
            self._results.put(f"the lab cannot be opened ({error})")

    def poll(self) -> Session | str | None:
        """The lab, or why there is none; None: not yet."""
        try:
            return self._results.get_nowait()
        except Empty:
            return None


class LabInApp:
    """What the lab adds to each tick."""

    def __init__(self, app: App, opener: Opener):
        self._app, self._opener = app, opener
        self.desk = LabDesk()
        self.session: Session | None = None
        self.snapshot: LabSnapshot | None = None
        self.version = 0
        """Counts what the network on the stage may answer differently: weights, and what it is shown."""
        self._following = Following(opener.base)
        self.comparison = Comparison(app.show, opener.base)
        self.held: np.ndarray | None = None
        """The picture that the network goes on seeing, float32 (C, H, W); None: none was held yet."""
        self._said = 0
        self.unsaid = ""
        """What went wrong when the window had closed: a last save that failed."""
        self._trouble = ""
        self._selected: NeuronId | None = None
        self._chosen: tuple[str, int | None] = ("", None)
        self._hovered: tuple[NeuronId | None, tuple[str, int] | None] = (None, None)
        self._marks = MarksView(app.show.still.front, app.show.shaders)
        self._marked: LabState | None = None
        self._marked_as = NO_MARKS
        self._size = (0, 0)
        self.layout = KeptLayout(app, self)
        ports = LabPorts(self.send, lambda: self.snapshot, self._hold, Path.cwd, self.layout.text)
        connect_lab(app.actions, self.desk, ports)
        self.standing = StandingEmbeddings(app, self.desk)
        self.kernels = KernelsOnEdges(app.show, app.asking.answers)

    def start(self) -> None:
        """Everything else of the window is there."""
        self._app.panels.loading = self._opener.words
        self._app.pad.step_sample(1)
        self.layout.begin()

    def stage(self) -> LabStage | None:
        """What a tour says to begin with an untrained lab like this one."""
        if self.snapshot is None:
            return None
        plan, options = self.snapshot.shown.plan, self.snapshot.options
        return LabStage(plan.model, self._opener.data, options.seed, LAB_STEPS)

    def send(self, command: Command) -> None:
        """Have the lab do this before its next step."""
        if self.session is not None:
            self.session.send(command)

    @property
    def tick_seconds(self) -> float | None:
        """Between two pictures; None: as the window does without a lab."""
        training = self.snapshot is not None and self.snapshot.running
        return TRAINING_TICK_SECONDS if training and not self._app.pad.stroking else None

    # the tick

    def update(self, dt: float) -> None:
        """Take what came since the last tick."""
        if self.session is None:
            self._open()
            return
        snapshot = self.session.latest()
        if snapshot is not None and snapshot is not self.snapshot:
            self._take(snapshot)
        if self.snapshot is not None:
            self.standing.look(self.snapshot)
            self._point(self.snapshot)
            self.layout.update(dt)
            step = self.desk.play_on(dt, self.snapshot)
            if step is not None:
                self.send(ViewStep(step))
        if self.session.failure is not None and self.desk.failed is False:
            self.desk.failed = True
            self._app.panels.loading = ""
            failure = self.session.failure
            known = isinstance(failure, UserError)
            words = str(failure) if known else f"The lab has ended: {failure}{self._kept_words()}"
            self._app.panels.messages.say(words, "error", 60.0)

    def _kept_words(self) -> str:
        """How it goes on from the last save, if there is one."""
        if self.snapshot is None or self.snapshot.saved_step is None:
            return ""
        if self.snapshot.saved_unasked:
            return "; nnvis3d lab --last goes on with what was kept"
        return f"; it was saved at step {self.snapshot.saved_step:,}"

    def _open(self) -> None:
        opened = self._opener.poll()
        if opened is None:
            return
        if isinstance(opened, str):
            self._app.panels.loading = ""
            self._app.panels.messages.error(opened)
            return
        self.session = opened

    def _take(self, snapshot: LabSnapshot) -> None:
        first = self.snapshot is None
        if first:
            self._app.panels.loading = ""
            self.desk.begin(snapshot)
            _say_skipped(self._app, snapshot.skipped)
        self.snapshot = snapshot
        if snapshot.message_serial != self._said:
            self._said = snapshot.message_serial
            if snapshot.message:  # another script that is watched has said nothing yet
                self._app.panels.messages.say(snapshot.message, seconds=8.0)
        self.desk.follow(snapshot)
        self._follow(snapshot)
        if first:
            self.layout.restore(snapshot)
        if self.desk.source == "sample":
            self.version += 1

    def _follow(self, snapshot: LabSnapshot) -> None:
        """Put the lab's weights into the networks on the stage."""
        news = self._following.take(snapshot.shown)
        if news is not News.NOTHING:
            self.version += 1
        if news is News.WEIGHTS:
            self._app.asking.tool.invalidate()
        elif news is News.NETWORK and self._following.mirror is not None:
            self._begin(self._following.mirror, snapshot.shown.plan)
        mirror = self._following.mirror
        self.comparison.follow(snapshot, mirror.runner if mirror is not None else None)

    def _begin(self, mirror: Mirror, plan: NetworkPlan) -> None:
        """Another network is on the stage; what cannot answer the pad shows what its lab computes."""
        before = self._app.show.arrangement.spec.by_name if self._app.show.arrangement is not None else {}
        self._app.answering.set_runner(mirror.runner)
        for added in plan.inserted:
            if added.name not in before:  # who added it wants to see it
                self._app.show.reveal(added.name)
        self.desk.answers = not mirror.trouble
        if mirror.trouble:
            self.desk.choose_source("sample")
        if mirror.trouble != self._trouble:
            self._trouble = mirror.trouble
            self._app.panels.messages.say(mirror.trouble, seconds=12.0)

    # pointing

    def follow_selection(self) -> None:
        """The neuron that is selected now chooses no layer."""
        self._selected = self._app.asking.tool.selected

    def follow_choice(self) -> None:
        """The filter that is chosen now opens no block."""
        self._chosen = self.desk.layer, self.desk.filter

    def _point(self, snapshot: LabSnapshot) -> None:
        """What is pointed at or selected in the scene is so in the panels too."""
        tool, spec = self._app.asking.tool, snapshot.shown.spec
        if tool.selected != self._selected:
            self._selected = tool.selected
            found = self.desk.filter_at(spec, tool.selected)
            if found is not None:
                self.desk.choose(*found)
        chosen = self.desk.layer, self.desk.filter
        if chosen != self._chosen:
            self._chosen = chosen
            if self.desk.filter is not None:
                self._app.show.reveal(self.desk.layer)
        neuron = self._app.show.pointing.hover.neuron if self._app.show.pointing.hover is not None else None
        hovered = neuron, self.standing.pointed
        if hovered != self._hovered:
            self._hovered = hovered
            self._app.invoke("lab_pointed", self.standing.pointed or self.desk.filter_at(spec, neuron))

    def update_scene(self, dt: float) -> bool:
        """A network that is compared, and marks; True if anything that is drawn has changed."""
        tool, pad = self._app.asking.tool, self._app.pad
        chosen = (tool.selected,) if tool.selected is not None else ()
        try:
            changed = self.comparison.update(dt, self._app.frame, not pad.stroking, chosen)
            if self.comparison.outshines:
                self.comparison.outshines = False
                self.version += 1
        except UserError as error:  # its last good picture stays
            self._app.panels.messages.error(str(error))
            changed = False
        return changed | self._update_marks(dt) | self.kernels.update(dt)

    def _update_marks(self, dt: float) -> bool:
        """Bars, frozen and dead filters, what is pointed at."""
        arrangement = self._app.show.arrangement
        if self.snapshot is None or arrangement is None or arrangement.spec != self.snapshot.shown.spec:
            return False
        standing = self.standing.update(dt)
        state = self.desk.state(self.snapshot)
        if state != self._marked:
            self._marked = state
            self._marks.set_theme(THEMES[self._app.show.theme_name])
            self._marked_as = lab_marks(state, THEMES[self._app.show.theme_name])
        self._marks.resize(*self._app.show.rig.size) if self._resized() else None
        self._marks.show(self._marked_as, arrangement.layout, self._app.show.unseen)
        return self._marks.update(dt) | standing

    def _resized(self) -> bool:
        size, self._size = self._size, self._app.show.rig.size
        return size != self._size

    # what the network sees

    def image(self) -> tuple[np.ndarray, bool] | None:
        """(picture float32 (C, H, W), whether it is blank) that the network is shown; None: the pad's."""
        self.desk.seen = self._words()
        if self.snapshot is None or self.desk.source == "drawing":
            return None
        if self.snapshot.elsewhere:
            return self.snapshot.shown.image, False
        if self.desk.source == "hold" and self.held is not None:
            return self.held, not self.held.any()
        return self.snapshot.shown.image, False

    def _words(self) -> str:
        if self.desk.source == "drawing":
            return self._app.pad.title or "what is on the pad"
        if self.desk.source == "hold":
            return "the picture that it saw then"
        shown = self.snapshot.shown if self.snapshot is not None else None
        if shown is None or shown.label < 0:
            return "an image of this step"
        return f"a training image of class {shown.plan.labels[shown.label]}"

    def _hold(self, image: np.ndarray | None) -> None:
        frame = self._app.frame
        if image is not None:
            self.held = image
        elif frame is not None:
            self.held = frame.image.copy()
        self.version += 1

    def state(self) -> LabState | None:
        """What the panels are told."""
        if self.snapshot is None:
            return None
        return replace(self.desk.state(self.snapshot), colors=self._app.show.colors.diverging)

    def dismiss(self) -> bool:
        """End a comparison; False if there is none."""
        if self.snapshot is None or self.snapshot.compared is None:
            return False
        self._app.invoke("lab_compare", None)
        return True

    def close(self) -> None:
        opened = self._opener.poll() if self.session is None else None
        if opened is not None and not isinstance(opened, str):
            self.session = opened
        if self.session is not None:
            try:
                self.layout.tell()  # what the last save shall hold
            finally:
                self.session.close()
            if self.session.failure is not None and not self.desk.failed:
                self.unsaid = str(self.session.failure)


def _say_skipped(app: App, skipped: tuple[str, ...]) -> None:
    """Files of the data that were passed over; of many, their number and the first."""
    if skipped:
        many = f"{len(skipped)} files passed over; " if len(skipped) > 1 else ""
        app.panels.messages.error(many + skipped[0].removesuffix("; skipped" if many else ""))
