"""Catches the activations of every shown layer during one forward pass."""

import copy
from collections.abc import Callable

import torch
from torch import nn

from nnvis3d.network.spec import NetworkSpec


class ChainCapture:
    """For networks whose layers are child modules that read each other in a chain.

    What a layer shows is what the next module reads: its output after the activation function that `forward`
    applies in between. So each child is stood in for by a function that notes its argument and calls the
    child's `forward`. Functions rather than hooks: in networks this small, hooks cost a sixth of the whole
    pass, and finding and calling a child as a module a tenth. They stand in a shallow copy, which shares all
    weights; the module itself stays as it is. Nothing that is caught is copied, for built-in networks compute
    nothing in place.
    """

    def __init__(self, module: nn.Module, spec: NetworkSpec):
        self._caught: list[torch.Tensor] = []
        self._module = copy.copy(module)
        first, *others = (layer.name for layer in spec.layers[1:])
        self._module.__dict__[first] = module.get_submodule(first).forward
        for name in others:
            self._module.__dict__[name] = self._noting(module.get_submodule(name).forward)

    def _noting(self, forward: Callable) -> Callable:
        def noted(value: torch.Tensor) -> torch.Tensor:
            self._caught.append(value)
            return forward(value)

        return noted

    def run(self, batch: torch.Tensor) -> list[torch.Tensor]:
        """Outputs of all layers after the input, in order, each with a batch of one in front."""
        self._caught = []
        output = self._module.forward(batch)
        self._caught.append(output)
        return self._caught
