"""The network in training once more, for whoever looks: it answers any picture with the newest weights."""

from collections.abc import Mapping

import numpy as np
import torch

from nnvis3d.lab.build import build, load_tensors
from nnvis3d.lab.network import LabNetwork
from nnvis3d.network.lab_snapshot import ShownNetwork
from nnvis3d.network.spec import NetworkSpec
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


class Mirror:
    """Follows a `ShownNetwork`. One thread owns it, another than the one that trains."""

    def __init__(self, shown: ShownNetwork):
        """
        Raises:
            UserError: the network cannot be built here.
        """
        self.structure = shown.structure
        self.spec: NetworkSpec = shown.spec
        self._network = build(shown.plan, shown.weights)
        self.runner = MirrorRunner(self._network)

    def follow(self, weights: Mapping[str, np.ndarray]) -> None:
        """Have these weights, float32 by name, from now on; the layers are the same."""
        load_tensors(
            self._network.module, {name: torch.from_numpy(np.array(w)) for name, w in weights.items()}
        )
