"""Reads a module's layers on one frame: sources, inputs, weights and products of many neurons at once."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain
from weakref import ref

import numpy as np
from torch import nn

from nnvis3d.network.explanation import ACTIVATIONS
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import LayerSpec, NetworkSpec
from nnvis3d.runtime.explain_attention import attentions
from nnvis3d.runtime.explain_elementwise import Elementwise
from nnvis3d.runtime.explain_guesses import guesses
from nnvis3d.runtime.explain_operation import Operation
from nnvis3d.runtime.explain_operations import OPERATIONS, operation_of
from nnvis3d.runtime.explain_steps import recurrences
from nnvis3d.runtime.explain_views import reshaped, viewed

_SAMPLED = 48
"""Neurons of a layer that are looked at before it is believed how it is computed."""
_COMPILED = "_orig_mod"


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
        self._modules = {
            ".".join(word for word in name.split(".") if word != _COMPILED): part
            for name, part in module.named_modules()
        }
        self._kinds = operations
        self._lenient = lenient
        self._operations: dict[str, Operation | None] = {}
        shape = (-1, 1, 1)
        self._mean = np.array(spec.preprocessing.mean, np.float32).reshape(shape)
        self._gain = 1 / np.array(spec.preprocessing.std, np.float32).reshape(shape)
        self._prepared = bool((self._mean != 0).any() or (self._gain != 1).any())
        self._seen: tuple[ActivationFrame | None, np.ndarray] = (None, np.zeros(0, np.float32))
        self._last: ref[ActivationFrame] | None = None
        """Weak: a frame may be large."""

    def invalidate(self, layer: str | None = None) -> None:
        """The weights of `layer`, or of all layers, have changed: read them anew when next asked."""
        if layer is None:
            self._operations.clear()
        self._operations.pop(layer or "", None)

    def operation(self, name: str, frame: ActivationFrame | None = None) -> Operation | None:
        """How layer `name` is computed; None for the input and whatever cannot be explained.

        Args:
            frame: numbers to try guesses on; None: those of the last frame that was asked about.
        """
        if frame is None:
            frame = self._last() if self._last is not None else None
        elif self._last is None or self._last() is not frame:
            self._last = ref(frame)
        if name in self._operations:
            return self._operations[name]
        layer = self.spec.by_name[name]
        if not layer.sources:
            self._operations[name] = None
            return None
        known = self._known(layer)
        sure = known is not None and not self._lenient
        if sure:
            self._operations[name] = known
        if sure or frame is None:
            return known
        found = self._believed(frame, layer, known)
        if found is None or np.ptp(frame.layer(name)) > 0:  # else any guess would do
            self._operations[name] = found
        return found

    def readers_of(self, name: str) -> list[str]:
        """Names of the layers that read layer `name`; its own, where a step reads the one before."""
        own = self._operations.get(name)
        itself = own is not None and own.reads_itself
        return [
            layer.name
            for layer in self.spec.layers
            if name in layer.sources or (itself and layer.name == name)
        ]

    # how a layer is computed

    def _known(self, layer: LayerSpec) -> Operation | None:
        """What the layer's own module says."""
        module = self._module_of(layer.name)
        if module is None or len(layer.sources) != 1:
            return None
        try:
            return operation_of(module, self.spec.by_name[layer.sources[0]], layer, self._kinds)
        except Exception:
            if not self._lenient:
                raise
            return None

    def _module_of(self, name: str) -> nn.Module | None:
        base, _, call = name.rpartition("#")
        return self._modules.get(name, self._modules.get(base) if call.isdecimal() else None)

    def _believed(
        self, frame: ActivationFrame, layer: LayerSpec, known: Operation | None
    ) -> Operation | None:
        """The first that makes the numbers of the frame."""
        targets = np.unique(np.linspace(0, layer.neurons - 1, _SAMPLED).astype(np.int64))
        for operation in (known, *self._guesses(frame, layer, targets)):
            if operation is not None and self._fits(frame, operation, targets):
                return operation
        return None

    def _guesses(
        self, frame: ActivationFrame, layer: LayerSpec, targets: np.ndarray
    ) -> Iterator[Operation | None]:
        parts = tuple(self.spec.by_name[name] for name in layer.sources)
        around = self._module_of(layer.name.rpartition(".")[0])
        values = np.concatenate([self._inputs_of(frame, part) for part in parts])
        sample = (targets, frame.layer(layer.name).reshape(-1)[targets], values)
        own = self._module_of(layer.name)
        usual = guesses(layer, parts, around if own is None else own, sample)
        attended = attentions(
            self.spec, layer, around if own is None else own, partial(self._inputs_of, frame)
        )
        found: Iterator = chain(recurrences(self.spec, layer, own), attended, usual)
        if len(parts) == 1:
            found = chain(found, self._views(own, parts[0], layer))
        for guess in found:
            try:
                yield guess()
            except Exception:  # the shapes are others: so it is something else
                continue

    def _views(self, own: nn.Module | None, source: LayerSpec, layer: LayerSpec) -> Iterator:
        """Guesses that the source is read in another way than it is shown."""
        if own is not None:
            make = partial(operation_of, own, target=layer, operations=self._kinds)
            yield from reshaped(make, source, layer, own)
            yield from viewed(make, source, layer)
        elif layer.kind in ACTIVATIONS:
            yield from viewed(partial(Elementwise, None, target=layer), source, layer)

    def _fits(self, frame: ActivationFrame, operation: Operation, targets: np.ndarray) -> bool:
        """Whether nearly all of `targets` are what the terms make."""
        wanted = frame.layer(operation.target.name).reshape(-1)[targets].astype(np.float64)
        try:
            _, inputs, _, products = self.terms(frame, operation, targets)
            with np.errstate(all="ignore"):
                found = operation.made(targets, inputs, products)
        except Exception:
            return False
        if found is None:
            return True
        with np.errstate(all="ignore"):
            size = np.abs(products.astype(np.float64)).sum(axis=1)
            near = np.abs(found - wanted) <= 1e-5 * size + 1e-3 * np.maximum(np.abs(wanted), 1e-3)
        strange = ~np.isfinite(wanted)
        return bool((near | strange).mean() > 0.9)

    # on a frame

    def is_prepared(self, layer: LayerSpec) -> bool:
        """Whether what is computed with is not what the frame shows: pixels, before preprocessing."""
        return self._prepared and layer is self.spec.input

    def inputs(self, frame: ActivationFrame, done: Operation) -> np.ndarray:
        """float32 (neurons of all parts,): what the operation reads."""
        values = tuple(self._inputs_of(frame, part) for part in done.parts)
        done.see(values)
        return _joined(values, done)

    def _inputs_of(self, frame: ActivationFrame, layer: LayerSpec) -> np.ndarray:
        """float32 (neurons,): what is computed with; a frame shows pixels as before preprocessing."""
        if not self.is_prepared(layer):
            return frame.layer(layer.name).reshape(-1)
        if self._seen[0] is not frame:
            pixels = frame.layer(layer.name).reshape(layer.map_shape)
            self._seen = (frame, ((pixels - self._mean) * self._gain).reshape(-1))
        return self._seen[1]

    def shown(self, frame: ActivationFrame, done: Operation, sources: np.ndarray) -> np.ndarray:
        """float32, of the shape of `sources`: what the frame shows there, 0 for padding."""
        values = tuple(frame.layer(part.name).reshape(-1) for part in done.parts)
        return gathered(_joined(values, done), sources)

    def terms(self, frame: ActivationFrame, done: Operation, targets: np.ndarray) -> tuple[np.ndarray, ...]:
        """Sources, inputs, weights and products, each (n, k), of `targets` (n,)."""
        values = self.inputs(frame, done)
        sources = done.sources(targets)
        inputs = done.prepare(gathered(values, sources), sources)
        weights = done.weights(targets, sources, inputs)
        return sources, inputs, weights, products_of(done, inputs, weights)

    def edges(self, frame: ActivationFrame, done: Operation, targets: np.ndarray) -> tuple[np.ndarray, ...]:
        """Sources, weights and products, each (n, k), of the edges into `targets` (n,)."""
        values = self.inputs(frame, done)
        known = done.edges(targets)
        if known is None:
            sources, _, weights, products = self.terms(frame, done, targets)
            return sources, weights, products
        sources, weights = known
        with np.errstate(all="ignore"):
            return sources, weights, gathered(values, sources) * weights

    def reading(
        self, frame: ActivationFrame, done: Operation, sources: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Targets, weights and products, each (n, m), of what reads `sources` (n,) of all parts' neurons."""
        values = self.inputs(frame, done)
        targets, weights = done.readers(sources, values)
        sources = np.asarray(sources)
        # A softmax prepares a row of scores, not each by itself; its edges are slopes times these.
        inputs = values[sources] if done.kind == "softmax" else done.prepare(values[sources], sources)
        return targets, weights, _contributions(done, inputs[:, None], weights)


def split(done: Operation, sources: np.ndarray) -> Iterator[tuple[LayerSpec, np.ndarray | slice, np.ndarray]]:
    """Each part, which of `sources` (n,) are its, and their indices in it; where it is the only one, all,
    padding too."""
    if len(done.parts) == 1:
        yield done.source, slice(None), sources
        return
    start = 0
    for part in done.parts:
        mine = np.flatnonzero((sources >= start) & (sources < start + part.neurons))
        yield part, mine, sources[mine] - start
        start += part.neurons


def start_of(done: Operation, name: str) -> int | None:
    """Where the indices of the part of this name begin; None if it is none."""
    start = 0
    for part in done.parts:
        if part.name == name:
            return start
        start += part.neurons
    return None


def _joined(values: tuple[np.ndarray, ...], done: Operation) -> np.ndarray:
    """One after the other, and what no layer shows behind them."""
    values = (*values, done.unseen) if len(done.unseen) else values
    return values[0] if len(values) == 1 else np.concatenate(values)


def gathered(values: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """`values` at `sources`, and 0 for padding."""
    read = values[sources]
    return np.where(sources < 0, np.float32(0), read) if (sources < 0).any() else read


def products_of(done: Operation, inputs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Inputs x weights; of a softmax, what is added there: exp(score - highest score)."""
    if done.kind == "softmax":
        with np.errstate(all="ignore"):
            return np.exp(inputs - inputs.max(axis=-1, keepdims=True))
    return _contributions(done, inputs, weights)


def _contributions(done: Operation, inputs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Inputs x weights; but a loser of a maximum contributes 0 even where it is not a finite number."""
    with np.errstate(all="ignore"):
        products = inputs * weights
    return np.where(weights == 0, 0, products) if done.kind in ("maxpool", "avgpool", "copy") else products
