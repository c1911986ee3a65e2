"""What is shown because a neuron is asked: edges, marks, cards, the words beside the pointer.

All of it is kept until what it depends on changes, so that asking in every tick costs nothing.
"""

from nnvis3d.network import wording
from nnvis3d.network.colormaps import ColorMap
from nnvis3d.network.edges import EdgeSet
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.kernels import Kernels, kernels_of
from nnvis3d.network.marks import NO_MARKS, Marks, MarkSpec
from nnvis3d.network.spec import LayerSpec, NeuronId
from nnvis3d.scene.hud.ask_state import FindState, InspectorState, StepperState
from nnvis3d.scene.hud.state import LegendState, Tooltip
from nnvis3d.tools import ask_marks
from nnvis3d.tools.ask_tool import AskTool
from nnvis3d.tools.edge_choice import PATH_EDGES
from nnvis3d.tools.inspectors import card_text
from nnvis3d.tools.latest import Latest
from nnvis3d.tools.step_marks import step_marks


class AskAnswers:
    """Answers for one AskTool; the same objects again where nothing has changed."""

    def __init__(self, ask: AskTool):
        self._ask = ask
        self._edges: Latest[tuple[EdgeSet, ...]] = Latest()
        self._path: Latest[tuple[EdgeSet, ...]] = Latest()
        self._legend: Latest[LegendState | None] = Latest()
        self._cards: Latest[tuple[InspectorState, ...]] = Latest()
        self._words: Latest[tuple[str, str, str]] = Latest()
        self._still: Latest[Marks] = Latest()
        self._window: Latest[tuple[MarkSpec, ...]] = Latest()
        self._moving: Latest[Marks] = Latest()
        self._marks: Latest[Marks] = Latest()
        self._kernels: Latest[Kernels | None] = Latest()

    # edges

    def edges(self) -> tuple[EdgeSet, ...]:
        """Of the neuron that is pointed at, or else selected; while stepping, only of one pointed at."""
        ask, subject = self._ask, self._ask.subject
        if ask.steps.stepper is not None:
            subject = ask.hovered
        if subject is None or ask.frame is None or ask.spec is None or ask.explainer is None:
            return ()
        sets = ask.choice.sets(ask.spec, ask.explainer, ask.frame, subject)
        return self._edges.of((ask.hidden,), (sets,), lambda: self._shown(sets))

    def answer_path(self) -> tuple[EdgeSet, ...]:
        """The strongest contributions to the likeliest output, for the wave; () without a guess."""
        ask = self._ask
        if ask.frame is None or ask.spec is None or ask.explainer is None or ask.frame.blank:
            return ()
        frame, explainer, output = ask.frame, ask.explainer, ask.spec.output

        def path() -> tuple[EdgeSet, ...]:
            best = int(frame.layer(output.name).argmax())
            return self._shown(explainer.path(frame, output.neuron(best), PATH_EDGES))

        return self._path.of((ask.hidden, ask.weights), (frame,), path)

    def _shown(self, sets: tuple[EdgeSet, ...]) -> tuple[EdgeSet, ...]:
        """Those between shown layers, none of them empty."""
        hidden = self._ask.hidden
        return tuple(edges for edges in sets if len(edges) and not {edges.source, edges.target} & hidden)

    def edge_legend(self, colors: ColorMap) -> LegendState | None:
        """What colour and width of the edges mean; None where there are none."""
        sets = self.edges()
        return self._legend.of((), (sets, colors), lambda: self._ask.choice.legend(sets, colors))

    # marks

    def marks(self, colors: ColorMap) -> Marks:
        """All marks in the scene, none on hidden layers."""
        still, moving = self._still_marks(), self._step_marks(colors)
        return self._marks.of((self._ask.hidden,), (still, moving), lambda: self._joined(still, moving))

    def _still_marks(self) -> Marks:
        """Of what is pointed at, selected and pinned."""
        ask = self._ask
        stepping = ask.steps.stepper is not None
        windows = () if stepping else self._windows()
        key = (ask.hovered, ask.selected, ask.cards.pinned, stepping, ask.weights)
        return self._still.of(key, (windows, ask.spec), lambda: Marks(self._rings() + windows))

    def _rings(self) -> tuple[MarkSpec, ...]:
        ask = self._ask
        marks = [
            ask_marks.ring(n, "pinned") for n in ask.cards.pinned if n not in (ask.selected, ask.hovered)
        ]
        if ask.selected is not None:
            marks.append(ask_marks.ring(ask.selected, "selected"))
        if ask.hovered is not None and ask.hovered != ask.selected:
            marks.append(ask_marks.ring(ask.hovered, "hover"))
        return (*marks, *self._field())

    def _field(self) -> tuple[MarkSpec, ...]:
        """The receptive field of what is asked; a step has windows of its own."""
        ask, subject = self._ask, self._ask.subject
        if subject is None or ask.spec is None or ask.explainer is None or ask.steps.stepper is not None:
            return ()
        if subject.layer == ask.spec.input.name:
            return ()
        return ask_marks.field(ask.spec, ask.explainer.receptive_field(subject))

    def _windows(self) -> tuple[MarkSpec, ...]:
        """What the neuron reads, where its inputs are shown; and which of it won."""
        ask, subject = self._ask, self._ask.subject
        if subject is None or ask.frame is None or ask.choice.mode != "incoming":
            return ()

        def windows() -> tuple[MarkSpec, ...]:
            explanation = ask.explain(subject)
            return ask_marks.windows(explanation) + ask_marks.winner(explanation)

        return self._window.of((subject, ask.weights), (ask.frame,), windows)

    def _step_marks(self, colors: ColorMap) -> Marks:
        walk, frame = self._ask.steps.stepper, self._ask.frame
        if walk is None or frame is None:
            return NO_MARKS
        source = walk.explanation.source
        scales = _scale(frame, walk.layer), _scale(frame, source) if source is not None else 1.0
        key = (self._ask.steps.key, self._ask.weights)
        return self._moving.of(key, (frame, colors), lambda: step_marks(walk, *scales, colors))

    def _joined(self, still: Marks, moving: Marks) -> Marks:
        hidden = self._ask.hidden
        rectangles = (*still.rectangles, *moving.rectangles)
        return Marks(
            tuple(mark for mark in rectangles if mark.layer not in hidden),
            tuple(mark for mark in moving.cells if mark.layer not in hidden),
            tuple(flight for flight in moving.flights if flight.start.layer not in hidden),
        )

    # pictures

    def kernels(self, colors: ColorMap) -> Kernels | None:
        """What the neuron whose edges are shown multiplies each map with that it reads; None: nothing, or its
        edges are others."""
        ask, subject = self._ask, self._ask.subject
        if subject is None or ask.frame is None or ask.choice.mode != "incoming":
            return None
        if ask.steps.stepper is not None or subject.layer in ask.hidden:
            return None
        # Weights stay the same while the drawing changes.
        key = (subject, ask.weights)
        return self._kernels.of(
            key, (ask.spec, colors), lambda: kernels_of(ask.explain(subject), colors.diverging)
        )

    # panels

    def inspectors(self, colors: ColorMap) -> tuple[InspectorState, ...]:
        ask = self._ask
        if ask.frame is None or ask.spec is None:
            return ()
        frame, labels = ask.frame, ask.spec.labels
        key = (ask.cards.key, ask.weights)
        return self._cards.of(
            key, (frame, colors), lambda: ask.cards.states(frame, ask.explain, colors, labels)
        )

    def card_text(self, colors: ColorMap, card: object = None) -> str:
        """A card as text, by its id, None for the selection's; "" where there is none."""
        ask, neuron = self._ask, self._ask.cards.find(card)
        if neuron is None or ask.frame is None or ask.spec is None:
            return ""
        return card_text(ask.explain(neuron), colors, ask.spec.labels)

    @property
    def find(self) -> FindState | None:
        return self._ask.box.state

    @property
    def stepper(self) -> StepperState | None:
        return self._ask.steps.state

    def tooltip(self, x: float, y: float) -> Tooltip | None:
        """Words for the neuron under the pointer, which is at x, y in pixels."""
        ask = self._ask
        if ask.hovered is None or ask.frame is None or ask.spec is None:
            return None
        neuron, sets = ask.hovered, self.edges()
        title, value, note = self._words.of((neuron,), (ask.frame, sets), lambda: self._said(neuron, sets))
        return Tooltip(title, value, x, y, note)

    def _said(self, neuron: NeuronId, sets: tuple[EdgeSet, ...]) -> tuple[str, str, str]:
        """Title, value and note."""
        ask = self._ask
        assert ask.frame is not None and ask.spec is not None
        layer = ask.spec.by_name[neuron.layer]
        title, value = wording.title(layer, neuron), wording.number(ask.frame.value(neuron))
        if layer is ask.spec.output and ask.spec.labels:
            title = f'{layer.name} · "{ask.spec.labels[neuron.channel]}"'
            if ask.frame.probabilities is not None:
                value += f" · {wording.percent(float(ask.frame.probabilities[neuron.channel]))}"
        return title, value, ask.choice.note(sets, ask.choice.limit(ask.spec, neuron))


def _scale(frame: ActivationFrame, layer: LayerSpec) -> float:
    return float(frame.scales[frame.spec.layers.index(layer)])
