"""Which images the next batch holds: every image once an epoch, in an order that the seed decides."""

from dataclasses import dataclass

import torch


@dataclass
class Sampler:
    """Its place is two numbers, so that going back to a step is exact."""

    size: int
    seed: int
    epoch: int = 0
    position: int = 0
    """Images of this epoch that were seen."""

    def __post_init__(self) -> None:
        self._order = torch.empty(0, dtype=torch.int64)
        self._ordered = -1

    def next(self, count: int) -> torch.Tensor:
        """Indices int64 (B,), B at most `count`: an epoch's last batch may be smaller."""
        if self._ordered != self.epoch:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
            self._order = torch.randperm(self.size, generator=generator)
            self._ordered = self.epoch
        indices = self._order[self.position : self.position + count]
        self.position += len(indices)
        if self.position >= self.size:
            self.epoch, self.position = self.epoch + 1, 0
        return indices
