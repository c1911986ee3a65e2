"""What a recurrent layer may read at each step.

Its own module says how many inputs and units there are; which of the numbers of the layers that it reads
these are is guessed, and proved by the numbers on screen.
"""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import numpy as np
from torch import nn

from nnvis3d.network.spec import LayerSpec, NetworkSpec
from nnvis3d.runtime.explain_recurrence import Recurrence
from nnvis3d.runtime.explain_recurrent import Levels, Recurrent, Steps

Guess = partial[Recurrent]
Parts = list[LayerSpec]
_MOST_STEPS = 4096


def recurrences(spec: NetworkSpec, layer: LayerSpec, module: nn.Module | None) -> Iterator[Guess]:
    """Guesses; none for a module that is not recurrent, or that projects its states before it reads them."""
    if isinstance(module, nn.RNNCellBase):
        yield from _cells(spec, layer, module)
    elif isinstance(module, nn.RNNBase) and not module.proj_size:
        yield from _sequences(spec, layer, module)


# a whole sequence


def _sequences(spec: NetworkSpec, layer: LayerSpec, module: nn.RNNBase) -> Iterator[Guess]:
    parts = [spec.by_name[name] for name in layer.sources]
    levels = _levels(module)
    dirs, units = len(levels[0]), levels[-1][0].units
    count = layer.neurons // (dirs * units)
    if not 1 <= count <= _MOST_STEPS or not parts:
        return
    for source in parts:
        rest = tuple(part for part in parts if part is not source)
        for inputs in _inputs(source, module.input_size, count):
            for starts in _starts(rest, source.neurons + layer.neurons, dirs, units):
                states = _states(source.neurons, count, dirs, units, starts)
                parts_read = (source, layer, *rest)
                yield partial(Recurrent, module, parts_read, layer, Steps(inputs, states), levels)


def _levels(module: nn.RNNBase) -> Levels:
    suffixes = ("", "_reverse")[: 1 + module.bidirectional]
    return [
        [Recurrence.of(module, f"_l{level}{suffix}") for suffix in suffixes]
        for level in range(module.num_layers)
    ]


def _inputs(source: LayerSpec, width: int, count: int) -> Iterator[np.ndarray]:
    """(T, width): row after row, column after column, or the same in every step."""
    places = np.arange(source.neurons)
    if source.neurons == width * count:
        yield places.reshape(count, width)
        yield places.reshape(width, count).T
    if source.neurons == width:
        yield np.broadcast_to(places, (count, width))


def _states(start: int, count: int, dirs: int, units: int, first: np.ndarray) -> np.ndarray:
    """(T, directions, H): the layer's own neurons, which begin at `start`, one step before; `first`
    (directions, H) before all."""
    own = start + np.arange(count * dirs * units).reshape(count, dirs, units)
    states = np.broadcast_to(first, own.shape).copy()
    states[1:, 0] = own[:-1, 0]
    if dirs == 2:
        states[:-1, 1] = own[1:, 1]
    return states


def _starts(rest: tuple[LayerSpec, ...], start: int, dirs: int, units: int) -> Iterator[np.ndarray]:
    """(directions, H): what there is before the first step: zero, or another layer's last step, or first."""
    yield np.full((dirs, units), -1)
    for part in rest:
        steps, left = divmod(part.neurons, dirs * units)
        if steps and not left:
            rows = start + np.arange(part.neurons).reshape(steps, dirs, units)
            yield rows[-1]
            if dirs == 2:  # the way back ends at the first step
                yield np.stack([rows[-1, 0], rows[0, 1]])
        start += part.neurons


# a cell that is called step by step


def _cells(spec: NetworkSpec, layer: LayerSpec, module: nn.RNNCellBase) -> Iterator[Guess]:
    calls = _calls(spec, layer)
    own = {call.name for call in calls}
    read = [[spec.by_name[name] for name in call.sources if name not in own] for call in calls]
    linked = all(before.name in call.sources for before, call in pairwise(calls))
    if not linked or not 1 <= len(calls) <= _MOST_STEPS:
        return
    for first in read[0]:  # of two, the other is what there was before
        sources = [first, *(sources[0] for sources in read[1:] if len(sources) == 1)]
        rest = tuple(part for part in read[0] if part is not first)
        if len(sources) == len(calls):
            yield from _called(layer, module, calls, sources, rest)


def _called(
    layer: LayerSpec, module: nn.RNNCellBase, calls: Parts, sources: Parts, rest: tuple[LayerSpec, ...]
) -> Iterator[Guess]:
    parts = tuple(dict.fromkeys([*sources[::-1], *calls[:-1], *rest]))
    starts = dict(zip((p.name for p in parts), np.cumsum([0, *(p.neurons for p in parts)]), strict=False))
    units = np.arange(module.hidden_size)
    given = rest[0] if rest else None
    first = np.array([-1]) if given is None else starts[given.name] + given.neurons - len(units) + units
    own = [starts[before.name] + units for before in calls[:-1]]
    states = np.stack([np.broadcast_to(first, units.shape), *own])[:, None]
    for inputs in _called_with(sources, starts, module.input_size):
        yield partial(Recurrent, module, parts, layer, Steps(inputs, states), [[Recurrence.of(module)]])


def _calls(spec: NetworkSpec, layer: LayerSpec) -> list[LayerSpec]:
    """All calls of the layer's cell up to this one: "cell", "cell#2"..."""
    base, _, number = layer.name.rpartition("#")
    if not number.isdecimal():
        return [layer]
    names = [base, *(f"{base}#{k}" for k in range(2, int(number) + 1))]
    return [spec.by_name[name] for name in names if name in spec.by_name]


def _called_with(sources: Parts, starts: dict, width: int) -> Iterator[np.ndarray]:
    """(calls, width): each call its own layer or all of one; or the steps of one, from the first or from the
    last."""
    count, one = len(sources), sources[0]
    begins = np.array([starts[source.name] for source in sources])
    if all(source.neurons == width for source in sources):
        yield begins[:, None] + np.arange(width)
    length, rest = divmod(one.neurons, width)
    if rest or length < count or any(source is not one for source in sources):
        return
    places = starts[one.name] + np.arange(one.neurons)
    for rows in (places.reshape(length, width), places.reshape(width, length).T):
        yield rows[:count]
        yield rows[::-1][:count]
