"""How one layer reads another: what every kind of layer has to say."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch

from nnvis3d.network.explanation import ACTIVATIONS, Normalised, Softmax
from nnvis3d.network.gating import Gating
from nnvis3d.network.spec import LayerSpec

Window = tuple[int, int, int, int]


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """A float32 copy: weights may go on changing in training."""
    return np.array(tensor.detach().cpu().to(torch.float32).numpy())


class Operation(ABC):
    """How one layer reads another, or several. Neurons are flat indices; all methods take many at once.

    Where several layers are read, `parts`, the indices of their neurons go on from one part to the next.
    """

    kind: ClassVar[str]
    grid: tuple[int, int, int]
    """(source channels, kernel rows, kernel columns) of one neuron's k terms."""
    slices = 1
    """How many kernel slices lie under each other in the kernel rows of the grid."""
    guessed = False
    """Whether it was not a module that said so: then its terms are believed where they make the value."""
    reads_itself = False
    """Whether its neurons read others of their own layer, as steps do the step before."""
    normalised: Callable[[int], Normalised] | None = None
    """By target: with what its input was normalised before it was multiplied."""

    unseen_axes: tuple[str, int] = ("", 1)
    """What numbers are called that it reads and that no layer shows, and how many of them are in a row."""

    def __init__(self, module: Any, source: LayerSpec, target: LayerSpec):
        self.module, self.source, self.target = module, source, target
        self.parts: tuple[LayerSpec, ...] = (source,)
        self.activation = target.activation
        self.unseen = np.zeros(0, np.float32)
        """Numbers that it reads and that no layer shows; their indices go on where the parts' end."""

    def see(self, values: tuple[np.ndarray, ...]) -> None:
        """The values (neurons,) of each part: those that all that follows is asked about."""
        return  # most do not need them

    def prepare(self, inputs: np.ndarray, sources: np.ndarray) -> np.ndarray:
        """What is multiplied, of the values `inputs` of `sources`, both of one shape."""
        return inputs

    @abstractmethod
    def sources(self, targets: np.ndarray) -> np.ndarray:
        """int64 (n, k): what each of `targets` (n,) reads; -1: padding."""

    @abstractmethod
    def weights(self, targets: np.ndarray, sources: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """float32 (n, k): by what `inputs` (n, k) are multiplied."""

    @abstractmethod
    def readers(self, sources: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What reads each of `sources` (n,): targets int64 (n, m), -1 filling up; weights float32 (n, m).

        `values` (source neurons,) are the source layer's, for pooling by maximum; of all parts, one after
        the other, where there are several.
        """

    @abstractmethod
    def reach(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the source that those of the target read, over all channels."""

    def reach_into(
        self, part: LayerSpec, rows: np.ndarray, columns: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same, of one of the parts."""
        return self.reach(rows, columns)

    def window(self, target: int) -> Window | None:
        """(top, left, bottom, right) of the kernel on the source map; None where everything is read."""
        return None

    def bias(self, target: int) -> float:
        return 0.0

    def gating(self, target: int) -> Gating | None:
        """How the terms pass through gates; None where there are none."""
        return None

    def softmax(self, target: int) -> Softmax | None:
        """Among which others the sum of the terms is shared out; None where it is not."""
        return None

    def made(self, targets: np.ndarray, inputs: np.ndarray, products: np.ndarray) -> np.ndarray | None:
        """float64 (n,): the values that the terms of `targets` make, inputs and products (n, k); None where
        the function that is applied last is not known."""
        function = ACTIVATIONS.get(self.activation)
        if function is None:
            return None
        if self.kind == "multiply":
            sums = inputs.astype(np.float64).prod(axis=1)
        else:
            sums = products.astype(np.float64).sum(axis=1) + [self.bias(int(t)) for t in targets]
        return np.array([_applied(function, value) for value in sums])

    def edges(self, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Sources int64 (n, k) and weights float32 (n, k) of the edges into `targets`; None: as its terms."""
        return None

    def _expect(self, expected: object, got: object, what: str) -> None:
        if expected != got:
            raise ValueError(f"{self.target.name}: expected {what} {expected}, got {got}")


def _applied(function: Callable[[float], float], value: float) -> float:
    try:
        return float(function(float(value)))
    except OverflowError:
        return float("nan")
