"""The record beside the weights of a network that sees pictures: its layers as traced, how good it is."""

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np
from torch import nn

from nnvis3d.inputs.picture_archive import LabelledPictures
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.network.spec_json import spec_to_json
from nnvis3d.runtime.evaluation import evaluate, picture_images
from nnvis3d.runtime.picture_options import PictureTrainingOptions
from nnvis3d.runtime.record import made_by
from nnvis3d.runtime.registry import Builtin
from nnvis3d.runtime.tracing.runner import TracedRunner
from nnvis3d.runtime.tracing.trace import Trace

_SCALE_PICTURES = 64
_SCALE_QUANTILE = 0.999


def picture_record(
    network: Builtin,
    module: nn.Module,
    seen: LabelledPictures,
    test: LabelledPictures,
    options: PictureTrainingOptions,
    command: Sequence[str],
) -> dict:
    """Everything that the JSON file says; accuracy (on `test`) and scales (on `seen`) are measured here."""
    traced = network.trace(module)
    images = list(picture_images(test.images, network.preprocessing.shape))
    accuracy = evaluate(traced.spec, module, images, test.labels.tolist()).accuracy
    return {
        "model": network.name,
        "parameters": traced.spec.parameters,
        "data": {"cifar10_train": len(seen)},
        "seed": options.seed,
        "epochs": options.epochs,
        "options": asdict(options),
        "accuracy": {"cifar10_test": accuracy},
        **made_by(command),
        "network": spec_to_json(with_scales(traced, seen)),
    }


def with_scales(traced: Trace, seen: LabelledPictures) -> NetworkSpec:
    """Its spec; every layer with the magnitude that 999 of 1,000 of its activations stay under."""
    spec, runner = traced.spec, TracedRunner(traced)
    shape = spec.preprocessing.shape
    found: dict[str, list[np.ndarray]] = {layer.name: [] for layer in spec.layers[1:]}
    for image in picture_images(seen.images[:_SCALE_PICTURES], shape):
        frame = runner.run(image)
        for name, values in found.items():
            values.append(np.abs(frame.layer(name)).ravel())
    scales = {name: float(np.quantile(np.concatenate(v), _SCALE_QUANTILE)) for name, v in found.items()}
    layers = [replace(layer, scale=round(scales[layer.name], 4) or None) for layer in spec.layers[1:]]
    return replace(spec, layers=(spec.layers[0], *layers))
