"""What the tools that ask a neuron need of whoever can answer; runtime.explain.Explainer does."""

from typing import Protocol

from nnvis3d.network.edges import EdgeSet
from nnvis3d.network.explanation import Explanation
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import NeuronId


class Explains(Protocol):
    """Answers about the neurons of one network; all raise LookupError where there is no such neuron."""

    def explain(self, frame: ActivationFrame, neuron: NeuronId) -> Explanation: ...

    def incoming(
        self, frame: ActivationFrame, neuron: NeuronId, by: str = ..., most: int | None = ...
    ) -> tuple[EdgeSet, ...]: ...

    def outgoing(
        self, frame: ActivationFrame, neuron: NeuronId, by: str = ..., most: int | None = ...
    ) -> tuple[EdgeSet, ...]: ...

    def path(self, frame: ActivationFrame, neuron: NeuronId, most: int = ...) -> tuple[EdgeSet, ...]: ...

    def receptive_field(self, neuron: NeuronId) -> tuple[int, int, int, int]: ...

    def invalidate(self) -> None:
        """The weights have changed: read them anew when next asked."""
