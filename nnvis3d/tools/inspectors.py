"""Which neuron is selected and whose cards are open: one that follows the selection, and the pinned ones."""

from collections.abc import Callable

from nnvis3d.network.colormaps import ColorMap
from nnvis3d.network.explanation import Explanation
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import NeuronId
from nnvis3d.scene.hud.ask_state import InspectorState
from nnvis3d.tools.inspector_text import as_text, inspector_state
from nnvis3d.tools.latest import Latest

MOST = 4
"""Cards that are open at once."""

Explain = Callable[[NeuronId], Explanation]


class Inspectors:
    """Selection and cards as neurons; what a card says is asked for when it is shown."""

    def __init__(self) -> None:
        self.selected: NeuronId | None = None
        self.follows = False
        """Whether a card goes where the selection goes."""
        self.pinned: tuple[NeuronId, ...] = ()
        self._states: dict[NeuronId, Latest[InspectorState]] = {}

    @property
    def neurons(self) -> tuple[NeuronId, ...]:
        """All whose card is open: the pinned in the order of pinning, then the one that is not."""
        loose = self.selected
        if loose is None or not self.follows or loose in self.pinned or len(self.pinned) >= MOST:
            return self.pinned
        return (*self.pinned, loose)

    @property
    def key(self) -> tuple:
        """Differs where something else is shown."""
        return self.selected, self.follows, self.pinned

    def find(self, card: object = None) -> NeuronId | None:
        """Whose card has this id; None: the selection's card, or else the newest."""
        if card is not None:
            return next((neuron for neuron in self.neurons if str(neuron) == card), None)
        if self.selected in self.neurons:
            return self.selected
        return self.neurons[-1] if self.neurons else None

    # what can be done; what there is to say is returned, "" for nothing

    def select(self, neuron: NeuronId | None, inspect: bool = False) -> str:
        """Select `neuron`, or nothing.

        Args:
            inspect: open its card; else one that is open goes there, and none is opened.
        """
        self.selected = neuron
        self.follows = neuron is not None and (inspect or self.follows)
        if self.follows and neuron not in self.neurons:
            return f"{MOST} inspectors are pinned: close one to open another"
        return ""

    def pin(self, card: object = None) -> str:
        """Keep a card open, by its id, or, pinned already, let it follow the selection, which goes there.

        Args:
            card: None: that of the selection, which is opened if need be.
        """
        word = ""
        if card is None and self.selected is not None:
            word = self.select(self.selected, inspect=True)
        neuron = self.find(card)
        if neuron is None:
            return word
        if neuron in self.pinned:
            self._unpin(neuron)
            return self.select(neuron, inspect=True)
        self.pinned = (*self.pinned, neuron)
        return word

    def close(self, card: object = None) -> None:
        """Close a card, by its id; None: the selection's, or else the newest."""
        neuron = self.find(card)
        if neuron is not None:
            self._close(neuron)

    def close_where(self, gone: Callable[[NeuronId], bool]) -> tuple[NeuronId, ...]:
        """Close the cards of neurons that are `gone`, select none of them; whose cards were closed."""
        closed = tuple(neuron for neuron in self.neurons if gone(neuron))
        for neuron in closed:
            self._close(neuron)
        if self.selected is not None and gone(self.selected):
            self.select(None)
        return closed

    def _close(self, neuron: NeuronId) -> None:
        self._unpin(neuron)
        if neuron == self.selected:
            self.follows = False

    def _unpin(self, neuron: NeuronId) -> None:
        self.pinned = tuple(one for one in self.pinned if one != neuron)

    # what they say

    def states(
        self, frame: ActivationFrame, explain: Explain, colors: ColorMap, labels: tuple[str, ...]
    ) -> tuple[InspectorState, ...]:
        """For the panels; each card is made anew only where frame, colours or its pin have changed.

        Args:
            labels: of the network's classes.
        """
        self._states = {neuron: self._states.get(neuron, Latest()) for neuron in self.neurons}

        def state(neuron: NeuronId) -> InspectorState:
            pinned = neuron in self.pinned
            return self._states[neuron].of(
                (pinned, labels),
                (frame, colors),
                lambda: inspector_state(explain(neuron), colors, labels, pinned),
            )

        return tuple(state(neuron) for neuron in self.neurons)

    def forget(self) -> None:
        """The weights have changed: make all cards anew."""
        self._states.clear()


def card_text(explanation: Explanation, colors: ColorMap, labels: tuple[str, ...]) -> str:
    """A neuron's card for the clipboard."""
    return as_text(explanation, inspector_state(explanation, colors, labels))
