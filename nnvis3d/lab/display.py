"""Networks as they are drawn: weights and activations as numpy arrays."""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import numpy as np
import torch

from nnvis3d.lab.network import LabNetwork
from nnvis3d.lab.state import TrainingState
from nnvis3d.lab.trainer import Trainer
from nnvis3d.network.lab_snapshot import ShownNetwork

Structure = tuple


class Display:
    """Makes `ShownNetwork`s of the network in training and of states that are not."""

    def __init__(self, trainer: Trainer):
        self._trainer = trainer
        self._structures: dict[Structure, int] = {}
        self._beside: dict[str, tuple[Trainer, TrainingState]] = {}
        self._serials: WeakKeyDictionary[TrainingState, int] = WeakKeyDictionary()
        self._known = 0

    def live(self, image: torch.Tensor, label: int, branch: str) -> ShownNetwork:
        """The network in training, on `image` (C, H, W), 0 to 1."""
        trainer = self._trainer
        tensors = trainer.network.module.state_dict()
        # Even numbers: those of kept states are odd, so the two never meet.
        return self._shown(
            trainer.network, tensors, trainer, 2 * trainer.weights_serial, trainer.step, image, label, branch
        )

    def unseen(self, branch: str) -> ShownNetwork:
        """The network in training without its weights and activations: nobody looks."""
        trainer = self._trainer
        spec, plan = trainer.network.spec, trainer.network.plan
        empty = np.zeros(0, np.float32)
        image = np.zeros(plan.input_shape, np.float32)
        return ShownNetwork(spec, plan, 0, 0, trainer.step, {}, empty, image, branch=branch)

    def kept(
        self, state: TrainingState, image: torch.Tensor, label: int, branch: str, place: str = "shown"
    ) -> ShownNetwork:
        """The network of a state, of the past or of another branch.

        Args:
            place: where it is shown, "shown" or "compared": each has a network of its own to run it on.
        """
        trainer, loaded = self._beside.get(place, (None, None))
        if trainer is None:
            trainer = self._trainer.beside(state)
        elif loaded is not state:
            trainer.restore(state)
        self._beside[place] = trainer, state
        return self._shown(
            trainer.network, state.tensors, trainer, self._serial(state), state.step, image, label, branch
        )

    def leave(self, place: str) -> None:
        """Nothing is shown there any more: its memory is free."""
        self._beside.pop(place, None)

    def _serial(self, state: TrainingState) -> int:
        """An odd number that no other state has had."""
        if state not in self._serials:
            self._known += 1
            self._serials[state] = 2 * self._known + 1
        return self._serials[state]

    def _structure(self, plan: object, tensors: Mapping[str, torch.Tensor]) -> int:
        """The same number for the same layers and shapes."""
        key = (repr(plan), *((name, tuple(tensor.shape)) for name, tensor in tensors.items()))
        return self._structures.setdefault(key, len(self._structures) + 1)

    def _shown(
        self,
        network: LabNetwork,
        tensors: Mapping[str, torch.Tensor],
        trainer: Trainer,
        serial: int,
        step: int,
        image: torch.Tensor,
        label: int,
        branch: str,
    ) -> ShownNetwork:
        return ShownNetwork(
            network.spec,
            network.plan,
            self._structure(network.plan, tensors),
            serial,
            step,
            {name: tensor.detach().numpy().copy() for name, tensor in tensors.items()},
            activations(network, trainer.prepared(image[None]), image),
            image.numpy(),
            label,
            branch,
        )


@torch.no_grad()
def activations(network: LabNetwork, prepared: torch.Tensor, image: torch.Tensor) -> np.ndarray:
    """float32 (spec.neurons,): the image as it is, then every layer's value in evaluation mode."""
    training = network.module.training
    network.module.eval()
    values = network.values(prepared)
    network.module.train(training)
    return torch.cat([image.reshape(-1), *(value.reshape(-1) for value in values)]).numpy()
