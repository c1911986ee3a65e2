"""A training run between two epochs, as plain tensors in safetensors: cut off, it goes on from there."""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.runtime.weights import read_tensors, write_atomically

_REMEDY = "remove it to train from the beginning"


@dataclass(frozen=True)
class Checkpoint:
    """Everything that the next epoch depends on, besides the data and the options."""

    epoch: int
    """Epochs that are done."""
    weights: Mapping[str, torch.Tensor]
    """The module's parameters and buffers by name."""
    momentum: Mapping[str, torch.Tensor]
    """SGD's running gradient of each parameter, by the parameter's name."""
    mean: Mapping[str, torch.Tensor] = field(default_factory=dict)
    """Mean of each parameter over the epochs whose weights are averaged; empty before them."""

    @classmethod
    def of(
        cls,
        module: nn.Module,
        optimizer: torch.optim.Optimizer,
        epoch: int,
        mean: Mapping[str, torch.Tensor],
    ) -> "Checkpoint":
        """A copy: later steps do not change it."""
        weights = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
        momentum = {
            name: optimizer.state[parameter]["momentum_buffer"].clone()
            for name, parameter in module.named_parameters()
        }
        return cls(epoch, weights, momentum, {name: tensor.clone() for name, tensor in mean.items()})

    def restore(self, module: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Bring both to where they were."""
        module.load_state_dict(dict(self.weights))
        for name, parameter in module.named_parameters():
            buffer = torch.empty_like(parameter).copy_(self.momentum[name])
            optimizer.state[parameter]["momentum_buffer"] = buffer


def save_checkpoint(checkpoint: Checkpoint, run: Mapping, path: Path) -> None:
    """Write it to `path`, all or nothing; `run` says which run it belongs to, as plain JSON values."""
    tensors = {f"weights.{name}": tensor.contiguous() for name, tensor in checkpoint.weights.items()}
    tensors |= {f"momentum.{name}": tensor.contiguous() for name, tensor in checkpoint.momentum.items()}
    tensors |= {f"mean.{name}": tensor.contiguous() for name, tensor in checkpoint.mean.items()}
    about = {"epoch": str(checkpoint.epoch), "run": json.dumps(run, sort_keys=True)}
    write_atomically(path, save(tensors, about))


def load_checkpoint(path: Path, run: Mapping, module: nn.Module) -> Checkpoint | None:
    """The checkpoint of `run` in `path`; None if there is no such file.

    Raises:
        UserError: damaged, of another run, or of another module.
    """
    if not path.exists():
        return None
    tensors = read_tensors(path, _REMEDY)
    about = _metadata(path)
    if about.get("run") != json.dumps(run, sort_keys=True):
        raise UserError(f"{path}: a checkpoint of a run with other options; {_REMEDY}")
    parts: dict[str, dict[str, torch.Tensor]] = {"weights": {}, "momentum": {}, "mean": {}}
    for name, tensor in tensors.items():
        part, _, key = name.partition(".")
        parts.setdefault(part, {})[key] = tensor
    trained = _shapes(dict(module.named_parameters()))
    fits = _shapes(parts["weights"]) == _shapes(module.state_dict())
    if not fits or _shapes(parts["momentum"]) != trained or _shapes(parts["mean"]) not in ({}, trained):
        raise UserError(f"{path}: a checkpoint of another network; {_REMEDY}")
    return Checkpoint(int(about["epoch"]), parts["weights"], parts["momentum"], parts["mean"])


def _shapes(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}


def _metadata(path: Path) -> dict[str, str]:
    """What a safetensors file's header says about it; the file was read as a whole one before."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length)).get("__metadata__", {})
