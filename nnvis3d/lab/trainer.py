"""Trains a network step by step. Its whole state can be taken and put back, bit for bit."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from nnvis3d.lab.build import assemble, dropout_name, load_tensors
from nnvis3d.lab.data import LabData, Normalisation
from nnvis3d.lab.freezing import Freezer
from nnvis3d.lab.graph import LayerDropout
from nnvis3d.lab.models import base_module
from nnvis3d.lab.network import LabNetwork
from nnvis3d.lab.optimizer import LabOptimizer
from nnvis3d.lab.ranks import ALONE
from nnvis3d.lab.sampler import Sampler
from nnvis3d.lab.state import TrainingState
from nnvis3d.network.lab_snapshot import NetworkPlan, TrainingOptions

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Mean loss of outputs and labels."""
CROSS_ENTROPY: Loss = F.cross_entropy
BaseFactory = Callable[[NetworkPlan], nn.Module]
"""Makes the module of a plan before layers are added; its weights are random."""


def named_base(plan: NetworkPlan) -> nn.Module:
    """The built-in network of a plan."""
    return base_module(plan.model, plan.input_shape[0], len(plan.labels))


@dataclass(frozen=True)
class StepResult:
    """One step."""

    loss: float
    correct: int
    """Images that were classified rightly before the step."""
    count: int
    forward_ms: float
    backward_ms: float
    """Includes the optimiser's step."""
    indices: torch.Tensor
    """int64 (B,): which training images."""


class Trainer:
    """One network in training. One thread owns it."""

    def __init__(
        self,
        state: TrainingState,
        data: LabData,
        base: BaseFactory = named_base,
        loss: Loss = CROSS_ENTROPY,
    ):
        self.data, self.loss = data, loss
        self._base = base
        self.ranks = ALONE
        """Who trains together with this process."""
        self.structure = 0
        """Counts the networks that were built."""
        self.weights_serial = 0
        """Counts the changes of weights."""
        self.restore(state)

    def restore(self, state: TrainingState) -> None:
        """Go on from `state`."""
        self.network: LabNetwork = self._network(state)
        load_tensors(self.network.module, state.tensors) if state.tensors else None
        self.step, self.examples = state.step, state.examples
        self.sampler = Sampler(len(self.data.train), state.options.seed, state.epoch, state.position)
        self.frozen = dict(state.frozen)
        self.options = state.options
        self.optimizer = LabOptimizer(self.network, state.options, state.optimizer)
        self._apply_dropout()
        self.freezer = Freezer(self.network, self.optimizer, self.frozen)
        self._normalisation = Normalisation(state.plan.mean, state.plan.std)
        self.weights_serial += 1

    def load(self, state: TrainingState) -> None:
        """The weights of a state of this very network, and nothing else of it: to look what they do."""
        load_tensors(self.network.module, state.tensors)

    def beside(self, state: TrainingState) -> "Trainer":
        """Another trainer on the same data, for a network that is only looked at."""
        return Trainer(state, self.data, self._base, self.loss)

    def _network(self, state: TrainingState) -> LabNetwork:
        """The network that there is, if it fits, else a new one."""
        shapes = {name: tuple(tensor.shape) for name, tensor in state.tensors.items()}
        known = getattr(self, "network", None)
        if known is not None and known.plan == state.plan:
            own = {name: tuple(tensor.shape) for name, tensor in known.module.state_dict().items()}
            if own == shapes:
                return known
        self.structure += 1
        return self.assembled(state)

    def assembled(self, state: TrainingState) -> LabNetwork:
        """A new network of the state's plan and widths; its weights are not the state's."""
        shapes = {name: tuple(tensor.shape) for name, tensor in state.tensors.items()}
        return assemble(state.plan, self._base(state.plan), shapes)

    def state(self) -> TrainingState:
        """A copy of everything that decides how it goes on."""
        tensors = {name: tensor.detach().clone() for name, tensor in self.network.module.state_dict().items()}
        return TrainingState(
            self.step,
            self.sampler.epoch,
            self.sampler.position,
            self.examples,
            self.network.plan,
            self.options,
            tensors,
            self.optimizer.state(),
            dict(self.frozen),
        )

    def set_options(self, options: TrainingOptions) -> None:
        """From the next step on."""
        if options.optimizer != self.options.optimizer:
            self.optimizer = LabOptimizer(self.network, options, self.optimizer.state())
            self.freezer = Freezer(self.network, self.optimizer, self.frozen)
        self.options = options
        self.optimizer.set_options(options)
        self._apply_dropout()

    def set_frozen(self, layer: str, filters: frozenset[int]) -> None:
        """Exactly these filters of `layer` are frozen."""
        self.frozen[layer] = filters
        self.freezer = Freezer(self.network, self.optimizer, self.frozen)

    def _apply_dropout(self) -> None:
        for layer in self.network.weighted:
            module = getattr(self.network.module, dropout_name(layer.name), None)
            if isinstance(module, LayerDropout):
                module.share = self.options.layer_dropout.get(layer.name, self.options.dropout)

    def prepared(self, images: torch.Tensor) -> torch.Tensor:
        """Images (B, C, H, W), 0 to 1 -> what the module reads."""
        return self._normalisation.of(images)

    def next_batch(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(indices, input, labels) of the next step, of which this process has its part; the sampler moves
        on. `indices` are of the whole batch."""
        indices = self.sampler.next(self.options.batch_size)
        part = self.ranks.part(indices)
        images = self.data.train.normalised(part, self._normalisation)
        return indices, images, self.data.train.labels[part]

    def train_step(self) -> StepResult:
        """One batch forward, backward, and the optimiser's step."""
        indices, images, labels = self.next_batch()
        if self.options.dropout or self.options.layer_dropout:
            torch.manual_seed(self.options.seed * 7_919 + self.step + self.ranks.seed)  # from any checkpoint
        self.freezer.train_mode()
        started = time.perf_counter()
        outputs = self.network.module(images)
        loss = self.loss(outputs, labels)
        forward = time.perf_counter()
        for parameter in self.optimizer.names:
            parameter.grad = None
        if loss.requires_grad:
            loss.backward()
        right = torch.count_nonzero(outputs.detach().argmax(1) == labels)
        value, correct = self.ranks.together(self.network.module, loss.detach(), right, len(indices))
        if loss.requires_grad:
            self.freezer.before_step()
            self.optimizer.step()
            self.freezer.after_step()
        ended = time.perf_counter()
        self.step += 1
        self.examples += len(indices)
        self.weights_serial += 1
        return StepResult(
            value, correct, len(indices), (forward - started) * 1e3, (ended - forward) * 1e3, indices
        )


def first_state(plan: NetworkPlan, options: TrainingOptions) -> TrainingState:
    """Before the first step; the weights are random, by the options' seed."""
    torch.manual_seed(options.seed)
    network = assemble(plan, named_base(plan), {})
    tensors = {name: tensor.detach().clone() for name, tensor in network.module.state_dict().items()}
    return TrainingState(0, 0, 0, 0, plan, options, tensors)


def with_options(state: TrainingState, **changes: object) -> TrainingState:
    """`state` with other training options."""
    return replace(state, options=replace(state.options, **changes))  # type: ignore[arg-type]
