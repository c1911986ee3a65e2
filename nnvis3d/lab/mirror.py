"""The network in training once more, for whoever looks: it answers any picture with the newest weights."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from nnvis3d.lab.build import build, load_tensors
from nnvis3d.lab.models import FACTORIES
from nnvis3d.lab.network import LabNetwork
from nnvis3d.lab.trainer import BaseFactory
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.lab_snapshot import ShownNetwork
from nnvis3d.runtime.registry import LoadedNetwork
from nnvis3d.runtime.runner import Runner

_FADE = 0.97
"""What is left of a layer's brightest value after each frame that has none as bright."""


class _LayerValues:
    """Hears the layers of a network of the lab."""

    def __init__(self, network: LabNetwork):
        self._network = network

    def run(self, batch: torch.Tensor) -> list[torch.Tensor]:
        return self._network.values(batch)


class MirrorRunner(Runner):
    """Answers pictures. No scale is known while weights change, so each follows its layer's largest values,
    slowly downward: pictures that come and go do not flicker."""

    def __init__(self, network: LabNetwork):
        network.module.eval().requires_grad_(False)
        self._kept: np.ndarray | None = None
        super().__init__(LoadedNetwork(network.spec, network.module), _LayerValues(network))

    def _peaks(self, values: np.ndarray) -> np.ndarray:
        peaks = super()._peaks(values)
        self._kept = peaks if self._kept is None else np.maximum(peaks, _FADE * self._kept)
        return self._kept


class ShownRunner(MirrorRunner):
    """For a network that only its owner can build: shows what the owner's lab computed of its own image."""

    def __init__(self, shown: ShownNetwork):
        self._kept = None
        spec = replace(shown.spec, drawable=False)
        Runner.__init__(self, LoadedNetwork(spec, nn.Module()), _NoLayers())
        self._values = shown.activations

    def show(self, shown: ShownNetwork) -> None:
        """What it answers from now on."""
        self._values = shown.activations

    def run(self, image: np.ndarray | None, blank: bool = False) -> ActivationFrame:
        """The newest that came, whatever is drawn."""
        return self.frame_of(self._values, False)


class _NoLayers:
    def run(self, batch: torch.Tensor) -> list[torch.Tensor]:
        raise NotImplementedError("what cannot be built cannot be run")


class Mirror:
    """Follows a `ShownNetwork`. One thread owns it, another than the one that trains."""

    def __init__(self, shown: ShownNetwork, base: BaseFactory | None = None):
        """
        Args:
            base: makes the module, if it is the user's own; None, and it only repeats what it is told.
        """
        self.structure, self.spec = shown.structure, shown.spec
        self._network: LabNetwork | None = None
        self.runner: MirrorRunner
        if shown.plan.model in FACTORIES or base is not None:
            self._network = build(shown.plan, shown.weights, None if shown.plan.model in FACTORIES else base)
            self.runner = MirrorRunner(self._network)
        else:
            self.runner = ShownRunner(shown)

    def follow(self, shown: ShownNetwork) -> None:
        """Have its weights from now on; the layers are the same."""
        if isinstance(self.runner, ShownRunner):
            self.runner.show(shown)
        else:
            self._load(shown.weights)

    def _load(self, weights: Mapping[str, np.ndarray]) -> None:
        assert self._network is not None
        load_tensors(
            self._network.module, {name: torch.from_numpy(np.array(w)) for name, w in weights.items()}
        )
