"""The mean of a network's weights along a training (Izmailov et al. 2018, "SWA")."""

from collections.abc import Mapping

import torch
from torch import nn


class WeightMean:
    """Of each parameter, over as many states of the module as were added."""

    def __init__(self, module: nn.Module):
        self.weights: dict[str, torch.Tensor] = {}
        """By parameter name; empty: none was added."""
        self._count = 0
        self._module = module

    def restore(self, weights: Mapping[str, torch.Tensor], count: int) -> None:
        """Go on from a mean of `count` states; a count below one: from none."""
        self.weights = {name: tensor.clone() for name, tensor in weights.items()}
        self._count = max(count, 0)

    @torch.no_grad()
    def add(self) -> None:
        """The module as it is now."""
        self._count += 1
        for name, parameter in self._module.named_parameters():
            if name not in self.weights:
                self.weights[name] = parameter.detach().clone()
            else:
                self.weights[name].lerp_(parameter, 1 / self._count)

    @torch.no_grad()
    def apply(self) -> None:
        """Give the module the mean. Its norms' statistics are still those of the last state."""
        for name, parameter in self._module.named_parameters():
            parameter.copy_(self.weights[name])
