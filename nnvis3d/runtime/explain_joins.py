"""Operations that put several layers together: sums, differences, products, quotients, concatenation.

Which tensors a function was given is not written down. So each of these is a guess, made of the shapes,
and is believed where it makes the numbers on screen.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_operation import Operation

Shape = tuple[int, int, int]


class Broadcast:
    """How a smaller layer lies under a larger one, as numpy broadcasts shapes."""

    def __init__(self, part: LayerSpec, target: LayerSpec, shape: Shape):
        """
        Args:
            shape: that the part's numbers are taken in.

        Raises:
            ValueError: the shapes do not fit.
        """
        self._target = target.map_shape
        if any(own not in (1, whole) for own, whole in zip(shape, self._target, strict=True)):
            raise ValueError(f"{target.name}: {part.name} of shape {shape} does not fit {self._target}")
        self._spread = [own != whole for own, whole in zip(shape, self._target, strict=True)]
        self._shape = shape

    def sources(self, targets: np.ndarray) -> np.ndarray:
        """int64, of the shape of `targets`."""
        at = np.unravel_index(targets, self._target)
        return np.ravel_multi_index(
            tuple(np.where(spread, 0, k) for spread, k in zip(self._spread, at, strict=True)), self._shape
        )

    def targets(self, sources: np.ndarray) -> np.ndarray:
        """int64 (n, m): all that each of `sources` (n,) lies under."""
        at = np.unravel_index(np.asarray(sources)[:, None], self._shape)
        free = [np.arange(n if spread else 1) for n, spread in zip(self._target, self._spread, strict=True)]
        many = [grid.reshape(1, -1) for grid in np.meshgrid(*free, indexing="ij")]
        return np.ravel_multi_index(tuple(k + more for k, more in zip(at, many, strict=True)), self._target)


class Listed:
    """How a layer of as many neurons lies under another in an order of its own."""

    def __init__(self, at: np.ndarray):
        """
        Args:
            at: int64 (neurons,), for each of the larger layer's the other's.
        """
        self._at, self._back = at, np.argsort(at)

    def sources(self, targets: np.ndarray) -> np.ndarray:
        return self._at[targets]

    def targets(self, sources: np.ndarray) -> np.ndarray:
        return self._back[np.asarray(sources)][:, None]


Under = Broadcast | Listed


class Join(Operation):
    """What they share: each neuron reads one of each part."""

    guessed = True

    def __init__(self, parts: tuple[LayerSpec, ...], target: LayerSpec):
        super().__init__(None, parts[0], target)
        self.parts = parts
        self.grid = (len(parts), 1, 1)
        self.starts = np.cumsum([0, *(part.neurons for part in parts)])
        self.activation = "none"

    def part_of(self, sources: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.starts, sources, side="right") - 1

    def reach(self, rows, columns):
        return self.reach_into(self.source, rows, columns)

    def reach_into(self, part, rows, columns):
        _, height, width = part.map_shape
        if (height, width) == self.target.map_shape[1:]:
            return rows, columns
        return np.arange(height), np.arange(width)


class Laid(Join):
    """Parts that lie under each other."""

    def __init__(
        self,
        parts: tuple[LayerSpec, ...],
        target: LayerSpec,
        upright: bool = True,
        under: Mapping[int, Under] = MappingProxyType({}),
    ):
        """
        Args:
            upright: whether a part that is one row of numbers goes by maps; else by columns.
            under: how a part lies there that does so in a way of its own, by its number.
        """
        super().__init__(parts, target)
        self.under = [
            under[k] if k in under else Broadcast(part, target, _shape(part, target, upright))
            for k, part in enumerate(parts)
        ]

    def sources(self, targets):
        targets = np.asarray(targets)
        return np.stack(
            [u.sources(targets) + s for u, s in zip(self.under, self.starts[:-1], strict=True)], axis=1
        )

    def readers(self, sources, values):
        sources = np.asarray(sources)
        if not len(sources):
            return np.zeros((0, 1), np.int64), np.zeros((0, 1), np.float32)
        parts = self.part_of(sources)
        within = sources - self.starts[parts]
        found = [self.under[k].targets(within[i : i + 1])[0] for i, k in enumerate(parts)]
        most = max(map(len, found))
        targets = np.full((len(found), most), -1)
        for row, some in zip(targets, found, strict=True):
            row[: len(some)] = some
        return targets, self._reader_weights(parts, targets, values)

    def _reader_weights(self, parts: np.ndarray, targets: np.ndarray, values: np.ndarray) -> np.ndarray:
        flat = np.maximum(targets, 0).reshape(-1)
        read = self.sources(flat)
        weights = self.weights(flat, read, self.prepare(values[read], read))
        chosen = np.repeat(parts, targets.shape[1])[:, None]
        return np.take_along_axis(weights, chosen, axis=1).reshape(targets.shape)


class Sum(Laid):
    """Parts, each times one number, added up."""

    kind = "add"

    def __init__(
        self,
        parts: tuple[LayerSpec, ...],
        target: LayerSpec,
        factors: np.ndarray,
        upright: bool = True,
        under: Mapping[int, Under] = MappingProxyType({}),
    ):
        """
        Args:
            factors: float32 (parts,), or (parts, neurons of the target).
        """
        super().__init__(parts, target, upright, under)
        self.factors = factors.astype(np.float32)

    def weights(self, targets, sources, inputs):
        if self.factors.ndim == 2:
            return self.factors[:, targets].T
        return np.broadcast_to(self.factors, np.shape(sources))


class Product(Laid):
    """Two parts multiplied, or the first divided by the second. The weight of each is the other."""

    kind = "multiply"

    def __init__(
        self,
        parts: tuple[LayerSpec, ...],
        target: LayerSpec,
        upright: bool = True,
        divided: bool = False,
        under: Mapping[int, Under] = MappingProxyType({}),
    ):
        super().__init__(parts, target, upright, under)
        if len(parts) != 2:
            raise ValueError(f"{target.name}: expected two factors, got {len(parts)}")
        self._divided = divided

    def prepare(self, inputs, sources):
        with np.errstate(all="ignore"):
            turned = self._divided & (np.asarray(sources) >= self.starts[1])
            return np.where(turned, 1 / inputs, inputs)

    def weights(self, targets, sources, inputs):
        return inputs[:, ::-1]


class Concat(Join):
    """Parts behind each other along one axis."""

    kind = "copy"

    def __init__(self, parts: tuple[LayerSpec, ...], target: LayerSpec, axis: int):
        super().__init__(parts, target)
        self.grid = (1, 1, 1)
        if sum(part.neurons for part in parts) != target.neurons:
            raise ValueError(f"{target.name}: expected parts of {target.neurons} neurons in all")
        # Everything before the axis is one number, everything behind it another: (before, axis, behind).
        before = math.prod(target.map_shape[:axis])
        behind = math.prod(target.map_shape[axis + 1 :])
        lengths = [part.neurons / (before * behind) for part in parts]
        if any(length != int(length) or length < 1 for length in lengths):
            raise ValueError(f"{target.name}: the parts do not fit along axis {axis}")
        self._lengths = np.array(lengths, np.int64)
        self._ends = np.cumsum([0, *self._lengths])
        self._length, self._behind = target.map_shape[axis], behind

    def sources(self, targets):
        rest, behind = np.divmod(np.asarray(targets), self._behind)
        before, at = np.divmod(rest, self._length)
        part = np.searchsorted(self._ends, at, side="right") - 1
        within = (before * self._lengths[part] + at - self._ends[part]) * self._behind + behind
        return (self.starts[part] + within)[:, None]

    def weights(self, targets, sources, inputs):
        return np.ones(np.shape(sources), np.float32)

    def readers(self, sources, values):
        part = self.part_of(np.asarray(sources))
        rest, behind = np.divmod(np.asarray(sources) - self.starts[part], self._behind)
        before, at = np.divmod(rest, self._lengths[part])
        targets = (before * self._length + at + self._ends[part]) * self._behind + behind
        return targets[:, None], np.ones((len(targets), 1), np.float32)


def _shape(part: LayerSpec, target: LayerSpec, upright: bool) -> Shape:
    if part.neurons == target.neurons:
        return target.map_shape
    if math.prod(part.map_shape[1:]) == 1 and not upright:
        return 1, 1, part.neurons
    return part.map_shape


def fitted(
    join: Laid, target_values: np.ndarray, values: np.ndarray, targets: np.ndarray
) -> np.ndarray | None:
    """The factors of a sum, float64 (parts,), from what it makes of `targets`; None if they do not say.

    Args:
        target_values: float32 (n,), of `targets` (n,); `values` are those of all parts.
    """
    inputs = values[join.sources(targets)].astype(np.float64)
    if not np.isfinite(inputs).all() or not np.isfinite(target_values).all():
        return None
    factors, _, rank, _ = np.linalg.lstsq(inputs, target_values.astype(np.float64), rcond=1e-6)
    if rank < inputs.shape[1]:
        return None
    near = np.round(factors)
    return np.where(np.abs(factors - near) < 1e-4, near, factors)
