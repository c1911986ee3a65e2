"""The two built-in networks. A child module's output, after its ReLU, is the layer of the same name."""

import torch
from torch import nn


class Mlp(nn.Module):
    """784-300-100-10 with ReLU."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 300)
        self.fc2 = nn.Linear(300, 100)
        self.output = nn.Linear(100, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 1, 28, 28) -> logits (B, 10)."""
        x = images.flatten(1)  # (B, 784)
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.output(x)


class Cnn(nn.Module):
    """The shape of LeNet-5 (LeCun et al. 1998), fully connected, with ReLU and max pooling."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.pool2 = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 100)
        self.output = nn.Linear(100, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 1, 32, 32) -> logits (B, 10)."""
        x = self.pool1(torch.relu(self.conv1(images)))  # (B, 6, 14, 14)
        x = self.pool2(torch.relu(self.conv2(x)))  # (B, 16, 5, 5)
        x = torch.relu(self.fc1(x.flatten(1)))
        x = torch.relu(self.fc2(x))
        return self.output(x)
