"""Weights that have not changed, and a layout, are not sent again: a sender leaves them out, a receiver puts
them back.

For connections on which nothing is lost between the two.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnvis3d.network.lab_snapshot import LabSnapshot, ShownNetwork

_NETWORKS = ("shown", "compared")
_Key = tuple[int, int]
"""Structure and serial of a ShownNetwork: equal ones have equal weights."""


def _key(network: ShownNetwork) -> _Key:
    return network.structure, network.serial


class Thinner:
    """The sender's side."""

    def __init__(self) -> None:
        self._sent: dict[str, _Key] = {}
        self._layout = ""

    def thin(self, snapshot: LabSnapshot) -> LabSnapshot:
        """Without the weights that the snapshot before had in the same place, and without its layout."""
        spare: dict[str, Any] = {"layout": ""} if snapshot.layout == self._layout else {}
        self._layout = snapshot.layout
        for name in _NETWORKS:
            network: ShownNetwork | None = getattr(snapshot, name)
            if network is None:
                self._sent.pop(name, None)
            elif self._sent.get(name) == _key(network):
                spare[name] = replace(network, weights={})
            else:
                self._sent[name] = _key(network)
        return replace(snapshot, **spare) if spare else snapshot


class Filler:
    """The receiver's side."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Key, Mapping[str, np.ndarray]]] = {}
        self._layout = ""

    def fill(self, snapshot: LabSnapshot) -> LabSnapshot:
        """With the weights and the layout that were left out."""
        self._layout = snapshot.layout or self._layout
        whole: dict[str, Any] = {"layout": self._layout} if snapshot.layout != self._layout else {}
        for name in _NETWORKS:
            network: ShownNetwork | None = getattr(snapshot, name)
            if network is None:
                self._known.pop(name, None)
            elif network.weights:
                self._known[name] = _key(network), network.weights
            elif name in self._known and self._known[name][0] == _key(network):
                whole[name] = replace(network, weights=self._known[name][1])
        return replace(snapshot, **whole) if whole else snapshot
