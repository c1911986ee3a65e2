"""Catches the activations of every shown layer during one forward pass."""

from collections.abc import Callable

import torch
from torch import nn

from nnvis3d.network.spec import NetworkSpec


class ChainCapture:
    """For networks whose layers are child modules that read each other in a chain.

    What a layer shows is what the next module reads: its output after the activation function that `forward`
    applies in between. So each module's `forward` notes its argument first. Notes rather than hooks: with
    hooks a
    module call leaves PyTorch's fast path, which costs a sixth of the whole pass in networks this small.
    Nothing is copied, for built-in networks compute nothing in place.
    """

    def __init__(self, module: nn.Module, spec: NetworkSpec):
        self._module = module
        self._caught: list[torch.Tensor] = []
        for layer in spec.layers[2:]:
            child = module.get_submodule(layer.name)
            child.forward = self._noting(child.forward)

    def _noting(self, forward: Callable) -> Callable:
        def noted(value: torch.Tensor) -> torch.Tensor:
            self._caught.append(value)
            return forward(value)

        return noted

    def run(self, batch: torch.Tensor) -> list[torch.Tensor]:
        """Outputs of all layers after the input, in order, each with a batch of one in front."""
        self._caught = []
        output = self._module(batch)
        self._caught.append(output)
        return self._caught
