"""An inspector's calculation: what is added to what, in numbers that add up to what is shown."""

import numpy as np

from nnvis3d.network import wording
from nnvis3d.network.explanation import Explanation
from nnvis3d.network.wording import decimals, fixed, less, number, percent

MOST_TERMS = 6
"""Terms that are spelled out; the others are summed in one line."""
MOST_CELLS = 9
"""Cells of a pooling window that are all spelled out."""

Line = tuple[str, str]
"""What it is, and the number; a `what` that begins with "=" is a result."""


def calculation(explanation: Explanation, most_terms: int = MOST_TERMS) -> list[Line]:
    """(what, number) line by line. All numbers that are added have as many decimals as the result needs, so
    what is shown adds up to the last digit or, with many lines, nearly so."""
    if explanation.kind == "maxpool":
        return _maximum(explanation, most_terms)
    if explanation.kind == "softmax":
        return _probability(explanation)
    if explanation.source is None:
        return [*_value(explanation), *_after(explanation)]
    return [*_sum(explanation, most_terms), *_after(explanation)]


def _sum(explanation: Explanation, most_terms: int) -> list[Line]:
    places = _decimals(explanation)
    spelled = [k for k in explanation.strongest(most_terms) if explanation.products[k] != 0]
    if explanation.count <= most_terms:
        spelled = list(range(explanation.count))
    lines = []
    for k in spelled:
        factors = f"{number(explanation.inputs[k])} × {number(explanation.weights[k])}"
        lines.append((f"{_where(explanation, k)}:  {factors}", fixed(explanation.products[k], places)))
    rest = np.delete(explanation.products, spelled)
    if len(rest):
        words = "other term" if len(rest) == 1 else "other terms" if spelled else "terms"
        lines.append((f"{len(rest)} {words}", fixed(_total(rest), places)))
    if explanation.kind not in ("avgpool", "elementwise"):
        lines.append(("bias", fixed(explanation.bias, places)))
    function = wording.FUNCTIONS.get(explanation.activation, explanation.activation)
    total = fixed(explanation.pre_activation, places)
    if not function:
        return [*lines, (f"= {_name_of_result(explanation)}", total)]
    return [*lines, ("= sum", total), (f"= {function}({total})", fixed(explanation.result, places))]


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
    name = "pixel" if explanation.kind == "input" else "value"
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


def _probability(explanation: Explanation) -> list[Line]:
    lines = []
    for k, power in enumerate(explanation.products):
        lines.append((f"{_where(explanation, k)}:  e^(logit − highest)", number(power)))
    lines.append(("= sum", number(explanation.pre_activation)))
    return [*lines, ("= softmax, its own by the sum", percent(explanation.result))]


def _decimals(explanation: Explanation) -> int:
    results = (explanation.pre_activation, explanation.result)
    needed = decimals(results if any(results) else explanation.products)
    return max(needed, 3) if abs(explanation.pre_activation) < 1000 else needed


def _total(values: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return float(values.sum())


def _name_of_result(explanation: Explanation) -> str:
    return "logit" if explanation.softmax is not None else "sum"


def _where(explanation: Explanation, term: int) -> str:
    """A term's place in its source, as short as can be: "map 2 at 11, 6"; row before column."""
    source, index = explanation.source, int(explanation.sources[term])
    if index < 0 or source is None:
        return "over the edge"
    neuron = source.neuron(index)
    channels, height, width = source.map_shape
    if height * width == 1:
        return f"{source.name} {neuron.channel}"
    at = f"{neuron.row}, {neuron.column}"
    return f"at {at}" if channels == 1 else f"map {neuron.channel} at {at}"
