"""The strongest path through a neuron: greedy, layer by layer, back to the pixels, on to the outputs."""

import numpy as np

from nnvis3d.network.edges import EdgeSet, edge_set
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_reader import LayerReader, split, start_of

Reached = dict[str, np.ndarray]
"""Flat indices of the neurons that the path has come to, by layer."""


def back(
    reader: LayerReader, frame: ActivationFrame, layers: tuple[LayerSpec, ...], reached: Reached, most: int
) -> list[EdgeSet]:
    """Edges into what is reached, from the last of `layers` to the first; `reached` grows."""
    sets = []
    for layer in layers:
        if not len(reached.get(layer.name, ())):
            continue
        done = reader.operation(layer.name, frame)
        if done is None:
            continue
        targets = reached[layer.name]
        sources, _, products = reader.edges(frame, done, targets)
        ends, strengths = np.repeat(targets, sources.shape[1]), products.reshape(-1)
        for part, mine, indices in split(done, sources.reshape(-1)):
            edges = _kept((part.name, layer.name), indices, ends[mine], strengths[mine], most)
            sets.append(edges)
            reached[part.name] = _merged(reached.get(part.name), edges.sources)
    return [edges for edges in sets if len(edges)]


def forth(
    reader: LayerReader, frame: ActivationFrame, layers: tuple[LayerSpec, ...], reached: Reached, most: int
) -> list[EdgeSet]:
    """Edges out of what is reached, from the first of `layers` to the last; `reached` grows."""
    sets = []
    for layer in layers:
        names = [name for name in layer.sources if len(reached.get(name, ()))]
        done = reader.operation(layer.name, frame) if names else None
        for name in names:
            start = start_of(done, name) if done is not None else None
            if done is None or start is None:
                continue
            sources = reached[name]
            targets, _, products = reader.reading(frame, done, sources + start)
            starts = np.repeat(sources, targets.shape[1])
            edges = _kept((name, layer.name), starts, targets.reshape(-1), products.reshape(-1), most)
            sets.append(edges)
            reached[layer.name] = _merged(reached.get(layer.name), edges.targets)
    return [edges for edges in sets if len(edges)]


def _kept(
    layers: tuple[str, str], sources: np.ndarray, targets: np.ndarray, products: np.ndarray, most: int
) -> EdgeSet:
    """The `most` strongest edges that are not padding and contribute something."""
    real = np.flatnonzero((sources >= 0) & (targets >= 0) & (products != 0))
    return edge_set(layers, sources[real], targets[real], products[real], "contribution", most)


def _merged(known: np.ndarray | None, more: np.ndarray) -> np.ndarray:
    return np.unique(more if known is None else np.concatenate([known, more]))
