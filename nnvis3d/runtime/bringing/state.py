"""Weights for a module that Python makes: safetensors, or a state dict of tensors that torch.load can read
without running code."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.runtime.weights import read_tensors

_REMEDY = (
    "load it where you trust it and write it anew with "
    "safetensors.torch.save_model(module, 'weights.safetensors')"
)
_WRAPPINGS = ("state_dict", "model_state_dict", "model", "net", "weights")
_PREFIXES = ("module.", "_orig_mod.", "model.")


def load_state(module: nn.Module, path: Path) -> None:
    """Copy the tensors of `path` into `module`, which stays as it was if anything is wrong.

    Raises:
        UserError: missing, damaged, needs arbitrary pickle, or other tensors than the module's.
    """
    tensors = _read(path)
    wanted = module.state_dict()
    tensors = _without_prefix(tensors, wanted)
    problem = _mismatch(wanted, tensors)
    if problem:
        raise UserError(f"{path}: {problem}; are these the weights of {type(module).__name__}?")
    module.load_state_dict({name: tensors[name] for name in wanted if name in tensors}, strict=False)


def _read(path: Path) -> dict[str, torch.Tensor]:
    if path.suffix.lower() == ".safetensors":
        return read_tensors(path, "give a .safetensors file or a .pt state dict")
    if not path.is_file():
        raise UserError(f"{path}: no such weights file; give a .safetensors file or a .pt state dict")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise UserError(_refusal(path, error)) from error
    tensors = _state_dict(content)
    if tensors is None:
        raise UserError(f"{path}: holds no state dict; save module.state_dict(), or {_REMEDY}")
    return tensors


def _refusal(path: Path, error: Exception) -> str:
    if "Weights only load failed" in str(error) or "weights_only" in str(error):
        return (
            f"{path}: holds Python objects, not only tensors, and reading those may run any code; {_REMEDY}"
        )
    reason = " ".join(str(error).split())[:160]
    return f"{path}: not a whole PyTorch file ({reason}); give a .safetensors file or a .pt state dict"


def _state_dict(content: object) -> dict[str, torch.Tensor] | None:
    """The tensors by name, wherever a training script has put them."""
    if not isinstance(content, Mapping):
        return None
    if content and all(isinstance(v, torch.Tensor) for v in content.values()):
        return dict(content)
    for key in _WRAPPINGS:
        inner = content.get(key)
        if isinstance(inner, Mapping) and inner and all(isinstance(v, torch.Tensor) for v in inner.values()):
            return dict(inner)
    return None


def _without_prefix(
    tensors: dict[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Names as the module has them: DataParallel, torch.compile and Lightning put a word in front."""
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) for name in tensors) and not any(name in wanted for name in tensors):
            return {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    return tensors


def _mismatch(wanted: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor]) -> str | None:
    """The first way in which `given` is not what the module needs."""
    shared = {tensor.data_ptr() for name, tensor in wanted.items() if name in given}
    for name, tensor in wanted.items():
        if name not in given:
            if tensor.data_ptr() in shared and tensor.numel():
                continue  # tied weights are saved once
            if name.endswith("num_batches_tracked"):
                continue
            return f"{name}: missing"
        if given[name].shape != tensor.shape:
            return f"{name}: expected {tuple(tensor.shape)}, got {tuple(given[name].shape)}"
    extra = sorted(set(given) - set(wanted))
    return f"{extra[0]}: not a tensor of this network" if extra else None
