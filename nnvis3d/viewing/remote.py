"""The window's side: a runner and an explainer that ask the process that has the network."""

import threading
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.viewing.sharing import FrameMemory

_BY = "contribution"
_GONE = "the program that has the network has ended; this window shows its last answer"


class Line:
    """Asks one thing after another, whichever thread asks."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self._lock = threading.Lock()

    def ask(self, what: str, *arguments: Any) -> Any:
        """
        Raises:
            UserError: the network failed, or its process is gone.
        """
        try:
            with self._lock:
                self._connection.send((what, arguments))
                kind, answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise UserError(
                "the program that has the network has ended; this window shows its last answer"
            ) from error
        if kind == "error":
            raise UserError(answer)
        if kind == "lookup":
            raise LookupError(answer)
        return answer


class RemoteRunner:
    """Answers images as runtime.tracing.runner.TracedRunner does, in another process."""

    def __init__(self, line: Line, spec: NetworkSpec, memory: str):
        self.spec = spec
        self._line = line
        self._memory = FrameMemory(spec.neurons, memory)
        self._taking = threading.Lock()

    def run(self, image: np.ndarray | None = None, blank: bool = False) -> ActivationFrame:
        """As Runner.run; nothing on the pad stands for the example input.

        Raises:
            UserError: the network failed, or its process is gone.
        """
        with self._taking:
            note = self._line.ask("run", None if blank else image)
            return self._memory.take(self.spec, note)

    def explainer(self) -> "RemoteExplainer":
        return RemoteExplainer(self._line)


class RemoteExplainer:
    """Explains as runtime.explain.Explainer does, in another process."""

    def __init__(self, line: Line):
        self._line = line

    def explain(self, frame: ActivationFrame, neuron: NeuronId) -> Any:
        return self._line.ask("explain", frame.serial, neuron)

    def incoming(
        self, frame: ActivationFrame, neuron: NeuronId, by: str = "contribution", most: int | None = None
    ):
        return self._line.ask("incoming", frame.serial, neuron, by, most)

    def outgoing(
        self, frame: ActivationFrame, neuron: NeuronId, by: str = "contribution", most: int | None = None
    ):
        return self._line.ask("outgoing", frame.serial, neuron, by, most)

    def path(self, frame: ActivationFrame, neuron: NeuronId, most: int = 200):
        return self._line.ask("path", frame.serial, neuron, most)

    def receptive_field(self, neuron: NeuronId):
        return self._line.ask("receptive_field", neuron)

    def invalidate(self) -> None:
        self._line.ask("invalidate")
