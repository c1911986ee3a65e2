"""Which edges of a neuron are drawn: its inputs, its readers, or the path; by which quantity; how many."""

from nnvis3d.network.colormaps import ColorMap
from nnvis3d.network.edges import QUANTITIES, EdgeSet
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.scene.hud.state import LegendState, Picture
from nnvis3d.tools.explaining import Explains
from nnvis3d.tools.latest import Latest

MODES = ("incoming", "outgoing", "path")
WINDOW_EDGES = 400
"""Of a kernel's window; more come only from very many maps."""
CONNECTED_EDGES = 64
"""Of a fully connected neuron."""
PATH_EDGES = 200
"""From each layer to the next."""
MORE_PATH_EDGES = 1000

_WINDOWS = ("conv", "maxpool", "avgpool", "elementwise")
_MODE_WORDS = {
    "incoming": "what it reads",
    "outgoing": "what reads it",
    "path": "the strongest path through it",
}
_QUANTITY_WORDS = {"weight": "weight", "activation": "activation", "contribution": "weight × activation"}


class EdgeChoice:
    """The choice, and the edges that it gives."""

    def __init__(self) -> None:
        self.mode = "incoming"
        """One of MODES."""
        self.quantity = "contribution"
        """One of edges.QUANTITIES; a path is always one of contributions."""
        self.everything = False
        """Whether all edges are wanted, not just the strongest."""
        self._edges: Latest[tuple[EdgeSet, ...]] = Latest()
        self._lut: Latest[Picture] = Latest()

    # what can be chosen

    def set_mode(self, mode: str | None) -> None:
        """One of MODES; None: the next.

        Raises:
            ValueError: it is none of them.
        """
        self.mode = _chosen("edges_mode", mode, MODES, self.mode)

    def set_quantity(self, quantity: str | None) -> None:
        """One of edges.QUANTITIES; None: the next.

        Raises:
            ValueError: it is none of them.
        """
        self.quantity = _chosen("edges_quantity", quantity, QUANTITIES, self.quantity)

    def toggle_everything(self) -> None:
        self.everything = not self.everything

    @property
    def key(self) -> tuple:
        """Differs where something else is to be drawn."""
        return self.mode, self.quantity, self.everything

    # what follows

    @property
    def shown_quantity(self) -> str:
        return "contribution" if self.mode == "path" else self.quantity

    def sets(
        self, spec: NetworkSpec, explainer: Explains, frame: ActivationFrame, neuron: NeuronId
    ) -> tuple[EdgeSet, ...]:
        """The edges of `neuron`; the same object until choice, neuron or frame change."""
        key = (neuron, *self.key)
        return self._edges.of(key, (explainer, frame), lambda: self._ask(spec, explainer, frame, neuron))

    def forget(self) -> None:
        """The weights have changed."""
        self._edges.forget()

    def _ask(
        self, spec: NetworkSpec, explainer: Explains, frame: ActivationFrame, neuron: NeuronId
    ) -> tuple[EdgeSet, ...]:
        most = self.limit(spec, neuron)
        if self.mode == "path":
            return explainer.path(frame, neuron, most or MORE_PATH_EDGES)
        ask = explainer.incoming if self.mode == "incoming" else explainer.outgoing
        return ask(frame, neuron, self.quantity, most)

    def limit(self, spec: NetworkSpec, neuron: NeuronId) -> int | None:
        """How many edges from layer to layer; None: all."""
        if self.everything:
            return None
        if self.mode == "path":
            return PATH_EDGES
        asked = [spec.by_name[neuron.layer]]
        if self.mode == "outgoing":
            asked = [layer for layer in spec.layers if neuron.layer in layer.sources]
        return WINDOW_EDGES if any(layer.kind in _WINDOWS for layer in asked) else CONNECTED_EDGES

    # words

    @property
    def words(self) -> str:
        """ "Edges: what it reads, by weight × activation"."""
        which = "all edges" if self.everything else "the strongest edges"
        return f"Edges: {_MODE_WORDS[self.mode]}, by {_QUANTITY_WORDS[self.shown_quantity]}; {which}"

    def note(self, sets: tuple[EdgeSet, ...], limit: int | None) -> str:
        """What is drawn now, for beside the neuron: "the 64 strongest inputs by weight × activation"."""
        count = sum(len(edges) for edges in sets)
        if not count:
            return ""
        by = _QUANTITY_WORDS[self.shown_quantity]
        if self.mode == "path":
            return f"strongest path: {count:,} edges by {by}"
        name = "input" if self.mode == "incoming" else "reader"
        if limit is not None and any(len(edges) == limit for edges in sets):
            return f"the {count:,} strongest {name}s by {by}"
        return f"{count:,} {name}{'s' if count > 1 else ''} by {by}"

    def legend(self, sets: tuple[EdgeSet, ...], colors: ColorMap) -> LegendState | None:
        """What colour and width of the edges mean now; None where there are none."""
        peak = max((edges.peak for edges in sets), default=0.0)
        if peak <= 0:
            return None
        path = self.mode == "path"
        return LegendState(
            colormap=colors.title,
            lut=self._lut.of((), (colors,), lambda: Picture(colors.diverging)),
            low=-1.0 if path else -peak,
            high=1.0 if path else peak,
            title=f"Edges: {_QUANTITY_WORDS[self.shown_quantity]}",
            note="colour: its sign; width: "
            + ("share of the strongest between two layers" if path else "its size"),
        )


def _chosen(name: str, value: str | None, values: tuple[str, ...], now: str) -> str:
    if value is None:
        return values[(values.index(now) + 1) % len(values)]
    if value not in values:
        raise ValueError(f"{name}: expected one of {', '.join(values)}, got {value!r}")
    return value
