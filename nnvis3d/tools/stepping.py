"""Walks through a layer's operation cell by cell: the window, the products, the sum, the result. No clock."""

from collections.abc import Callable, Mapping
from enum import Enum

import numpy as np

from nnvis3d.network.explanation import Explanation
from nnvis3d.network.spec import LayerSpec, NeuronId
from nnvis3d.scene.hud.ask_state import StepperState
from nnvis3d.tools.stepping_text import title, words


class Phase(Enum):
    """What is seen of one cell, in this order."""

    WINDOW = "window"
    """The kernel comes to stand over what it reads."""
    PRODUCTS = "products"
    """Inputs are multiplied, one term after the other; for pooling by maximum they are looked at."""
    SUM = "sum"
    """The products are added one by one; of a maximum, the largest so far is kept."""
    FINISH = "finish"
    """Bias and activation function; for softmax the division."""
    DROP = "drop"
    """The result falls into its cell."""


PHASES = tuple(Phase)
SECONDS: Mapping[Phase, float] = {
    Phase.WINDOW: 0.4,
    Phase.PRODUCTS: 0.9,
    Phase.SUM: 0.9,
    Phase.FINISH: 0.6,
    Phase.DROP: 0.5,
}
"""How long each takes at speed 1."""
SPEEDS = (0.25, 8.0)
SLOW_CELLS = 2
"""While playing, so many cells are walked slowly; each next is QUICKER, until they fly by at FASTEST."""
QUICKER = 1.3
FASTEST = 14.0
_DONE = 1 - 1e-9  # share at which a phase counts as over, whatever the rounding


class Stepper:
    """One layer's operation, one map at a time; a fully connected layer is walked neuron by neuron.

    Whoever owns it calls `refresh` when the drawing has changed: the walk goes on with the new numbers.
    """

    def __init__(
        self, layer: LayerSpec, explain: Callable[[NeuronId], Explanation], start: NeuronId | None = None
    ):
        """
        Args:
            explain: asked for the current neuron only, whenever that or the drawing changes.
            start: the first cell; None: the layer's first.

        Raises:
            LookupError: `start` is not in the layer.
        """
        self.layer = layer
        self.playing = False
        self.speed = 1.0
        self._explain = explain
        self._channel, self._cell, self._phase, self._share = 0, 0, 0, 0.0
        self._to_end_of_phase = False
        self._cells_played = 0
        self._explanation: Explanation | None = None
        self.jump(start or layer.neuron(0))

    # what is to be seen

    @property
    def neuron(self) -> NeuronId:
        """Whose value is being computed."""
        return self.layer.neuron(self._first + self._cell)

    @property
    def phase(self) -> Phase:
        return PHASES[self._phase]

    @property
    def share(self) -> float:
        """How far the phase has come, 0 to 1."""
        return self._share

    @property
    def explanation(self) -> Explanation:
        """Of the current neuron: its window, sources, products."""
        if self._explanation is None:
            self._explanation = self._explain(self.neuron)
        return self._explanation

    @property
    def count(self) -> int:
        """Cells in all."""
        _, height, width = self.layer.map_shape
        return height * width if height * width > 1 else self.layer.neurons

    @property
    def done(self) -> np.ndarray:
        """int64 (n,): flat indices in the layer of the cells whose result has dropped."""
        finished = self._cell + (self.phase is Phase.DROP and self._share >= _DONE)
        return self._first + np.arange(finished)

    @property
    def terms_shown(self) -> int:
        """How many products have appeared."""
        return self._so_far(Phase.PRODUCTS)

    @property
    def terms_summed(self) -> int:
        """How many of them are in the running sum."""
        return self._so_far(Phase.SUM)

    @property
    def running(self) -> float:
        """The sum so far, from FINISH on with the bias; of a maximum, the largest so far, or 0 before any."""
        explanation, terms = self.explanation, self.terms_summed
        if self._phase >= PHASES.index(Phase.FINISH):
            return explanation.pre_activation
        with np.errstate(all="ignore"):
            if explanation.kind == "maxpool":
                real = explanation.inputs[:terms][explanation.sources[:terms] >= 0]
                return float(real.max()) if len(real) else 0.0
            if explanation.kind == "multiply":
                return float(explanation.inputs[:terms].prod()) if terms else 0.0
            return float(explanation.products[:terms].sum())

    def state(self) -> StepperState:
        """For the panel."""
        return StepperState(
            title=title(self.layer, self.neuron, self.explanation),
            running=words(self),
            playing=self.playing,
            position=len(self.done),
            count=self.count,
            speed=self.speed,
            speed_range=SPEEDS,
        )

    # what can be done

    def play(self) -> None:
        """Go on by itself; from the end, start again."""
        if self._at_end:
            self._go(0, 0)
        self.playing, self._to_end_of_phase, self._cells_played = True, False, 0

    def pause(self) -> None:
        self.playing = self._to_end_of_phase = False

    def toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def forward(self) -> None:
        """Run to the end of this phase, or of the next if this one is over, and rest there."""
        if self._to_end_of_phase:
            self._share = 1.0  # asked again before it was over
        self.pause()
        if self._share >= _DONE and not self._at_end:
            self._next_phase()
        self._to_end_of_phase = not self._at_end

    def back(self) -> None:
        """Rest at the end of the phase before; at the very beginning, at the start."""
        self.pause()
        if self._phase > 0:
            self._phase, self._share = self._phase - 1, 1.0
        elif self._cell > 0:
            self._go(self._cell - 1, len(PHASES) - 1, 1.0)
        else:
            self._share = 0.0

    def set_speed(self, speed: float) -> None:
        """Relative to the usual; held within SPEEDS."""
        self.speed = min(max(speed, SPEEDS[0]), SPEEDS[1])

    def jump(self, neuron: NeuronId) -> None:
        """Go to the beginning of a cell, in whichever map it is.

        Raises:
            LookupError: the layer has no such neuron.
        """
        if neuron.layer != self.layer.name:
            raise LookupError(f"{neuron}: not in {self.layer.name}")
        index = self.layer.index(neuron)
        self._channel, cell = divmod(index, self.count)
        self._go(cell, 0)
        self._to_end_of_phase = False

    def refresh(self) -> None:
        """The drawing, or the weights, have changed: ask again for the numbers."""
        self._explanation = None

    def update(self, dt: float) -> bool:
        """Let `dt` seconds pass; whether anything is to be drawn anew."""
        if not (self.playing or self._to_end_of_phase):
            return False
        before = (self._cell, self._phase, self._share)
        while dt > 0 and (self.playing or self._to_end_of_phase):
            dt = self._advance(dt)
        return (self._cell, self._phase, self._share) != before

    # inside

    @property
    def _first(self) -> int:
        """Flat index of the map's first cell."""
        return self._channel * self.count

    @property
    def _at_end(self) -> bool:
        return (self._cell, self._phase) == (self.count - 1, len(PHASES) - 1) and self._share >= _DONE

    @property
    def _pace(self) -> float:
        quick = QUICKER ** max(0, self._cells_played - SLOW_CELLS + 1) if self.playing else 1.0
        return self.speed * min(quick, FASTEST)

    def _advance(self, dt: float) -> float:
        """Use up time within one phase; the seconds that are left."""
        seconds = SECONDS[self.phase] / self._pace
        left = (1 - self._share) * seconds
        if dt < left:
            self._share += dt / seconds
            return 0.0
        self._share = 1.0
        if self._to_end_of_phase or self._at_end:
            self.pause()
            return 0.0
        self._next_phase()
        return dt - left

    def _next_phase(self) -> None:
        if self._phase + 1 < len(PHASES):
            self._phase, self._share = self._phase + 1, 0.0
        else:
            self._cells_played += 1
            self._go(self._cell + 1, 0)

    def _go(self, cell: int, phase: int, share: float = 0.0) -> None:
        self._cell, self._phase, self._share = cell, phase, share
        self.refresh()

    def _so_far(self, phase: Phase) -> int:
        at = PHASES.index(phase)
        count = self.explanation.count
        if self._phase != at:
            return count if self._phase > at else 0
        return min(count, int(np.ceil(self._share * count)))
