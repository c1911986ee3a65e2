"""What every module computes, caught with hooks on each one: shares nothing with the tracing but PyTorch."""

from dataclasses import fields, is_dataclass

import numpy as np
import torch
from torch import nn
from torch._C import _functorch

JOINS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
}


def leaves(module: nn.Module) -> dict[str, nn.Module]:
    """Modules that hold no others, without parametrizations and scripted ones, which take no hooks."""
    found = {}
    for name, part in module.named_modules():
        inner = [child for child, _ in part.named_children() if child != "parametrizations"]
        usual = "parametrizations" not in name and not isinstance(part, torch.jit.ScriptModule)
        if name and not inner and usual:
            found[name] = part
    return found


def plain_outputs(
    module: nn.Module, args: tuple, kwargs: dict | None = None
) -> tuple[dict[str, np.ndarray], object]:
    """By module call ("relu", "relu#2"), the first tensor it returned, flat; and the network's output."""
    found: dict[str, np.ndarray] = {}
    calls: dict[str, int] = {}

    def remember(name: str):
        def hook(_module: nn.Module, _args: tuple, output: object) -> None:
            calls[name] = calls.get(name, 0) + 1
            tensor = first(output)
            if tensor is not None and tensor.numel() and not _functorch.is_functorch_wrapped_tensor(tensor):
                found[name if calls[name] == 1 else f"{name}#{calls[name]}"] = flat(tensor)

        return hook

    hooks = [part.register_forward_hook(remember(name)) for name, part in leaves(module).items()]
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        with torch.no_grad():
            output = module(*args, **(kwargs or {}))
    finally:
        for hook in hooks:
            hook.remove()
        for part, mode in modes.items():
            part.training = mode
    return found, output


def first(output: object) -> torch.Tensor | None:
    while not isinstance(output, torch.Tensor):
        if isinstance(output, dict):
            output = list(output.values())
        elif is_dataclass(output):
            output = [getattr(output, entry.name) for entry in fields(output)]
        if not isinstance(output, tuple | list) or not output:
            return None
        output = output[0]
    return output


def flat(tensor: torch.Tensor) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.is_nested:
        tensor = torch.nested.to_padded_tensor(tensor, 0.0)
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.is_sparse:
        tensor = tensor.to_dense()
    if tensor.is_complex():
        tensor = tensor.abs()
    return tensor.clone().to(torch.float32).reshape(-1).numpy()
