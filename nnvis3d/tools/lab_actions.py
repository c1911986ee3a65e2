"""Which named action asks the lab for what: keys, panels and tours all come through here."""

from collections.abc import Callable
from dataclasses import dataclass

from nnvis3d.network import lab_commands as commands
from nnvis3d.network.lab_snapshot import LabSnapshot
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
    hold: Callable[[], None]
    """Keep the picture that the network sees now."""


def connect_lab(actions: Actions, desk: LabDesk, ports: LabPorts) -> None:
    """Register them."""
    actions.on("lab_toggle", lambda _: _toggle(ports))
    actions.on("lab_step", lambda _: ports.send(commands.Step()))
    actions.on("lab_epoch", lambda _: ports.send(commands.ToEndOfEpoch()))
    actions.on("lab_option", lambda pair: _set(ports, *pair))
    actions.on("lab_source", lambda name: _see(desk, ports, name))
    actions.on("lab_tab", lambda name: desk.open_tab(str(name)))


def _toggle(ports: LabPorts) -> None:
    snapshot = ports.snapshot()
    if snapshot is not None:
        ports.send(commands.Pause() if snapshot.running else commands.Start())


def _set(ports: LabPorts, option: str, value: object) -> None:
    """
    Raises:
        ValueError: there is no such option.
    """
    if option not in _OPTIONS:
        raise ValueError(f"option: expected one of {', '.join(_OPTIONS)}, got {option!r}")
    ports.send(_OPTIONS[option](value))


def _see(desk: LabDesk, ports: LabPorts, name: object) -> None:
    ports.hold()
    desk.choose_source(None if name is None else str(name))
