"""How one layer reads another: what every kind of layer has to say."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import torch

from nnvis3d.network.spec import LayerSpec

Window = tuple[int, int, int, int]


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """A float32 copy: weights may go on changing in training."""
    return np.array(tensor.detach().cpu().to(torch.float32).numpy())


class Operation(ABC):
    """How one layer reads another. Neurons are flat indices; all methods take many at once."""

    kind: ClassVar[str]
    grid: tuple[int, int, int]
    """(source channels, kernel rows, kernel columns) of one neuron's k terms."""

    def __init__(self, module: Any, source: LayerSpec, target: LayerSpec):
        self.module, self.source, self.target = module, source, target
        self.activation = target.activation

    @abstractmethod
    def sources(self, targets: np.ndarray) -> np.ndarray:
        """int64 (n, k): what each of `targets` (n,) reads; -1: padding."""

    @abstractmethod
    def weights(self, targets: np.ndarray, sources: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """float32 (n, k): by what `inputs` (n, k) are multiplied."""

    @abstractmethod
    def readers(self, sources: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What reads each of `sources` (n,): targets int64 (n, m), -1 filling up; weights float32 (n, m).

        `values` (source neurons,) are the source layer's, for pooling by maximum.
        """

    @abstractmethod
    def reach(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the source that those of the target read, over all channels."""

    def window(self, target: int) -> Window | None:
        """(top, left, bottom, right) of the kernel on the source map; None where everything is read."""
        return None

    def bias(self, target: int) -> float:
        return 0.0

    def _expect(self, expected: object, got: object, what: str) -> None:
        if expected != got:
            raise ValueError(f"{self.target.name}: expected {what} {expected}, got {got}")
