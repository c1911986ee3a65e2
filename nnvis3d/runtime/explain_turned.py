"""An operation that reads its source the other way round: maps as tokens, tokens as maps.

Between two layers a network may turn its numbers around, as vision transformers do with their patches; that
is no layer, so the shapes alone do not tell.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_operation import Operation

Make = Callable[[LayerSpec], Operation | None]
"""The operation that reads a source of this shape."""


class Turned(Operation):
    """Another operation, on its source as a matrix that was transposed."""

    guessed = True

    def __init__(self, inner: Operation, source: LayerSpec, rows: int):
        """
        Args:
            rows: of the matrix as it is shown.
        """
        super().__init__(inner.module, source, inner.target)
        self._inner, self._rows, self._columns = inner, rows, source.neurons // rows
        self.kind, self.grid, self.activation = inner.kind, inner.grid, inner.activation  # type: ignore[misc]
        self.normalised = inner.normalised

    def _shown(self, turned: np.ndarray) -> np.ndarray:
        """Where in the source that is which the inner operation reads at `turned`; -1 stays."""
        column, row = np.divmod(turned, self._rows)
        return np.where(turned < 0, -1, row * self._columns + column)

    def _turned(self, shown: np.ndarray) -> np.ndarray:
        row, column = np.divmod(shown, self._columns)
        return np.where(shown < 0, -1, column * self._rows + row)

    def _values(self, values: np.ndarray) -> np.ndarray:
        return values.reshape(self._rows, self._columns).T.reshape(-1)

    def see(self, values):
        self._inner.see((self._values(values[0]),))

    def prepare(self, inputs, sources):
        return self._inner.prepare(inputs, self._turned(np.asarray(sources)))

    def sources(self, targets):
        return self._shown(self._inner.sources(targets))

    def weights(self, targets, sources, inputs):
        return self._inner.weights(targets, self._turned(sources), inputs)

    def readers(self, sources, values):
        return self._inner.readers(self._turned(np.asarray(sources)), self._values(values))

    def reach(self, rows, columns):
        _, height, width = self.source.map_shape
        return np.arange(height), np.arange(width)

    def bias(self, target):
        return self._inner.bias(target)


def turned(make: Make, source: LayerSpec, target: LayerSpec) -> Iterator[Callable[[], Operation | None]]:
    """Guesses that the source is read the other way round; none where that would change nothing."""
    channels, height, _ = source.map_shape
    for rows in dict.fromkeys((channels, channels * height)):
        if 1 < rows < source.neurons:
            yield partial(_made, make, source, target, rows)


def _made(make: Make, source: LayerSpec, target: LayerSpec, rows: int) -> Operation | None:
    columns = source.neurons // rows
    shape = target.map_shape if target.neurons == source.neurons else (1, columns, rows)
    inner = make(replace(source, shape=shape))
    return None if inner is None else Turned(inner, source, rows)
