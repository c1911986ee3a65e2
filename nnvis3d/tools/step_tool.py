"""The walk through an operation as it is asked for: which one, from where, and back to the whole network."""

from collections.abc import Callable

from nnvis3d.network.explanation import Explanation
from nnvis3d.network.spec import LayerSpec, NeuronId
from nnvis3d.scene.hud.ask_state import StepperState
from nnvis3d.tools.stepping import Stepper


class StepTool:
    """Open on one layer's operation, or closed."""

    def __init__(self) -> None:
        self.stepper: Stepper | None = None
        self.softmax = False
        """Whether it is the softmax of the outputs that is walked through."""

    def start(
        self,
        layer: LayerSpec,
        explain: Callable[[NeuronId], Explanation],
        at: NeuronId | None = None,
        softmax: bool = False,
    ) -> str:
        """Play `layer`'s operation; returns a word where there is nothing to be seen.

        Args:
            explain: asked for each neuron on the way.
            at: the first cell; None: the layer's first.
        """
        kind = explain(at or layer.neuron(0)).kind
        if kind == "input":
            return f"{layer.name} is the drawing: nothing is computed there"
        if kind == "other":
            return f"{layer.name}: how it is computed is not known"
        if kind == "gated":
            return f"{layer.name}: its gates are not walked through; its inspector has them"
        self.stepper, self.softmax = Stepper(layer, explain, at), softmax
        self.stepper.play()
        return ""

    def close(self) -> None:
        self.stepper = None

    def refresh(self) -> None:
        """The drawing or the weights have changed."""
        if self.stepper is not None:
            self.stepper.refresh()

    def update(self, dt: float) -> bool:
        return self.stepper is not None and self.stepper.update(dt)

    @property
    def state(self) -> StepperState | None:
        """For the panel; None: closed."""
        return None if self.stepper is None else self.stepper.state()

    @property
    def key(self) -> tuple:
        """Differs where something else is to be drawn."""
        walk = self.stepper
        return (
            ()
            if walk is None
            else (walk.neuron, walk.phase, walk.share, walk.playing, walk.speed, self.softmax)
        )

    # what keys and panels ask for

    def toggle(self) -> None:
        if self.stepper is not None:
            self.stepper.toggle()

    def back(self) -> None:
        if self.stepper is not None:
            self.stepper.back()

    def forward(self) -> None:
        if self.stepper is not None:
            self.stepper.forward()

    def set_speed(self, speed: float) -> None:
        if self.stepper is not None:
            self.stepper.set_speed(speed)
