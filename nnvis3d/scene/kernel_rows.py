"""Kernels on their edges as the shader of standing pictures wants them, see stand_rows.py."""

import numpy as np

from nnvis3d.network.kernels import KernelPlaces
from nnvis3d.scene.stand_rows import KERNEL
from nnvis3d.scene.theme import Theme


def kernel_rows(places: KernelPlaces, parts: np.ndarray, theme: Theme, presence: float) -> np.ndarray:
    """float32 (n, 5, 4).

    Args:
        parts: float32 (n, 4): left, top, right, bottom of each picture, shares of the texture.
        presence: 0-1.
    """
    rows = np.zeros((len(places.centres), 5, 4), np.float32)
    rows[:, 0, :3], rows[:, 0, 3] = places.centres, KERNEL
    rows[:, 1, :3], rows[:, 1, 3] = places.right, 1.0
    rows[:, 2, :3], rows[:, 2, 3] = places.up, presence
    rows[:, 3] = parts
    rows[:, 4, :3] = np.array(theme.text[:3]) / 255
    return rows
