"""What the lab does about commands of what is shown, and about filters that are dragged in a picture."""

from collections.abc import Callable
from typing import Any

from nnvis3d.errors import UserError
from nnvis3d.lab import surgery
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.state import TrainingState
from nnvis3d.network import lab_commands as commands
from nnvis3d.network.lab_snapshot import MovePreview


def show_embeddings(lab: Lab, command: commands.ShowEmbeddings) -> None:
    lab.embeddings.show(tuple((layer, kind) for layer, kind in command.items), lab.trainer.network)


def set_embedding(lab: Lab, command: commands.SetEmbedding) -> None:
    lab.embeddings.board.set(command.perplexity, command.rate, command.paused)


def restart_embedding(lab: Lab, command: commands.RestartEmbedding) -> None:
    lab.embeddings.board.restart(command.layer)


def show_classes(lab: Lab, command: commands.ShowClasses) -> None:
    if command.layer is None:
        lab.embeddings.classes = None
        return
    if command.layer not in lab.trainer.network.by_name:
        raise UserError(f"{command.layer}: no such layer")
    prepare, images = lab.trainer.prepared, lab.data.validation
    lab.embeddings.open_classes(command.layer, images, prepare, command.samples)


def move_filter(lab: Lab, command: commands.MoveFilter) -> None:
    network, layer = lab.trainer.network, command.layer
    surgery.check_filters(network, layer, [command.filter])
    item = (layer, command.kind)
    neighbours, shares = lab.embeddings.board.neighbours(item, command.filter, command.position)

    def moved(state: TrainingState) -> TrainingState:
        return surgery.move_filter(network, state, layer, command.filter, neighbours, shares, command.amount)

    if not command.preview:
        near = ", ".join(map(str, neighbours))
        lab.act(f"{layer}: filter {command.filter} moved toward {near}", moved)
        return
    before, loss = lab.trainer.state(), lab.fixed_loss()
    lab.trainer.load(moved(before))
    then = lab.fixed_loss()
    lab.trainer.load(before)
    lab.move = MovePreview(layer, command.filter, before.step, loss, then, neighbours, shares)


HANDLERS: dict[type, Callable[[Lab, Any], None]] = {
    commands.ShowEmbeddings: show_embeddings,
    commands.SetEmbedding: set_embedding,
    commands.RestartEmbedding: restart_embedding,
    commands.ShowClasses: show_classes,
    commands.MoveFilter: move_filter,
}
