"""PyTorch's optimisers, one parameter group for each layer, whose state goes by the names of parameters."""

from collections.abc import Mapping

import torch

from nnvis3d.lab.network import LabNetwork
from nnvis3d.network.lab_snapshot import TrainingOptions

OptimizerState = Mapping[str, Mapping[str, torch.Tensor]]
"""Tensors of the optimiser by parameter: {"conv1.weight": {"momentum_buffer": ...}}."""

_SGD = ("sgd", "momentum", "nesterov")


class LabOptimizer:
    """The optimiser of a network; what layers have of their own is in their groups."""

    def __init__(self, network: LabNetwork, options: TrainingOptions, state: OptimizerState | None = None):
        self.kind = options.optimizer
        self.names = {parameter: name for name, parameter in network.module.named_parameters()}
        groups = _groups(network)
        self.optimizer = self._made(groups)
        self.set_options(options)
        if state:
            self.restore(state)

    def _made(self, groups: list[dict]) -> torch.optim.Optimizer:
        if self.kind in _SGD:
            return torch.optim.SGD(groups, lr=1e-3, fused=True)
        if self.kind == "adam":
            return torch.optim.Adam(groups, lr=1e-3, fused=True)
        return torch.optim.AdamW(groups, lr=1e-3, fused=True)

    def set_options(self, options: TrainingOptions) -> None:
        """Learning rate, momentum and weight decay of every layer, from the next step on."""
        for group in self.optimizer.param_groups:
            layer = group["layer"]
            group["lr"] = options.layer_learning_rate.get(layer, options.learning_rate)
            group["weight_decay"] = options.layer_weight_decay.get(layer, options.weight_decay)
            momentum = options.layer_momentum.get(layer, options.momentum)
            if self.kind in _SGD:
                group["momentum"] = 0.0 if self.kind == "sgd" else momentum
                group["nesterov"] = self.kind == "nesterov" and momentum > 0
            else:
                group["betas"] = (momentum, group["betas"][1])

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


def _groups(network: LabNetwork) -> list[dict]:
    """One group a layer, and one for what belongs to none."""
    groups, taken = [], set()
    for layer in network.weighted:
        parameters = [p for p in network.parameters_of(layer).values() if p not in taken]
        taken.update(parameters)
        groups.append({"params": parameters, "layer": layer.name})
    rest = [p for p in network.module.parameters() if p not in taken]
    if rest:
        groups.append({"params": rest, "layer": ""})
    return groups
