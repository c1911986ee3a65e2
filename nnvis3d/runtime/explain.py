"""Asks any neuron: why it has its value, what it reads, what reads it, and the strongest path through it."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from torch import nn

from nnvis3d.network.edges import EdgeSet, edge_set
from nnvis3d.network.explanation import Explanation, Softmax
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import LayerSpec, NetworkSpec, NeuronId
from nnvis3d.runtime.explain_operations import OPERATIONS, Operation, operation

PATH_EDGES = 200
"""How many edges of a path are kept at each layer, unless told otherwise."""


class Explainer:
    """Answers about one module. Reads its weights once; call `invalidate` when they have changed.

    A layer is explained by the submodule of its name and the layer that it reads, for the types in
    OPERATIONS; all others have a value but neither terms nor edges.
    """

    def __init__(
        self,
        module: nn.Module,
        spec: NetworkSpec,
        operations: Mapping[type[nn.Module], type[Operation]] = OPERATIONS,
    ):
        self.spec = spec
        self._modules = dict(module.named_modules())
        self._kinds = operations
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

    def explain(self, frame: ActivationFrame, neuron: NeuronId) -> Explanation:
        """Why `neuron` has the value that `frame` gives it.

        Raises:
            LookupError: there is no such neuron.
            ValueError: the layer's module does not fit its shape.
        """
        layer, index = self._find(neuron)
        result = frame.value(neuron)
        done = self._operation(layer.name)
        if done is None:
            return self._bare(frame, layer, neuron, result)
        sources, inputs, weights, products = (a[0] for a in self._terms(frame, done, np.array([index])))
        inputs, weights, products = (a.astype(np.float64) for a in (inputs, weights, products))
        with np.errstate(all="ignore"):
            products = _products(done, inputs, weights)
        explanation = Explanation(
            neuron=neuron,
            layer=layer,
            kind=done.kind,
            result=result,
            source=done.source,
            sources=np.asarray(sources),
            shown=_gathered(frame.layer(done.source.name).reshape(-1), sources),
            inputs=inputs,
            weights=weights,
            products=products,
            grid=done.grid,
            window=done.window(index),
            bias=done.bias(index),
            activation=done.activation,
            winner=int(weights.argmax()) if done.kind == "maxpool" else None,
            softmax=self._softmax(frame, layer, index),
            preprocessing=self.spec.preprocessing if self._is_prepared(done.source) else None,
        )
        return replace(explanation, pre_activation=explanation.total())

    def incoming(
        self, frame: ActivationFrame, neuron: NeuronId, by: str = "contribution", most: int | None = None
    ) -> tuple[EdgeSet, ...]:
        """What `neuron` reads, the `most` strongest of it; one set for each layer that it reads.

        Args:
            by: one of edges.QUANTITIES; "activation" is the value of the neuron read.

        Raises:
            LookupError: there is no such neuron.
        """
        layer, index = self._find(neuron)
        done = self._operation(layer.name)
        if done is None:
            return ()
        sources, _, weights, products = (a[0] for a in self._terms(frame, done, np.array([index])))
        values = {"weight": weights, "contribution": products}.get(by)
        if values is None:
            values = _gathered(frame.layer(done.source.name).reshape(-1), sources)
        real = sources >= 0
        targets = np.full(int(real.sum()), index)
        return (edge_set((done.source.name, layer.name), sources[real], targets, values[real], by, most),)

    def outgoing(
        self, frame: ActivationFrame, neuron: NeuronId, by: str = "contribution", most: int | None = None
    ) -> tuple[EdgeSet, ...]:
        """What reads `neuron`, the `most` strongest of it; one set for each layer that does.

        Args:
            by: one of edges.QUANTITIES; "activation" is the value of the neuron that reads.

        Raises:
            LookupError: there is no such neuron.
        """
        layer, index = self._find(neuron)
        sets = []
        for name in self._readers(layer.name):
            done = self._operation(name)
            if done is None:
                continue
            targets, weights, products = (a[0] for a in self._reading(frame, done, np.array([index])))
            values = {"weight": weights, "contribution": products}.get(by)
            if values is None:
                values = _gathered(frame.layer(name).reshape(-1), targets)
            real = targets >= 0
            sources = np.full(int(real.sum()), index)
            sets.append(edge_set((layer.name, name), sources, targets[real], values[real], by, most))
        return tuple(sets)

    def path(self, frame: ActivationFrame, neuron: NeuronId, most: int = PATH_EDGES) -> tuple[EdgeSet, ...]:
        """The strongest contributions back to the pixels and forward to the outputs, layers in order.

        Greedy: at each layer the `most` edges of largest |contribution| that end (or, forward, begin) at what
        the step before has reached. What contributes nothing, as the losers of a maximum, is not followed.

        Raises:
            LookupError: there is no such neuron.
        """
        layer, index = self._find(neuron)
        at = self.spec.layers.index(layer)
        start = {layer.name: np.array([index])}
        back = self._back(frame, self.spec.layers[at::-1], dict(start), most)
        return (*back[::-1], *self._forth(frame, self.spec.layers[at + 1 :], dict(start), most))

    def receptive_field(self, neuron: NeuronId) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) of the pixels that `neuron` depends on, the last two exclusive.

        All zero where it sees nothing but padding.

        Raises:
            LookupError: there is no such neuron.
        """
        layer, _ = self._find(neuron)
        rows, columns = np.array([neuron.row]), np.array([neuron.column])
        while layer is not self.spec.input:
            done = self._operation(layer.name)
            if done is None:
                _, height, width = self.spec.input.map_shape
                return 0, 0, height, width
            rows, columns = done.reach(rows, columns)
            layer = done.source
        if not len(rows) or not len(columns):
            return 0, 0, 0, 0
        return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1

    def _find(self, neuron: NeuronId) -> tuple[LayerSpec, int]:
        if neuron.layer not in self.spec.by_name:
            raise LookupError(f"{neuron}: {self.spec.name} has no layer {neuron.layer!r}")
        layer = self.spec.by_name[neuron.layer]
        return layer, layer.index(neuron)

    def _operation(self, name: str) -> Operation | None:
        """How layer `name` is computed; None for the input and whatever cannot be explained."""
        if name not in self._operations:
            layer = self.spec.by_name[name]
            module = self._modules.get(name)
            known = module is not None and len(layer.sources) == 1
            self._operations[name] = (
                operation(module, self.spec.by_name[layer.sources[0]], layer, self._kinds)  # type: ignore[arg-type]
                if known
                else None
            )
        return self._operations[name]

    def _readers(self, name: str) -> list[str]:
        return [layer.name for layer in self.spec.layers if name in layer.sources]

    def _is_prepared(self, layer: LayerSpec) -> bool:
        return self._prepared and layer is self.spec.input

    def _inputs(self, frame: ActivationFrame, layer: LayerSpec) -> np.ndarray:
        """float32 (neurons,): what is computed with; a frame shows pixels as before preprocessing."""
        if not self._is_prepared(layer):
            return frame.layer(layer.name).reshape(-1)
        if self._seen[0] is not frame:
            pixels = frame.layer(layer.name).reshape(layer.map_shape)
            self._seen = (frame, ((pixels - self._mean) * self._gain).reshape(-1))
        return self._seen[1]

    def _terms(self, frame: ActivationFrame, done: Operation, targets: np.ndarray) -> tuple[np.ndarray, ...]:
        """Sources, inputs, weights and products, each (n, k), of `targets` (n,)."""
        sources = done.sources(targets)
        inputs = _gathered(self._inputs(frame, done.source), sources)
        weights = done.weights(targets, sources, inputs)
        with np.errstate(all="ignore"):
            return sources, inputs, weights, _products(done, inputs, weights)

    def _reading(
        self, frame: ActivationFrame, done: Operation, sources: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Targets, weights and products, each (n, m), of what reads `sources` (n,)."""
        values = self._inputs(frame, done.source)
        targets, weights = done.readers(sources, values)
        with np.errstate(all="ignore"):
            return targets, weights, _products(done, values[sources][:, None], weights)

    def _back(
        self, frame: ActivationFrame, layers: tuple[LayerSpec, ...], reached: dict[str, np.ndarray], most: int
    ) -> list[EdgeSet]:
        """Edges into what is reached, from the last of `layers` to the first; `reached` grows."""
        sets = []
        for layer in layers:
            done = self._operation(layer.name)
            if done is None or not len(reached.get(layer.name, ())):
                continue
            targets = reached[layer.name]
            sources, _, _, products = self._terms(frame, done, targets)
            ends = np.repeat(targets, sources.shape[1])
            edges = _kept(
                (done.source.name, layer.name), sources.reshape(-1), ends, products.reshape(-1), most
            )
            sets.append(edges)
            reached[done.source.name] = _merged(reached.get(done.source.name), edges.sources)
        return [edges for edges in sets if len(edges)]

    def _forth(
        self, frame: ActivationFrame, layers: tuple[LayerSpec, ...], reached: dict[str, np.ndarray], most: int
    ) -> list[EdgeSet]:
        """Edges out of what is reached, from the first of `layers` to the last; `reached` grows."""
        sets = []
        for layer in layers:
            done = self._operation(layer.name)
            if done is None or not len(reached.get(done.source.name, ())):
                continue
            sources = reached[done.source.name]
            targets, _, products = self._reading(frame, done, sources)
            starts = np.repeat(sources, targets.shape[1])
            edges = _kept(
                (done.source.name, layer.name), starts, targets.reshape(-1), products.reshape(-1), most
            )
            sets.append(edges)
            reached[layer.name] = _merged(reached.get(layer.name), edges.targets)
        return [edges for edges in sets if len(edges)]

    def _bare(self, frame: ActivationFrame, layer: LayerSpec, neuron: NeuronId, result: float) -> Explanation:
        is_input = layer is self.spec.input
        return Explanation(
            neuron,
            layer,
            "input" if is_input else "other",
            result,
            pre_activation=result,
            softmax=self._softmax(frame, layer, layer.index(neuron)),
            preprocessing=self.spec.preprocessing if self._is_prepared(layer) else None,
        )

    def _softmax(self, frame: ActivationFrame, layer: LayerSpec, index: int) -> Softmax | None:
        """Only for classes, and not where the layer's own activation is a softmax already."""
        if layer is not self.spec.output or not self.spec.labels or layer.activation == "softmax":
            return None
        return Softmax(frame.layer(layer.name).reshape(-1).astype(np.float64), index)


def _gathered(values: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """`values` at `sources`, and 0 for padding."""
    gathered = values[sources]
    return np.where(sources < 0, np.float32(0), gathered) if (sources < 0).any() else gathered


def _products(done: Operation, inputs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Inputs x weights; but a loser of a maximum contributes 0 even where it is not a finite number."""
    products = inputs * weights
    return np.where(weights == 0, 0, products) if done.kind in ("maxpool", "avgpool") else products


def _kept(
    layers: tuple[str, str], sources: np.ndarray, targets: np.ndarray, products: np.ndarray, most: int
) -> EdgeSet:
    """The `most` strongest edges that are not padding and contribute something."""
    real = np.flatnonzero((sources >= 0) & (targets >= 0) & (products != 0))
    return edge_set(layers, sources[real], targets[real], products[real], "contribution", most)


def _merged(known: np.ndarray | None, more: np.ndarray) -> np.ndarray:
    return np.unique(more if known is None else np.concatenate([known, more]))
