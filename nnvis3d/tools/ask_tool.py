"""Asking neurons: which one is pointed at, which are selected, what is stepped through, what is searched for.

A state machine: it is told of neurons, frames and seconds; what is shown because of that, AskAnswers says.
What there is to say to the person its methods return as a word, "" for nothing.
"""

from collections.abc import Callable, Collection

from nnvis3d.network.explanation import Explanation, explain_softmax
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.layout import Layout
from nnvis3d.network.spec import LayerSpec, NetworkSpec, NeuronId
from nnvis3d.tools.edge_choice import EdgeChoice
from nnvis3d.tools.explaining import Explains
from nnvis3d.tools.find_box import FindBox, Target
from nnvis3d.tools.inspectors import Inspectors
from nnvis3d.tools.neuron_walk import first_neuron, neighbour, other_layer
from nnvis3d.tools.step_tool import StepTool


class AskTool:
    """Hover, selection, cards, edges, steps and search, on one network; on none until `set_network`."""

    def __init__(self, spec: NetworkSpec | None = None, explainer: Explains | None = None):
        self.choice = EdgeChoice()
        self.cards = Inspectors()
        self.box = FindBox()
        self.steps = StepTool()
        self.spec: NetworkSpec | None = None
        self.explainer: Explains | None = None
        self.frame: ActivationFrame | None = None
        """The newest of this network."""
        self.weights = 0
        """Counts how often the weights have changed."""
        self.hidden: frozenset[str] = frozenset()
        self.hovered: NeuronId | None = None
        self._seen: tuple = ()
        self.set_network(spec, explainer)

    @property
    def selected(self) -> NeuronId | None:
        return self.cards.selected

    @property
    def subject(self) -> NeuronId | None:
        """Whose edges and windows are shown: what is pointed at, or else what is selected."""
        return self.hovered or self.selected

    # what there is to ask

    def set_network(self, spec: NetworkSpec | None, explainer: Explains | None) -> str:
        """Ask this network from now on. The neurons of another one are gone, whatever their names."""
        self.spec, self.explainer, self.frame = spec, explainer, None
        self.hidden, self.hovered = frozenset(), None
        self._forget()
        self.steps.close()
        self.box.set_network(spec)
        closed = self.cards.close_where(lambda neuron: True)
        return f"Another network is shown: {_were_closed(closed)}" if closed else ""

    def set_hidden(self, hidden: Collection[str]) -> str:
        """These layers are not shown; what is open on them closes."""
        self.hidden = frozenset(hidden)
        if self.steps.stepper is not None and self.steps.stepper.layer.name in self.hidden:
            self.steps.close()
        self.hovered = self.existing(self.hovered)
        closed = self.cards.close_where(lambda neuron: self.existing(neuron) is None)
        names = list(dict.fromkeys(neuron.layer for neuron in closed))
        are = "is" if len(names) == 1 else "are"
        return f"{' and '.join(names)} {are} hidden: {_were_closed(closed)}" if closed else ""

    def invalidate(self) -> None:
        """The weights have changed, the network has not."""
        if self.explainer is not None:
            self.explainer.invalidate()
        self._forget()

    def _forget(self) -> None:
        self.weights += 1
        self.choice.forget()
        self.cards.forget()
        self.steps.refresh()

    def update(self, dt: float, frame: ActivationFrame | None) -> bool:
        """Let `dt` seconds pass with this, the newest, frame; whether anything is to be drawn anew."""
        if frame is not None and frame.spec is not self.spec:
            frame = None
        new, self.frame = frame is not self.frame, frame
        if new:
            self.steps.refresh()
        if frame is None:
            self.steps.close()
        self.steps.update(dt)
        before, self._seen = self._seen, self._key
        return new or self._seen != before

    @property
    def _key(self) -> tuple:
        """Differs where something else is to be drawn."""
        parts = (self.cards.key, self.choice.key, self.steps.key, self.box.state)
        return self.hovered, self.hidden, self.weights, *parts

    def existing(self, neuron: NeuronId | None) -> NeuronId | None:
        """`neuron` if this network has it and its layer is shown."""
        if neuron is None or self.spec is None or neuron.layer in self.hidden:
            return None
        layer = self.spec.by_name.get(neuron.layer)
        place = (neuron.channel, neuron.row, neuron.column)
        inside = layer and all(0 <= i < n for i, n in zip(place, layer.map_shape, strict=True))
        return neuron if inside else None

    # pointing, selecting, walking

    def hover(self, neuron: NeuronId | None) -> None:
        """The neuron under the pointer."""
        self.hovered = self.existing(neuron)

    def click(self, neuron: NeuronId | None) -> str:
        """Select it and open its card; on the one whose card that is, or on nothing, end the selection."""
        if neuron == self.selected and neuron in self.cards.neurons:
            neuron = None
        return self.select(neuron, inspect=True)

    def select(self, neuron: NeuronId | None, inspect: bool = False) -> str:
        """
        Args:
            inspect: open its card; else one that is open goes there, and none is opened.
        """
        return self.cards.select(self.existing(neuron), inspect)

    def inspect(self) -> str:
        """Open the card of what is selected, or else pointed at; close it where it is open."""
        if self.selected is not None and self.selected in self.cards.neurons:
            self.cards.close(str(self.selected))
            return ""
        return self.select(self._here(), inspect=True)

    def walk(self, direction: str, layout: Layout) -> str:
        """Select the neighbour: "left", "right", "up" or "down"; from nothing, the first."""
        at = self.selected or self.hovered
        if at is None:
            return self.select(self._first())
        return self.select(neighbour(layout.layers[at.layer], at, direction))

    def walk_layer(self, steps: int, layout: Layout) -> str:
        """Select the neuron at the same place, so many shown layers on."""
        at = self.selected or self.hovered
        if at is None or self.spec is None:
            return self.select(self._first())
        return self.select(other_layer(self.spec, layout, at, steps, self.hidden))

    def _first(self) -> NeuronId | None:
        return first_neuron(self.spec, self.frame, self.hidden) if self.spec is not None else None

    def _here(self) -> NeuronId | None:
        return self.selected or self.hovered or self._first()

    # steps

    def start_step(self, target: Target | None = None, softmax: bool = False) -> str:
        """Walk through the operation of a layer, by name, or of a neuron's map from that neuron on.

        Args:
            target: None: what is selected, or else pointed at, or else the first neuron.
            softmax: that of the outputs, instead of what computes them.
        """
        target = self._here() if target is None else target
        at = target if isinstance(target, NeuronId) else None
        name = at.layer if at is not None else target
        if self.frame is None or self.spec is None or name is None:
            return "There is nothing to step through yet"
        layer = self.spec.by_name.get(str(name))
        if layer is None or layer.name in self.hidden:
            return f"{name} is not shown"
        softmax = softmax and self._has_softmax(layer)
        return self.steps.start(layer, self._explain_steps(layer, softmax), self.existing(at), softmax)

    def step(self, target: Target | None = None) -> str:
        """What one key does: begin; from the outputs' sums go on to their softmax; else end."""
        walk = self.steps.stepper
        if walk is None or target is not None:
            return self.start_step(target)
        was_softmax = self.steps.softmax
        self.steps.close()
        return "" if was_softmax or not self._has_softmax(walk.layer) else self.start_step(walk.neuron, True)

    def _has_softmax(self, layer: LayerSpec) -> bool:
        assert self.spec is not None
        return layer is self.spec.output and bool(self.spec.labels) and layer.activation != "softmax"

    def _explain_steps(self, layer: LayerSpec, softmax: bool) -> Callable[[NeuronId], Explanation]:
        if not softmax:
            return self.explain

        def explain(neuron: NeuronId) -> Explanation:
            assert self.frame is not None
            return explain_softmax(layer, self.frame.layer(layer.name).reshape(-1), neuron.channel)

        return explain

    def explain(self, neuron: NeuronId) -> Explanation:
        """Of the newest frame; there must be one."""
        assert self.explainer is not None and self.frame is not None
        return self.explainer.explain(self.frame, neuron)

    # search

    def open_find(self) -> None:
        self.box.open(self.frame)

    def find_query(self, text: str) -> None:
        here = self.subject
        self.box.query(text, self.frame, here.layer if here is not None else "")

    def find_go(self, index: int | None = None) -> Target | None:
        """Close the box; the layer or neuron to fly to. A neuron is selected, with its card open."""
        target = self.box.go(index)
        if isinstance(target, NeuronId):
            self.select(target, inspect=True)
        return target

    def dismiss(self) -> bool:
        """Close the topmost of what is open here; False if nothing is."""
        if self.box.state is not None:
            self.box.close()
        elif self.steps.stepper is not None:
            self.steps.close()
        elif self.selected is not None:
            self.select(None)
        else:
            return False
        return True


def _were_closed(neurons: tuple[NeuronId, ...]) -> str:
    return "its inspector was closed" if len(neurons) == 1 else f"{len(neurons)} inspectors were closed"
