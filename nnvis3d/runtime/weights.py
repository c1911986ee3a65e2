"""Weights on disk: safetensors, checked before they are believed. Nothing is ever unpickled."""

import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from nnvis3d.errors import UserError


def load_weights(module: nn.Module, path: Path, remedy: str) -> None:
    """Copy the tensors of `path` into `module`, which stays as it was if anything is wrong.

    Args:
        remedy: ends the message, such as "make it with `nnvis3d train ...`".

    Raises:
        UserError: missing, truncated, other tensors or shapes than the module's, NaN or infinity.
    """
    tensors = read_tensors(path, remedy)
    wanted = module.state_dict()
    problem = _mismatch(wanted, tensors) or _not_finite(tensors)
    if problem:
        raise UserError(f"{path}: {problem}; {remedy}")
    module.load_state_dict({name: tensors[name].to(wanted[name].dtype) for name in wanted})


def read_tensors(path: Path, remedy: str) -> dict[str, torch.Tensor]:
    """The file's tensors by name.

    Raises:
        UserError: missing, unreadable, or not a whole safetensors file.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such weights file; {remedy}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); {remedy}") from error
    try:
        return load(content)
    except SafetensorError as error:
        raise UserError(f"{path}: not a whole safetensors file ({error}); {remedy}") from error


def save_weights(module: nn.Module, path: Path) -> None:
    """Write `module`'s tensors to `path`: all of them or, if that fails, none."""
    tensors = {name: tensor.detach().contiguous() for name, tensor in module.state_dict().items()}
    write_atomically(path, save(tensors))


def write_atomically(path: Path, content: bytes) -> None:
    """A reader of `path` sees the old file or the whole new one.

    Raises:
        UserError: the folder cannot be written to.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error


def _mismatch(wanted: dict[str, torch.Tensor], given: dict[str, torch.Tensor]) -> str | None:
    """The first way in which `given` is not what the module needs."""
    for name, tensor in wanted.items():
        if name not in given:
            return f"{name}: missing"
        if given[name].shape != tensor.shape:
            return f"{name}: expected {tuple(tensor.shape)}, got {tuple(given[name].shape)}"
        if given[name].is_floating_point() != tensor.is_floating_point():
            return f"{name}: expected {_kind(tensor)}, got {given[name].dtype}"
    extra = sorted(set(given) - set(wanted))
    return f"{extra[0]}: not a tensor of this network" if extra else None


def _kind(tensor: torch.Tensor) -> str:
    return "floating-point numbers" if tensor.is_floating_point() else "whole numbers"


def _not_finite(tensors: dict[str, torch.Tensor]) -> str | None:
    for name, tensor in tensors.items():
        bad = int((~torch.isfinite(tensor)).sum())
        if bad:
            return f"{name}: {bad} of {tensor.numel()} values are NaN or infinite"
    return None
