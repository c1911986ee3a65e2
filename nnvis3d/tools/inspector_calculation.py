"""An inspector's calculation: what is added to what, in numbers that add up to what is shown."""

import numpy as np

from nnvis3d.network import wording
from nnvis3d.network.explanation import Explanation
from nnvis3d.network.spec import LayerSpec
from nnvis3d.network.wording import MINUS, decimals, fixed, less, number, percent
from nnvis3d.tools.inspector_gates import gated

MOST_TERMS = 6
"""Terms that are spelled out; the others are summed in one line."""
MOST_SHARES = 16
"""Shares of a softmax that are all spelled out."""
_LONG = 16
"""Letters of a layer's name that a line has room for."""
MOST_CELLS = 9
"""Cells of a pooling window that are all spelled out."""

_WITHOUT_BIAS = ("avgpool", "elementwise", "add", "copy", "lookup", "matmul", "attention")

Line = tuple[str, str]
"""What it is, and the number; a `what` that begins with "=" is a result."""


def calculation(explanation: Explanation, most_terms: int = MOST_TERMS) -> list[Line]:
    """(what, number) line by line. All numbers that are added have as many decimals as the result needs, so
    what is shown adds up to the last digit or, with many lines, nearly so."""
    if explanation.kind == "maxpool":
        return _maximum(explanation, most_terms)
    if explanation.kind == "softmax":
        return _probability(explanation, most_terms)
    if explanation.kind == "attention":
        return [*_sum(explanation, most_terms), *_attended(explanation)]
    if explanation.kind == "multiply":
        return [*_product(explanation), *_after(explanation)]
    if explanation.source is None:
        return [*_value(explanation), *_after(explanation)]
    if explanation.gating is not None:
        return [*gated(explanation, explanation.gating), *_after(explanation)]
    return [*_sum(explanation, most_terms), *_after(explanation)]


def is_picture(layer: LayerSpec) -> bool:
    """Whether an input is a picture; else it is tokens, a series, or what else a network may read."""
    return len(layer.shape) == 3 and layer.axes == wording.AXES


def _sum(explanation: Explanation, most_terms: int) -> list[Line]:
    places = _decimals(explanation)
    spelled = [k for k in explanation.strongest(most_terms) if explanation.products[k] != 0]
    if explanation.count <= most_terms:
        spelled = list(range(explanation.count))
    lines = _normalised(explanation)
    for k in spelled:
        words = f"{_where(explanation, k)}{_factors(explanation, k)}"
        lines.append((words, fixed(explanation.products[k], places)))
    rest = np.delete(explanation.products, spelled)
    if len(rest):
        words = "other term" if len(rest) == 1 else "other terms" if spelled else "terms"
        lines.append((f"{len(rest)} {words}", fixed(_total(rest), places)))
    if explanation.kind not in _WITHOUT_BIAS:
        word = "beta" if explanation.kind == "norm" else "bias"
        lines.append((word, fixed(explanation.bias, places)))
    function = wording.FUNCTIONS.get(explanation.activation, explanation.activation)
    total = fixed(explanation.pre_activation, places)
    if not function:
        return [*lines, (f"= {_name_of_result(explanation)}", total)]
    return [*lines, ("= sum", total), (f"= {function}({total})", fixed(explanation.result, places))]


def _normalised(explanation: Explanation) -> list[Line]:
    """How the input came about in a layer that normalises."""
    known = explanation.normalised
    if known is None:
        return []
    value = f"({number(explanation.shown[0])} {less(known.mean)})"
    return [
        (
            f"= normalised, {value} / √({number(known.variance)} + {known.eps:g})",
            number(explanation.inputs[0]),
        )
    ]


def _factors(explanation: Explanation, k: int) -> str:
    """What was multiplied, where there is more than the product."""
    kind, weight = explanation.kind, number(explanation.weights[k])
    if kind == "lookup":
        return f":  what the table has in row {explanation.shown[k]:.0f}"
    if kind == "norm":
        return f":  {number(explanation.inputs[k])} × gamma {weight}"
    if kind in ("elementwise", "add", "copy") and explanation.weights[k] == 1:
        return ""
    return f":  {number(explanation.inputs[k])} × {weight}"


def _product(explanation: Explanation) -> list[Line]:
    lines = []
    for k, value in enumerate(explanation.inputs):
        divided = explanation.layer.kind == "divide" and k == 1
        words = f":  1 / {number(explanation.shown[k])}" if divided else ""
        lines.append((f"{_where(explanation, k)}{words}", number(value)))
    word = "logit" if explanation.softmax is not None else "product"
    return [*lines, (f"= {word}", number(explanation.result))]


def _maximum(explanation: Explanation, most_terms: int) -> list[Line]:
    real = np.flatnonzero(explanation.sources >= 0)
    inputs = explanation.inputs
    if len(real) > max(most_terms, MOST_CELLS):
        ranked = real[np.argsort(-np.nan_to_num(inputs[real], nan=np.inf), kind="stable")]
        spelled = np.sort(ranked[:most_terms])
    else:
        spelled = real
    lines = []
    for k in spelled:
        mark = "  (largest)" if k == explanation.winner else ""
        lines.append((_where(explanation, k) + mark, number(inputs[k])))
    if len(spelled) < len(real):
        lines.append((f"{len(real) - len(spelled)} others, none larger", ""))
    return [*lines, ("= maximum", number(explanation.result))]


def _value(explanation: Explanation) -> list[Line]:
    name = "pixel" if explanation.kind == "input" and is_picture(explanation.layer) else "value"
    lines = [(f"= {name}", number(explanation.result))]
    prepared = explanation.preprocessing
    if prepared is not None:
        channel = explanation.neuron.channel if len(prepared.mean) > 1 else 0
        value = (explanation.result - prepared.mean[channel]) / prepared.std[channel]
        scaled = f"({number(explanation.result)} {less(prepared.mean[channel])}) / {prepared.std[channel]:g}"
        lines.append((f"as the network reads it:  {scaled}", number(value)))
    return lines


def _after(explanation: Explanation) -> list[Line]:
    """From an output's logit to its probability."""
    if explanation.softmax is None:
        return []
    logits = explanation.softmax.logits
    highest = explanation.softmax.highest
    # Moderate logits as the formula is known; large ones less the highest, for their powers have no name.
    shift = 0.0 if np.isfinite(logits).all() and np.abs(logits).max() < 12 else highest
    index = explanation.softmax.index
    with np.errstate(all="ignore"):
        powers = np.exp(logits - shift)
        own = float(logits[index] - shift)
    exponent = f"logit {less(shift)}" if shift else "logit"
    return [
        (f"e^({exponent}) = e^{number(own)}", number(powers[index])),
        (f"sum of e^({exponent}) of all {len(logits)} classes", number(_total(powers))),
        ("= softmax, the first by the second", percent(explanation.softmax.probability)),
    ]


def _probability(explanation: Explanation, most_terms: int) -> list[Line]:
    lines, count = [], explanation.count
    own = explanation.softmax.index if explanation.softmax is not None else 0
    spelled = list(range(count))
    if count > MOST_SHARES:
        spelled = sorted({own, *map(int, explanation.strongest(most_terms))})
    for k in spelled:
        words = f"{_where(explanation, k)}:  e^(logit {MINUS} highest)"
        lines.append((words, number(explanation.products[k])))
    if len(spelled) < count:
        rest = np.delete(explanation.products, spelled)
        lines.append((f"{len(rest)} others", number(_total(rest))))
    lines.append(("= sum", number(explanation.pre_activation)))
    share = explanation.softmax.probability if explanation.softmax is not None else explanation.result
    lines.append(("= softmax, its own by the sum", percent(share)))
    if explanation.activation == "logsoftmax":
        lines.append(("= logarithm of that", number(explanation.result)))
    return lines


def _attended(explanation: Explanation) -> list[Line]:
    """From the score of a query and a key to its share among those of all keys."""
    softmax = explanation.softmax
    if softmax is None:
        return []
    left_out = int(np.isneginf(softmax.logits).sum())
    if np.isneginf(softmax.logits[softmax.index]):
        return [("= softmax, left out by the mask", number(explanation.result))]
    keys = f"{len(softmax.logits)} keys" + (f", {left_out} of them masked" if left_out else "")
    powers = softmax.powers
    return [
        (f"e^(score {less(softmax.highest)})", number(powers[softmax.index])),
        (f"sum of that over {keys}", number(_total(powers))),
        ("= softmax, the first by the second", percent(explanation.result)),
    ]


def _decimals(explanation: Explanation) -> int:
    results = (explanation.pre_activation, explanation.result)
    needed = decimals(results if any(results) else explanation.products)
    return max(needed, 3) if abs(explanation.pre_activation) < 1000 else needed


def _total(values: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return float(values.sum())


def _name_of_result(explanation: Explanation) -> str:
    if explanation.kind == "attention":
        return "score"
    if explanation.softmax is not None:
        return "logit"
    return "value" if explanation.kind in ("copy", "lookup", "elementwise") else "sum"


def _where(explanation: Explanation, term: int) -> str:
    """A term's place in its source, as short as can be: "map 2 at 11, 6"; row before column."""
    neuron, unseen = explanation.read(term), explanation.read_unseen(term)
    if unseen is not None:
        return f"{explanation.unseen[0]}, at {unseen[0]}, {unseen[1]}"
    if neuron is None:
        return "before the first step" if explanation.kind == "recurrent" else "over the edge"
    if explanation.kind == "attended":
        return f"head {neuron.channel}, token {neuron.column}"
    source = next(layer for layer in explanation.layers if layer.name == neuron.layer)
    channels, height, width = source.map_shape
    name = _short(source, explanation.layers)
    if height * width == 1:
        return f"{name} {neuron.channel}"
    place = f"at {neuron.row}, {neuron.column}"
    place = place if channels == 1 else f"map {neuron.channel} {place}"
    return f"{name}, {place}" if explanation.others else place


def _short(layer: LayerSpec, layers: tuple[LayerSpec, ...]) -> str:
    """A long name's last word where that says which of `layers` it is: cards are narrow."""
    last = layer.name.rpartition(".")[2]
    alike = any(other is not layer and other.name.rpartition(".")[2] == last for other in layers)
    return layer.name if alike or len(layer.name) <= _LONG else last
