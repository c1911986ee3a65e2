"""The network in training once more, for whoever looks: it answers any picture with the newest weights."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.lab.build import build, load_tensors
from nnvis3d.lab.models import FACTORIES
from nnvis3d.lab.network import LabNetwork
from nnvis3d.lab.trainer import BaseFactory
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.lab_snapshot import ShownNetwork
from nnvis3d.runtime.bringing.factory import said
from nnvis3d.runtime.registry import LoadedNetwork
from nnvis3d.runtime.runner import Runner

_FADE = 0.97
"""What is left of a layer's brightest value after each frame that has none as bright."""


class _LayerValues:
    """Hears the layers of a network of the lab."""

    def __init__(self, network: LabNetwork):
        self._network = network

    def run(self, batch: torch.Tensor) -> list[torch.Tensor]:
        """Raises UserError: its code refuses this picture."""
        try:
            return self._network.values(batch)
        except Exception as error:  # whatever a foreign forward raises
            name = self._network.plan.model
            raise UserError(f"{name}: does not answer this picture ({said(error)})") from error


class MirrorRunner(Runner):
    """Answers pictures. No scale is known while weights change, so each follows its layer's largest values,
    slowly downward: pictures that come and go do not flicker."""

    def __init__(self, network: LabNetwork):
        network.module.eval().requires_grad_(False)
        self._kept: np.ndarray | None = None
        super().__init__(LoadedNetwork(network.spec, network.module), _LayerValues(network))

    partner: "MirrorRunner | None" = None
    """Of another network beside this one: what is as bright in layers of the same name is as large."""

    def forget(self) -> None:
        """What was brightest is no measure any more."""
        self._kept = None

    def _peaks(self, values: np.ndarray) -> np.ndarray:
        peaks = super()._peaks(values)
        self._kept = peaks if self._kept is None else np.maximum(peaks, _FADE * self._kept)
        theirs = self.partner.brightest if self.partner is not None else {}
        if not theirs:
            return self._kept
        return np.maximum(self._kept, [theirs.get(layer.name, 0.0) for layer in self.spec.layers])

    @property
    def brightest(self) -> dict[str, float]:
        """By layer, of its own values alone."""
        if self._kept is None:
            return {}
        return dict(zip((layer.name for layer in self.spec.layers), self._kept.tolist(), strict=True))


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
        self.structure, self.spec, self._step = shown.structure, shown.spec, shown.step
        self.trouble = ""
        """Why it cannot answer pictures, for people; "" if it can."""
        self._network = self._built(shown, base)
        self.runner: MirrorRunner = (
            ShownRunner(shown) if self._network is None else MirrorRunner(self._network)
        )

    def _built(self, shown: ShownNetwork, base: BaseFactory | None) -> LabNetwork | None:
        """The network with its weights; None, and `trouble`, if there is no making it here."""
        name = shown.plan.model
        if name in FACTORIES:
            return build(shown.plan, shown.weights)
        if base is None:
            self.trouble = "Only its own images are shown: to draw for it, say --model package.module:factory"
            return None
        try:
            return build(shown.plan, shown.weights, base)
        except Exception as error:  # whatever foreign code raises
            why = str(error) if isinstance(error, UserError) else said(error)
            self.trouble = f"{name} cannot be made a second time, to answer the pad: {why}"
            return None

    def follow(self, shown: ShownNetwork) -> None:
        """Have its weights from now on; the layers are the same.

        Who goes back to an earlier step sees it as bright as it was then: early on, values are small.
        """
        if shown.step < self._step:
            self.runner.forget()
        self._step = shown.step
        if isinstance(self.runner, ShownRunner):
            self.runner.show(shown)
        else:
            self._load(shown.weights)

    def _load(self, weights: Mapping[str, np.ndarray]) -> None:
        assert self._network is not None
        load_tensors(
            self._network.module, {name: torch.from_numpy(np.array(w)) for name, w in weights.items()}
        )
