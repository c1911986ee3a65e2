"""Which named action asks the lab for what: keys, panels and tours all come through here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.files import free_name
from nnvis3d.network import lab_commands as commands
from nnvis3d.network.lab_snapshot import LAYER_OPTIONS, LabSnapshot
from nnvis3d.tools.actions import Actions
from nnvis3d.tools.lab_desk import LabDesk

_OPTIONS: dict[str, Callable[..., commands.Command]] = {
    "learning_rate": commands.SetLearningRate,
    "momentum": commands.SetMomentum,
    "weight_decay": commands.SetWeightDecay,
    "dropout": commands.SetDropout,
    "batch_size": lambda value: commands.SetBatchSize(int(value)),
    "optimizer": commands.SetOptimizer,
}


@dataclass(frozen=True)
class LabPorts:
    """What the lab's actions need of the rest of the program."""

    send: Callable[[commands.Command], None]
    snapshot: Callable[[], LabSnapshot | None]
    hold: Callable[[np.ndarray | None], None]
    """Keep showing the network this picture, float32 (C, H, W); None: the one that it sees now."""
    folder: Callable[[], Path]
    """Where what is kept goes."""
    layout: Callable[[], str]
    """How the window stands, as text; "": not known yet."""


def connect_lab(actions: Actions, desk: LabDesk, ports: LabPorts) -> None:
    """Register them."""
    on = actions.on
    on("lab_toggle", lambda wanted: _toggle(ports, wanted))
    on("lab_step", lambda _: ports.send(commands.Step()))
    on("lab_epoch", lambda _: ports.send(commands.ToEndOfEpoch()))
    on("lab_option", lambda option: _set(ports, *option))
    on("lab_alone", lambda wanted: _set_alone(desk, wanted))
    on("lab_as_others", lambda layer: ports.send(commands.OptionsAsOthers(str(layer or desk.layer))))
    on("lab_evaluate", lambda _: ports.send(commands.Evaluate()))
    on("lab_source", lambda name: _see(desk, ports, name))
    on("lab_show", lambda image: _show(desk, ports, image))
    on("lab_tab", lambda name: desk.open_tab(str(name)))
    on("lab_bars", lambda kind: desk.choose_bars(str(kind)))
    on("lab_choose", lambda pair: desk.choose(*((pair,) if isinstance(pair, str) else pair)))
    _connect_steering(actions, desk, ports)
    _connect_past(actions, desk, ports)
    _connect_points(actions, desk, ports)
    on("lab_save", lambda _: _save(desk, ports))
    on("lab_export_weights", lambda _: _export(ports, commands.ExportWeights, ".safetensors"))
    on("lab_export_curves", lambda _: _export(ports, commands.ExportCurves, ".csv"))


def _connect_steering(actions: Actions, desk: LabDesk, ports: LabPorts) -> None:
    on = actions.on

    def steer(name: str, make: Callable[[Any], commands.Command]) -> None:
        """Costs of removals that are on show are measured anew after it."""

        def run(argument: Any) -> None:
            ports.send(make(argument))
            _measure_again(desk, ports)

        on(name, run)

    steer("lab_add", lambda layer: commands.AddFilter(str(layer or desk.layer)))
    steer("lab_add_layer", lambda layer: commands.AddLayer(str(layer or desk.layer)))
    steer("lab_freeze", lambda pair: commands.Freeze(*_chosen(desk, pair)))
    steer("lab_thaw", lambda pair: commands.Thaw(*_chosen(desk, pair)))
    steer("lab_reset", lambda pair: commands.ResetFilter(*_chosen(desk, pair)))
    steer("lab_remove_now", lambda pair: commands.RemoveFilter(*_chosen(desk, pair)))
    steer("lab_undo", lambda _: commands.Undo())
    steer("lab_redo", lambda _: commands.Redo())
    on("lab_remove", lambda pair: _remove(desk, ports, pair))
    on("lab_costs", lambda layer: _ask_costs(ports, str(layer or desk.layer)))


def _connect_past(actions: Actions, desk: LabDesk, ports: LabPorts) -> None:
    on = actions.on
    on("lab_view", lambda step: _view(desk, ports, step))
    on("lab_play", lambda _: _play(desk, ports))
    on("lab_goto", lambda step: ports.send(commands.Goto(int(step))))
    on("lab_branch", lambda step: _branch(ports, step))
    on("lab_switch", lambda name: ports.send(commands.SwitchBranch(str(name))))
    on("lab_compare", lambda name: _compare(ports, name))
    on("lab_delete", lambda name: ports.send(commands.DeleteBranch(str(name))))


def _connect_points(actions: Actions, desk: LabDesk, ports: LabPorts) -> None:
    on = actions.on
    on("lab_points", lambda item: _toggle_points(desk, ports, item))
    on("lab_stand", lambda wanted: _stand(desk, ports, wanted))
    on("lab_classes", lambda layer: _toggle_classes(desk, ports, layer))
    on("lab_pointed", lambda pair: setattr(desk, "pointed", pair))
    on("lab_embedding", lambda pair: ports.send(commands.SetEmbedding(**{pair[0]: pair[1]})))
    on("lab_restart", lambda layer: ports.send(commands.RestartEmbedding(layer)))
    on("lab_move", lambda move: _move(desk, ports, commands.MoveFilter(*move)))


def _toggle(ports: LabPorts, wanted: object) -> None:
    """Train (true), pause (false); None: the other of them."""
    snapshot = ports.snapshot()
    if snapshot is not None:
        train = not snapshot.running if wanted is None else bool(wanted)
        ports.send(commands.Start() if train else commands.Pause())


def _set(ports: LabPorts, option: str, value: object, layer: str | None = None) -> None:
    """
    Args:
        layer: set it for this layer alone.

    Raises:
        ValueError: there is no such option, or layers have none of their own.
    """
    if option not in _OPTIONS:
        raise ValueError(f"option: expected one of {', '.join(_OPTIONS)}, got {option!r}")
    if layer is None:
        ports.send(_OPTIONS[option](value))
    elif option in LAYER_OPTIONS:
        ports.send(_OPTIONS[option](value, str(layer)))
    else:
        raise ValueError(f"option of a layer: expected one of {', '.join(LAYER_OPTIONS)}, got {option!r}")


def _set_alone(desk: LabDesk, wanted: object) -> None:
    desk.alone = not desk.alone if wanted is None else bool(wanted)


def _see(desk: LabDesk, ports: LabPorts, name: object) -> None:
    ports.hold(None)
    desk.choose_source(None if name is None else str(name))


def _show(desk: LabDesk, ports: LabPorts, image: np.ndarray) -> None:
    ports.hold(image)
    desk.choose_source("hold")


# steering


def _chosen(desk: LabDesk, pair: Sequence[Any] | str | None) -> tuple[str, tuple[int, ...]]:
    """(layer, filters) as commands have them: no filters, or None, mean the whole layer."""
    chosen: Sequence[Any] = (pair,) if isinstance(pair, str) else pair or (desk.layer, desk.filter)
    layer, *filters = chosen
    return layer, tuple(int(filter) for filter in filters if filter is not None)


def _ask_costs(ports: LabPorts, layer: str) -> None:
    """Training pauses: what is measured is to be true still when it is read."""
    ports.send(commands.Pause())
    ports.send(commands.AskRemovalCost(layer))


def _remove(desk: LabDesk, ports: LabPorts, pair: Sequence[Any] | str | None) -> None:
    """The cost is shown first; asked for a second time, it is done."""
    layer, filters = _chosen(desk, pair)
    snapshot = ports.snapshot()
    cost = snapshot.removal if snapshot is not None else None
    known = cost is not None and snapshot is not None and (cost.layer, cost.step) == (layer, snapshot.step)
    if not known or not filters:
        _ask_costs(ports, layer)
    else:
        ports.send(commands.RemoveFilter(layer, filters))
        _measure_again(desk, ports)


def _measure_again(desk: LabDesk, ports: LabPorts) -> None:
    snapshot = ports.snapshot()
    if snapshot is not None and snapshot.removal is not None and not snapshot.running:
        ports.send(commands.AskRemovalCost(snapshot.removal.layer))


# the past


def _view(desk: LabDesk, ports: LabPorts, step: int | None) -> None:
    desk.playing = False
    ports.send(commands.ViewStep(None if step is None else int(step)))


def _play(desk: LabDesk, ports: LabPorts) -> None:
    """From the step that is shown on; from now, from the beginning."""
    snapshot = ports.snapshot()
    if snapshot is None:
        return
    desk.playing = not desk.playing
    steps = snapshot.history.steps
    if desk.playing and (snapshot.viewing is None or snapshot.viewing >= steps[-1]):
        ports.send(commands.ViewStep(int(steps[0])))


def _branch(ports: LabPorts, step: int | None) -> None:
    """A name that is free: "branch 2", "branch 3"."""
    snapshot = ports.snapshot()
    if snapshot is not None:
        taken = {branch.name for branch in snapshot.branches}
        name = next(f"branch {k}" for k in range(2, len(taken) + 3) if f"branch {k}" not in taken)
        ports.send(commands.Branch(name, step))


def _compare(ports: LabPorts, name: object) -> None:
    """With this branch, or with none if it is compared already. Without a name: end it, or begin with the
    newest other branch.

    Raises:
        UserError: there is no other branch.
    """
    snapshot = ports.snapshot()
    if snapshot is None:
        return
    compared = snapshot.compared.branch if snapshot.compared is not None else None
    others = [branch.name for branch in snapshot.branches if branch.name != snapshot.branch]
    if name is None and compared is None and not others:
        raise UserError("compare: there is one branch only; make another in the tab Past")
    wanted = str(name) if name is not None else others[-1] if compared is None else compared
    ports.send(commands.CompareBranch(None if wanted == compared else wanted))


# embeddings


def _toggle_points(desk: LabDesk, ports: LabPorts, item: tuple[str, str]) -> None:
    desk.toggle_points((str(item[0]), str(item[1])))
    ports.send(commands.ShowEmbeddings(desk.points))


def _stand(desk: LabDesk, ports: LabPorts, wanted: object) -> None:
    """Into the scene, or back into the dock; with none open, the chosen layer's by its weights."""
    desk.standing = not desk.standing if wanted is None else bool(wanted)
    if desk.standing and not desk.points and not desk.classes and desk.layer:
        _toggle_points(desk, ports, (desk.layer, commands.KINDS[0]))


def _move(desk: LabDesk, ports: LabPorts, move: commands.MoveFilter) -> None:
    ports.send(move)
    if not move.preview:
        _measure_again(desk, ports)


def _toggle_classes(desk: LabDesk, ports: LabPorts, layer: str | None) -> None:
    desk.classes = layer is not None
    ports.send(commands.ShowClasses(layer))


# keeping it


def _save(desk: LabDesk, ports: LabPorts) -> None:
    """The first time into a new folder in the working folder, from then on into the same."""
    if desk.folder is None:
        desk.folder = free_name(ports.folder(), "nnvis3d-lab", "")
    ports.send(commands.Save(str(desk.folder), ports.layout() or None))


def _export(ports: LabPorts, make: Callable[[str], commands.Command], ending: str) -> None:
    ports.send(make(str(free_name(ports.folder(), "nnvis3d-lab", ending))))
