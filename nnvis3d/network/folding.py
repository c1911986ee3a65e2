"""What a folded layer shows: its strongest map, or the mean of all."""

import math
from collections.abc import Iterable

import numpy as np

from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.layer_styles import styles_of
from nnvis3d.network.spec import LayerSpec, NetworkSpec

SHOWS = ("strongest", "mean")


def strongest_map(values: np.ndarray) -> int:
    """The map of the largest mean magnitude, of values (C, H, W) or (C,); what is no number counts as 0."""
    magnitudes = np.abs(np.nan_to_num(values)).reshape(len(values), -1)
    return int(magnitudes.mean(axis=1).argmax())


def faces(frame: ActivationFrame | None, folded: Iterable[str], shows: str) -> dict[str, int]:
    """By folded layer, the one map that it shows; empty where they show the mean, or have no frame yet."""
    if frame is None or shows != "strongest":
        return {}
    return {name: strongest_map(frame.layer(name)) for name in folded if name in frame.spec.by_name}


def face_texels(layer: LayerSpec, texels: np.ndarray, face: int | None) -> np.ndarray:
    """float32 (H * W,): what the slab of a folded layer shows.

    Args:
        texels: (neurons,), of the whole layer, as in ActivationFrame.
        face: the one map; None: the mean of all, of texels, which is the texel of the mean.
    """
    maps = texels.reshape(layer.map_shape[0], -1)
    shown = maps.mean(axis=0, dtype=np.float64) if face is None else maps[face]
    return shown.astype(np.float32)


def face_offsets(network: NetworkSpec) -> dict[str, int]:
    """By layer that can fold, where its slab's texels begin: behind those of all neurons."""
    offsets, total = {}, network.neurons
    for layer in network.layers:
        if "fold" in styles_of(network, layer):
            offsets[layer.name] = total
            total += math.prod(layer.map_shape[1:])
    return offsets
