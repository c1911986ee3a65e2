"""The record beside a weights file: what was trained, on what, how, and how good it is."""

import datetime
import platform
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import nn

from nnvis3d import __version__
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.runtime.evaluation import evaluate, picture_images, stroke_images
from nnvis3d.runtime.trainer import TrainingOptions, mixed_batch, prepared
from nnvis3d.runtime.training_data import TrainingData

_SCALE_IMAGES = 2048
_SCALE_QUANTILE = 0.999


def training_record(
    spec: NetworkSpec, module: nn.Module, data: TrainingData, options: TrainingOptions, command: Sequence[str]
) -> dict:
    """Everything that the JSON file says; the accuracies and the scales are measured here."""
    return {
        "model": spec.name,
        "architecture": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "shape": list(layer.shape),
                "activation": layer.activation,
            }
            for layer in spec.layers
        ],
        "parameters": spec.parameters,
        "data": {source.name: len(source.labels) for source in data.sources},
        "held_out_writers": list(data.held_out_writers),
        "seed": options.seed,
        "epochs": options.epochs,
        "options": asdict(options),
        "accuracy": accuracies(spec, module, data),
        "scales": layer_scales(spec, module, data, options.seed),
        **made_by(command),
    }


def made_by(command: Sequence[str]) -> dict:
    """When, with which command, with which versions."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "command": shlex.join(without_folders(word) for word in command),
        "versions": {
            "nnvis3d": __version__,
            "torch": torch.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


def accuracies(spec: NetworkSpec, module: nn.Module, data: TrainingData) -> dict[str, float]:
    """On what was not trained on: MNIST's test images, held-out writers' strokes, normalised and as drawn."""
    found, shape = {}, spec.preprocessing.shape
    if data.test_images is not None:
        images, digits = data.test_images
        pictures = [image.astype(np.float32) / 255 for image in images]
        found["mnist_test"] = evaluate(
            spec, module, picture_images(pictures, shape), digits.tolist()
        ).accuracy
    if data.held_out:
        labels = [item.label for item in data.held_out]
        for name, normalize in (("strokes", True), ("strokes_as_drawn", False)):
            drawn = stroke_images(data.held_out, shape, normalize)
            found[name] = evaluate(spec, module, drawn, labels).accuracy
    return found


def layer_scales(spec: NetworkSpec, module: nn.Module, data: TrainingData, seed: int) -> dict[str, float]:
    """Layer -> the magnitude that 999 of 1,000 of its activations stay under, on training images."""
    found: dict[str, float] = {}

    def remember(name: str, relu: bool):
        def hook(_module: nn.Module, _inputs: tuple, output: torch.Tensor) -> None:
            shown = torch.relu(output) if relu else output
            found[name] = float(np.quantile(shown.abs().numpy(), _SCALE_QUANTILE))

        return hook

    hooks = [
        getattr(module, layer.name).register_forward_hook(remember(layer.name, layer.activation == "relu"))
        for layer in spec.layers[1:]
    ]
    images, _ = mixed_batch(data.sources, _SCALE_IMAGES, torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        module(prepared(images, spec.preprocessing))
    for hook in hooks:
        hook.remove()
    return {layer.name: round(found[layer.name], 4) for layer in spec.layers[1:]}


def without_folders(word: str) -> str:
    """An absolute path says where this machine keeps things; its last part is enough."""
    return Path(word).name if Path(word).is_absolute() else word
