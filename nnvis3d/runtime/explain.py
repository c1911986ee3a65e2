"""Asks any neuron: why it has its value, what it reads, what reads it, and the strongest path through it."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from torch import nn

from nnvis3d.network.edges import QUANTITIES, EdgeSet, edge_set
from nnvis3d.network.explanation import Explanation, Softmax
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import LayerSpec, NetworkSpec, NeuronId
from nnvis3d.runtime.explain_operation import Operation
from nnvis3d.runtime.explain_operations import OPERATIONS
from nnvis3d.runtime.explain_path import back, forth
from nnvis3d.runtime.explain_reader import LayerReader, gathered, products_of, split, start_of

PATH_EDGES = 200
"""How many edges of a path are kept at each layer, unless told otherwise."""


class Explainer:
    """Answers about one module. Reads its weights once; call `invalidate` when they have changed.

    A layer is explained by the submodule of its name and the layer that it reads, for the types in
    OPERATIONS; or, in networks that somebody else made, by what is guessed of its kind and shapes and makes
    the numbers on screen. All others have a value but neither terms nor edges.
    """

    def __init__(
        self,
        module: nn.Module,
        spec: NetworkSpec,
        operations: Mapping[type[nn.Module], type[Operation]] = OPERATIONS,
        lenient: bool = False,
    ):
        """
        Args:
            lenient: a layer whose module does not fit its shape has a value and no terms, as in networks that
                somebody else made; False: asking raises ValueError.
        """
        self.spec = spec
        self._reader = LayerReader(module, spec, operations, lenient)
        self._lenient = lenient

    def invalidate(self, layer: str | None = None) -> None:
        """The weights of `layer`, or of all layers, have changed: read them anew when next asked."""
        self._reader.invalidate(layer)

    def explain(self, frame: ActivationFrame, neuron: NeuronId) -> Explanation:
        """Why `neuron` has the value that `frame` gives it.

        Raises:
            LookupError: there is no such neuron.
            ValueError: the layer's module does not fit its shape.
        """
        layer, index = self._find(neuron)
        result = frame.value(neuron)
        done = self._reader.operation(layer.name, frame)
        if done is None:
            return self._bare(frame, layer, neuron, result)
        sources, inputs, weights, _ = (a[0] for a in self._reader.terms(frame, done, np.array([index])))
        inputs, weights = inputs.astype(np.float64), weights.astype(np.float64)
        explanation = Explanation(
            neuron=neuron,
            layer=layer,
            kind=done.kind,
            result=result,
            source=done.source,
            sources=np.asarray(sources),
            shown=self._reader.shown(frame, done, sources),
            inputs=inputs,
            weights=weights,
            products=products_of(done, inputs, weights),
            grid=done.grid,
            slices=done.slices,
            window=done.window(index),
            bias=done.bias(index),
            activation=done.activation,
            winner=int(weights.argmax()) if done.kind == "maxpool" else None,
            softmax=done.softmax(index) or self._softmax(frame, layer, index),
            gating=done.gating(index),
            unseen=done.unseen_axes if len(done.unseen) else ("", 1),
            preprocessing=self.spec.preprocessing if self._reader.is_prepared(done.source) else None,
            normalised=done.normalised(index) if done.normalised is not None else None,
            others=done.parts[1:],
        )
        explanation = replace(explanation, pre_activation=explanation.total())
        if self._lenient and not _adds_up(explanation):
            # It reads more than the layer in front of it as it is shown: a part of it, or it turned around.
            return self._bare(frame, layer, neuron, result)
        return explanation

    def incoming(
        self, frame: ActivationFrame, neuron: NeuronId, by: str = "contribution", most: int | None = None
    ) -> tuple[EdgeSet, ...]:
        """What `neuron` reads, the `most` strongest of it; one set for each layer that it reads.

        Args:
            by: one of edges.QUANTITIES; "activation" is the value of the neuron read.

        Raises:
            LookupError: there is no such neuron.
            ValueError: `by` is none of the quantities.
        """
        layer, index = self._find(neuron)
        done = self._reader.operation(layer.name, frame)
        if done is None or (self._lenient and self.explain(frame, neuron).kind == "other"):
            return ()
        sources, weights, products = (a[0] for a in self._reader.edges(frame, done, np.array([index])))
        sets = []
        for part, mine, indices in split(done, sources):
            values = _chosen(by, weights[mine], products[mine], frame.layer(part.name), indices)
            real = indices >= 0
            if len(done.parts) > 1 and not real.any():  # it may read some layers and not others
                continue
            targets = np.full(int(real.sum()), index)
            sets.append(edge_set((part.name, layer.name), indices[real], targets, values[real], by, most))
        return tuple(sets)

    def outgoing(
        self, frame: ActivationFrame, neuron: NeuronId, by: str = "contribution", most: int | None = None
    ) -> tuple[EdgeSet, ...]:
        """What reads `neuron`, the `most` strongest of it; one set for each layer that does.

        Args:
            by: one of edges.QUANTITIES; "activation" is the value of the neuron that reads.

        Raises:
            LookupError: there is no such neuron.
            ValueError: `by` is none of the quantities.
        """
        layer, index = self._find(neuron)
        sets = []
        self._reader.operation(layer.name, frame)  # which may read itself
        for name in self._reader.readers_of(layer.name):
            done = self._reader.operation(name, frame)
            start = start_of(done, layer.name) if done is not None else None
            if done is None or start is None:
                continue
            at = np.array([start + index])
            targets, weights, products = (a[0] for a in self._reader.reading(frame, done, at))
            values = _chosen(by, weights, products, frame.layer(name), targets)
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
        before = back(self._reader, frame, self.spec.layers[at::-1], dict(start), most)
        after = forth(self._reader, frame, self.spec.layers[at + 1 :], dict(start), most)
        return (*before[::-1], *after)

    def receptive_field(self, neuron: NeuronId) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) of the pixels that `neuron` depends on, the last two exclusive.

        All zero where it sees nothing but padding.

        Raises:
            LookupError: there is no such neuron.
        """
        layer, _ = self._find(neuron)
        at = self.spec.layers.index(layer)
        nowhere = np.zeros(0, np.int64), np.zeros(0, np.int64)
        places = {layer.name: (np.array([neuron.row]), np.array([neuron.column]))}
        for layer in self.spec.layers[at:0:-1]:
            if layer.name not in places:
                continue
            done = self._reader.operation(layer.name)
            if done is None:
                _, height, width = self.spec.input.map_shape
                return 0, 0, height, width
            here = places.pop(layer.name)
            for part in done.parts:
                found = done.reach_into(part, *here)
                rows, columns = places.get(part.name, nowhere)
                places[part.name] = np.union1d(rows, found[0]), np.union1d(columns, found[1])
        rows, columns = places.get(self.spec.input.name, nowhere)
        if not len(rows) or not len(columns):
            return 0, 0, 0, 0
        return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1

    def _find(self, neuron: NeuronId) -> tuple[LayerSpec, int]:
        if neuron.layer not in self.spec.by_name:
            raise LookupError(f"{neuron}: {self.spec.name} has no layer {neuron.layer!r}")
        layer = self.spec.by_name[neuron.layer]
        return layer, layer.index(neuron)

    def _bare(self, frame: ActivationFrame, layer: LayerSpec, neuron: NeuronId, result: float) -> Explanation:
        is_input = layer.kind == "input"
        return Explanation(
            neuron,
            layer,
            "input" if is_input else "other",
            result,
            pre_activation=result,
            softmax=self._softmax(frame, layer, layer.index(neuron)),
            preprocessing=self.spec.preprocessing if self._reader.is_prepared(layer) else None,
        )

    def _softmax(self, frame: ActivationFrame, layer: LayerSpec, index: int) -> Softmax | None:
        """Only for classes, and not where the layer's own activation is a softmax already."""
        if layer is not self.spec.output or not self.spec.labels or layer.activation == "softmax":
            return None
        return Softmax(frame.layer(layer.name).reshape(-1).astype(np.float64), index)


def _adds_up(explanation: Explanation) -> bool:
    """Whether the terms make the value that the network computed, as near as its own rounding allows."""
    found, result = explanation.activated(), explanation.result
    if found is None or not math.isfinite(result):
        return True
    return abs(found - result) <= 8 * explanation.tolerance + 1e-3 * max(abs(result), 1e-3)


def _chosen(
    by: str, weights: np.ndarray, products: np.ndarray, activations: np.ndarray, indices: np.ndarray
) -> np.ndarray:
    """float32 (k,): the quantity that is shown; `activations`, of any shape, at flat `indices` (k,)."""
    match by:
        case "weight":
            return weights
        case "contribution":
            return products
        case "activation":
            return gathered(activations.reshape(-1), indices)
    raise ValueError(f"by: expected one of {', '.join(QUANTITIES)}, got {by!r}")
