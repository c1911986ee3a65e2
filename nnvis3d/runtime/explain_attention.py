"""How attention may be computed: by PyTorch's module, by its function, or by the network itself.

Which of its numbers are queries, keys and values, and how they are stored, is guessed from the shapes, and
believed where the terms make the numbers on screen.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations, product

import numpy as np
from torch import nn

from nnvis3d.network.spec import LayerSpec, NetworkSpec
from nnvis3d.runtime.explain_layouts import Stored, Table, table, ways
from nnvis3d.runtime.explain_multihead import MultiheadMap, MultiheadOutput
from nnvis3d.runtime.explain_operation import Operation
from nnvis3d.runtime.explain_products import Pairs
from nnvis3d.runtime.explain_shares import AttentionMap, Shares, fitted_scale

Guess = Callable[[], Operation | None]
Parts = tuple[LayerSpec, ...]
Read = Callable[[LayerSpec], np.ndarray]
"""A layer's values (neurons,) in the frame that is asked about."""


def attentions(spec: NetworkSpec, layer: LayerSpec, module: nn.Module | None, read: Read) -> Iterator[Guess]:
    """Guesses; none for layers that have nothing to do with it.

    Args:
        module: that computes the layer; of a map, the module around it.
    """
    parts = tuple(spec.by_name[name] for name in layer.sources)
    multihead = module if isinstance(module, nn.MultiheadAttention) and module.bias_k is None else None
    if layer.kind in ("softmax", "logsoftmax", "attention") and len(parts) == 1 and multihead is None:
        yield from (partial(_shares, parts[0], layer, axis, read) for axis in (2, 0, 1))
    if layer.kind == "attention":
        yield from _multihead_maps(layer, parts, multihead) if multihead else _maps(layer, parts, read)
    elif layer.kind == "attentionblock":
        yield from _outputs(spec, layer, parts, multihead, read)
    elif layer.kind == "matmul":
        yield from _products(layer, parts, read)


def _shares(source: LayerSpec, layer: LayerSpec, axis: int, read: Read) -> Operation:
    if layer.map_shape[axis] == 1:
        raise ValueError(f"{layer.name}: expected several along axis {axis}")
    scores, shown = (np.moveaxis(read(one).reshape(layer.map_shape), axis, -1) for one in (source, layer))
    length = layer.map_shape[axis]
    if layer.kind == "logsoftmax":
        return Shares(source, layer, axis, logarithm=True)
    last = scores.reshape(-1, length)[-1], shown.reshape(-1, length)[-1]
    return Shares(source, layer, axis, fitted_scale(*last, (1.0,)))


# PyTorch's module


def _tokens(part: LayerSpec, start: int, width: int) -> Iterator[Table]:
    """Row after row; column after column."""
    count, rest = divmod(part.neurons, width)
    if rest:
        return
    places = start + np.arange(part.neurons)
    yield Table(places.reshape(1, count, width))
    if count > 1:
        yield Table(places.reshape(1, width, count).swapaxes(1, 2))


def _multihead_maps(layer: LayerSpec, parts: Parts, module: nn.MultiheadAttention) -> Iterator[Guess]:
    starts = _starts(parts)
    pairs = [(parts[0], parts[0])] if len(parts) == 1 else list(permutations(parts, 2))
    for query, key in pairs:
        queries = list(_tokens(query, starts[query.name], module.embed_dim))
        keys = list(_tokens(key, starts[key.name], module.kdim))
        for k, tables in enumerate(product(queries, keys)):
            if query is not key or k in (0, len(queries) * len(keys) - 1):  # one layer is read one way
                yield partial(MultiheadMap, module, (*parts, layer), layer, tables)


def _outputs(
    spec: NetworkSpec, layer: LayerSpec, parts: Parts, module: nn.MultiheadAttention | None, read: Read
) -> Iterator[Guess]:
    shown = _map_of(spec, layer)
    if shown is None:
        return
    for value in parts[::-1]:
        if module is not None:
            for tokens in _tokens(value, 0, module.vdim):
                yield partial(MultiheadOutput, module, (value, shown), layer, tokens)
        else:
            yield from _weighted(layer, shown, value, read)


def _map_of(spec: NetworkSpec, layer: LayerSpec) -> LayerSpec | None:
    """The map of weights that is shown beside what was made with them."""
    before, _, word = layer.name.rpartition(".")
    dot = "." if before else ""
    names = [f"{layer.name}.weights", "weights", f"{before}{dot}{word.replace('attended', 'weights')}"]
    found = (spec.by_name.get(name) for name in names)
    return next((one for one in found if one is not None and one.kind == "attention"), None)


# its function, and what networks do themselves


def _maps(layer: LayerSpec, parts: Parts, read: Read) -> Iterator[Guess]:
    """Queries and keys of two layers, or of one."""
    matrices, rows, columns = layer.map_shape
    for query, key in [(part, part) for part in parts] + list(permutations(parts, 2)):
        for first in ways(query, matrices, rows):
            for second in ways(key, matrices, columns, first.shape[2]):
                if query is not key or _alike(first, second):
                    yield partial(_map, layer, parts, (query, key), (first, second), read)


def _alike(first: Stored, second: Stored) -> bool:
    """Whether two may be in one layer: stored alike, and, of several, not the same."""
    return first.order == second.order and (first.parts == 1 or first.part != second.part)


def _map(
    layer: LayerSpec, parts: Parts, pair: tuple[LayerSpec, ...], stored: tuple[Stored, Stored], read: Read
) -> Operation:
    starts = _starts(parts)
    tables = [table(way, starts[part.name]) for part, way in zip(pair, stored, strict=True)]
    found = AttentionMap((*parts, layer), layer, (tables[0], tables[1]), 1.0)
    found.see(tuple(read(part) for part in found.parts))
    last = np.array([tables[0].at.shape[1] - 1])
    scores, shown = (one(np.zeros(1, np.int64), last)[0] for one in (found.logits, found.shown))
    found.scale = fitted_scale(scores, shown, (stored[0].shape[2] ** -0.5, 1.0))
    return found


def _weighted(layer: LayerSpec, shown: LayerSpec, value: LayerSpec, read: Read) -> Iterator[Guess]:
    """The values of all tokens, each times its weight in the map that is shown."""
    heads, queries, keys = shown.map_shape
    width, rest = divmod(layer.neurons, heads * queries)
    if rest or value is shown:
        return
    weights = Stored("mik", 0, 1, (heads, queries, keys), 1, 1)
    for way in reversed(list(ways(value, heads, keys, width))):  # of three in one layer it is the last
        for order in ("mij", "imj"):
            yield partial(_weighted_by, layer, shown, value, (weights, way), order)


def _weighted_by(
    layer: LayerSpec, shown: LayerSpec, value: LayerSpec, stored: tuple[Stored, Stored], order: str
) -> Operation:
    values = Table(table(stored[1], 0).at.swapaxes(1, 2))  # (heads, units, tokens)
    return Pairs((value, shown), layer, (table(stored[0], value.neurons), values), 1.0, order)


def _products(layer: LayerSpec, parts: Parts, read: Read) -> Iterator[Guess]:
    """Scores of queries and keys, or values and weights."""
    for shown, value in permutations(parts, 2):
        if shown.kind in ("attention", "softmax", "dropout"):
            yield from _weighted(layer, shown, value, read)
    matrices, rows, columns = layer.map_shape
    for first, second in [*permutations(parts, 2), *((part, part) for part in parts)]:
        for a in ways(first, matrices, rows):
            for b in ways(second, matrices, columns, a.shape[2]):
                if first is not second or _alike(a, b):
                    yield partial(_product, layer, parts, (first, second), (a, b), read)


def _product(
    layer: LayerSpec, parts: Parts, pair: tuple[LayerSpec, ...], stored: tuple[Stored, Stored], read: Read
) -> Operation:
    """With the scale that the numbers say: some networks divide the queries beforehand."""
    starts = _starts(parts)
    tables = [table(way, starts[part.name]) for part, way in zip(pair, stored, strict=True)]
    found = Pairs(parts, layer, (tables[0], tables[1]))
    found.see(tuple(read(part) for part in parts))
    targets = np.arange(min(layer.neurons, 64))
    sources = found.sources(targets)
    values = np.concatenate([read(part) for part in parts])
    made = (found.weights(targets, sources, values[sources]) * values[sources]).sum(axis=1)
    size = float(made @ made)
    scale = float(made @ read(layer)[targets]) / size if size > 0 else 1.0
    found.scale = 1.0 if abs(scale - 1) < 1e-4 else scale
    return found


def _starts(parts: Parts) -> dict[str, int]:
    """Where the indices of each begin."""
    sizes = np.cumsum([0, *(part.neurons for part in parts)])
    return {part.name: int(start) for part, start in zip(parts, sizes, strict=False)}
