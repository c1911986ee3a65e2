"""Trains a network on colour pictures by SGD, resumable after every epoch."""

from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.optim.swa_utils import update_bn

from nnvis3d.network.spec import Preprocessing
from nnvis3d.runtime.checkpoint import Checkpoint
from nnvis3d.runtime.picture_batches import Batches, Mixer
from nnvis3d.runtime.picture_options import PictureTrainingOptions
from nnvis3d.runtime.weight_mean import WeightMean

Progress = Callable[[int, float, float], None]
"""Called after every epoch with its number from 1, its mean loss, its share of right answers."""
Save = Callable[[Checkpoint], None]


def train_pictures(
    module: nn.Module,
    preprocessing: Preprocessing,
    images: torch.Tensor,
    labels: torch.Tensor,
    options: PictureTrainingOptions,
    resume: Checkpoint | None = None,
    save: Save = lambda checkpoint: None,
    progress: Progress = lambda epoch, loss, right: None,
) -> None:
    """Train `module` in place on `images` uint8 (N, 3, H, W) and `labels` int64 (N,).

    Same module, images, options and machine: same weights, bit for bit, also if `resume` starts it where an
    earlier run's `save` left off.
    """
    torch.use_deterministic_algorithms(True)
    # Filling memory before its first use costs 7 %, and nothing here reads any before.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    module.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.SGD(
        module.parameters(), lr=0, momentum=options.momentum, weight_decay=options.weight_decay, nesterov=True
    )
    mean, first = WeightMean(module), 0
    if resume is not None:
        resume.restore(module, optimizer)
        mean.restore(resume.mean, options.kept(resume.epoch))
        first = resume.epoch
    for epoch in range(first, options.total):
        if options.starts(epoch):
            optimizer.state.clear()  # each part starts at rest: from the weights alone
        if epoch == options.averaged and mean.weights:
            mean.apply()
            mean.restore({}, 0)
        batches = Batches(images, labels, preprocessing, options, epoch)
        loss, right = _one_epoch(module, optimizer, batches)
        if options.keeps(epoch):
            mean.add()
        save(Checkpoint.of(module, optimizer, epoch + 1, mean.weights))
        progress(epoch + 1, loss, right)
    if mean.weights:
        mean.apply()
        plain = Batches(images, labels, preprocessing, replace(options, shift=0), options.total)
        update_bn((pictures for pictures, _ in plain), module)  # of pictures that are not mixed, nor moved
    module.eval()


def _one_epoch(module: nn.Module, optimizer: torch.optim.Optimizer, batches: Batches) -> tuple[float, float]:
    """Mean loss and share of right answers, measured while learning."""
    losses, right, options = 0.0, 0, batches.options
    mixer = Mixer(options, batches.epoch) if batches.epoch >= options.cycles and options.mix else None
    for step, (images, labels) in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = _rate(options, batches.epoch + step / len(batches))
        other, share = labels, 1.0
        if mixer is not None:
            images, labels, other, share = mixer.mixed(images, labels)
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bfloat16):
            logits = module(images)
        loss = _loss(logits.float(), labels, options)
        if share < 1:
            loss = share * loss + (1 - share) * _loss(logits.float(), other, options)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses += loss.item()
        right += int((logits.argmax(1) == labels).sum())
    return losses / len(batches), right / (len(batches) * options.batch)


def _loss(logits: torch.Tensor, labels: torch.Tensor, options: PictureTrainingOptions) -> torch.Tensor:
    return F.cross_entropy(logits, labels, label_smoothing=options.smoothing)


def _rate(options: PictureTrainingOptions, at: float) -> float:
    """The learning rate when `at` epochs are over: up for a twentieth of a cycle, then down to nothing.

    In the third part it stays what it is; in each round of the last it falls.
    """
    if at >= options.averaged and options.settle:
        return options.settle_rate * (1 - (at - options.averaged) % options.settle / options.settle)
    if at >= options.cycles:
        return options.average_rate
    second, rise = at >= options.epochs, 0.05
    highest = options.again_rate if second else options.learning_rate
    done = (at - options.epochs) / options.again if second else at / options.epochs
    return highest * (done / rise if done < rise else (1 - done) / (1 - rise))
