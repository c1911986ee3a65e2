"""The networks that the lab can build by name, fitted to the data's colours and classes."""

import importlib
from collections.abc import Callable, Mapping

import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.runtime.models import Cnn, Mlp


class Cifar3(nn.Module):
    """The CIFAR-10 network of ReVACNN (2016) and ConvNetJS: 5x5 convolutions 16-20-20, each pooled by 2."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 5, padding=2)
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(16, 20, 5, padding=2)
        self.pool2 = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(20, 20, 5, padding=2)
        self.pool3 = nn.MaxPool2d(2)
        self.output = nn.Linear(20 * 4 * 4, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 3, 32, 32) -> logits (B, 10)."""
        x = self.pool1(torch.relu(self.conv1(images)))  # (B, 16, 16, 16)
        x = self.pool2(torch.relu(self.conv2(x)))  # (B, 20, 8, 8)
        x = self.pool3(torch.relu(self.conv3(x)))  # (B, 20, 4, 4)
        return self.output(x.flatten(1))


def _resnet20() -> nn.Module:
    try:
        return importlib.import_module("nnvis3d.runtime.resnet").ResNet20()
    except (ImportError, AttributeError):
        raise UserError("--model resnet20: not part of this installation") from None


FACTORIES: Mapping[str, Callable[[], nn.Module]] = {
    "cnn": Cnn,
    "mlp": Mlp,
    "cifar3": Cifar3,
    "resnet20": _resnet20,
}
SIDES: Mapping[str, int] = {"cnn": 32, "mlp": 28, "cifar3": 32, "resnet20": 32}
"""Height and width of the input."""


def base_module(name: str, channels: int, classes: int) -> nn.Module:
    """The network `name` with random weights, reading `channels` colours, answering with `classes` logits.

    Raises:
        UserError: there is none of that name.
    """
    if name not in FACTORIES:
        raise UserError(f"--model {name}: the lab has no such network; choose one of {', '.join(FACTORIES)}")
    module = FACTORIES[name]()
    weighted = [(n, m) for n, m in module.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    first_name, first = weighted[0]
    if isinstance(first, nn.Conv2d):
        module.set_submodule(first_name, resized_conv(first, first.out_channels, channels))
    else:
        pixels = channels * SIDES[name] ** 2
        module.set_submodule(first_name, resized_linear(first, first.out_features, pixels))
    last_name, last = weighted[-1]
    if isinstance(last, nn.Linear):
        module.set_submodule(last_name, resized_linear(last, classes, last.in_features))
    return module


def resized_conv(conv: nn.Conv2d, outputs: int, inputs: int) -> nn.Conv2d:
    """`conv` itself if it has this size, else a new one like it with random weights."""
    if (conv.out_channels, conv.in_channels) == (outputs, inputs):
        return conv
    return nn.Conv2d(
        inputs,
        outputs,
        conv.kernel_size,  # type: ignore[arg-type]
        conv.stride,  # type: ignore[arg-type]
        conv.padding,  # type: ignore[arg-type]
        conv.dilation,  # type: ignore[arg-type]
        conv.groups,
        conv.bias is not None,
    )


def resized_linear(linear: nn.Linear, outputs: int, inputs: int) -> nn.Linear:
    """`linear` itself if it has this size, else a new one like it with random weights."""
    if (linear.out_features, linear.in_features) == (outputs, inputs):
        return linear
    return nn.Linear(inputs, outputs, linear.bias is not None)
