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


@dataclass(frozen=True)
class World:
    """What a tour can ask for."""

    actions: Collection[str]
    colormaps: Collection[str]
    spec_of: Callable[[str], NetworkSpec | None]
    """The network by name, None if it is known only once it was loaded.

    Raises UserError where there is none of that name."""


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
    for event in timeline.events:
        where = f"{timeline.source}, line {event.line}"
        try:
            if isinstance(event, Invoke):
                _check_action(event, world)
                if event.action == "choose_network":
                    spec = _spec(world, str(event.argument), where)
                elif event.action == "next_network":
                    spec = None
            if spec is not None:
                _check_layers(event, spec)
        except ValueError as error:
            raise UserError(f"{where}: {error}") from error


def _spec(world: World, name: str, where: str) -> NetworkSpec | None:
    try:
        return world.spec_of(name)
    except UserError as error:
        raise UserError(f"{where}: {str(error).removeprefix('--model ')}") from error


def _check_action(event: Invoke, world: World) -> None:
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
            if action in LAYER_ACTIONS:
                return [str(argument[0] if isinstance(argument, list | tuple) else argument)]
            if action in NEURON_ACTIONS + EITHER_ACTIONS:
                return [str(argument)]
    return []


def _known(word: str, known: Iterable[str]) -> str:
    names = [name for name in known if name]
    near = difflib.get_close_matches(word, names, 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
