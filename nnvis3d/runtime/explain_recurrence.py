"""One level of a recurrent network, in one direction: its weights, and what it computes step by step."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from nnvis3d.network.gating import passed
from nnvis3d.runtime.explain_operation import to_numpy

_KINDS = ((nn.LSTM, "lstm"), (nn.LSTMCell, "lstm"), (nn.GRU, "gru"), (nn.GRUCell, "gru"))


@dataclass(frozen=True, eq=False)
class Recurrence:
    """G sums a unit (1, or one a gate), H units, `width` inputs."""

    kind: str
    """"lstm", "gru", "tanh" or "relu"."""
    of_input: np.ndarray
    """float32 (G, H, width)."""
    of_state: np.ndarray
    """float32 (G, H, H)."""
    biases: np.ndarray
    """float32 (2, G, H): what is added to the sums of the input, and to those of the state."""

    @classmethod
    def of(cls, module: Any, suffix: str = "") -> "Recurrence":
        """
        Args:
            suffix: of the weights' names: "_l0_reverse"; "" for a cell.
        """
        kind = next((kind for cls, kind in _KINDS if isinstance(module, cls)), None)
        ih, hh = (to_numpy(getattr(module, f"weight_{which}{suffix}")) for which in ("ih", "hh"))
        units = hh.shape[1]
        shape = (len(hh) // units, units)
        biases = np.zeros((2, *shape), np.float32)
        if module.bias:
            biases = np.stack(
                [to_numpy(getattr(module, f"bias_{which}{suffix}")).reshape(shape) for which in ("ih", "hh")]
            )
        return cls(kind or module.nonlinearity, ih.reshape(*shape, -1), hh.reshape(*shape, -1), biases)

    @property
    def gated(self) -> bool:
        return self.kind in ("lstm", "gru")

    @property
    def units(self) -> int:
        return self.of_state.shape[1]

    @property
    def width(self) -> int:
        return self.of_input.shape[2]

    def sums(self, inputs: np.ndarray, states: np.ndarray) -> np.ndarray:
        """float32 (T, H, G, 2) from inputs (T, width) and, of each, the state before (T, H)."""
        pairs = (self._summed(inputs, self.of_input, 0), self._summed(states, self.of_state, 1))
        return np.stack(pairs, -1)

    def _summed(self, values: np.ndarray, weights: np.ndarray, which: int) -> np.ndarray:
        """(T, H, G) of values (T, n) and weights (G, H, n), with the bias."""
        matrix = torch.from_numpy(weights.reshape(-1, weights.shape[2]))
        # By PyTorch: numpy's threads wait for each other awake, which costs most where cores are busy.
        summed = (torch.from_numpy(values) @ matrix.T).numpy()
        return (summed.reshape(len(values), *weights.shape[:2]) + self.biases[which]).swapaxes(1, 2)

    def held(self, sums: np.ndarray, states: np.ndarray, order: np.ndarray) -> np.ndarray:
        """float32 (T, H): what each unit held before each step, where the steps follow in this order."""
        if self.kind != "lstm":
            return states
        before = np.zeros(states.shape, np.float32)
        cell = np.zeros(self.units, np.float32)
        for step in order:
            before[step] = cell
            cell = passed("lstm", sums[step], cell).cell
        return before

    def run(self, inputs: np.ndarray, order: np.ndarray) -> np.ndarray:
        """float32 (T, H): the states of all steps, from zero."""
        states = np.zeros((len(inputs), self.units), np.float32)
        state = held = np.zeros(self.units, np.float32)
        of_inputs = self._summed(inputs, self.of_input, 0)
        for step in order:
            of_state = self._summed(state[None], self.of_state, 1)[0]
            sums = np.stack([of_inputs[step], of_state], -1)
            if self.gated:
                found = passed(self.kind, sums, held)
                state, held = found.output, found.cell
            else:
                total = sums.sum((-2, -1))
                state = np.tanh(total) if self.kind == "tanh" else np.maximum(total, 0)
            states[step] = state
        return states
