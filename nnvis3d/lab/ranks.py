"""Several processes that train one network together, as `torchrun` starts them.

Each has the whole lab and computes the gradients of its part of every batch; their weighted sum is the
gradient of the batch, so all take the same step as one process alone would. Unlike DistributedDataParallel
this wraps nothing: layers may be added, removed and frozen as ever, and every number by which a lab decides
how to go on is the same everywhere. Normalisations see the part of their process, and their statistics are
averaged.
"""

import os
from typing import Protocol

import torch
import torch.distributed as dist
from torch import nn

from nnvis3d.errors import UserError


class Company(Protocol):
    """Who takes part in a step."""

    seed: int
    """Another one for each process: dropout is not to be the same in all parts of a batch."""

    def part(self, indices: torch.Tensor) -> torch.Tensor:
        """This process's images of a batch; never none."""
        ...

    def together(
        self, module: nn.Module, loss: torch.Tensor, right: torch.Tensor, count: int
    ) -> tuple[float, int]:
        """Make the gradients of this process's part those of the whole batch of `count` images. (mean loss,
        images that were classified rightly) of all of it."""
        ...


class Alone:
    """One process."""

    seed = 0

    def part(self, indices: torch.Tensor) -> torch.Tensor:
        return indices

    def together(
        self, module: nn.Module, loss: torch.Tensor, right: torch.Tensor, count: int
    ) -> tuple[float, int]:
        return loss.item(), int(right)


ALONE: Company = Alone()


def under_torchrun() -> bool:
    """Whether there are other processes to train with."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1 and "RANK" in os.environ


class Ranks:
    """This process among `size`; on CPUs, by gloo."""

    def __init__(self) -> None:
        """Waits until all are there."""
        dist.init_process_group("gloo")
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.seed = self.rank * 104_729

    def part(self, indices: torch.Tensor) -> torch.Tensor:
        part = indices[self.rank :: self.size]
        return part if len(part) else indices[:1]  # it counts for nothing, see `_weight`

    def _weight(self, count: int) -> float:
        """Share of the batch that is this process's."""
        return len(range(self.rank, count, self.size)) / count

    def together(
        self, module: nn.Module, loss: torch.Tensor, right: torch.Tensor, count: int
    ) -> tuple[float, int]:
        """
        Raises:
            UserError: another process has ended.
        """
        weight = self._weight(count)
        learned = [p.grad for p in module.parameters() if p.grad is not None]
        averaged = [b for b in module.buffers() if b.is_floating_point()]
        numbers = torch.stack([loss * weight, right.float() * (weight > 0)])
        parts = [*(g.flatten() * weight for g in learned), *(b.flatten() / self.size for b in averaged)]
        flat = torch.cat([*parts, numbers.to(loss.dtype)])
        try:
            dist.all_reduce(flat)
        except RuntimeError as error:
            raise UserError("lab: another process of this training has ended") from error
        start = 0
        with torch.no_grad():
            for tensor in (*learned, *averaged):
                tensor.copy_(flat[start : start + tensor.numel()].view_as(tensor))
                start += tensor.numel()
        return float(flat[-2]), round(float(flat[-1]))

    def close(self) -> None:
        dist.destroy_process_group()
