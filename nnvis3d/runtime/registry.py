"""The built-in networks by name: what they are, who makes them, which file holds their weights."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.network.spec import LayerSpec, NetworkSpec, Preprocessing
from nnvis3d.resources import resource
from nnvis3d.runtime.models import Cnn, Mlp
from nnvis3d.runtime.weights import load_weights

DIGITS = tuple("0123456789")
_MEAN, _STD = (0.13,), (0.31,)  # of MNIST's pixels, about


@dataclass(frozen=True)
class Builtin:
    """One built-in network."""

    name: str
    title: str
    factory: Callable[[], nn.Module]
    preprocessing: Preprocessing
    layers: tuple[tuple[str, str, str, tuple[int, ...]], ...]
    """(name, kind, title, shape) in order of computation; each reads the one before."""

    def spec(self, record: Mapping | None = None) -> NetworkSpec:
        """What it is; `record`, the JSON beside the weights, gives the fixed scales and the accuracy."""
        record = record or {}
        counts = _parameter_counts(self.factory)
        layers: list[LayerSpec] = []
        for name, kind, title, shape in self.layers:
            layers.append(
                LayerSpec(
                    name,
                    kind,
                    shape,
                    title,
                    sources=(layers[-1].name,) if layers else (),
                    activation="relu" if kind in ("conv", "linear") and name != "output" else "none",
                    signed=name == "output",
                    scale=1.0 if name == "input" else record.get("scales", {}).get(name),
                    parameters=counts.get(name, 0),
                )
            )
        accuracy = record.get("accuracy", {})
        return NetworkSpec(self.name, self.title, tuple(layers), self.preprocessing, DIGITS, accuracy)


BUILTINS: Mapping[str, Builtin] = {
    network.name: network
    for network in (
        Builtin(
            "cnn",
            "Convolutional network",
            Cnn,
            Preprocessing((1, 32, 32), _MEAN, _STD),
            (
                ("input", "input", "Input", (1, 32, 32)),
                ("conv1", "conv", "Convolution 1", (6, 28, 28)),
                ("pool1", "maxpool", "Max pooling 1", (6, 14, 14)),
                ("conv2", "conv", "Convolution 2", (16, 10, 10)),
                ("pool2", "maxpool", "Max pooling 2", (16, 5, 5)),
                ("fc1", "linear", "Fully connected 1", (120,)),
                ("fc2", "linear", "Fully connected 2", (100,)),
                ("output", "linear", "Output", (10,)),
            ),
        ),
        Builtin(
            "mlp",
            "Multilayer perceptron",
            Mlp,
            Preprocessing((1, 28, 28), _MEAN, _STD),
            (
                ("input", "input", "Input", (1, 28, 28)),
                ("fc1", "linear", "Fully connected 1", (300,)),
                ("fc2", "linear", "Fully connected 2", (100,)),
                ("output", "linear", "Output", (10,)),
            ),
        ),
    )
}


@dataclass(frozen=True)
class LoadedNetwork:
    """A network that is ready to answer."""

    spec: NetworkSpec
    module: nn.Module
    """In evaluation mode, its parameters not asking for gradients."""
    record: Mapping = field(default_factory=dict)
    """The JSON record beside the weights; empty if there is none."""


def builtin(name: str) -> Builtin:
    """The built-in network called `name`.

    Raises:
        UserError: there is none of that name.
    """
    if name not in BUILTINS:
        raise UserError(f"--model {name}: no such network; choose one of {', '.join(BUILTINS)}")
    return BUILTINS[name]


def load_network(name: str, weights: Path | None = None) -> LoadedNetwork:
    """The built-in network `name` with the weights that ship, or those of the file `weights`.

    Raises:
        UserError: unknown name, or an unusable weights file or record.
    """
    network = builtin(name)
    path = weights if weights is not None else resource("weights") / f"{name}.safetensors"
    module = network.factory()
    output = path.name if weights is not None else f"weights/{path.name}"
    load_weights(module, path, f"make it with `nnvis3d train --model {name} --data DIR --output {output}`")
    module.eval().requires_grad_(False)
    record = read_record(path.with_suffix(".json"))
    return LoadedNetwork(network.spec(record), module, record)


def read_record(path: Path) -> dict:
    """The JSON record beside a weights file; {} if there is none.

    Raises:
        UserError: it is there but not a record.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        scales, accuracy = record.get("scales", {}), record.get("accuracy", {})
        if not all(float(v) > 0 for v in scales.values()) or not all(0 <= v <= 1 for v in accuracy.values()):
            raise ValueError("scales must be above 0, accuracies from 0 to 1")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}: not a record of a training run ({error}); train again or remove it"
        ) from error
    return record


def _parameter_counts(factory: Callable[[], nn.Module]) -> dict[str, int]:
    """Parameters of each child module, counted without allocating or initialising any."""
    with torch.device("meta"):
        module = factory()
    return {name: sum(p.numel() for p in child.parameters()) for name, child in module.named_children()}
