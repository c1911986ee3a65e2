"""The blocks and stages of a deep network in the lab, from its modules' names: what its layers fold into, and
what they are called in there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from torch import nn

from nnvis3d.network.grouping import FEW_LAYERS
from nnvis3d.network.lab_snapshot import InsertedLayer
from nnvis3d.network.spec import GroupSpec, LayerSpec
from nnvis3d.runtime.tracing.groups import groups_of

SUM = "sum"
"""What an addition is called that has no module of its own, but is done in that of its block."""


@dataclass
class _Scoped:
    """A layer as `groups_of` wants it."""

    name: str
    scopes: tuple[str, ...]


def staged(
    layers: Sequence[LayerSpec], base: nn.Module, inserted: Iterable[InsertedLayer] = ()
) -> tuple[tuple[LayerSpec, ...], tuple[GroupSpec, ...]]:
    """The layers in their groups, with the titles that they have there; and the groups, outer ones first. Few
    layers are seen all at once, and stay as they are.

    An added layer is in the group of the one that it reads. A group whose module's name is a layer's already,
    as that of a sum is, has a dot behind it.

    Args:
        layers: in order of computation, the input first; named after modules of `base`.
    """
    if len(layers) <= FEW_LAYERS:
        return tuple(layers), ()
    scopes: dict[str, tuple[str, ...]] = {layer.name: _scopes(layer.name, base) for layer in layers}
    for added in inserted:
        scopes[added.name] = scopes.get(added.after, ())
    scoped = [_Scoped(layer.name, scopes[layer.name]) for layer in layers]
    called = {scope: base.get_submodule(scope) for one in scoped for scope in one.scopes}
    groups = groups_of(base, scoped, called)
    titles = {group.name: group.title for group in groups}
    single = {group.name for group in groups if len(group.layers) == 1}
    names = _names(groups, {layer.name for layer in layers})
    found = []
    for layer, one in zip(layers, scoped, strict=True):
        inside = [scope for scope in one.scopes if scope not in single]
        title = _title(layer, one.scopes, titles, single)
        found.append(replace(layer, title=title, group=names[inside[-1]] if inside else ""))
    kept = [group for group in groups if group.name not in single]
    return tuple(found), tuple(
        replace(group, name=names[group.name], parent=names.get(group.parent, "")) for group in kept
    )


def _scopes(name: str, base: nn.Module) -> tuple[str, ...]:
    """Names of the modules around a layer that are called, the outermost first; a layer that has the name of
    a module with others in it is done in that one."""
    words = name.split(".")
    found = []
    for count in range(1, len(words) + 1):
        prefix = ".".join(words[:count])
        try:
            module = base.get_submodule(prefix)
        except AttributeError:  # the rest is no module's name
            break
        if any(True for _ in module.children()) and not isinstance(module, nn.ModuleList | nn.ModuleDict):
            found.append(prefix)
    return tuple(found)


def _names(groups: Iterable[GroupSpec], taken: set[str]) -> dict[str, str]:
    """By module, the name of its group."""
    return {group.name: f"{group.name}." if group.name in taken else group.name for group in groups}


def _title(layer: LayerSpec, scopes: tuple[str, ...], titles: dict[str, str], single: set[str]) -> str:
    """ "Stage 1, block 1, conv 1" of "stage1.0.conv1"; of the only layer in a module, that module's."""
    if not scopes:
        return layer.title
    inner = scopes[-1]
    if inner in single:
        return titles[inner]
    if layer.name == inner:
        return f"{titles[inner]}, {SUM}"
    if not layer.name.startswith(f"{inner}."):  # an added one
        return layer.title
    rest = layer.name.removeprefix(f"{inner}.")
    return f"{titles[inner]} {rest}" if rest.isdecimal() else f"{titles[inner]}, {_words(rest)}"


def _words(name: str) -> str:
    """ "conv 1" of "conv1"."""
    return re.sub(r"(?<=[a-z])(?=[0-9])", " ", name.replace("_", " ").replace(".", " "))
