"""The network that is shown: how it arrives, and what it answers to what it sees."""

import gc
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.loading import NetworkLoader, explainer_of, worker_of
from nnvis3d.network import catalog, wording
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import NetworkSpec

if TYPE_CHECKING:
    from nnvis3d.app.app import App
    from nnvis3d.loading import AnyRunner
    from nnvis3d.runtime.worker import Worker


class Answering:
    """Runs one network whenever it would see another picture than last."""

    def __init__(self, app: "App", loader: NetworkLoader):
        self._app = app
        self.loader = loader
        self.runner: AnyRunner | None = None
        self.worker: Worker | None = None
        """Who runs the network where that takes longer than a tick may."""
        self.patient = app.host.offscreen
        """Whether a tick waits for the worker: pictures without a window are to be the same every time."""
        self.exact: Callable[[tuple[int, int, int]], np.ndarray] | None = None
        """Makes the image (C, H, W) that the network sees, instead of what the pad has; for pictures of
        networks that want a file as it is."""
        self.frame: ActivationFrame | None = None
        self._run_version = (-1, -1)
        """Of the pad and of the lab: what the frame was made of."""

    def request(self, name: str) -> None:
        """Load and show this network; the one that is shown stays until then."""
        self._app.panels.loading = "Waking the network…" if self.runner is None else f"Loading {name}…"
        self.loader.request(name)

    def take_network(self) -> None:
        """Show what has been loaded since the last tick; what could not be is said."""
        loaded = self.loader.poll()
        if loaded is None:
            return
        if not self.loader.pending:
            self._app.panels.loading = ""
        self._app.show.stale = True
        if loaded.runner is None:
            self._app.panels.messages.error(loaded.error)
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
        self.again()
        self._app.show.set_network(runner.spec)
        self._app.asking.set_network(runner.spec, explainer_of(runner))
        # PyTorch alone is half a million objects that never die: looking through them again and again would
        # stop the picture for a tenth of a second every now and then.
        if not gc.get_freeze_count():
            gc.freeze()

    def update(self) -> None:
        """Run the network if it would see another picture than last or has other weights, and take what it
        has answered."""
        if self.runner is None:
            return
        version = (
            self._app.pad.version if self.runner.spec.drawable else 0,
            self._app.lab.version if self._app.lab else 0,
        )
        if self._run_version != version:
            self._run_version = version
            self._ask_network(self.runner)
        if self.worker is not None:
            self._hear(self.worker)

    def _hear(self, worker: "Worker") -> None:
        """Take what it has answered, and tell how often it does."""
        if self.patient:
            worker.wait()
        answer = worker.poll()
        if answer is not None and answer.frame is not None:
            self._take_frame(answer.frame)
        elif answer is not None:
            self._app.panels.messages.error(answer.error)
        # What took how long is in no picture without a window.
        self._app.panels.set_rate(worker.rate if worker.busy and not self.patient else 0.0)

    def _ask_network(self, runner: "AnyRunner") -> None:
        """Let it run on the drawing, here or on its worker."""
        image, blank = self._picture(runner.spec)
        if self.worker is not None:
            self.worker.submit(image, blank)
            return
        try:
            self._take_frame(runner.run(image, blank))  # type: ignore[arg-type]
        except UserError as error:  # the last good picture stays
            self._app.panels.messages.error(str(error))

    def _take_frame(self, frame: ActivationFrame) -> None:
        """Show what the network computed."""
        first = self.frame is None
        strange = wording.strange(frame)
        if strange and (self.frame is None or strange != wording.strange(self.frame)):
            self._app.panels.messages.say(strange)
        self.frame = frame
        spec = frame.spec
        if not np.isfinite(frame.layer(spec.output.name)).all():
            self._app.panels.messages.error(
                f"{spec.name}: its outputs are not finite numbers; its weights are damaged"
            )
        self._app.show.show_frame(frame, ease=first or not self._app.pad.stroking)

    def _picture(self, spec: NetworkSpec) -> tuple[np.ndarray | None, bool]:
        """What the network is shown, float32 (C, H, W), None for its own example; and whether it is blank."""
        other = self._app.lab.image() if self._app.lab is not None else None
        if other is not None:
            return other
        if not spec.drawable:
            return None, False
        if self.exact is not None:
            return self.exact(spec.preprocessing.shape), False
        # Centring and scaling is for networks that learned such digits; what others learned is not known.
        seen = self._app.pad.reduced(
            spec.preprocessing.shape, self._app.pad.normalize and spec.name in catalog.NETWORKS
        )
        return seen.image, seen.blank

    def again(self) -> None:
        """Run it in the next tick, whatever it saw last."""
        self._run_version = (-1, -1)

    def wait(self) -> None:
        """Until it is there.

        Raises:
            UserError: it could not be loaded.
        """
        while self.loader.pending:
            time.sleep(0.002)
            self.take_network()
        if self.runner is None:
            said = self._app.panels.messages.shown
            raise UserError(said[-1].text if said else "no network was loaded")

    def close(self) -> None:
        if self.worker is not None:
            self.worker.close()
