"""Recurrent layers: a neuron reads the input of its step, and the layer's own neurons of the step before.

Its value is not a sum of products: gates multiply each other. So the terms are those of each gate, and an
edge's weight is the slope there: by how much the neuron grows with the one that is read, the gates being as
they are, and whatever was held from earlier steps, too.
"""

from dataclasses import dataclass

import numpy as np

from nnvis3d.network.gating import Gating, passed, slopes
from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_operation import Operation
from nnvis3d.runtime.explain_recurrence import Recurrence

Levels = list[list[Recurrence]]
"""From the lowest to the one that is shown: a recurrence for each direction."""


@dataclass(frozen=True, eq=False)
class Steps:
    """Where T steps read, as indices of all parts' neurons; -1: zero, as before the first step."""

    inputs: np.ndarray
    """int64 (T, width)."""
    states: np.ndarray
    """int64 (T, directions, H): the state that came before each step."""

    @property
    def order(self) -> tuple[np.ndarray, ...]:
        """In which order each direction goes."""
        forward = np.arange(len(self.inputs))
        return forward, forward[::-1]


class Recurrent(Operation):
    """Of any number of levels and directions. All but the highest level are not shown: their numbers are
    computed again."""

    guessed = True

    def __init__(self, module, parts: tuple[LayerSpec, ...], target: LayerSpec, steps: Steps, levels: Levels):
        """
        Args:
            parts: all that `steps` reads, the layer of the inputs first.
        """
        super().__init__(module, parts[0], target)
        self.parts, self._steps, self._levels, self._top = parts, steps, levels, levels[-1]
        top = self._top[0]
        self._count, self._dirs, self._units = len(steps.inputs), len(self._top), top.units
        self._expect(steps.inputs.shape[1], levels[0][0].width, "inputs")
        self._gates = len(top.of_input)
        self.kind = "gated" if top.gated else "recurrent"  # type: ignore[misc]
        self.activation = "none" if top.gated else top.kind
        self.grid = (1, self._gates, top.width + self._units)
        self.reads_itself = any(part is target for part in parts)
        self._seen = np.zeros(0, np.float32)
        self._start = sum(part.neurons for part in parts)
        if len(levels) > 1:
            self.unseen_axes = (f"layer l{len(levels) - 2}", top.width)

    # what a frame says

    def see(self, values):
        joined = np.concatenate(values)
        if np.array_equal(joined, self._seen):  # asked again about the same frame
            return
        self._seen = joined
        below = _at(joined, self._steps.inputs)
        before = [_at(joined, self._steps.states[:, d]) for d in range(self._dirs)]
        self._sums, self._held, self._outputs = [], [], []
        for level in self._levels[:-1]:
            states = [one.run(below, order) for one, order in zip(level, self._steps.order, strict=False)]
            shifted = [_shifted(s, bool(d)) for d, s in enumerate(states)]
            self._pass(level, below, shifted)
            below = np.concatenate(states, axis=1)
        self._pass(self._top, below, before)
        self.unseen = below.reshape(-1) if len(self._levels) > 1 else self.unseen[:0]
        self._slopes: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def _pass(self, level: list[Recurrence], inputs: np.ndarray, before: list[np.ndarray]) -> None:
        sums = [one.sums(inputs, state) for one, state in zip(level, before, strict=True)]
        self._sums.append(sums)
        self._held.append(
            [
                one.held(s, state, order)
                for one, s, state, order in zip(level, sums, before, self._steps.order, strict=False)
            ]
        )

    # terms

    def _split(self, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Step, direction and unit of each. A cell's layer is its last step."""
        place, unit = np.divmod(np.asarray(targets), self._units)
        step, direction = np.divmod(place, self._dirs)
        first = self._count - self.target.neurons // (self._dirs * self._units)
        return step + first, direction, unit

    def sources(self, targets):
        step, direction, _ = self._split(targets)
        read = self._steps.inputs[step]
        if len(self._levels) > 1:
            width = self._top[0].width
            read = self._start + step[:, None] * width + np.arange(width)
        own = np.concatenate([read, self._steps.states[step, direction]], axis=1)
        return np.tile(own, (1, self._gates))

    def weights(self, targets, sources, inputs):
        _, direction, unit = self._split(targets)
        found = np.empty((len(unit), self._gates, self.grid[2]), np.float32)
        for d, one in enumerate(self._top):
            mine = direction == d
            both = (one.of_input[:, unit[mine]], one.of_state[:, unit[mine]])
            found[mine] = np.concatenate(both, axis=2).swapaxes(0, 1)
        return found.reshape(len(unit), -1)

    def bias(self, target):
        if self._top[0].gated:
            return 0.0
        _, direction, unit = self._split(np.array([target]))
        return float(self._top[direction[0]].biases[:, 0, unit[0]].sum())

    def gating(self, target):
        return self._gating(target) if self._top[0].gated else None

    def _gating(self, target: int) -> Gating:
        (step,), (direction,), (unit,) = self._split(np.array([target]))
        one = self._top[direction]
        biases = tuple((float(a), float(b)) for a, b in one.biases[:, :, unit].T)
        held = self._held[-1][direction][step, unit]
        return Gating(one.kind, one.width, biases, float(held))

    def made(self, targets, inputs, products):
        if not self._top[0].gated:
            return super().made(targets, inputs, products)
        return np.array(
            [
                self._gating(int(target)).passed(own.astype(np.float64)).output
                for target, own in zip(targets, products, strict=True)
            ]
        )

    # edges

    def edges(self, targets):
        if not self._top[0].gated and len(self._levels) == 1:
            return None
        step, direction, unit = self._split(targets)
        sources = np.concatenate([self._steps.inputs[step], self._steps.states[step, direction]], axis=1)
        weights = np.empty(sources.shape, np.float32)
        for row, (t, d, u) in enumerate(zip(step, direction, unit, strict=True)):
            of_input, of_state = self._slopes_of(int(t))
            weights[row] = np.concatenate([of_input[d, u], of_state[d, u]])
        return sources, weights

    def readers(self, sources, values):
        found = [self._reading(int(source)) for source in sources]
        most = max((len(targets) for targets, _ in found), default=0)
        targets, weights = np.full((len(found), most), -1), np.zeros((len(found), most), np.float32)
        for k, (some, by) in enumerate(found):
            targets[k, : len(some)], weights[k, : len(some)] = some, by
        return targets, weights

    def _reading(self, source: int) -> tuple[np.ndarray, np.ndarray]:
        """What reads one source, and by which weight."""
        targets, weights = [], []
        for t, place in np.argwhere(self._steps.inputs == source):
            targets.append(self._targets(t, np.arange(self._dirs * self._units)))
            weights.append(self._slopes_of(int(t))[0][..., place].reshape(-1))
        for t, d, place in np.argwhere(self._steps.states == source):
            targets.append(self._targets(t, d * self._units + np.arange(self._units)))
            weights.append(self._slopes_of(int(t))[1][d, :, place])
        if not targets:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        joined, by = np.concatenate(targets), np.concatenate(weights)
        return joined[joined >= 0], by[joined >= 0]

    def _targets(self, step: int, units: np.ndarray) -> np.ndarray:
        """Flat indices of units of a step; -1: of a call before, which is another layer."""
        each = self._dirs * self._units
        first = self._count - self.target.neurons // each
        return np.where(step < first, -1, (step - first) * each + units)

    def _slopes_of(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """float32 (directions, H, width) and (directions, H, H): of what is shown, by what the step reads."""
        if step not in self._slopes:
            through: np.ndarray | None = None
            for k, level in enumerate(self._levels):
                pairs = [self._slope(one, k, d, step) for d, one in enumerate(level)]
                of_input, of_state = (np.stack(each) for each in zip(*pairs, strict=True))
                of_input = of_input if through is None else of_input @ through
                through = of_input.reshape(-1, of_input.shape[-1])
            self._slopes[step] = of_input, of_state
        return self._slopes[step]

    def _slope(self, one: Recurrence, level: int, direction: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        if not one.gated and len(self._levels) == 1:
            return one.of_input[0], one.of_state[0]
        sums = self._sums[level][direction][step]
        held = self._held[level][direction][step]
        if one.gated:
            slope = slopes(one.kind, sums, held)
        else:
            total = sums.sum(-1, keepdims=True)
            bent = 1 - np.tanh(total) ** 2 if one.kind == "tanh" else (total > 0)
            slope = np.broadcast_to(bent, sums.shape)
        of_input = np.einsum("ug,guj->uj", slope[..., 0], one.of_input)
        of_state = np.einsum("ug,guj->uj", slope[..., 1], one.of_state)
        if one.kind == "gru":  # its state before is a part of the next, too
            of_state = of_state + np.diag(passed("gru", sums, held).gates[1])
        return of_input, of_state

    # places

    def reach(self, rows, columns):
        return self.reach_into(self.source, rows, columns)

    def reach_into(self, part, rows, columns):
        """All steps up to the last that is asked of; with two directions, all."""
        _, height, width = part.map_shape
        whole = np.arange(height), np.arange(width)
        by_steps = height == self._count and self.target.map_shape[1] == self._count and len(rows)
        return (np.arange(int(rows.max()) + 1), whole[1]) if by_steps and self._dirs == 1 else whole


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """`values` there, and 0 where there is none."""
    return np.where(places < 0, np.float32(0), values[places]).astype(np.float32, copy=False)


def _shifted(states: np.ndarray, backward: bool) -> np.ndarray:
    """Of each step the state before it."""
    moved = np.zeros_like(states)
    if backward:
        moved[:-1] = states[1:]
    else:
        moved[1:] = states[:-1]
    return moved
