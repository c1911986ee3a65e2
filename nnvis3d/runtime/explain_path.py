"""The strongest path through a neuron: greedy, layer by layer, back to the pixels, on to the outputs."""

import numpy as np

from nnvis3d.network.edges import EdgeSet, edge_set
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_reader import LayerReader

Reached = dict[str, np.ndarray]
"""Flat indices of the neurons that the path has come to, by layer."""


def back(
    reader: LayerReader, frame: ActivationFrame, layers: tuple[LayerSpec, ...], reached: Reached, most: int
) -> list[EdgeSet]:
    """Edges into what is reached, from the last of `layers` to the first; `reached` grows."""
    sets = []
    for layer in layers:
        done = reader.operation(layer.name)
        if done is None or not len(reached.get(layer.name, ())):
            continue
        targets = reached[layer.name]
        sources, _, _, products = reader.terms(frame, done, targets)
        ends = np.repeat(targets, sources.shape[1])
        edges = _kept((done.source.name, layer.name), sources.reshape(-1), ends, products.reshape(-1), most)
        sets.append(edges)
        reached[done.source.name] = _merged(reached.get(done.source.name), edges.sources)
    return [edges for edges in sets if len(edges)]


def forth(
    reader: LayerReader, frame: ActivationFrame, layers: tuple[LayerSpec, ...], reached: Reached, most: int
) -> list[EdgeSet]:
    """Edges out of what is reached, from the first of `layers` to the last; `reached` grows."""
    sets = []
    for layer in layers:
        done = reader.operation(layer.name)
        if done is None or not len(reached.get(done.source.name, ())):
            continue
        sources = reached[done.source.name]
        targets, _, products = reader.reading(frame, done, sources)
        starts = np.repeat(sources, targets.shape[1])
        edges = _kept((done.source.name, layer.name), starts, targets.reshape(-1), products.reshape(-1), most)
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
