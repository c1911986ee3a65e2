"""Which layers of a network with blocks are seen: a folded block is one item, its last layer stands for
it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from nnvis3d.network.spec import GroupSpec, NetworkSpec

FEWEST, MOST = 6, 40
"""Items of a first view: blocks are opened until there are so many, if there are no more than that then."""
FEW_LAYERS = 12
"""A network of no more layers is shown whole."""


@dataclass(frozen=True)
class Item:
    """One thing that stands in the flow: a layer, or the last layer of a folded block that it stands for."""

    layer: str
    group: str = ""
    """The block that is folded into it; "" for a layer that stands for itself."""
    inside: tuple[str, ...] = ()
    """Names of the open blocks around it, the outermost first."""


def paged(network: NetworkSpec) -> bool:
    """Whether a network stands in rows and is drawn a page a layer: it has blocks, or is long, or large."""
    return bool(network.groups) or len(network.layers) > FEW_LAYERS or network.neurons > 2_000_000


def ancestors(network: NetworkSpec, group: str) -> tuple[str, ...]:
    """Names of a block and of those around it, the outermost first; () for ""."""
    by_name = groups_by_name(network)
    found: list[str] = []
    while group in by_name and group not in found:
        found.append(group)
        group = by_name[group].parent
    return tuple(reversed(found))


def groups_by_name(network: NetworkSpec) -> dict[str, GroupSpec]:
    return {group.name: group for group in network.groups}


def items(network: NetworkSpec, folded: Collection[str] = ()) -> tuple[Item, ...]:
    """What stands in the flow while these blocks are folded, in order of computation."""
    around = {name: ancestors(network, name) for name in {layer.group for layer in network.layers}}
    by_name, found, known = groups_by_name(network), [], set()
    for layer in network.layers:
        chain = around[layer.group]
        closed = next((k for k, name in enumerate(chain) if name in folded), None)
        if closed is None:
            found.append(Item(layer.name, inside=chain))
        elif chain[closed] not in known:
            known.add(chain[closed])
            found.append(Item(by_name[chain[closed]].layers[-1], chain[closed], chain[:closed]))
    return tuple(found)


def stands_in(network: NetworkSpec, shown: Iterable[Item]) -> dict[str, str]:
    """By layer, the layer that is seen in its place: itself, or the last one of the block that it is folded
    into."""
    by_name, place = groups_by_name(network), {layer.name: layer.name for layer in network.layers}
    for item in shown:
        if item.group:
            place |= dict.fromkeys(by_name[item.group].layers, item.layer)
    return place


def first_folds(network: NetworkSpec) -> frozenset[str]:
    """Which blocks a first view has folded: the outermost, and those in them where that would say too
    little."""
    if len(network.layers) <= FEW_LAYERS:
        return frozenset()
    folded = frozenset(group.name for group in network.groups if not group.parent)
    while (name := _says_too_little(network, folded)) is not None:
        opened = _opened(network, folded, name)
        if len(items(network, opened)) > MOST:
            break
        folded = opened
    return folded


def _says_too_little(network: NetworkSpec, folded: frozenset[str]) -> str | None:
    """The folded block to open next: one that holds most of the network, or the largest where few items are
    seen."""
    sizes = {group.name: len(group.layers) for group in network.groups if group.name in folded}
    largest = max(sizes, key=lambda name: sizes[name], default=None)
    if largest is None:
        return None
    most = 2 * sizes[largest] > len(network.layers)
    return largest if most or len(items(network, folded)) < FEWEST else None


def children(network: NetworkSpec, group: str) -> tuple[str, ...]:
    """Names of the blocks that stand directly in a block."""
    return tuple(one.name for one in network.groups if one.parent == group)


def _opened(network: NetworkSpec, folded: Collection[str], group: str) -> frozenset[str]:
    """With `group` open, the blocks in it folded."""
    return (frozenset(folded) - {group}) | frozenset(children(network, group))


def toggled(network: NetworkSpec, folded: frozenset[str], group: str) -> frozenset[str]:
    """Folded where it was open, and open, with the blocks in it folded, where it was folded.

    Raises:
        LookupError: there is no such block.
    """
    if group not in groups_by_name(network):
        raise LookupError(f"no block {group!r} in {network.name}")
    return _opened(network, folded, group) if group in folded else folded | {group}


def revealed(network: NetworkSpec, folded: frozenset[str], layer: str) -> frozenset[str]:
    """With every block open that a layer is folded into."""
    for group in ancestors(network, network.by_name[layer].group):
        if group in folded:
            folded = _opened(network, folded, group)
    return folded
