"""What is said while a layer's operation is walked through."""

from typing import Protocol

from nnvis3d.network import wording
from nnvis3d.network.explanation import Explanation
from nnvis3d.network.spec import LayerSpec, NeuronId
from nnvis3d.network.wording import less, number, percent


class Walk(Protocol):
    """What is asked of a Stepper."""

    @property
    def phase(self): ...
    @property
    def explanation(self) -> Explanation: ...
    @property
    def terms_shown(self) -> int: ...
    @property
    def terms_summed(self) -> int: ...
    @property
    def running(self) -> float: ...


def title(layer: LayerSpec, neuron: NeuronId, explanation: Explanation) -> str:
    """ "conv1 · map 3: row 12, column 7", with the operation where it is not the layer's own."""
    _, height, width = layer.map_shape
    of_itself = explanation.kind == "softmax" and explanation.source == layer
    name = f"softmax of {layer.name}" if of_itself else layer.name
    if height * width == 1:
        return f"{name} · neuron {neuron.channel}"
    return f"{name} · map {neuron.channel}: row {neuron.row}, column {neuron.column}"


def words(walk: Walk) -> str:
    """The large line: what is being computed, with the numbers of the moment."""
    writers = {"window": _window, "products": _product, "sum": _sum, "finish": _finish, "drop": _result}
    return writers[walk.phase.value](walk)


def _window(walk: Walk) -> str:
    explanation = walk.explanation
    if explanation.window is None or explanation.source is None:
        return f"{explanation.count:,} inputs"
    top, left, _, _ = explanation.window
    _, rows, columns = explanation.grid
    name = wording.source_name(explanation.source)
    return f"{rows} × {columns} of {name}, from row {_place(top)}, column {_place(left)}"


def _place(at: int) -> str:
    return f"{wording.MINUS}{-at}" if at < 0 else str(at)


def _product(walk: Walk) -> str:
    explanation, k = walk.explanation, max(walk.terms_shown - 1, 0)
    if not explanation.count:
        return ""
    of = f"{k + 1} of {explanation.count}:  "
    if explanation.sources[k] < 0:
        return f"{of}over the edge"
    if explanation.kind in ("maxpool", "multiply"):
        return of + number(explanation.inputs[k])
    if explanation.kind == "softmax" and explanation.softmax is not None:
        power = f"e^({number(explanation.inputs[k])} {less(explanation.softmax.highest)})"
        return f"{of}{power} = {number(explanation.products[k])}"
    factors = f"{number(explanation.inputs[k])} × {number(explanation.weights[k])}"
    return f"{of}{factors} = {number(explanation.products[k])}"


def _sum(walk: Walk) -> str:
    explanation, k = walk.explanation, max(walk.terms_summed - 1, 0)
    if not explanation.count:
        return ""
    if explanation.kind == "maxpool":
        return f"largest of {k + 1}:  {number(walk.running)}"
    if explanation.kind == "multiply":
        before = f"… × {number(explanation.inputs[k])}" if k else number(explanation.inputs[k])
        return f"{before} = {number(walk.running)}"
    before = "… " if k else ""
    return f"{before}{_plus(explanation.products[k], bool(k))} = {number(walk.running)}"


def _plus(value: float, follows: bool) -> str:
    """`value` as a summand: "+ 1.5" or "− 1.5" where it follows another."""
    if not follows:
        return number(value)
    return f"{wording.MINUS} {number(-value)}" if value < 0 else f"+ {number(value)}"


def _finish(walk: Walk) -> str:
    explanation = walk.explanation
    if explanation.kind in ("softmax", "attention") and explanation.softmax is not None:
        powers = explanation.softmax.powers
        own = powers[explanation.softmax.index]
        return f"{number(own)} / {number(powers.sum())} = {percent(explanation.softmax.probability)}"
    if explanation.kind in ("maxpool", "avgpool", "multiply", "input", "other"):
        return _result(walk)
    summed = number(explanation.pre_activation - explanation.bias)
    if explanation.kind in ("conv", "linear", "norm", "recurrent", "attended"):
        summed = f"{summed} {_plus(explanation.bias, True)}"
    function = wording.FUNCTIONS.get(explanation.activation, explanation.activation)
    shown = f"{function}({summed})" if function else summed
    return f"{shown} = {number(explanation.result)}"


def _result(walk: Walk) -> str:
    explanation = walk.explanation
    share = explanation.kind == "softmax" and explanation.activation != "logsoftmax"
    return percent(explanation.result) if share else number(explanation.result)
