"""One way in for every network that a user names: `package.module:factory`, a .pt2 or an ONNX file."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.network import catalog
from nnvis3d.runtime.bringing.examples import Wanted, example_of
from nnvis3d.runtime.bringing.factory import call_factory, is_factory
from nnvis3d.runtime.bringing.state import load_state
from nnvis3d.runtime.tracing.declared import declared_labels
from nnvis3d.runtime.tracing.trace import Trace, trace


@dataclass(frozen=True)
class Brought:
    """What a name on the command line led to, before it has run."""

    module: nn.Module
    name: str
    example: object = None
    """What it says itself that it is to be run on; None: it says nothing."""


def bring(model: str, weights: Path | None = None, wanted: Wanted | None = None) -> Trace:
    """The network that `model` names, run once.

    Args:
        weights: .safetensors, or a .pt or .pth state dict, for a network that Python makes.
        wanted: what is known of its input.

    Raises:
        UserError: there is no such network, its weights do not fit, or it cannot run.
    """
    brought = _brought(model)
    if weights is not None:
        load_state(brought.module, weights)
    brought.module.requires_grad_(False)
    example = example_of(brought.module, brought.example, wanted or Wanted())
    return trace(brought.module, example, brought.name, declared_labels(brought.module))


def _brought(model: str) -> Brought:
    path = Path(model)
    match path.suffix.lower():
        case ".pt2":
            from nnvis3d.runtime.bringing.exported import load_exported

            module, example = load_exported(path)
            return Brought(module, path.stem, example)
        case ".onnx":
            from nnvis3d.runtime.bringing.onnx_file import load_onnx

            module, example = load_onnx(path)
            return Brought(module, path.stem, example)
        case ".pt" | ".pth" | ".ckpt" | ".bin" | ".safetensors":
            raise UserError(
                f"--model {model}: this file holds weights, not what to do with them; "
                f"say --model package.module:factory --weights {model}"
            )
    if is_factory(model):
        module, example = call_factory(model)
        return Brought(module, model.rpartition(":")[2], example)
    raise UserError(
        f"--model {model}: no such network; choose one of {', '.join(catalog.NETWORKS)}, "
        f"package.module:factory, or a .pt2 or .onnx file"
    )
