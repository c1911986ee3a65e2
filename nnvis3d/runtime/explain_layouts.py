"""Where in a layer the numbers of a stack of matrices lie: queries, keys and values, head by head.

Between two layers a network may view, split and turn its numbers around, and that is no layer. So all usual
ways to store such a stack are tried.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from nnvis3d.network.spec import LayerSpec

# m: matrices (heads), i: rows, k: columns, f: queries, keys and values in one layer, b: windows.
_WHOLE = ("imk", "mik", "mki", "kmi", "ikm", "kim")
_FUSED = ("ifmk", "imfk", "fmik", "fimk", "fmki", "mfki", "mfik")
_WINDOWS = ("bimk", "bifmk")


class Stored(NamedTuple):
    """One way to store them."""

    order: str
    """The axes, the outermost first."""
    part: int
    """Which of those in one layer."""
    parts: int
    shape: tuple[int, int, int]
    """(matrices, rows, columns), the heads that share one counted once."""
    repeat: int
    """How many heads share one."""
    windows: int


class Table:
    """int64 (matrices, rows, columns): where each number lies."""

    def __init__(self, at: np.ndarray):
        self.at = at

    def find(self, place: int) -> np.ndarray:
        """int64 (n, 3): matrix, row and column of all that lie at `place`."""
        ordered, order = self._sorted
        first, last = np.searchsorted(ordered, [place, place + 1])
        return np.stack(np.unravel_index(order[first:last], self.at.shape), axis=1)

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        flat = self.at.reshape(-1)
        order = np.argsort(flat, kind="stable")
        return flat[order], order


def ways(layer: LayerSpec, matrices: int, rows: int, columns: int | None = None) -> Iterator[Stored]:
    """How `layer` may hold so many matrices; any number of columns if that is None."""
    cells = matrices * rows
    for parts in (1, 3, 2):
        width, rest = divmod(layer.neurons, cells * parts)
        if rest or not width or columns not in (None, width):
            continue
        shape = (matrices, rows, width)
        for order in _FUSED if parts > 1 else _WHOLE:
            yield from (Stored(order, part, parts, shape, 1, 1) for part in range(parts))
        windows = layer.map_shape[0]
        if 1 < windows < matrices and matrices % windows == 0:
            order = _WINDOWS[parts > 1]
            yield from (Stored(order, part, parts, shape, 1, windows) for part in range(parts))
    shared, rest = divmod(layer.neurons, rows * columns) if columns else (0, 1)
    if not rest and 0 < shared < matrices and matrices % shared == 0:
        for order in ("imk", "mik", "mki"):
            yield Stored(order, 0, 1, (shared, rows, columns or 0), matrices // shared, 1)


def table(way: Stored, start: int) -> Table:
    """Where the numbers lie, in a layer whose indices begin at `start`."""
    matrices, rows, columns = way.shape
    sizes = {"m": matrices // way.windows, "i": rows, "k": columns, "f": way.parts, "b": way.windows}
    dims = [sizes[axis] for axis in way.order]
    places = start + np.arange(int(np.prod(dims))).reshape(dims)
    wanted = [axis for axis in "fbmik" if axis in way.order]
    turned = places.transpose([way.order.index(axis) for axis in wanted])
    turned = turned[way.part] if "f" in way.order else turned
    return Table(np.repeat(turned.reshape(way.shape), way.repeat, axis=0))
