"""An inspector's calculation of a neuron behind gates: each gate's sum, and what the gates let through."""

import numpy as np

from nnvis3d.network.explanation import Explanation
from nnvis3d.network.gating import GATES, Gating
from nnvis3d.network.wording import MINUS, number

Line = tuple[str, str]
_FUNCTIONS = {"n": "tanh", "g": "tanh"}
"""Of gates by their letter; all others are sigmoids."""


def gated(explanation: Explanation, gating: Gating) -> list[Line]:
    """(what, number) line by line, of an LSTM's or a GRU's neuron. Each sum is said in two parts: what the
    input adds, and what the state before adds, each with its bias."""
    products = explanation.products
    sums, found = gating.sums(products), gating.passed(products)
    lines = []
    for k, (name, value) in enumerate(zip(GATES[gating.kind], found.gates, strict=True)):
        inside = _inside(gating, sums[k], k)
        lines.append((f"{name} = {_FUNCTIONS.get(name[-1], 'sigmoid')}({inside})", number(float(value))))
    if gating.kind == "gru":
        lines.append(("state before, h′", number(gating.before)))
        return [*lines, (f"= (1 {MINUS} z) × n + z × h′", number(explanation.result))]
    lines.append(("cell before, c′", number(gating.before)))
    lines.append(("= cell c, f × c′ + i × g", number(float(found.cell))))
    return [*lines, ("= o × tanh(c)", number(explanation.result))]


def _inside(gating: Gating, sums: np.ndarray, gate: int) -> str:
    of_input, of_state = (float(value) for value in sums)
    if gating.kind == "gru" and gate == 2:
        return f"{number(of_input)} + r × {number(of_state)}"
    state = f"{MINUS} {number(-of_state)}" if of_state < 0 else f"+ {number(of_state)}"
    return f"{number(of_input)} {state}"
