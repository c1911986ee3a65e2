"""What the gates of a recurrent neuron make of their sums: LSTM (Hochreiter and Schmidhuber 1997, with the
forget gate of Gers et al. 2000) and GRU (Cho et al. 2014, as PyTorch computes it).

Sums come as (..., gates, 2): what the input adds to a gate, and what the state before adds, each with its
bias.
"""

from dataclasses import dataclass

import numpy as np

GATES = {
    "lstm": ("input gate i", "forget gate f", "new value g", "output gate o"),
    "gru": ("reset gate r", "update gate z", "new value n"),
}
"""By kind, in the order in which PyTorch keeps their weights."""


@dataclass(frozen=True, eq=False)
class Passed:
    """What came out, each (...,)."""

    gates: tuple[np.ndarray, ...]
    """What each gate let through, in the order of GATES."""
    cell: np.ndarray
    """Of an LSTM, what its cell holds now; of a GRU, the output."""
    output: np.ndarray


def passed(kind: str, sums: np.ndarray, before: np.ndarray) -> Passed:
    """From the sums (..., gates, 2) and what was held before (...,): an LSTM's cell, a GRU's state."""
    if kind == "gru":
        r, z = (_sigmoid(sums[..., k, :].sum(-1)) for k in (0, 1))
        n = np.tanh(sums[..., 2, 0] + r * sums[..., 2, 1])
        output = (1 - z) * n + z * before
        return Passed((r, z, n), output, output)
    i, f, o = (_sigmoid(sums[..., k, :].sum(-1)) for k in (0, 1, 3))
    g = np.tanh(sums[..., 2, :].sum(-1))
    cell = f * before + i * g
    return Passed((i, f, g, o), cell, o * np.tanh(cell))


def slopes(kind: str, sums: np.ndarray, before: np.ndarray) -> np.ndarray:
    """(..., gates, 2): by how much the output grows for each unit that is added to a sum; what was held
    before stays as it is."""
    found = passed(kind, sums, before)
    if kind == "gru":
        r, z, n = found.gates
        through = (1 - z) * (1 - n * n)
        of_r = through * sums[..., 2, 1] * r * (1 - r)
        of_z = (before - n) * z * (1 - z)
        pairs = ((of_r, of_r), (of_z, of_z), (through, through * r))
        return np.stack([np.stack(pair, -1) for pair in pairs], -2)
    i, f, g, o = found.gates
    open_ = np.tanh(found.cell)
    of_cell = o * (1 - open_ * open_)
    each = (of_cell * g * i * (1 - i), of_cell * before * f * (1 - f), of_cell * i * (1 - g * g))
    return np.stack([np.stack([one, one], -1) for one in (*each, open_ * o * (1 - o))], -2)


@dataclass(frozen=True)
class Gating:
    """How one neuron's terms become its value: as many for each gate, one gate after the other."""

    kind: str
    """One of GATES."""
    inputs: int
    """How many of a gate's terms come from the input; the others come from the state before."""
    biases: tuple[tuple[float, float], ...]
    """Of each gate: what is added to the sum of the input's terms, and to that of the state's."""
    before: float
    """What the neuron held before: an LSTM's cell, a GRU's own state."""

    def sums(self, products: np.ndarray) -> np.ndarray:
        """float64 (gates, 2)."""
        each = products.reshape(len(self.biases), -1)
        parts = [each[:, : self.inputs].sum(axis=1), each[:, self.inputs :].sum(axis=1)]
        return np.stack(parts, axis=1) + np.array(self.biases)

    def gate(self, term: int, count: int) -> str:
        """Which gate one of `count` terms belongs to."""
        return GATES[self.kind][term * len(self.biases) // count]

    def passed(self, products: np.ndarray) -> Passed:
        with np.errstate(all="ignore"):
            return passed(self.kind, self.sums(products), np.array(self.before))


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * values))
