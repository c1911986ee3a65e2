"""What the lab does about commands that steer: filters and layers added, removed, frozen, reset, moved."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.lab import surgery
from nnvis3d.lab.channels import channel_group
from nnvis3d.lab.freezing import saved_share
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.removal import removal_losses
from nnvis3d.lab.state import TrainingState
from nnvis3d.network import lab_commands as commands
from nnvis3d.network.lab_snapshot import RemovalCost

_TIMED = 32
"""Images of the batch by which freezing is timed."""


def _named(lab: Lab, layer: str, filters: tuple[int, ...] = ()) -> str:
    """ "conv1: filters 3 and 4", "fc1: neuron 7", "conv1"."""
    if not filters:
        return layer
    thing = "neuron" if len(lab.trainer.network.by_name[layer].shape) == 1 else "filter"
    numbers = ", ".join(map(str, filters[:6])) + (", …" if len(filters) > 6 else "")
    return f"{layer}: {thing}{'s' if len(filters) > 1 else ''} {numbers}"


def add_filter(lab: Lab, command: commands.AddFilter) -> None:
    network = lab.trainer.network
    before = surgery.check_filters(network, command.layer, ())
    new = tuple(range(before, before + command.count))
    lab.act(
        f"{_named(lab, command.layer, new)} added",
        lambda state: surgery.add_filters(network, state, command.layer, command.count),
    )


def remove_filter(lab: Lab, command: commands.RemoveFilter) -> None:
    network = lab.trainer.network
    surgery.check_filters(network, command.layer, command.filters)
    lab.act(
        f"{_named(lab, command.layer, command.filters)} removed",
        lambda state: surgery.remove_filters(network, state, command.layer, command.filters),
    )
    for layer in channel_group(network, command.layer).producers:
        lab.embeddings.board.without(layer, command.filters)


def add_layer(lab: Lab, command: commands.AddLayer) -> None:
    if command.after not in lab.trainer.network.by_name:
        raise UserError(f"{command.after}: no such layer")
    lab.act(
        f"layer added after {command.after}",
        lambda state: surgery.add_layer(state, command.after, lab.trainer.assembled),
    )


def reset_filter(lab: Lab, command: commands.ResetFilter) -> None:
    network = lab.trainer.network
    surgery.check_filters(network, command.layer, command.filters)
    lab.act(
        f"{_named(lab, command.layer, command.filters)} reset",
        lambda state: surgery.reset_filters(network, state, command.layer, command.filters),
    )


def _freezing(
    word: str, change: Callable[[frozenset[int], frozenset[int]], frozenset[int]]
) -> Callable[[Lab, commands.Freeze | commands.Thaw], None]:
    def handle(lab: Lab, command: commands.Freeze | commands.Thaw) -> None:
        network, layer = lab.trainer.network, command.layer
        total = surgery.check_filters(network, layer, command.filters)
        chosen = frozenset(command.filters or range(total))

        def changed(state: TrainingState) -> TrainingState:
            now = change(state.frozen.get(layer, frozenset()), chosen)
            return replace(state, frozen={**state.frozen, layer: now})

        lab.act(f"{_named(lab, layer, command.filters)} {word}", changed)
        images, labels = lab.fixed.inputs[:_TIMED], lab.fixed.labels[:_TIMED]
        frozen = any(lab.trainer.frozen.values())
        lab.saved_share = saved_share(network, images, labels) if frozen else 0.0

    return handle


def ask_removal_cost(lab: Lab, command: commands.AskRemovalCost) -> None:
    trainer, layer = lab.trainer, command.layer
    total = surgery.check_filters(trainer.network, layer, ())
    try:
        loss, losses = removal_losses(trainer.network, layer, lab.fixed.inputs, lab.fixed.labels)
        lab.removal = RemovalCost(layer, trainer.step, loss, losses.numpy())
    except UserError as error:
        nothing = np.full(total, np.nan, np.float32)
        lab.removal = RemovalCost(layer, trainer.step, lab.fixed_loss(), nothing, str(error))


HANDLERS: dict[type, Callable[[Lab, Any], None]] = {
    commands.AddFilter: add_filter,
    commands.RemoveFilter: remove_filter,
    commands.AddLayer: add_layer,
    commands.ResetFilter: reset_filter,
    commands.Freeze: _freezing("frozen", frozenset.union),
    commands.Thaw: _freezing("thawed", frozenset.difference),
    commands.AskRemovalCost: ask_removal_cost,
}
