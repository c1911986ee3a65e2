"""Trains a network on colour pictures: SGD along one rise and one fall, resumable after every epoch."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from nnvis3d.network.spec import Preprocessing
from nnvis3d.runtime.checkpoint import Checkpoint


@dataclass(frozen=True)
class PictureTrainingOptions:
    """How long and how fast."""

    epochs: int
    seed: int = 1
    batch: int = 128
    learning_rate: float = 0.15
    """The highest; it rises for a twentieth of the run, then falls to nothing along a line."""
    momentum: float = 0.9
    """Nesterov's."""
    weight_decay: float = 5e-4
    smoothing: float = 0.05
    """Of the labels (Szegedy et al. 2016)."""
    shift: int = 4
    """Pixels that a picture moves at most, in rows and in columns."""
    small_size: int = 24
    """Pixels a side in the early epochs: the coarse things are learnt at half the cost."""
    small_share: float = 0.4
    """Of the epochs."""
    again: int = 0
    """Epochs of a second rise and fall after the first (Loshchilov and Hutter 2017, "SGDR")."""
    again_rate: float = 0.1
    """The highest learning rate of the second."""
    bfloat16: bool = True
    """Convolutions in bfloat16; weights, norms' statistics and the loss stay float32."""


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
    first = 0
    if resume is not None:
        resume.restore(module, optimizer)
        first = resume.epoch
    for epoch in range(first, options.epochs + options.again):
        if epoch == options.epochs:
            optimizer.state.clear()  # the second rise starts at rest: from the weights alone
        loss, right = _one_epoch(module, optimizer, Batches(images, labels, preprocessing, options, epoch))
        save(Checkpoint.of(module, optimizer, epoch + 1))
        progress(epoch + 1, loss, right)
    module.eval()


def _one_epoch(
    module: nn.Module, optimizer: torch.optim.Optimizer, batches: "Batches"
) -> tuple[float, float]:
    """Mean loss and share of right answers, measured while learning."""
    losses, right, options = 0.0, 0, batches.options
    for step, (images, labels) in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = _rate(options, batches.epoch + step / len(batches))
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bfloat16):
            logits = module(images)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=options.smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses += loss.item()
        right += int((logits.argmax(1) == labels).sum())
    return losses / len(batches), right / (len(batches) * options.batch)


def _rate(options: PictureTrainingOptions, at: float) -> float:
    """The learning rate when `at` epochs are over: up for a twentieth of a cycle, then down to nothing."""
    second, rise = at >= options.epochs, 0.05
    highest = options.again_rate if second else options.learning_rate
    done = (at - options.epochs) / options.again if second else at / options.epochs
    return highest * (done / rise if done < rise else (1 - done) / (1 - rise))


class Batches:
    """One epoch: every picture once, in a new order, shifted, and mirrored every other epoch.

    Mirroring alternates instead of being drawn (Jordan 2024, "94% on CIFAR-10 in 3.29 seconds", section 3.6):
    two epochs show each picture both ways. All that is random hangs on (seed, epoch) alone.
    """

    def __init__(
        self,
        images: torch.Tensor,
        labels: torch.Tensor,
        preprocessing: Preprocessing,
        options: PictureTrainingOptions,
        epoch: int,
    ):
        self.images, self.labels, self.options, self.epoch = images, labels, options, epoch
        self.mean = 255 * torch.tensor(preprocessing.mean).view(1, -1, 1, 1)
        self.std = 255 * torch.tensor(preprocessing.std).view(1, -1, 1, 1)
        self.generator = torch.Generator().manual_seed(options.seed * 1_000_003 + epoch + 1)
        mirror = torch.Generator().manual_seed(options.seed * 1_000_003)
        self.mirrored = torch.randint(2, (len(images),), generator=mirror).bool() ^ bool(epoch % 2)
        self.small = epoch < round(options.small_share * options.epochs)

    def __len__(self) -> int:
        return len(self.images) // self.options.batch

    def __iter__(self):
        """Yields network inputs float32 (B, 3, H, W) in channels-last memory, and labels (B,)."""
        size = self.options.batch
        order = torch.randperm(len(self.images), generator=self.generator)
        for which in order[: len(self) * size].split(size):
            images = self._shifted((self.images[which] - self.mean) / self.std, self.mirrored[which])
            if self.small:
                side = (self.options.small_size, self.options.small_size)
                images = F.interpolate(images, side, mode="bilinear", antialias=True)
            yield images.contiguous(memory_format=torch.channels_last), self.labels[which]

    def _shifted(self, images: torch.Tensor, mirrored: torch.Tensor) -> torch.Tensor:
        """Each picture (B, 3, H, W) moved by its own few pixels, its edge reflected; some mirrored."""
        count, _, height, width = images.shape
        shift = self.options.shift
        move = torch.randint(2 * shift + 1, (2, count, 1), generator=self.generator)
        rows = move[0] + torch.arange(height)  # (B, H)
        across = torch.arange(width).expand(count, width)
        columns = move[1] + torch.where(mirrored[:, None], width - 1 - across, across)  # (B, W)
        padded = F.pad(images, (shift,) * 4, mode="reflect")
        each = torch.arange(count)[:, None, None]
        return padded[each, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
