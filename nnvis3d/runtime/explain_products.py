"""Products of two matrices that a network computed: scores of attention, and what is made of them."""

import numpy as np

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_layouts import Table
from nnvis3d.runtime.explain_operation import Operation


class Pairs(Operation):
    """What they share: neuron (m, i, j) adds up a[m, i, k] x b[m, j, k] x scale over all k.

    The second factor is what is read, the first, times the scale, its weight; edges go to both.
    """

    kind = "matmul"
    guessed = True

    def __init__(
        self,
        parts: tuple[LayerSpec, ...],
        target: LayerSpec,
        tables: tuple[Table, Table],
        scale: float = 1.0,
        order: str = "mij",
    ):
        """
        Args:
            parts: all that the tables read.
            order: in which the target has its matrices, rows and columns.
        """
        super().__init__(None, parts[0], target)
        self.parts, self.scale, self.activation = parts, scale, "none"
        self.a, self.b = tables
        self._order = order
        matrices, rows, columns = self.a.at.shape
        self._sizes = {"m": matrices, "i": rows, "j": self.b.at.shape[1]}
        self._expect(self.b.at.shape[::2], (matrices, columns), "matrices, columns")
        self._expect(target.neurons, matrices * rows * self._sizes["j"], "neurons")
        self.grid = (1, 1, columns)
        self._values = np.zeros(0, np.float32)

    def see(self, values):
        self._values = np.concatenate([*values, self.unseen])

    def split(self, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Matrix, row and column of each."""
        at = np.unravel_index(np.asarray(targets), [self._sizes[axis] for axis in self._order])
        m, i, j = (at[self._order.index(axis)] for axis in "mij")
        return m, i, j

    def joined(self, m, i, j) -> np.ndarray:
        """The inverse of `split`."""
        at = np.broadcast_arrays(*({"m": m, "i": i, "j": j}[axis] for axis in self._order))
        return np.ravel_multi_index(at, [self._sizes[axis] for axis in self._order])

    def sources(self, targets):
        m, _, j = self.split(targets)
        return self.b.at[m, j]

    def weights(self, targets, sources, inputs):
        m, i, _ = self.split(targets)
        return self._values[self.a.at[m, i]] * np.float32(self.scale)

    def edges(self, targets):
        m, i, j = self.split(targets)
        rows, columns = self.a.at[m, i], self.b.at[m, j]
        both = np.concatenate([columns, rows], axis=1)
        weights = np.concatenate([self._values[rows], self._values[columns]], axis=1)
        return both, weights * np.float32(self.scale)

    def readers(self, sources, values):
        found = [self._reading(int(source)) for source in sources]
        return filled(found)

    def _reading(self, source: int) -> tuple[np.ndarray, np.ndarray]:
        targets, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        for m, j, k in self.b.find(source):
            targets.append(self.joined(m, np.arange(self._sizes["i"]), j))
            weights.append(self._values[self.a.at[m, :, k]])
        for m, i, k in self.a.find(source):
            targets.append(self.joined(m, i, np.arange(self._sizes["j"])))
            weights.append(self._values[self.b.at[m, :, k]])
        return np.concatenate(targets), np.concatenate(weights) * np.float32(self.scale)

    def reach(self, rows, columns):
        return self.reach_into(self.source, rows, columns)

    def reach_into(self, part, rows, columns):
        _, height, width = part.map_shape
        return np.arange(height), np.arange(width)


def filled(found: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Targets int64 (n, m), -1 filling up, and weights float32 (n, m), of lists that are not alike long."""
    most = max((len(targets) for targets, _ in found), default=0)
    targets, weights = np.full((len(found), most), -1), np.zeros((len(found), most), np.float32)
    for k, (some, by) in enumerate(found):
        targets[k, : len(some)], weights[k, : len(some)] = some, by
    return targets, weights
