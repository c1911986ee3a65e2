"""Fully connected layers, of all that is read or of each token by itself; and the mean of all tokens."""

from typing import Any

import numpy as np
from torch import nn

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_operation import Operation, to_numpy


class Linear(Operation):
    """nn.Linear: on its source flattened, or on each row of numbers along the last axis."""

    kind = "linear"

    def __init__(self, module: nn.Linear | Any, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target)
        self.weight = to_numpy(module.weight)  # (out, in)
        self.by_source = np.ascontiguousarray(self.weight.T)
        self.biases = np.zeros(len(self.weight)) if module.bias is None else to_numpy(module.bias)
        outs, ins = self.weight.shape
        self._rows = max(target.neurons // outs, 1)
        self._expect((target.neurons, source.neurons), (outs * self._rows, ins * self._rows), "weights for")
        self.grid = source.map_shape if self._rows == 1 else (1, 1, ins)

    def sources(self, targets):
        ins = self.weight.shape[1]
        if self._rows == 1:
            return np.broadcast_to(np.arange(ins), (len(targets), ins))
        return np.asarray(targets)[:, None] // len(self.weight) * ins + np.arange(ins)

    def weights(self, targets, sources, inputs):
        return self.weight[np.asarray(targets) % len(self.weight)]

    def readers(self, sources, values):
        outs, ins = self.weight.shape
        row, place = np.divmod(np.asarray(sources), ins)
        return row[:, None] * outs + np.arange(outs), self.by_source[place]

    def reach(self, rows, columns):
        _, height, width = self.source.map_shape
        if self._rows > 1 and self.source.map_shape[:2] == self.target.map_shape[:2]:
            return rows, np.arange(width)
        return np.arange(height), np.arange(width)

    def window(self, target):
        _, height, width = self.source.map_shape
        if self._rows == 1 or width != self.weight.shape[1]:
            return None
        row = target // len(self.weight) % height
        return row, 0, row + 1, width

    def bias(self, target):
        return float(self.biases[target % len(self.weight)])


class TokenMean(Operation):
    """The mean of all tokens, unit by unit, as a function of a network takes it."""

    kind = "avgpool"
    guessed = True

    def __init__(self, source: LayerSpec, target: LayerSpec):
        super().__init__(None, source, target)
        _, self._tokens, self._units = source.map_shape
        self._expect((1, target.neurons), (source.map_shape[0], self._units), "one map, units")
        self.grid = (1, self._tokens, 1)

    def sources(self, targets):
        return np.asarray(targets)[:, None] + np.arange(self._tokens) * self._units

    def weights(self, targets, sources, inputs):
        return np.full(np.shape(sources), 1 / self._tokens, np.float32)

    def readers(self, sources, values):
        targets = np.asarray(sources)[:, None] % self._units
        return targets, np.full(targets.shape, 1 / self._tokens, np.float32)

    def reach(self, rows, columns):
        return np.arange(self._tokens), np.arange(self._units)

    def window(self, target):
        return 0, target, self._tokens, target + 1
