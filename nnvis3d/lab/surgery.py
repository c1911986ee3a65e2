"""Steering: a training state with filters or layers added, removed, reset or moved. Nothing is changed in
place; the optimiser's tensors go with the weights'."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from nnvis3d.errors import UserError
from nnvis3d.lab.channels import ChannelGroup, channel_group
from nnvis3d.lab.network import LabNetwork
from nnvis3d.lab.state import TrainingState
from nnvis3d.network.lab_snapshot import InsertedLayer

Change = Callable[[torch.Tensor], torch.Tensor]
Build = Callable[[TrainingState], LabNetwork]
"""Makes the network of a state's plan and shapes, with random or identity weights."""


@dataclass(frozen=True)
class _Axis:
    """Where a tensor has the channels of a group."""

    name: str
    dim: int
    cells: int
    """Neighbouring entries for each channel."""
    role: str
    """"producer", "norm", "reader"."""


def _axes(group: ChannelGroup, state: TrainingState) -> list[_Axis]:
    places = [(f"{name}.{part}", 0, 1, "producer") for name in group.producers for part in ("weight", "bias")]
    parts = ("weight", "bias", "running_mean", "running_var")
    places += [(f"{name}.{part}", 0, 1, "norm") for name in group.norms for part in parts]
    places += [(f"{reader.module}.weight", 1, reader.cells, "reader") for reader in group.readers]
    return [_Axis(*place) for place in places if place[0] in state.tensors]


def _changed(state: TrainingState, name: str, weights: Change, moments: Change) -> TrainingState:
    """`state` with one tensor, and what the optimiser has for it, changed."""
    old = state.tensors[name]
    tensors = {**state.tensors, name: weights(old).contiguous()}
    optimizer = dict(state.optimizer)
    if name in optimizer:
        optimizer[name] = {
            key: moments(value).contiguous() if value.shape == old.shape else value
            for key, value in optimizer[name].items()
        }
    return replace(state, tensors=tensors, optimizer=optimizer)


def add_filters(network: LabNetwork, state: TrainingState, layer: str, count: int) -> TrainingState:
    """New filters at the end of `layer`: random weights in, zeros out, so what is computed stays the same.

    Raises:
        UserError: they cannot be added there.
    """
    if not 1 <= count <= 4096:
        raise UserError(f"{layer}: expected 1 to 4,096 new filters, got {count}")
    group = channel_group(network, layer)
    generator = torch.Generator().manual_seed(state.options.seed * 31 + state.step)
    for axis in _axes(group, state):
        bound = 1 / math.sqrt(max(_fan_in(state, axis), 1))  # as PyTorch begins, too

        def weights(old: torch.Tensor, axis: _Axis = axis, bound: float = bound) -> torch.Tensor:
            new = _block(old, axis, count)
            if axis.role == "producer":
                new.uniform_(-bound, bound, generator=generator)
            elif axis.role == "norm" and axis.name.endswith(("weight", "running_var")):
                new.fill_(1.0)
            return torch.cat([old, new], axis.dim)

        def moments(old: torch.Tensor, axis: _Axis = axis) -> torch.Tensor:
            return torch.cat([old, _block(old, axis, count)], axis.dim)

        state = _changed(state, axis.name, weights, moments)
    return state


def _block(tensor: torch.Tensor, axis: _Axis, count: int) -> torch.Tensor:
    """Zeros for `count` more channels."""
    shape = list(tensor.shape)
    shape[axis.dim] = count * axis.cells
    return torch.zeros(shape, dtype=tensor.dtype)


def _fan_in(state: TrainingState, axis: _Axis) -> int:
    """Inputs of one filter of the module that `axis` is of."""
    weight = state.tensors[axis.name.rsplit(".", 1)[0] + ".weight"]
    return weight[0].numel() if len(weight) else 1


def remove_filters(
    network: LabNetwork, state: TrainingState, layer: str, filters: Sequence[int]
) -> TrainingState:
    """Without these filters, and without whatever read them.

    Raises:
        UserError: they cannot be removed, or none would be left.
    """
    total = check_filters(network, layer, filters)
    gone = set(filters)
    if not gone or len(gone) >= total:
        raise UserError(f"{layer}: at least one of its {total} filters has to stay, and one has to go")
    group = channel_group(network, layer)
    kept = [k for k in range(total) if k not in gone]
    for axis in _axes(group, state):
        entries = torch.tensor([k * axis.cells + cell for k in kept for cell in range(axis.cells)])

        def select(old: torch.Tensor, axis: _Axis = axis, entries: torch.Tensor = entries) -> torch.Tensor:
            return old.index_select(axis.dim, entries)

        state = _changed(state, axis.name, select, select)
    frozen = dict(state.frozen)
    for name in group.producers:
        if name in frozen:
            frozen[name] = frozenset(kept.index(k) for k in frozen[name] if k not in gone)
    return replace(state, frozen=frozen)


def check_filters(network: LabNetwork, layer: str, filters: Sequence[int]) -> int:
    """How many filters `layer` has.

    Raises:
        UserError: there is no such layer, or it has no such filter.
    """
    found = network.by_name.get(layer)
    if found is None or not found.weighted:
        raise UserError(f"{layer}: no layer with filters or neurons")
    total = found.shape[0]
    for k in filters:
        if not 0 <= k < total:
            raise UserError(f"{layer}: no filter {k}; it has 0 to {total - 1}")
    return total


def add_layer(state: TrainingState, after: str, build: Build) -> TrainingState:
    """A new layer that reads `after` and passes on what it reads.

    Raises:
        UserError: there is no such layer, or its values can be negative.
    """
    taken = {item.name for item in state.plan.inserted}
    name = next(f"added{k}" for k in range(1, len(taken) + 2) if f"added{k}" not in taken)
    plan = replace(state.plan, inserted=(*state.plan.inserted, InsertedLayer(name, after)))
    planned = replace(state, plan=plan)
    made = build(planned).module.state_dict()
    new = {key: value.detach().clone() for key, value in made.items() if key not in state.tensors}
    return replace(planned, tensors={**state.tensors, **new})


def reset_filters(
    network: LabNetwork, state: TrainingState, layer: str, filters: Sequence[int]
) -> TrainingState:
    """Random weights for these filters (none named: for all), as at the beginning; the optimiser forgets
    them.

    Raises:
        UserError: there are no such filters.
    """
    total = check_filters(network, layer, filters)
    rows = torch.tensor(sorted(set(filters)) or list(range(total)))
    generator = torch.Generator().manual_seed(state.options.seed * 37 + state.step)
    for axis in _own_axes(network, state, layer):
        bound = 1 / math.sqrt(max(_fan_in(state, axis), 1))

        def weights(old: torch.Tensor, axis: _Axis = axis, bound: float = bound) -> torch.Tensor:
            new = old.clone()
            fresh = torch.zeros((len(rows), *old.shape[1:]), dtype=old.dtype)
            if axis.role == "producer":
                fresh.uniform_(-bound, bound, generator=generator)
            elif axis.name.endswith(("weight", "running_var")):
                fresh.fill_(1.0)
            new[rows] = fresh
            return new

        state = _changed(state, axis.name, weights, lambda old: old.index_fill(0, rows, 0.0))
    return state


def move_filter(
    network: LabNetwork,
    state: TrainingState,
    layer: str,
    filter: int,
    neighbours: Sequence[int],
    shares: Sequence[float],
    amount: float,
) -> TrainingState:
    """One filter moved toward the average of `neighbours`, its bias, normalisation and optimiser state too.

    Args:
        shares: of the neighbours in the average; their sum is 1.
        amount: 0 stays, 1 becomes the average.

    Raises:
        UserError: there are no such filters.
    """
    check_filters(network, layer, [filter, *neighbours])
    if not 0 <= amount <= 1:
        raise UserError(f"{layer}: amount: expected 0 to 1, got {amount}")
    rows, portions = torch.tensor(list(neighbours)), torch.tensor(list(shares), dtype=torch.float32)

    def moved(old: torch.Tensor) -> torch.Tensor:
        new = old.clone()
        average = torch.tensordot(portions, old[rows], dims=1)
        new[filter] = (1 - amount) * old[filter] + amount * average
        return new

    for axis in _own_axes(network, state, layer):
        state = _changed(state, axis.name, moved, moved)
    return state


def _own_axes(network: LabNetwork, state: TrainingState, layer: str) -> list[_Axis]:
    """The tensors of the layer itself and of its normalisation."""
    modules = network.by_name[layer].modules
    places = [(f"{modules[0]}.{part}", 0, 1, "producer") for part in ("weight", "bias")]
    parts = ("weight", "bias", "running_mean", "running_var")
    places += [(f"{name}.{part}", 0, 1, "norm") for name in modules[1:] for part in parts]
    return [_Axis(*place) for place in places if place[0] in state.tensors]
