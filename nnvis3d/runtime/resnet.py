"""ResNet-20 for small colour pictures (He et al. 2016, "Deep Residual Learning", section 4.2)."""

import torch
from torch import nn


class BasicBlock(nn.Module):
    """Two 3x3 convolutions, whose result is added to the block's own input."""

    def __init__(self, channels_in: int, channels: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.shortcut = _projection(channels_in, channels, stride)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, channels_in, H, W) -> (B, channels, H / stride, W / stride)."""
        change = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        kept = x if self.shortcut is None else self.shortcut(x)
        return self.relu2(change + kept)


class ResNet20(nn.Module):
    """Three stages of three blocks with 16, 32 and 64 channels: 272,474 parameters.

    The second and the third stage halve the picture. Where the channels change, the shortcut is a 1x1
    convolution (the paper's option B).
    """

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(16)
        self.relu1 = nn.ReLU()
        self.stage1 = _stage(16, 16, stride=1)
        self.stage2 = _stage(16, 32, stride=2)
        self.stage3 = _stage(32, 64, stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.output = nn.Linear(64, 10)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 3, 32, 32) -> logits (B, 10)."""
        x = self.relu1(self.norm1(self.conv1(images)))  # (B, 16, 32, 32)
        x = self.stage3(self.stage2(self.stage1(x)))  # (B, 64, 8, 8)
        return self.output(self.flatten(self.pool(x)))


def _stage(channels_in: int, channels: int, stride: int) -> nn.Sequential:
    first = BasicBlock(channels_in, channels, stride)
    return nn.Sequential(first, *(BasicBlock(channels, channels, 1) for _ in range(2)))


def _projection(channels_in: int, channels: int, stride: int) -> nn.Module | None:
    """What brings a block's input to the shape of its output; None if it has it already."""
    if channels_in == channels and stride == 1:
        return None
    convolution = nn.Conv2d(channels_in, channels, 1, stride, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels))
