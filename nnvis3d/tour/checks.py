"""Whether a tour asks for what there is: actions, networks, layers, neurons. Before any of it plays."""

import difflib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from nnvis3d.errors import UserError
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.tour.framing import Aim, neuron_at
from nnvis3d.tour.timeline import Event, Hover, Invoke, Move, Timeline

LAYER_ACTIONS = ("fold_layer", "toggle_layer", "layer_style")
"""Their argument, or its first part, is a layer."""
NEURON_ACTIONS = ("select",)
EITHER_ACTIONS = ("step", "step_softmax")
LAB_LAYER_ACTIONS = (
    "lab_choose", "lab_add", "lab_add_layer", "lab_remove", "lab_remove_now", "lab_costs", "lab_freeze",
    "lab_thaw", "lab_reset", "lab_points", "lab_classes", "lab_move",
)  # fmt: skip
"""As `LAYER_ACTIONS`, in the lab."""
REBUILD = ("lab_add", "lab_add_layer", "lab_remove", "lab_remove_now", "lab_undo", "lab_redo", "lab_goto")
"""After these a network may have other layers and filters than it began with."""
LEAVE_NO_FILES = ("lab_save", "lab_export_weights", "lab_export_curves")
"""What a tour does not do: who records it in ranges would do it again and again."""
OTHER_NETWORK = ("choose_network", "next_network")


@dataclass(frozen=True)
class World:
    """What a tour can ask for."""

    actions: Collection[str]
    colormaps: Collection[str]
    spec_of: Callable[[str], NetworkSpec | None]
    """The network by name, None if it is known only once it was loaded.

    Raises UserError where there is none of that name."""
    lab_actions: Collection[str] = ()
    """Those of `actions` that only a lab has."""
    trains: Collection[str] = ()
    """Networks that a lab here can train; empty: there is no lab."""
    has_data: Callable[[str], bool] = lambda name: True
    """Whether there is anything of that name to train on."""


def check(timeline: Timeline, world: World) -> None:
    """
    Raises:
        UserError: it asks for something that there is not; names the line.
    """
    stage = timeline.stage
    for what, value, known in (
        ("view", stage.view, ("3d", "2d")),
        ("theme", stage.theme, ("dark", "light")),
        ("panels", stage.panels, ("all", "few", "none")),
        ("colormap", stage.colormap, ("", *world.colormaps)),
    ):
        if value not in known:
            raise UserError(f"{timeline.source}: {what} {value!r}: {_known(value, known)}")
    spec = _spec(world, stage.network, f"{timeline.source}: network")
    _check_lab(timeline, world)
    for event in timeline.events:
        where = f"{timeline.source}, line {event.line}"
        try:
            if isinstance(event, Invoke):
                _check_action(event, world, stage.lab is not None)
                if event.action == "choose_network":
                    spec = _spec(world, str(event.argument), where)
                elif event.action == "next_network":
                    spec = None
            if spec is not None:
                _check_layers(event, spec)
            if isinstance(event, Invoke) and event.action in REBUILD:
                spec = None
        except ValueError as error:
            raise UserError(f"{where}: {error}") from error


def _spec(world: World, name: str, where: str) -> NetworkSpec | None:
    try:
        return world.spec_of(name)
    except UserError as error:
        raise UserError(f"{where}: {str(error).removeprefix('--model ')}") from error


def _check_lab(timeline: Timeline, world: World) -> None:
    lab = timeline.stage.lab
    if lab is None:
        return
    where = f"{timeline.source}, line {lab.line}"
    if not world.trains:
        raise UserError(f"{where}: a tour of the lab: record it, or play it in the window of `nnvis3d lab`")
    if lab.model not in world.trains:
        known = _known(lab.model, world.trains)
        raise UserError(f"{where}: no lab here trains {lab.model!r}; {known}")
    if not world.has_data(lab.data):
        why = f"data {lab.data!r}: there is no such file or folder; those that ship are 'digits'"
        raise UserError(f"{timeline.source}, line {lab.data_line}: {why}")


def _check_action(event: Invoke, world: World, lab: bool) -> None:
    if event.action in world.lab_actions and not lab:
        raise ValueError(f"{event.action} is an action of the lab: give the tour a [lab] section")
    if event.action in LEAVE_NO_FILES:
        raise ValueError(f"{event.action} writes files, which a tour does not")
    if event.action in OTHER_NETWORK and lab:
        raise ValueError(f"{event.action}: the lab has the one network that it trains")
    if event.action not in world.actions:
        raise ValueError(f"no action {event.action!r}; {_known(event.action, world.actions)}")


def _check_layers(event: Event, spec: NetworkSpec) -> None:
    for name in _things(event):
        if ":" in name:
            neuron_at(spec, name)
        elif name not in spec.by_name:
            known = _known(name, spec.by_name)
            raise ValueError(f"{spec.name} has no layer {name!r}; {known}")


def _things(event: Event) -> Iterable[str]:
    """Layers and neurons that it names."""
    match event:
        case Move(goal=Aim(at=at)):
            return [name for name in at if name not in ("network", "pad")]
        case Hover(neuron=neuron) if neuron:
            return [neuron]
        case Invoke(action=action, argument=argument) if argument is not None:
            if action in LAYER_ACTIONS + LAB_LAYER_ACTIONS:
                return [str(argument[0] if isinstance(argument, list | tuple) else argument)]
            if action in NEURON_ACTIONS + EITHER_ACTIONS:
                return [str(argument)]
    return []


def _known(word: str, known: Iterable[str]) -> str:
    names = [name for name in known if name]
    near = difflib.get_close_matches(word, names, 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
