"""An operation that reads its source in another way than it is shown: turned around, reshaped, a part of it.

Between two layers a network may turn its numbers around, as vision transformers do with their patches, or go
on with a part of them: the last step of a sequence, the class token, a half. That is no layer, so the shapes
alone do not tell.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from torch import nn

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_operation import Operation

Make = Callable[[LayerSpec], Operation | None]
"""The operation that reads a source of this shape."""
View = tuple[np.ndarray, tuple[int, ...]]
"""Flat indices of the source, int64 (n,), and the shape that they are read in."""
_CHUNKS = (2, 3, 4)


class Viewed(Operation):
    """Another operation, on some of its source's neurons in an order of their own."""

    guessed = True

    def __init__(self, inner: Operation, source: LayerSpec, at: np.ndarray):
        """
        Args:
            at: int64 (n,), where in the source the neurons are that the inner operation reads.
        """
        super().__init__(inner.module, source, inner.target)
        self._inner, self._at = inner, at
        self._place = np.full(source.neurons, -1)
        self._place[at] = np.arange(len(at))
        self.kind, self.grid, self.activation = inner.kind, inner.grid, inner.activation  # type: ignore[misc]
        self.normalised, self.slices = inner.normalised, inner.slices

    def _inside(self, sources: np.ndarray) -> np.ndarray:
        """Where the inner operation has them; -1 stays."""
        return np.where(sources < 0, -1, self._place[sources])

    def see(self, values):
        self._inner.see((values[0][self._at],))

    def prepare(self, inputs, sources):
        return self._inner.prepare(inputs, self._inside(np.asarray(sources)))

    def sources(self, targets):
        inner = self._inner.sources(targets)
        return np.where(inner < 0, -1, self._at[inner])

    def weights(self, targets, sources, inputs):
        return self._inner.weights(targets, self._inside(sources), inputs)

    def readers(self, sources, values):
        places = self._inside(np.asarray(sources))
        targets, weights = self._inner.readers(np.maximum(places, 0), values[self._at])
        read = (places >= 0)[:, None]
        return np.where(read, targets, -1), np.where(read, weights, np.float32(0))

    def reach(self, rows, columns):
        _, height, width = self.source.map_shape
        return np.arange(height), np.arange(width)

    def bias(self, target):
        return self._inner.bias(target)


def viewed(make: Make, source: LayerSpec, target: LayerSpec) -> Iterator[Callable[[], Operation | None]]:
    """Guesses that the source is read in another way; none where that would change nothing."""
    places = np.arange(source.neurons).reshape(source.map_shape)
    for view in (*_turned(places, target), *_slices(places)):
        yield partial(_made, make, source, view)


def reshaped(make: Make, source: LayerSpec, target: LayerSpec, module: nn.Module) -> Iterator[Callable]:
    """Guesses that the source, in its own order, is maps for a convolution."""
    channels = getattr(module, "in_channels", 0)
    _, height, width = target.map_shape
    for step in (1, 2):
        shape = (channels, height * step, width * step)
        if np.prod(shape) == source.neurons and shape != source.map_shape:
            yield partial(_made, make, source, (np.arange(source.neurons), shape))


def _made(make: Make, source: LayerSpec, view: View) -> Operation | None:
    at, shape = view
    inner = make(replace(source, shape=shape))
    return None if inner is None else Viewed(inner, source, at)


def _turned(places: np.ndarray, target: LayerSpec) -> Iterator[View]:
    """The other way round: maps as tokens, tokens as maps."""
    channels, height, width = places.shape
    if channels > 1 and height > 1 and target.map_shape[0] == 1:  # heads, as units of each token
        yield places.swapaxes(0, 1).reshape(-1), (1, height, channels * width)
    for rows in dict.fromkeys((channels, channels * height)):
        if not 1 < rows < places.size:
            continue
        at, columns = places.reshape(rows, -1).T.reshape(-1), places.size // rows
        yield at, target.map_shape if target.neurons == places.size else (1, columns, rows)
        if 1 < channels < rows:
            yield at, (columns, channels, height)


def _slices(places: np.ndarray) -> Iterator[View]:
    """The last or the first row or column; one of several equal parts."""
    channels, height, width = places.shape
    for rows in (places[:, -1], places[:, 0]) if height > 1 else ():
        yield rows.reshape(-1), (rows.size,)
    for columns in (places[..., -1], places[..., 0]) if width > 1 else ():
        yield columns.reshape(-1), (columns.size,)
    for axis, length in ((2, width), (0, channels)):
        for count in _CHUNKS:
            for part in np.split(places, count, axis) if length % count == 0 else ():
                flat = part.shape[1:] == (1, 1)
                yield part.reshape(-1), (part.size,) if flat else part.shape
