"""How good a network is on images that it was not trained on."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from nnvis3d.lab.data import Images
from nnvis3d.lab.network import LabNetwork
from nnvis3d.network.lab_snapshot import Validation

_MOST_FIXED, _LEAST_FIXED = 256, 32
_WORK = 1_000_000_000
"""Multiplications that a pass of the fixed batch may take, about: it is run for every filter."""
_BATCH = 256
_WORST = 24

Prepare = Callable[[torch.Tensor], torch.Tensor]


class FixedBatch:
    """The same few validation images for every question: 256, fewer for a large network."""

    def __init__(self, images: Images, prepare: Prepare, network: LabNetwork):
        size = min(_MOST_FIXED, max(_LEAST_FIXED, _WORK // max(_multiplications(network), 1)))
        generator = torch.Generator().manual_seed(7)
        self.indices = torch.randperm(len(images), generator=generator)[:size]
        self.inputs = prepare(images.batch(self.indices))
        """(B, C, H, W), prepared."""
        self.labels = images.labels[self.indices]


def _multiplications(network: LabNetwork) -> int:
    """Of one forward pass of one image: weights times the places where they are used."""
    total = 0
    for layer in network.weighted:
        weight = network.module.get_submodule(layer.modules[0]).weight
        total += int(weight.numel()) * math.prod(layer.shape[1:])  # type: ignore[operator]
    return total


@torch.no_grad()
def validate(module: nn.Module, images: Images, prepare: Prepare, classes: int, step: int) -> Validation:
    """All of `images`, in evaluation mode; the module's mode is left as it was."""
    training = module.training
    module.eval()
    losses, guesses = [], []
    for start in range(0, len(images), _BATCH):
        indices = torch.arange(start, min(start + _BATCH, len(images)))
        outputs = module(prepare(images.batch(indices)))
        losses.append(nn.functional.cross_entropy(outputs, images.labels[indices], reduction="none"))
        guesses.append(outputs.argmax(1))
    module.train(training)
    loss, guess = torch.cat(losses), torch.cat(guesses)
    confusion = torch.bincount(images.labels * classes + guess, minlength=classes**2)
    worst = torch.argsort(loss.nan_to_num(torch.inf), descending=True)[:_WORST]
    return Validation(
        step,
        float(loss.mean()),
        float((guess == images.labels).float().mean()),
        confusion.view(classes, classes).numpy(),
        images.batch(worst).numpy().astype(np.float32),
        images.labels[worst].numpy(),
        guess[worst].numpy(),
        loss[worst].numpy(),
    )


@torch.no_grad()
def mean_loss(module: nn.Module, inputs: torch.Tensor, labels: torch.Tensor) -> float:
    """Cross entropy of a batch in evaluation mode; the module's mode is left as it was."""
    training = module.training
    module.eval()
    loss = nn.functional.cross_entropy(module(inputs), labels)
    module.train(training)
    return float(loss)
