"""Compares pictures with golden ones, with a tolerance for another driver's rounding."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

GOLDEN = Path(__file__).parent / "golden"
UPDATE = os.environ.get("NNVIS3D_UPDATE_GOLDEN") == "1"

MEAN = 0.1
"""Of 255, a channel: the largest mean difference. Half a digit more, or a legend less, is above it."""
LARGEST = 24
"""Of 255, a channel: the largest difference of a pixel. A cell in another colour is above it."""


@dataclass(frozen=True)
class Difference:
    """How far two pictures of one size are from each other."""

    mean: np.ndarray
    """float64 (3,): mean absolute difference of each channel, 0 to 255."""
    largest: np.ndarray
    """int64 (3,): largest absolute difference of each channel."""

    @property
    def tolerable(self) -> bool:
        return bool((self.mean <= MEAN).all() and (self.largest <= LARGEST).all())

    def __str__(self) -> str:
        return f"mean {self.mean.round(3)} (most {MEAN}), largest {self.largest} (most {LARGEST})"


def difference(picture: np.ndarray, other: np.ndarray) -> Difference:
    """Of two uint8 (H, W, 3)."""
    apart = np.abs(picture.astype(int) - other.astype(int)).reshape(-1, 3)
    return Difference(apart.mean(axis=0), apart.max(axis=0))


def read(path: Path) -> np.ndarray:
    """uint8 (H, W, 3)."""
    return np.asarray(Image.open(path).convert("RGB"))


def assert_golden(picture: np.ndarray, name: str, folder: Path) -> None:
    """`picture` is like golden/`name`.png; if not, `folder` gets both and their difference."""
    path = GOLDEN / f"{name}.png"
    if UPDATE:
        GOLDEN.mkdir(exist_ok=True)
        Image.fromarray(picture).save(path, optimize=True)
        return
    assert path.exists(), (
        f"{path.name} is missing: make it with NNVIS3D_UPDATE_GOLDEN=1, look at it, commit it"
    )
    golden = read(path)
    assert picture.shape == golden.shape
    found = difference(picture, golden)
    if not found.tolerable:
        apart = np.abs(picture.astype(int) - golden.astype(int))
        sheet = np.concatenate([golden, picture, np.minimum(4 * apart, 255).astype(np.uint8)])
        Image.fromarray(sheet).save(folder / f"{name}-golden-new-difference.png")
    assert found.tolerable, f"{name}: {found}; see {folder}/{name}-golden-new-difference.png"
