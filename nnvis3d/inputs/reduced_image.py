"""What becomes of a drawing on its way to the network."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ReducedImage:
    """A drawing as the network sees it."""

    image: np.ndarray
    """float32 (C, H, W), 0 to 1."""
    blank: bool
    """True if there is no ink: nothing to guess from."""
