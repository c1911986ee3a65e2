"""By what filters are compared: four kinds of vectors for each filter of a layer, really four."""

from collections.abc import Collection

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from nnvis3d.lab.freezing import all_learning
from nnvis3d.lab.network import LabLayer, LabNetwork
from nnvis3d.network.lab_commands import KINDS

COEFFICIENTS, COEFFICIENT_GRADIENTS, MAPS, MAP_GRADIENTS = KINDS
IMAGES = 32
"""Of the fixed validation batch, whose activations and gradients are compared."""
_SIDE = 4
"""Cells a side to which feature maps are averaged where samples are compared."""

Item = tuple[str, str]
"""(layer, kind)."""


def filter_features(
    network: LabNetwork, items: Collection[Item], inputs: torch.Tensor, labels: torch.Tensor
) -> dict[Item, np.ndarray]:
    """float32 (F, D) for each item, in evaluation mode; nothing of the network is changed.

    Coefficients are a filter's weights; maps are its activations on all of `inputs`; gradients are those of
    the mean cross entropy of `inputs`, with respect to the weights and to the activations.
    """
    layers = {name: network.by_name[name] for name, _ in items}
    weights = {name: _weight(network, layer) for name, layer in layers.items()}
    found = {(name, kind): _rows(weights[name].detach()) for name, kind in items if kind == COEFFICIENTS}
    others = [item for item in items if item[1] != COEFFICIENTS]
    if others:
        found |= _passed(network, others, weights, inputs, labels)
    return found


def _weight(network: LabNetwork, layer: LabLayer) -> torch.Tensor:
    weight = network.module.get_submodule(layer.modules[0]).weight
    assert isinstance(weight, torch.Tensor)
    return weight


def _rows(tensor: torch.Tensor) -> np.ndarray:
    return tensor.flatten(1).numpy().astype(np.float32)


def _passed(
    network: LabNetwork,
    items: Collection[Item],
    weights: dict[str, torch.Tensor],
    inputs: torch.Tensor,
    labels: torch.Tensor,
) -> dict[Item, np.ndarray]:
    """What takes a forward pass, and a backward pass if a gradient is among the items."""
    training = network.module.training
    network.module.eval()
    try:
        backward = any(kind != MAPS for _, kind in items)
        with all_learning(network, True), torch.set_grad_enabled(backward):
            values = dict(zip((layer.name for layer in network.layers), network.values(inputs), strict=True))
            wanted = [
                values[name] if kind == MAP_GRADIENTS else weights[name]
                for name, kind in items
                if kind != MAPS
            ]
            loss = F.cross_entropy(list(values.values())[-1], labels)
            gradients = iter(torch.autograd.grad(loss, wanted) if wanted else ())
    finally:
        network.module.train(training)
    found: dict[Item, np.ndarray] = {}
    for name, kind in items:
        if kind == COEFFICIENT_GRADIENTS:
            found[name, kind] = _rows(next(gradients))
        else:
            tensor = values[name].detach() if kind == MAPS else next(gradients)
            found[name, kind] = _rows(tensor.transpose(0, 1))
    return found


@torch.no_grad()
def sample_features(network: LabNetwork, layer: str, inputs: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """What `layer` answers each image with: float32 (B, D), maps averaged to at most 4x4 cells; and the
    classes guessed, int64 (B,)."""
    training = network.module.training
    network.module.eval()
    place = [item.name for item in network.layers].index(layer)
    rows, guesses = [], []
    for part in inputs.split(128):
        values = network.values(part)
        value = values[place]
        if value.dim() == 4 and max(value.shape[2:]) > _SIDE:
            value = F.adaptive_avg_pool2d(value, _SIDE)
        rows.append(_rows(value))
        guesses.append(values[-1].argmax(1).numpy())
    network.module.train(training)
    return np.concatenate(rows), np.concatenate(guesses)
