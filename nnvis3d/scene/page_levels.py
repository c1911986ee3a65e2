"""Which level of its means each layer needs in a picture, and which layers are in it at all: a pure
function."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.poses import half_tangent, project

OVERVIEW_TEXELS = 20_000
"""Of one layer in the overview, at most: about what a hundred and forty layers have of a picture each."""
NEAR_PIXELS = 2.2
"""Pixels that a neuron takes from which on it is drawn as a cell."""


@dataclass(frozen=True)
class Seen:
    """What a picture needs, an entry a layer."""

    shifts: np.ndarray
    """int64 (layers,): of the level of which no pixel holds much more than one texel, see means.Level."""
    visible: np.ndarray
    """bool (layers,): whether any of it can be in the picture."""
    pixels: np.ndarray
    """float64 (layers,): pixels that a neuron takes, where it is nearest."""


def overview_level(texels: Sequence[int]) -> int:
    """The finest level, of those with so many texels each, that is small enough for the overview."""
    fitting = [level for level, count in enumerate(texels) if count <= OVERVIEW_TEXELS]
    return fitting[0] if fitting else len(texels) - 1


def level_for(shift: int, shifts: Sequence[int]) -> int:
    """The level to draw where one of `shift` would be right: that of a layer's `shifts` that is nearest to
    it."""
    return min(range(len(shifts)), key=lambda level: (abs(shifts[level] - shift), -level))


def seen(layers: Sequence[LayerLayout], pose: CameraPose, size: tuple[int, int]) -> Seen:
    """Of upright layers that face -y, in a picture of `size` pixels."""
    places = np.array([layer.placement.position for layer in layers])
    half = np.array([layer.extent for layer in layers]) / 2
    corners = np.repeat(places[:, None], 4, axis=1)
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    corners[:, :, 0] += signs[:, 0] * half[:, :1]
    corners[:, :, 2] += signs[:, 1] * half[:, 1:]
    pixels, depth = project(pose, corners.reshape(-1, 3), size)
    pixels, depth = pixels.reshape(-1, 4, 2), depth.reshape(-1, 4)
    inside = ((pixels.max(axis=1) > 0) & (pixels.min(axis=1) < size)).all(axis=1) & (depth > 0).all(axis=1)
    around = (depth > 0).any(axis=1) & (depth <= 0).any(
        axis=1
    )  # one corner is behind the eye: it may be anywhere
    beyond = np.maximum(np.abs(pose.eye[[0, 2]] - places[:, [0, 2]]) - half, 0.0)
    apart = np.sqrt((beyond**2).sum(axis=1) + (pose.eye[1] - places[:, 1]) ** 2)
    per_unit = size[1] / (2 * half_tangent(pose.fov) * np.maximum(apart, 1e-3))
    cell = np.array([layer.pitch for layer in layers]) * per_unit
    shifts = np.ceil(np.log2(np.maximum(1.0 / np.maximum(cell, 1e-9), 1e-3)) - 0.25).astype(int)
    present = np.array([layer.presence > 0 for layer in layers])
    return Seen(np.maximum(shifts, 0), (inside | around) & present, cell)
