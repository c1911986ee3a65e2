"""The built-in networks as they are shown: known before PyTorch is, so that the first picture has them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nnvis3d.errors import UserError
from nnvis3d.network.spec import LayerSpec, NetworkSpec, Preprocessing
from nnvis3d.network.spec_json import spec_from_json
from nnvis3d.resources import resource

DIGITS = tuple("0123456789")
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""CIFAR-10's classes."""
_MEAN, _STD = (0.13,), (0.31,)  # of MNIST's pixels, about


@dataclass(frozen=True)
class Entry:
    """One built-in network."""

    name: str
    title: str
    preprocessing: Preprocessing
    layers: tuple[tuple[str, str, str, tuple[int, ...], int], ...] = ()
    """(name, kind, title, shape, parameters) in order of computation; each reads the one before. None: it is
    more than a chain, and the record beside its weights holds what was found when it was traced."""
    labels: tuple[str, ...] = DIGITS

    @property
    def traced(self) -> bool:
        """Whether tracing says what its layers are."""
        return not self.layers

    def spec(self, record: Mapping | None = None) -> NetworkSpec:
        """What it is; `record`, the JSON beside the weights, gives the fixed scales and the accuracy.

        Raises:
            UserError: it is a traced one, and the record does not hold it.
        """
        record = record or {}
        if self.traced:
            return self._recorded(record)
        layers: list[LayerSpec] = []
        for name, kind, title, shape, parameters in self.layers:
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
                    parameters=parameters,
                )
            )
        accuracy = record.get("accuracy", {})
        return NetworkSpec(self.name, self.title, tuple(layers), self.preprocessing, self.labels, accuracy)

    def _recorded(self, record: Mapping) -> NetworkSpec:
        where = f"{self.name}.json"
        if "network" not in record:
            raise UserError(
                f"{where}: not beside the weights, or without the network's layers; "
                f"reinstall, or make it with `nnvis3d train --model {self.name} --data DIR`"
            )
        return replace(spec_from_json(record["network"], where), accuracy=record.get("accuracy", {}))


NETWORKS: Mapping[str, Entry] = {
    network.name: network
    for network in (
        Entry(
            "cnn",
            "Convolutional network",
            Preprocessing((1, 32, 32), _MEAN, _STD),
            (
                ("input", "input", "Input", (1, 32, 32), 0),
                ("conv1", "conv", "Convolution 1", (6, 28, 28), 6 * (5 * 5 + 1)),
                ("pool1", "maxpool", "Max pooling 1", (6, 14, 14), 0),
                ("conv2", "conv", "Convolution 2", (16, 10, 10), 16 * (6 * 5 * 5 + 1)),
                ("pool2", "maxpool", "Max pooling 2", (16, 5, 5), 0),
                ("fc1", "linear", "Fully connected 1", (120,), 120 * (16 * 5 * 5 + 1)),
                ("fc2", "linear", "Fully connected 2", (100,), 100 * (120 + 1)),
                ("output", "linear", "Output", (10,), 10 * (100 + 1)),
            ),
        ),
        Entry(
            "mlp",
            "Multilayer perceptron",
            Preprocessing((1, 28, 28), _MEAN, _STD),
            (
                ("input", "input", "Input", (1, 28, 28), 0),
                ("fc1", "linear", "Fully connected 1", (300,), 300 * (28 * 28 + 1)),
                ("fc2", "linear", "Fully connected 2", (100,), 100 * (300 + 1)),
                ("output", "linear", "Output", (10,), 10 * (100 + 1)),
            ),
        ),
        Entry(
            "resnet20",
            "ResNet-20",
            Preprocessing((3, 32, 32), (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
            labels=THINGS,
        ),
    )
}


def entry(name: str) -> Entry:
    """The built-in network called `name`.

    Raises:
        UserError: there is none of that name.
    """
    if name not in NETWORKS:
        raise UserError(f"--model {name}: no such network; choose one of {', '.join(NETWORKS)}")
    return NETWORKS[name]


def weights_file(name: str, weights: Path | None = None) -> Path:
    """`weights`, or the file that ships."""
    return weights if weights is not None else resource("weights") / f"{name}.safetensors"


def network_spec(name: str, weights: Path | None = None) -> NetworkSpec:
    """The built-in network `name`, with what the record beside its weights says.

    Raises:
        UserError: unknown name, or a record that is none.
    """
    return entry(name).spec(read_record(weights_file(name, weights).with_suffix(".json")))


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
