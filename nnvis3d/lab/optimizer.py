"""PyTorch's optimisers, with options by layer; their state goes by the names of parameters."""

from collections.abc import Mapping

import torch
from torch import nn

from nnvis3d.lab.network import LabNetwork
from nnvis3d.network.lab_snapshot import TrainingOptions

OptimizerState = Mapping[str, Mapping[str, torch.Tensor]]
"""Tensors of the optimiser by parameter: {"conv1.weight": {"momentum_buffer": ...}}."""

_SGD = ("sgd", "momentum", "nesterov")


class LabOptimizer:
    """The optimiser of a network. Layers that are trained alike share a group, and one call of its kernel."""

    def __init__(self, network: LabNetwork, options: TrainingOptions, state: OptimizerState | None = None):
        self.kind = options.optimizer
        self.names = {parameter: name for name, parameter in network.module.named_parameters()}
        self._layers = _layers(network)
        self.optimizer = self._made(list(network.module.parameters()))
        self._template = {k: v for k, v in self.optimizer.param_groups[0].items() if k != "params"}
        self.set_options(options)
        self.restore(state or {})

    def _made(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        if self.kind in _SGD:
            return torch.optim.SGD(parameters, lr=1e-3, fused=True)
        if self.kind == "adam":
            return torch.optim.Adam(parameters, lr=1e-3, fused=True)
        return torch.optim.AdamW(parameters, lr=1e-3, fused=True)

    def set_options(self, options: TrainingOptions) -> None:
        """Learning rate, momentum and weight decay of every layer, from the next step on."""
        groups: dict[tuple[float, float, float], list[nn.Parameter]] = {}
        for layer, parameters in self._layers:
            rate = options.layer_learning_rate.get(layer, options.learning_rate)
            decay = options.layer_weight_decay.get(layer, options.weight_decay)
            momentum = options.layer_momentum.get(layer, options.momentum)
            groups.setdefault((rate, decay, momentum), []).extend(parameters)
        self.optimizer.param_groups[:] = [
            {**self._template, "params": parameters, **self._settings(*key)}
            for key, parameters in groups.items()
        ]

    def _settings(self, rate: float, decay: float, momentum: float) -> dict:
        found: dict = {"lr": rate, "weight_decay": decay}
        if self.kind in _SGD:
            found["momentum"] = 0.0 if self.kind == "sgd" else momentum
            found["nesterov"] = self.kind == "nesterov" and momentum > 0
        else:
            found["betas"] = (momentum, self._template["betas"][1])
        return found

    def step(self) -> None:
        self.optimizer.step()

    def state(self) -> dict[str, dict[str, torch.Tensor]]:
        """A copy of the optimiser's tensors."""
        return {
            name: {
                key: value.clone()
                for key, value in self.optimizer.state.get(parameter, {}).items()
                if isinstance(value, torch.Tensor)
            }
            for parameter, name in self.names.items()
        }

    def restore(self, state: OptimizerState) -> None:
        """Take over what `state` has for parameters of this network; SGD and Adam do not share any."""
        keys = ("momentum_buffer",) if self.kind in _SGD else ("step", "exp_avg", "exp_avg_sq")
        self.optimizer.state.clear()
        for parameter, name in self.names.items():
            known = {key: value.clone() for key, value in state.get(name, {}).items() if key in keys}
            if known:
                self.optimizer.state[parameter] = known
            elif self.kind in ("momentum", "nesterov"):
                # PyTorch's kernel wants the buffers of all or of none: a layer that is new or just thawed has
                # one of zeros, which is the same as none.
                self.optimizer.state[parameter] = {"momentum_buffer": torch.zeros_like(parameter)}


def _layers(network: LabNetwork) -> list[tuple[str, list[nn.Parameter]]]:
    """The parameters of every layer, and under "" those that belong to none."""
    found: list[tuple[str, list[nn.Parameter]]] = []
    taken: set[nn.Parameter] = set()
    for layer in network.weighted:
        parameters = [p for p in network.parameters_of(layer).values() if p not in taken]
        taken.update(parameters)
        found.append((layer.name, parameters))
    rest = [p for p in network.module.parameters() if p not in taken]
    return [*found, ("", rest)] if rest else found
