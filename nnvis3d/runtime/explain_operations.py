"""What each kind of layer does to its inputs: one small class a kind, found by the module's type.

A new kind is a class with the methods of Operation, registered in OPERATIONS.
"""

from collections.abc import Mapping

import numpy as np
from torch import nn

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_operation import Operation, to_numpy
from nnvis3d.runtime.explain_windows import AvgPool2d, Conv2d, MaxPool2d


class Linear(Operation):
    """nn.Linear, which reads its source flattened."""

    kind = "linear"

    def __init__(self, module: nn.Linear, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target)
        self.weight = to_numpy(module.weight)  # (out, in)
        self.by_source = np.ascontiguousarray(self.weight.T)
        self.biases = np.zeros(len(self.weight)) if module.bias is None else to_numpy(module.bias)
        self.grid = source.map_shape
        self._expect((target.neurons, source.neurons), self.weight.shape, "weights of shape")

    def sources(self, targets):
        return np.broadcast_to(np.arange(self.source.neurons), (len(targets), self.source.neurons))

    def weights(self, targets, sources, inputs):
        return self.weight[targets]

    def readers(self, sources, values):
        everyone = np.broadcast_to(np.arange(self.target.neurons), (len(sources), self.target.neurons))
        return everyone, self.by_source[sources]

    def reach(self, rows, columns):
        _, height, width = self.source.map_shape
        return np.arange(height), np.arange(width)

    def bias(self, target):
        return float(self.biases[target])


class Elementwise(Operation):
    """Each neuron reads the one in its own place: activation functions, dropout at rest, flattening."""

    kind = "elementwise"
    grid = (1, 1, 1)

    def __init__(self, module: nn.Module, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target)
        self._expect(source.neurons, target.neurons, "neurons")
        self.activation = _FUNCTIONS.get(type(module), target.activation)

    def sources(self, targets):
        return np.asarray(targets)[:, None]

    def weights(self, targets, sources, inputs):
        return np.ones(inputs.shape, np.float32)

    def readers(self, sources, values):
        return np.asarray(sources)[:, None], np.ones((len(sources), 1), np.float32)

    def reach(self, rows, columns):
        if self.source.map_shape[1:] == self.target.map_shape[1:]:
            return rows, columns
        _, height, width = self.source.map_shape
        return np.arange(height), np.arange(width)


_FUNCTIONS: Mapping[type[nn.Module], str] = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid"}

OPERATIONS: Mapping[type[nn.Module], type[Operation]] = {
    nn.Conv2d: Conv2d,
    nn.Linear: Linear,
    nn.MaxPool2d: MaxPool2d,
    nn.AvgPool2d: AvgPool2d,
    nn.ReLU: Elementwise,
    nn.Tanh: Elementwise,
    nn.Sigmoid: Elementwise,
    nn.Identity: Elementwise,
    nn.Dropout: Elementwise,
    nn.Flatten: Elementwise,
}
"""Operation by module type; a subclass of a type is that type unless it is registered itself."""


def operation_of(
    module: nn.Module,
    source: LayerSpec,
    target: LayerSpec,
    operations: Mapping[type[nn.Module], type[Operation]] = OPERATIONS,
) -> Operation | None:
    """How `module` computes `target` from `source`; None for a kind that is not registered.

    Raises:
        ValueError: the module does not fit the two layers.
    """
    for kind in type(module).__mro__:
        if kind in operations:
            return operations[kind](module, source, target)
    return None
