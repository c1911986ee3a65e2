"""Softmax: of scores that a layer shows, and of those of attention, which nobody shows.

What a mask leaves out has a share of exactly zero where its score alone would not make it so small: that is
how it is told from the numbers on screen.
"""

import numpy as np

from nnvis3d.network.explanation import Softmax
from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_layouts import Table
from nnvis3d.runtime.explain_operation import Operation
from nnvis3d.runtime.explain_products import Pairs

_FAR = 80.0
"""Further below the highest score, float32 makes zero of a share without a mask."""


class Shares(Operation):
    """Softmax along one axis of a layer that is shown."""

    kind = "softmax"
    guessed = True

    def __init__(
        self, source: LayerSpec, target: LayerSpec, axis: int, scale: float = 1.0, logarithm: bool = False
    ):
        """
        Args:
            axis: of the target's map shape.
            logarithm: whether the logarithms of the shares are shown.
        """
        super().__init__(None, source, target)
        self._expect(source.neurons, target.neurons, "neurons")
        self.parts, self.scale, self._logarithm = (source, target), scale, logarithm
        self.activation = "logsoftmax" if logarithm else "softmax"
        places = np.moveaxis(np.arange(target.neurons).reshape(target.map_shape), axis, -1)
        self._rows = places.reshape(-1, target.map_shape[axis])  # (rows, K)
        self._row_of = np.empty(target.neurons, np.int64)
        self._row_of[self._rows] = np.arange(len(self._rows))[:, None]
        self.grid = (1, 1, self._rows.shape[1])
        self._scores = self._shown = np.zeros(0, np.float32)

    def see(self, values):
        self._scores, shown = values
        self._shown = np.exp(shown) if self._logarithm else shown

    def sources(self, targets):
        return self._rows[self._row_of[targets]]

    def prepare(self, inputs, sources):
        return unmasked(inputs * np.float32(self.scale), self._shown[sources])

    def weights(self, targets, sources, inputs):
        return np.ones(np.shape(inputs), np.float32)

    def softmax(self, target):
        row = self.sources(np.array([target]))[0]
        return Softmax(self._of(row).astype(np.float64), int(np.flatnonzero(row == target)[0]))

    def _of(self, row: np.ndarray) -> np.ndarray:
        return self.prepare(self._scores[row], row)

    def made(self, targets, inputs, products):
        own = self.sources(targets) == np.asarray(targets)[:, None]
        found = shares(inputs)[own]
        return np.log(found) if self._logarithm else found

    def edges(self, targets):
        rows = self.sources(targets)
        return rows, self._slopes(rows, np.asarray(targets))

    def _slopes(self, rows: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """By how much each share grows with the scores of its row: p (1 - p), and -p q for the others; its
        logarithm, as much divided by p."""
        found, own = self._shown[rows], self._shown[targets][:, None]
        own = np.ones_like(own) if self._logarithm else own
        return np.float32(self.scale) * own * ((rows == targets[:, None]) - found)

    def readers(self, sources, values):
        rows, sources = self.sources(sources), np.asarray(sources)
        if self._logarithm:
            own = self._shown[sources][:, None]
            return rows, np.float32(self.scale) * ((rows == sources[:, None]) - own)
        return rows, self._slopes(rows, sources)

    def reach(self, rows, columns):
        return self.reach_into(self.source, rows, columns)

    def reach_into(self, part, rows, columns):
        _, height, width = part.map_shape
        return np.arange(height), np.arange(width)


class AttentionMap(Pairs):
    """A head's attention weights (Vaswani et al. 2017): softmax over the keys of query x key x scale."""

    kind = "attention"

    def __init__(
        self, parts: tuple[LayerSpec, ...], target: LayerSpec, tables: tuple[Table, Table], scale: float
    ):
        """
        Args:
            parts: all that is read, and the target behind them.
            tables: of the queries and of the keys, (heads, tokens, units).
        """
        super().__init__(parts, target, tables, scale)
        self._start = sum(part.neurons for part in parts[:-1])

    def logits(self, m: np.ndarray, i: np.ndarray) -> np.ndarray:
        """float64 (n, keys): the scores of query `i` (n,) in head `m` (n,); -inf where a mask is."""
        queries = self._values[self.a.at[m, i]].astype(np.float64)
        keys = self._values[self.b.at[m]].astype(np.float64)  # (n, keys, units)
        with np.errstate(all="ignore"):
            scores = np.einsum("nk,njk->nj", queries, keys) * self.scale
        return unmasked(scores, self.shown(m, i))

    def shown(self, m: np.ndarray, i: np.ndarray) -> np.ndarray:
        """float32 (n, keys): the weights themselves, on screen."""
        keys = np.arange(self._sizes["j"])
        return self._values[self._start + self.joined(m[:, None], i[:, None], keys)]

    def softmax(self, target):
        m, i, j = self.split(np.array([target]))
        return Softmax(self.logits(m, i)[0], int(j[0]))

    def made(self, targets, inputs, products):
        m, i, j = self.split(targets)
        return shares(self.logits(m, i))[np.arange(len(j)), j]


def unmasked(scores: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """`scores` (n, K), -inf where the share `shown` (n, K) is zero though the score is not that small."""
    left = np.where(shown > 0, scores, -np.inf).max(axis=-1, keepdims=True)
    with np.errstate(all="ignore"):
        return np.where((shown == 0) & (scores - left > -_FAR), np.float32(-np.inf), scores)


def shares(scores: np.ndarray) -> np.ndarray:
    """float64 (n, K): softmax of each row."""
    with np.errstate(all="ignore"):
        powers = np.exp(scores.astype(np.float64) - scores.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)


def fitted_scale(scores: np.ndarray, shown: np.ndarray, usual: tuple[float, ...]) -> float:
    """The scale with which softmax of `scores` (K,) makes the shares `shown` (K,); one of `usual` where it is
    that, or where the numbers do not say."""
    there = shown > 1e-20
    wanted, given = np.log(shown[there], dtype=np.float64), scores[there].astype(np.float64)
    wanted, given = (values - values.mean() if len(values) else values for values in (wanted, given))
    size = float(given @ given)
    if size < 1e-12 or not np.isfinite(size):
        return usual[0]
    scale = float(given @ wanted) / size
    return next((one for one in usual if abs(scale - one) < 1e-3 * abs(one)), scale)
