"""What an epoch of training on pictures consists of: every picture once, varied; two of them mixed."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from nnvis3d.network.spec import Preprocessing
from nnvis3d.runtime.picture_options import PictureTrainingOptions


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


class Mixer:
    """Lays every picture of a batch over another one (Zhang et al. 2018, "mixup").

    How much of which, and of which other, hangs on (seed, epoch) alone.
    """

    def __init__(self, options: PictureTrainingOptions, epoch: int):
        self._beta = options.mix
        self._generator = np.random.default_rng((options.seed, epoch))

    def mixed(
        self, images: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, float]:
        """Pictures (B, 3, H, W), both labels (B,) of each, and the share of the first: 0.5 to 1."""
        share = float(self._generator.beta(self._beta, self._beta))
        share = max(share, 1 - share)
        other = torch.from_numpy(self._generator.permutation(len(images)))
        return torch.lerp(images[other], images, share), labels, labels[other], share
