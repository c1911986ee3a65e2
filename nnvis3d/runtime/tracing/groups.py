"""Blocks and stages: the modules that hold modules, as groups of layers with titles for people."""

import re
from collections.abc import Sequence
from typing import Protocol

from torch import nn

from nnvis3d.network.spec import GroupSpec

_NUMBERED = re.compile(r"^([a-z]+(?:_[a-z]+)*)_?(\d+)$", re.IGNORECASE)
_SHORT = {"enc": "encoder", "dec": "decoder", "attn": "attention", "ff": "feed forward", "mlp": "MLP"}
_PLURALS = {"layers": "layer", "blocks": "block", "stages": "stage", "levels": "level", "cells": "cell"}
_PLURALS |= {"experts": "expert", "heads": "head", "branches": "branch", "encoders": "encoder"}
_PLURALS |= {"decoders": "decoder", "downs": "down", "ups": "up", "steps": "step", "units": "unit"}


class Scoped(Protocol):
    """A layer, as far as groups are concerned."""

    name: str
    scopes: tuple[str, ...]
    """Names of the module calls around it, the outermost first, without the network's own."""


def groups_of(
    root: nn.Module, drafts: Sequence[Scoped], modules: dict[str, nn.Module]
) -> tuple[GroupSpec, ...]:
    """The groups that the layers stand in, an outer one before those in it; also gives each draft its scopes.

    A module is a group if layers were met while it ran. So is one that only holds such groups (ModuleList),
    if it holds at least two.

    Args:
        modules: those in which others were called, by the names of their calls.
    """
    holders = _holders(root, modules)
    for draft in drafts:
        inside = [scope for scope in draft.scopes if scope in modules]
        path: list[str] = []
        for scope in inside:
            path += [name for name in _prefixes(scope) if name in holders and name not in path]
            path.append(scope)
        draft.scopes = tuple(path)
    members: dict[str, list[str]] = {}
    parents: dict[str, str] = {}
    for draft in drafts:
        for parent, scope in zip(("", *draft.scopes), draft.scopes, strict=False):
            members.setdefault(scope, []).append(draft.name)
            parents.setdefault(scope, parent)
    known = {**holders, **modules}
    stages = _stages(known, parents)
    return tuple(
        GroupSpec(name, type(known[name]).__name__, _title(name, known, stages), tuple(layers), parents[name])
        for name, layers in members.items()
    )


def _holders(root: nn.Module, modules: dict[str, nn.Module]) -> dict[str, nn.Module]:
    """Modules that are never called but hold at least two that are groups, by their names."""
    held: dict[str, set[str]] = {}
    for name in modules:
        prefixes = _prefixes(name)
        for prefix, following in zip(prefixes, (*prefixes[1:], name), strict=False):
            held.setdefault(prefix, set()).add(following)
    found = {}
    for name, children in held.items():
        if name in modules or len(children) < 2:
            continue
        try:
            found[name] = root.get_submodule(name)
        except AttributeError:  # of a compiled module, whose names have a part that is not shown
            continue
    return found


def _prefixes(name: str) -> list[str]:
    """ "a.b.c" -> ["a", "a.b"]."""
    words = name.partition("#")[0].split(".")
    return [".".join(words[:n]) for n in range(1, len(words))]


def _stages(known: dict[str, nn.Module], parents: dict[str, str]) -> set[str]:
    """Groups that hold numbered blocks: what the field calls stages."""
    inner: dict[str, list[str]] = {}
    for name, parent in parents.items():
        inner.setdefault(parent, []).append(name.rpartition(".")[2])
    return {name for name in known if inner.get(name) and all(word.isdecimal() for word in inner[name])}


def _title(name: str, known: dict[str, nn.Module], stages: set[str]) -> str:
    """ "layer1.0" -> "Stage 1, block 1"; "encoder.layers.3" -> "Encoder, layer 4"."""
    base, _, call = name.partition("#")
    words, said, path = base.split("."), [], ""
    for word, following in zip(words, (*words[1:], ""), strict=True):
        before, path = path, f"{path}.{word}" if path else word
        if word.isdecimal():
            said.append(f"{_unit(path, before, known, stages)} {int(word) + 1}")
        elif not (following.isdecimal() and word.strip("_") in _PLURALS):
            said.append(_word(word, path in stages))
    title = ", ".join(said)
    title = title[:1].upper() + title[1:]
    return f"{title}, call {call}" if call else title


def _unit(path: str, before: str, known: dict[str, nn.Module], stages: set[str]) -> str:
    """What a numbered member of a container is called."""
    word = before.rpartition(".")[2].strip("_")
    if word in _PLURALS:
        unit = _PLURALS[word]
        return "stage" if unit == "block" and path in stages else unit
    if path in stages:
        return "stage"
    module = known.get(path)
    return "layer" if module is not None and "Layer" in type(module).__name__ else "block"


def _word(word: str, stage: bool) -> str:
    numbered = _NUMBERED.match(word)
    if numbered:
        stem, number = numbered.groups()
        stem = "stage" if stage and stem in ("layer", "stage", "block", "features") else _plain(stem)
        return f"{stem} {number}"
    return _plain(word)


def _plain(word: str) -> str:
    return " ".join(_SHORT.get(part, part) for part in word.strip("_").split("_"))
