"""Edges: which connections are drawn, how strong they look, and where they run in the scene."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from nnvis3d.network.layout import Layout

QUANTITIES = ("weight", "activation", "contribution")
"""What an edge's value can be: contribution is weight x what the neuron at its start passes on."""


@dataclass(frozen=True, eq=False)
class EdgeSet:
    """k edges from one layer to another."""

    source: str
    """Name of the layer where they start."""
    target: str
    sources: np.ndarray
    """int64 (k,): flat indices in the source layer."""
    targets: np.ndarray
    """int64 (k,): flat indices in the target layer."""
    values: np.ndarray
    """float32 (k,): what is shown, with its sign."""
    strength: np.ndarray
    """float32 (k,): 0-1, share of the strongest; 0 where nothing flows, as from the losers of a maximum."""
    by: str = "contribution"
    """One of QUANTITIES."""

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def peak(self) -> float:
        """The magnitude of strength 1, for the legend; 0 without edges."""
        finite = self.values[np.isfinite(self.values)]
        return float(np.abs(finite).max()) if len(finite) else 0.0


def strongest(values: np.ndarray, most: int | None) -> np.ndarray:
    """int64 (<= most,): positions of the `most` largest magnitudes of `values` (n,), in ascending order.

    Of equals the first are taken, so that a picture stays the same while its numbers do. NaN counts as
    largest: where it comes from is what one then wants to see.
    """
    if most is None or most >= len(values):
        return np.arange(len(values))
    if most <= 0:
        return np.arange(0)
    magnitude = np.abs(values)
    magnitude[np.isnan(magnitude)] = np.inf
    threshold = np.partition(magnitude, len(values) - most)[len(values) - most]
    above = np.flatnonzero(magnitude > threshold)
    ties = np.flatnonzero(magnitude == threshold)[: most - len(above)]
    return np.sort(np.concatenate([above, ties]))


def strength(values: np.ndarray) -> np.ndarray:
    """float32 (k,), 0-1: magnitudes of `values` (k,) as shares of the largest finite one; all else is 1."""
    magnitude = np.abs(values).astype(np.float32)
    finite = np.isfinite(magnitude)
    if finite.all():
        peak = magnitude.max(initial=0.0)
        return magnitude / peak if peak > 0 else magnitude
    peak = magnitude[finite].max(initial=0.0)
    return np.where(finite, magnitude / peak if peak > 0 else 0, 1).astype(np.float32)


def edge_set(
    layers: tuple[str, str],
    sources: np.ndarray,
    targets: np.ndarray,
    values: np.ndarray,
    by: str = "contribution",
    most: int | None = None,
) -> EdgeSet:
    """The `most` strongest of the edges from layer to layer, given as flat indices (k,) and values (k,)."""
    if most is not None and most < len(values):
        kept = strongest(values, most)
        sources, targets, values = sources[kept], targets[kept], values[kept]
    return EdgeSet(*layers, sources, targets, values.astype(np.float32), strength(values), by)


SceneEdges = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def to_scene(layout: Layout, sets: Iterable[EdgeSet], hidden: Collection[str] = ()) -> SceneEdges:
    """Where the edges run, all float32: starts (n, 3), ends (n, 3), strengths (n,) 0-1, signs (n,) -1, 0, 1.

    In the order of the sets; edges from or to the layers named in `hidden` are left out.
    """
    shown = [edges for edges in sets if not {edges.source, edges.target} & set(hidden) and len(edges)]
    if not shown:
        none = np.zeros((0, 3), np.float32)
        return none, none, none[:, 0], none[:, 0]
    starts = [layout.layers[edges.source].cells(edges.sources) for edges in shown]
    ends = [layout.layers[edges.target].cells(edges.targets) for edges in shown]
    signs = [np.nan_to_num(np.sign(edges.values)) for edges in shown]
    return (
        np.concatenate(starts).astype(np.float32),
        np.concatenate(ends).astype(np.float32),
        np.concatenate([edges.strength for edges in shown]),
        np.concatenate(signs).astype(np.float32),
    )
