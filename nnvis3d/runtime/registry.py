"""The built-in networks, ready to answer: which module each is, with which weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.network import catalog
from nnvis3d.network.spec import NetworkSpec, Preprocessing
from nnvis3d.runtime.models import Cnn, Mlp
from nnvis3d.runtime.resnet import ResNet20
from nnvis3d.runtime.tracing.trace import Trace, trace
from nnvis3d.runtime.weights import load_weights


@dataclass(frozen=True)
class Builtin:
    """One built-in network: its entry in the catalogue, and who makes its module."""

    entry: catalog.Entry
    factory: Callable[[], nn.Module]

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def preprocessing(self) -> Preprocessing:
        return self.entry.preprocessing

    def trace(self, module: nn.Module) -> Trace:
        """`module`, one of its kind, run once."""
        entry = self.entry
        example = torch.zeros(1, *entry.preprocessing.shape)
        return trace(module, example, entry.name, entry.labels, entry.preprocessing, entry.title)

    def spec(self, record: Mapping | None = None) -> NetworkSpec:
        """What it is; `record`, the JSON beside the weights, gives the fixed scales and the accuracy."""
        return self.entry.spec(record)


BUILTINS: Mapping[str, Builtin] = {
    name: Builtin(catalog.NETWORKS[name], factory)
    for name, factory in (("cnn", Cnn), ("mlp", Mlp), ("resnet20", ResNet20))
}


@dataclass(frozen=True)
class LoadedNetwork:
    """A network that is ready to answer."""

    spec: NetworkSpec
    module: nn.Module
    """In evaluation mode, its parameters not asking for gradients."""
    record: Mapping = field(default_factory=dict)
    """The JSON record beside the weights; empty if there is none."""
    trace: Trace | None = None
    """How its layers are caught, if it is a traced one: more than a chain."""


def builtin(name: str) -> Builtin:
    """The built-in network called `name`.

    Raises:
        UserError: there is none of that name.
    """
    return BUILTINS[catalog.entry(name).name]


def load_network(name: str, weights: Path | None = None) -> LoadedNetwork:
    """The built-in network `name` with the weights that ship, or those of the file `weights`.

    Raises:
        UserError: unknown name, or an unusable weights file or record.
    """
    network = builtin(name)
    path = catalog.weights_file(name, weights)
    module = network.factory()
    output = path.name if weights is not None else f"weights/{path.name}"
    load_weights(module, path, f"make it with `nnvis3d train --model {name} --data DIR --output {output}`")
    module.eval().requires_grad_(False)
    record = catalog.read_record(path.with_suffix(".json"))
    spec = network.spec(record)
    if not network.entry.traced:
        return LoadedNetwork(spec, module, record)
    traced = network.trace(module)
    if [layer.name for layer in traced.spec.layers] != [layer.name for layer in spec.layers]:
        raise UserError(f"{path.with_suffix('.json')}: other layers than {name} has; train again")
    return LoadedNetwork(spec, module, record, replace(traced, spec=spec))
