"""The network's side: answers what the window asks, on a thread of its own."""

import logging
from collections import OrderedDict
from multiprocessing.connection import Connection

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.runtime.explain import Explainer
from nnvis3d.runtime.tracing.runner import TracedRunner
from nnvis3d.viewing.sharing import FrameMemory, FrameNote

_KEPT = 2
"""Frames that can be asked about: the one that is shown, and the newest."""


class Server:
    """Answers one window."""

    def __init__(self, runner: TracedRunner, memory: FrameMemory):
        self._runner, self._memory = runner, memory
        self.spec = runner.spec
        self._explainer = Explainer(runner.module, runner.spec, lenient=True)
        self._frames: OrderedDict[int, ActivationFrame] = OrderedDict()

    def serve(self, connection: Connection) -> None:
        """Until the window is closed."""
        while True:
            try:
                what, arguments = connection.recv()
            except (EOFError, OSError):
                return
            try:
                answer = "ok", self._answer(what, arguments)
            except UserError as error:
                answer = "error", str(error)
            except LookupError as error:
                answer = "lookup", str(error)
            except Exception as error:
                logging.getLogger(__name__).debug("an answer failed", exc_info=True)
                answer = "error", f"{self._runner.spec.name}: {type(error).__name__}: {error}"
            try:
                connection.send(answer)
            except OSError:
                return

    def _answer(self, what: str, arguments: tuple) -> object:
        if what == "run":
            return self._run(*arguments)
        if what == "receptive_field":
            return self._explainer.receptive_field(*arguments)
        if what == "invalidate":
            self._explainer.invalidate()
            return None
        serial, *others = arguments
        frame = self._frames.get(serial) or next(reversed(self._frames.values()))
        return getattr(self._explainer, what)(frame, *others)

    def _run(self, image: np.ndarray | None) -> FrameNote:
        frame = self._runner.run(image)
        self._frames[frame.serial] = frame
        while len(self._frames) > _KEPT:
            self._frames.popitem(last=False)
        return self._memory.put(frame)
