"""Reads a module's layers on one frame: sources, inputs, weights and products of many neurons at once."""

from collections.abc import Mapping

import numpy as np
from torch import nn

from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import LayerSpec, NetworkSpec
from nnvis3d.runtime.explain_operation import Operation
from nnvis3d.runtime.explain_operations import OPERATIONS, operation_of


class LayerReader:
    """Finds each layer's operation by the submodule of its name, once, and applies it to frames."""

    def __init__(
        self,
        module: nn.Module,
        spec: NetworkSpec,
        operations: Mapping[type[nn.Module], type[Operation]] = OPERATIONS,
        lenient: bool = False,
    ):
        self.spec = spec
        self._modules = dict(module.named_modules())
        self._kinds = operations
        self._lenient = lenient
        self._operations: dict[str, Operation | None] = {}
        shape = (-1, 1, 1)
        self._mean = np.array(spec.preprocessing.mean, np.float32).reshape(shape)
        self._gain = 1 / np.array(spec.preprocessing.std, np.float32).reshape(shape)
        self._prepared = bool((self._mean != 0).any() or (self._gain != 1).any())
        self._seen: tuple[ActivationFrame | None, np.ndarray] = (None, np.zeros(0, np.float32))

    def invalidate(self, layer: str | None = None) -> None:
        """The weights of `layer`, or of all layers, have changed: read them anew when next asked."""
        if layer is None:
            self._operations.clear()
        self._operations.pop(layer or "", None)

    def operation(self, name: str) -> Operation | None:
        """How layer `name` is computed; None for the input and whatever cannot be explained."""
        if name not in self._operations:
            layer = self.spec.by_name[name]
            module = self._modules.get(name.partition("#")[0])
            found = None
            if module is not None and len(layer.sources) == 1:
                source = self.spec.by_name[layer.sources[0]]
                try:
                    found = operation_of(module, source, layer, self._kinds)
                except Exception:
                    if not self._lenient:
                        raise
            self._operations[name] = found
        return self._operations[name]

    def readers_of(self, name: str) -> list[str]:
        """Names of the layers that read layer `name`."""
        return [layer.name for layer in self.spec.layers if name in layer.sources]

    def is_prepared(self, layer: LayerSpec) -> bool:
        """Whether what is computed with is not what the frame shows: pixels, before preprocessing."""
        return self._prepared and layer is self.spec.input

    def inputs(self, frame: ActivationFrame, layer: LayerSpec) -> np.ndarray:
        """float32 (neurons,): what is computed with; a frame shows pixels as before preprocessing."""
        if not self.is_prepared(layer):
            return frame.layer(layer.name).reshape(-1)
        if self._seen[0] is not frame:
            pixels = frame.layer(layer.name).reshape(layer.map_shape)
            self._seen = (frame, ((pixels - self._mean) * self._gain).reshape(-1))
        return self._seen[1]

    def terms(self, frame: ActivationFrame, done: Operation, targets: np.ndarray) -> tuple[np.ndarray, ...]:
        """Sources, inputs, weights and products, each (n, k), of `targets` (n,)."""
        sources = done.sources(targets)
        inputs = gathered(self.inputs(frame, done.source), sources)
        weights = done.weights(targets, sources, inputs)
        return sources, inputs, weights, products_of(done, inputs, weights)

    def reading(
        self, frame: ActivationFrame, done: Operation, sources: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Targets, weights and products, each (n, m), of what reads `sources` (n,)."""
        values = self.inputs(frame, done.source)
        targets, weights = done.readers(sources, values)
        return targets, weights, products_of(done, values[sources][:, None], weights)


def gathered(values: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """`values` at `sources`, and 0 for padding."""
    read = values[sources]
    return np.where(sources < 0, np.float32(0), read) if (sources < 0).any() else read


def products_of(done: Operation, inputs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Inputs x weights; but a loser of a maximum contributes 0 even where it is not a finite number."""
    with np.errstate(all="ignore"):
        products = inputs * weights
    return np.where(weights == 0, 0, products) if done.kind in ("maxpool", "avgpool") else products
