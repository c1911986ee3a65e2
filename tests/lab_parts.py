"""Small labs for tests: tiny networks on a few random images, so that a hundred steps take a moment."""

from dataclasses import replace

import numpy as np
import torch
from torch import nn

from nnvis3d.lab.build import assemble
from nnvis3d.lab.data import LabData, StoredImages
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.state import TrainingState
from nnvis3d.network.lab_snapshot import NetworkPlan, TrainingOptions

SHAPE = (1, 8, 8)
CLASSES = ("a", "b", "c")


class Chain(nn.Module):
    """Convolution, normalisation, pooling, convolution, flatten, two fully connected layers."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(4)
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(4, 5, 3, padding=1, bias=False)
        self.fc1 = nn.Linear(5 * 4 * 4, 6)
        self.output = nn.Linear(6, 3)

    def forward(self, images):
        x = self.pool1(torch.relu(self.norm1(self.conv1(images))))
        x = torch.relu(self.conv2(x)).flatten(1)
        return self.output(torch.relu(self.fc1(x)))


class Residual(nn.Module):
    """Two convolutions whose outputs are added, global average pooling."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.inner = nn.Conv2d(4, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)
        self.outer = nn.Conv2d(3, 4, 3, padding=1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.output = nn.Linear(4, 3)

    def forward(self, images):
        x = torch.relu(self.conv1(images))
        y = self.outer(torch.relu(self.norm(self.inner(x))))
        return self.output(self.pool(torch.relu(x + y)).flatten(1))


MODULES = {"chain": Chain, "residual": Residual}


def base(plan: NetworkPlan) -> nn.Module:
    return MODULES[plan.model]()


def images(count: int, seed: int) -> StoredImages:
    """Three classes that a network can tell apart: where the bright stripe is."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    pixels = rng.integers(0, 120, (count, *SHAPE), dtype=np.uint8)
    for k, label in enumerate(labels):
        pixels[k, 0, 1 + 2 * label : 3 + 2 * label] += 130
    return StoredImages(torch.from_numpy(pixels), torch.from_numpy(labels))


def data() -> LabData:
    return LabData("60 stripes", images(60, 1), images(30, 2), CLASSES)


def state(model: str = "chain", **options) -> TrainingState:
    plan = NetworkPlan(model, SHAPE, CLASSES, (0.5,), (0.25,))
    torch.manual_seed(3)
    network = assemble(plan, base(plan), {})
    tensors = {name: tensor.detach().clone() for name, tensor in network.module.state_dict().items()}
    how = replace(TrainingOptions(batch_size=16, learning_rate=0.02), **options)
    return TrainingState(0, 0, 0, 0, plan, how, tensors)


def lab(model: str = "chain", **options) -> Lab:
    torch.set_num_threads(1)
    return Lab(data(), state(model, **options), base)


def same(a: TrainingState, b: TrainingState) -> bool:
    """Bit for bit, optimiser and all."""
    facts = all(
        getattr(a, name) == getattr(b, name)
        for name in ("step", "epoch", "position", "examples", "plan", "options")
    )
    frozen = {k: v for k, v in a.frozen.items() if v} == {k: v for k, v in b.frozen.items() if v}
    tensors = a.tensors.keys() == b.tensors.keys() and all(
        torch.equal(a.tensors[name], b.tensors[name]) for name in a.tensors
    )
    moments = a.optimizer.keys() == b.optimizer.keys() and all(
        a.optimizer[name].keys() == b.optimizer[name].keys()
        and all(torch.equal(a.optimizer[name][key], b.optimizer[name][key]) for key in a.optimizer[name])
        for name in a.optimizer
    )
    return facts and frozen and tensors and moments
