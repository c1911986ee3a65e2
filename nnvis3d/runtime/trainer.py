"""Trains the built-in networks: one loop, one thread, the same numbers for the same seed."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from nnvis3d.network.spec import Preprocessing
from nnvis3d.runtime.augment import wobbled
from nnvis3d.runtime.training_data import Source


@dataclass(frozen=True)
class TrainingOptions:
    """How long and how fast."""

    epochs: int
    seed: int = 1
    steps: int = 1000
    """Batches an epoch."""
    batch: int = 128
    learning_rate: float = 2e-3
    """The highest; it rises for a twentieth of the run, then falls to nothing along a cosine."""
    weight_decay: float = 0.02
    smoothing: float = 0.02
    """Of the labels (Szegedy et al. 2016): keeps probabilities below certainty."""
    average: float = 0.999
    """Decay, per batch, of the running average of the weights, which is what is kept."""


Progress = Callable[[int, float, nn.Module], None]
"""Called after every epoch with its number from 1, its mean loss, and the averaged network."""


def train(
    module: nn.Module,
    preprocessing: Preprocessing,
    sources: tuple[Source, ...],
    options: TrainingOptions,
    progress: Progress = lambda epoch, loss, averaged: None,
) -> nn.Module:
    """The averaged network after `options.epochs`; `module` itself is trained in place.

    Same module, sources, options and machine: same weights, bit for bit.
    """
    torch.use_deterministic_algorithms(True)
    generator = torch.Generator().manual_seed(options.seed)
    optimizer = torch.optim.AdamW(module.parameters(), lr=0, weight_decay=options.weight_decay)
    average = _Average(module, options.average)
    total = options.epochs * options.steps
    for epoch in range(options.epochs):
        losses = 0.0
        for step in range(options.steps):
            for group in optimizer.param_groups:
                group["lr"] = options.learning_rate * _schedule((epoch * options.steps + step) / total)
            images, labels = mixed_batch(sources, options.batch, generator)
            logits = module(prepared(images, preprocessing))
            loss = F.cross_entropy(logits, labels, label_smoothing=options.smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            average.update()
            losses += loss.item()
        progress(epoch + 1, losses / options.steps, average.module)
    return average.module


def _schedule(done: float) -> float:
    """Share of the highest learning rate when `done` (0 to 1) of the run is over."""
    rise = 0.05
    return done / rise if done < rise else 0.5 * (1 + math.cos(math.pi * (done - rise) / (1 - rise)))


def mixed_batch(
    sources: tuple[Source, ...], size: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """About `size` images (B, 1, 28, 28), each source by its share, each image bent; and labels (B,)."""
    total = sum(source.share for source in sources)
    images, labels = [], []
    for source in sources:
        drawn, targets = source.draw(max(1, round(size * source.share / total)), generator)
        images.append(wobbled(drawn, source.wobble, generator))
        labels.append(targets)
    return torch.cat(images), torch.cat(labels)


def prepared(images: torch.Tensor, preprocessing: Preprocessing) -> torch.Tensor:
    """Images (B, C, h, w), 0 to 1 -> input (B, C, H, W): into the middle, then (value - mean) / std."""
    _, height, width = preprocessing.shape
    top, left = (height - images.shape[2]) // 2, (width - images.shape[3]) // 2
    if top or left:
        images = F.pad(images, (left, width - images.shape[3] - left, top, height - images.shape[2] - top))
    mean = torch.tensor(preprocessing.mean).view(1, -1, 1, 1)
    std = torch.tensor(preprocessing.std).view(1, -1, 1, 1)
    return (images - mean) / std


class _Average:
    """A copy of a module whose weights are the exponential running average of the module's."""

    def __init__(self, module: nn.Module, decay: float):
        self.source, self.decay = module, decay
        self.module = type(module)()
        self.module.load_state_dict(module.state_dict())
        self.updates = 0

    @torch.no_grad()
    def update(self) -> None:
        self.updates += 1
        # Early on a short memory, or the random start would stay in the average.
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for kept, current in zip(self.module.parameters(), self.source.parameters(), strict=True):
            kept.lerp_(current, 1 - decay)
