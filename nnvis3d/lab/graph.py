"""What flows where in a traced network: which operations keep channels apart, what a layer shows."""

import operator
from collections.abc import Mapping

import torch
import torch.nn.functional as F  # noqa: N812
from torch import fx, nn

WEIGHTED = (nn.Conv2d, nn.Linear)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
ACTIVATION_MODULES: Mapping[type, str] = {
    nn.ReLU: "relu",
    nn.ReLU6: "relu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
    nn.LeakyReLU: "leaky_relu",
    nn.GELU: "gelu",
    nn.SiLU: "silu",
    nn.ELU: "elu",
}
_ACTIVATION_NAMES = {
    "relu": "relu",
    "relu_": "relu",
    "relu6": "relu",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "leaky_relu": "leaky_relu",
    "gelu": "gelu",
    "silu": "silu",
    "elu": "elu",
}
POOLS = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
_POOL_FUNCTIONS = (
    F.max_pool2d,
    F.avg_pool2d,
    F.adaptive_avg_pool2d,
    F.adaptive_max_pool2d,
    torch.max_pool2d,
)
_ADDS = (operator.add, operator.iadd, torch.add)
UNSIGNED = ("relu", "sigmoid")
"""Activations that are never below zero."""


class LayerDropout(nn.Module):
    """Dropout that costs nothing while its share is 0."""

    def __init__(self) -> None:
        super().__init__()
        self.share = 0.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.share == 0:
            return x
        return F.dropout2d(x, self.share) if x.dim() == 4 else F.dropout(x, self.share)


class LabTracer(fx.Tracer):
    """Traces into a module's own children, not into PyTorch's nor ours."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, LayerDropout) or super().is_leaf_module(m, module_qualified_name)


def submodule(root: nn.Module, node: fx.Node) -> nn.Module | None:
    """The module that `node` calls; None if it calls none."""
    return root.get_submodule(str(node.target)) if node.op == "call_module" else None


def is_weighted(root: nn.Module, node: fx.Node) -> bool:
    return isinstance(submodule(root, node), WEIGHTED)


def is_norm(root: nn.Module, node: fx.Node) -> bool:
    return isinstance(submodule(root, node), NORMS)


def is_pool(root: nn.Module, node: fx.Node) -> bool:
    if node.op == "call_function":
        return node.target in _POOL_FUNCTIONS
    return isinstance(submodule(root, node), POOLS)


def is_add(node: fx.Node) -> bool:
    called = node.op == "call_function" and node.target in _ADDS
    named = node.op == "call_method" and node.target in ("add", "add_")
    return (called or named) and all(isinstance(part, fx.Node) for part in node.args[:2])


def activation_of(root: nn.Module, node: fx.Node) -> str:
    """Name of the activation function that `node` applies; "" if it is none."""
    if node.op == "call_module":
        return ACTIVATION_MODULES.get(type(submodule(root, node)), "")
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    return _ACTIVATION_NAMES.get(name, "") if node.op in ("call_function", "call_method") else ""


def is_dropout(root: nn.Module, node: fx.Node) -> bool:
    if node.op == "call_function":
        return node.target in (F.dropout, F.dropout2d, torch.dropout)
    return isinstance(submodule(root, node), LayerDropout | nn.Dropout | nn.Dropout2d | nn.Identity)


def keeps_channels(root: nn.Module, node: fx.Node) -> bool:
    """Whether channel k of its output depends on channel k of its input only."""
    return (
        is_norm(root, node)
        or is_pool(root, node)
        or is_dropout(root, node)
        or bool(activation_of(root, node))
        or is_spatial_mean(node)
    )


def is_spatial_mean(node: fx.Node) -> bool:
    named = node.op == "call_method" and node.target == "mean"
    called = node.op == "call_function" and node.target is torch.mean
    if not (named or called):
        return False
    dims = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else None)
    return isinstance(dims, tuple | list) and sorted(d % 4 for d in dims if isinstance(d, int)) == [2, 3]


def is_flatten(root: nn.Module, node: fx.Node) -> bool:
    """Flattening (B, C, H, W) to (B, C*H*W), channels first."""
    if isinstance(submodule(root, node), nn.Flatten):
        return True
    named = node.op == "call_method" and node.target == "flatten"
    called = node.op == "call_function" and node.target is torch.flatten
    return (named or called) and node.args[1:2] == (1,)


def shown_node(root: nn.Module, node: fx.Node) -> tuple[fx.Node, str]:
    """Where the value of the layer that begins at `node` is what people call its activation, and of which
    kind: after the normalisation and the activation function that follow it directly."""
    while len(node.users) == 1:
        (user,) = node.users
        if activation := activation_of(root, user):
            return user, activation
        if not is_norm(root, user):
            break
        node = user
    return node, "none"
