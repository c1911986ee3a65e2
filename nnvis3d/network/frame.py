"""What one forward pass says: the only thing that crosses from the runtime to the scene."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnvis3d.network.spec import NetworkSpec, NeuronId

TEXEL_ZERO = 32768
"""The uint16 texel of the value 0 in a signed layer; unsigned layers use 0 for 0."""
TEXEL_FULL = 65534
"""The uint16 texel of a value as large as its layer's scale, and of any larger one."""
TEXEL_STRANGE = 65535
"""The uint16 texel of NaN and infinity, which are drawn in a colour of their own."""


@dataclass(frozen=True)
class TexelCode:
    """What the numbers of one texel type stand for. A shader reads a texel as number / `strange`, so 1.0 is
    what is not finite, and all others are as if it were not there."""

    dtype: type
    zero: int
    """Of a signed layer; in an unsigned one 0 is 0."""
    full: int
    """The value that is as large as the scale. In a signed layer its negative is 2 * zero - full."""
    strange: int
    """NaN and infinity."""


CODES = {
    np.dtype(np.uint16): TexelCode(np.uint16, TEXEL_ZERO, TEXEL_FULL, TEXEL_STRANGE),
    np.dtype(np.uint8): TexelCode(np.uint8, 128, 254, 255),
}
"""By the type of ActivationFrame.texels: uint16, or uint8 for large networks."""


@dataclass(frozen=True)
class ActivationFrame:
    """All activations of one forward pass. The newest frame replaces older ones."""

    spec: NetworkSpec
    serial: int
    """Counts forward passes of one runner, from 1."""
    values: np.ndarray
    """float32 (spec.neurons,): exact activations, layers in order, each row-major."""
    texels: np.ndarray
    """uint16 or, in large networks, uint8 (spec.neurons,): what the shaders read, normalised per layer by
    `scales`; CODES says what the numbers stand for."""
    scales: np.ndarray
    """float32 (layers,): the magnitude of each layer that texels map to full brightness."""
    probabilities: np.ndarray | None
    """float32 (classes,): softmax of the output; None (no guess) without classes, for an empty pad, or if the
    output is not finite."""
    forward_ms: float = 0.0
    blank: bool = False
    """True if the image was empty: the network has nothing to guess from."""
    strange: np.ndarray | None = None
    """int64 (layers,): how many of each layer's activations are NaN or infinite; None: none are."""
    skipped: tuple[str, ...] = ()
    """Layers that this pass did not compute, or in another size: it took another way through the network.
    Their values are zero."""
    means: np.ndarray | None = None
    """As `texels` (MeanPlan.length,): means of them at coarser and coarser levels, see means.py; None:
    whoever needs them makes them."""
    strengths: np.ndarray | None = None
    """float64 (layers,): mean magnitude of each layer in shares of its scale; None: as before."""

    @cached_property
    def image(self) -> np.ndarray:
        """float32 (C, H, W): what the network saw."""
        return self.layer(self.spec.input.name)

    def layer(self, name: str) -> np.ndarray:
        """The exact activations of layer `name`, in its own shape."""
        spec = self.spec.by_name[name]
        start = self.spec.offsets[name]
        return self.values[start : start + spec.neurons].reshape(spec.shape)

    def value(self, neuron: NeuronId) -> float:
        """The exact activation of one neuron."""
        spec = self.spec.by_name[neuron.layer]
        return float(self.values[self.spec.offsets[neuron.layer] + spec.index(neuron)])

    def guesses(self, count: int = 2) -> list[tuple[str, float]]:
        """The `count` likeliest classes as (label, probability), likeliest first; empty without a guess."""
        if self.probabilities is None:
            return []
        order = np.argsort(-self.probabilities, kind="stable")[:count]
        return [(self.spec.labels[k], float(self.probabilities[k])) for k in order]
