"""Everything that decides how training goes on from one step, as values that never change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch

from nnvis3d.lab.optimizer import OptimizerState
from nnvis3d.network.lab_snapshot import NetworkPlan, TrainingOptions

Frozen = Mapping[str, frozenset[int]]
"""Frozen filters by layer."""


@dataclass(frozen=True, eq=False)
class TrainingState:
    """One moment of a training: going on from it gives the same numbers, bit for bit."""

    step: int
    epoch: int
    position: int
    """Images of this epoch that were seen."""
    examples: int
    plan: NetworkPlan
    options: TrainingOptions
    tensors: Mapping[str, torch.Tensor]
    """The module's parameters and buffers by name."""
    optimizer: OptimizerState = field(default_factory=dict)
    frozen: Frozen = field(default_factory=dict)

    @cached_property
    def bytes(self) -> int:
        """Memory that its tensors take."""
        own = sum(tensor.nbytes for tensor in self.tensors.values())
        return own + sum(tensor.nbytes for kept in self.optimizer.values() for tensor in kept.values())
