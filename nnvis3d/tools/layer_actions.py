"""Which named action folds, spreads and stacks layers: keys, panels and tours all come through here."""

from collections.abc import Callable
from dataclasses import dataclass

from nnvis3d.network.folding import SHOWS
from nnvis3d.network.layer_styles import styles_of
from nnvis3d.tools.actions import Actions
from nnvis3d.tools.arrangement import Arrangement

CYCLE = ("grid", "row", "stack")
"""What one key goes through; folding has a key of its own."""


@dataclass(frozen=True)
class LayerPorts:
    """What changing layers needs of the rest of the program."""

    arrangement: Callable[[], Arrangement | None]
    here: Callable[[], str | None]
    """The layer under the pointer, or else that of the selected neuron."""
    moved: Callable[[], None]
    """Everything is going to stand elsewhere."""
    say: Callable[[str], None]
    """Show a line of words."""


def connect_layers(actions: Actions, ports: LayerPorts) -> None:
    """Register them."""
    actions.on("fold_layer", lambda name: _fold(ports, name))
    actions.on("layer_style", lambda wanted: _restyle(ports, wanted))
    actions.on("fold_shows", lambda shows: _show(ports, shows))
    actions.on("unfold_all", lambda _: _unfold_all(ports))
    actions.on("fold_groups", lambda _: _fold_groups(ports))


def _fold(ports: LayerPorts, name: object) -> None:
    """Fold the named layer or block, or the layer that is pointed at; unfold it where it is folded.

    In a network with blocks it is the block around the layer that folds.
    """
    arrangement, layer = ports.arrangement(), name or ports.here()
    if arrangement is None:
        return
    if layer is None:
        ports.say("Point at a layer first: it is what is folded")
    elif group := arrangement.group_of(str(layer)):
        arrangement.toggle_group(group)
        ports.moved()
    elif "fold" not in _offered(arrangement, str(layer)):
        ports.say(f"{arrangement.spec.by_name[str(layer)].title} has nothing to fold")
    else:
        arrangement.toggle_fold(str(layer))
        ports.moved()


def _restyle(ports: LayerPorts, wanted: object) -> None:
    """Let (layer, style) be so; without a style the next one, without a layer the one that is pointed at."""
    arrangement = ports.arrangement()
    layer, style = wanted if isinstance(wanted, tuple | list) else (wanted, None)
    layer = layer or ports.here()
    if arrangement is None:
        return
    if layer is None:
        ports.say("Point at a layer first: its maps are what is laid out")
        return
    offered = _offered(arrangement, str(layer))
    style = style or next_style(arrangement.style(str(layer)), offered)
    if style == arrangement.style(str(layer)):
        ports.say(f"{arrangement.spec.by_name[str(layer)].title} has no maps to lay out")
    else:
        arrangement.set_style(str(layer), style)
        ports.moved()


def next_style(style: str, offered: tuple[str, ...]) -> str:
    """The one after `style` among those `offered`; from a folded layer the first."""
    cycle = [one for one in CYCLE if one in offered]
    return cycle[(cycle.index(style) + 1) % len(cycle)] if style in cycle else cycle[0]


def _offered(arrangement: Arrangement, layer: str) -> tuple[str, ...]:
    """
    Raises:
        LookupError: the network has no such layer.
    """
    return styles_of(arrangement.spec, arrangement.spec.by_name[layer])


def _show(ports: LayerPorts, shows: object) -> None:
    arrangement = ports.arrangement()
    if arrangement is not None:
        arrangement.set_shows(str(shows) if shows else SHOWS[1 - SHOWS.index(arrangement.shows)])
        what = "strongest map" if arrangement.shows == "strongest" else "mean of all maps"
        ports.say(f"Folded layers show the {what}")


def _unfold_all(ports: LayerPorts) -> None:
    arrangement = ports.arrangement()
    if arrangement is not None and arrangement.unfold_all():
        ports.moved()


def _fold_groups(ports: LayerPorts) -> None:
    arrangement = ports.arrangement()
    if arrangement is not None and arrangement.fold_groups():
        ports.moved()
