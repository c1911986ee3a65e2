"""Operations that only move numbers, or look them up: shuffles and folds, embeddings."""

import numpy as np
import torch
from torch import nn

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_axis import Axis
from nnvis3d.runtime.explain_operation import Operation, to_numpy


class Moved(Operation):
    """Each neuron is a copy of another, or zero: pixel shuffle, channel shuffle, unfolding.

    The module tells where from: it is run on the places themselves.
    """

    kind = "copy"
    grid = (1, 1, 1)

    def __init__(
        self, module: nn.Module, source: LayerSpec, target: LayerSpec, shape: tuple[int, ...] | None = None
    ):
        """
        Args:
            shape: that the module reads; None: that in which the source is shown.
        """
        super().__init__(module, source, target)
        places = torch.arange(1, source.neurons + 1, dtype=torch.float64)
        places = places.reshape(1, *(shape or source.map_shape))
        found = module(places).reshape(-1).round().to(torch.int64).numpy() - 1
        self._expect(target.neurons, len(found), "neurons")
        self._places = Axis.listed(source.neurons, found[:, None])

    def sources(self, targets):
        return self._places.reads[targets]

    def weights(self, targets, sources, inputs):
        return np.where(sources < 0, np.float32(0), np.float32(1))

    def readers(self, sources, values):
        targets = self._places.readers[sources][:, :, 0]
        return targets, np.where(targets < 0, np.float32(0), np.float32(1))

    def reach(self, rows, columns):
        _, height, width = self.source.map_shape
        return np.arange(height), np.arange(width)


class Embedding(Operation):
    """nn.Embedding: the row of its table that a token says; as a product, that of 1 and the number there."""

    kind = "lookup"
    grid = (1, 1, 1)

    def __init__(self, module: nn.Embedding, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target)
        self.table = to_numpy(module.weight)  # (tokens, features)
        self._expect(source.neurons * self.table.shape[1], target.neurons, "neurons")
        self._ids = np.zeros(source.neurons, np.int64)

    def see(self, values):
        self._ids = np.clip(np.nan_to_num(values[0]), 0, len(self.table) - 1).astype(np.int64)

    def prepare(self, inputs, sources):
        return np.ones(np.shape(inputs), np.float32)

    def sources(self, targets):
        return (np.asarray(targets) // self.table.shape[1])[:, None]

    def weights(self, targets, sources, inputs):
        return self.table[self._ids[sources[:, 0]], np.asarray(targets) % self.table.shape[1]][:, None]

    def readers(self, sources, values):
        width = self.table.shape[1]
        return np.asarray(sources)[:, None] * width + np.arange(width), self.table[self._ids[sources]]

    def reach(self, rows, columns):
        _, height, width = self.source.map_shape
        return np.arange(height), np.arange(width)
