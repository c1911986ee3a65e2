"""What does not learn: whole layers, whose gradients are not computed, and single filters, which are put
back after every step."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from nnvis3d.lab import graph as flow
from nnvis3d.lab.network import LabLayer, LabNetwork
from nnvis3d.lab.optimizer import LabOptimizer
from nnvis3d.lab.state import Frozen


@dataclass(frozen=True, eq=False)
class _Kept:
    """Rows of a tensor that stay as they are."""

    tensor: torch.Tensor
    rows: torch.Tensor
    """int64."""
    values: torch.Tensor


class Freezer:
    """Holds a network's frozen parts still."""

    def __init__(self, network: LabNetwork, optimizer: LabOptimizer, frozen: Frozen):
        self.network, self.optimizer = network, optimizer
        self.layers = tuple(
            layer.name for layer in network.weighted if len(frozen.get(layer.name, ())) == layer.shape[0]
        )
        """Frozen whole."""
        self._norms: list[nn.Module] = []
        self._set = False  # whether the modules are in the mode that this freezer wants
        self._kept: list[_Kept] = []
        self._parts: list[tuple[nn.Parameter, torch.Tensor]] = []
        for layer in network.weighted:
            filters = frozen.get(layer.name, frozenset())
            whole = layer.name in self.layers
            for parameter in network.parameters_of(layer).values():
                parameter.requires_grad_(not whole)
                if whole:
                    parameter.grad = None
            self._norms += self._norms_of(layer) if whole else []
            if filters and not whole:
                self._keep(layer, torch.tensor(sorted(filters)))

    @property
    def lowest_trainable(self) -> str:
        """The first layer that learns; "" if none does."""
        return next((layer.name for layer in self.network.weighted if layer.name not in self.layers), "")

    def train_mode(self) -> None:
        """The module learns, but normalisations of frozen layers keep their statistics."""
        if not self._set or not self.network.module.training:
            self._set = True
            self.network.module.train()
        for norm in self._norms:  # whoever measured something may have set the whole module to train again
            norm.eval()

    def _norms_of(self, layer: LabLayer) -> list[nn.Module]:
        parts = [self.network.module.get_submodule(name) for name in layer.modules]
        return [part for part in parts if isinstance(part, flow.NORMS)]

    def _keep(self, layer: LabLayer, rows: torch.Tensor) -> None:
        for parameter in self.network.parameters_of(layer).values():
            self._kept.append(_Kept(parameter, rows, parameter.detach()[rows].clone()))
            self._parts.append((parameter, rows))
        for name in layer.modules:
            for buffer in self.network.module.get_submodule(name).buffers(recurse=False):
                if buffer.dim() == 1:
                    self._kept.append(_Kept(buffer, rows, buffer[rows].clone()))

    def before_step(self) -> None:
        """Frozen filters have no gradient: nor does the optimiser gather any for them."""
        for parameter, rows in self._parts:
            if parameter.grad is not None:
                parameter.grad.index_fill_(0, rows, 0.0)

    def after_step(self) -> None:
        """Weight decay and momentum move even what has no gradient: put it back."""
        for kept in self._kept:
            kept.tensor.detach().index_copy_(0, kept.rows, kept.values)


@contextmanager
def all_learning(network: LabNetwork, learning: bool) -> Iterator[None]:
    """For a while, gradients of frozen parts can be asked for as well, if `learning`."""
    known = [(p, p.requires_grad) for p in network.module.parameters()]
    if learning:
        for parameter, _ in known:
            parameter.requires_grad_(True)
    yield
    for parameter, before in known:
        parameter.requires_grad_(before)


def saved_share(network: LabNetwork, images: torch.Tensor, labels: torch.Tensor, repeats: int = 5) -> float:
    """Share of a forward and backward pass that freezing saves, measured on a batch; nothing is changed."""
    training = network.module.training
    network.module.eval()  # or normalisations would learn from this
    times: dict[bool, list[float]] = {False: [], True: []}
    for repeat in range(repeats + 1):
        for everything in (False, True):
            with all_learning(network, everything):
                learning = [p for p in network.module.parameters() if p.requires_grad]
                started = time.perf_counter()
                loss = F.cross_entropy(network.module(images), labels)
                if learning:
                    torch.autograd.grad(loss, learning, allow_unused=True)
                if repeat:  # the first finds cold caches
                    times[everything].append(time.perf_counter() - started)
    network.module.train(training)
    return max(0.0, 1 - statistics.median(times[False]) / statistics.median(times[True]))
