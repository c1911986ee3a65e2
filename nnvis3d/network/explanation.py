"""Why a neuron has its value: what it read, with which weights, and what became of the sum."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nnvis3d.network.gating import Gating
from nnvis3d.network.spec import LayerSpec, NeuronId, Preprocessing

SUMMING = (
    *("conv", "linear", "avgpool", "elementwise", "norm", "add", "copy", "lookup"),
    *("recurrent", "matmul", "attended"),
)
"""Kinds whose value is activation(sum of products + bias)."""
SINGLE = ("elementwise", "norm", "add", "copy", "lookup", "multiply")
"""Kinds that read one neuron of each layer: there is no picture in that."""


def _sigmoid(value: float) -> float:
    return 1 / (1 + np.exp(-value)) if value >= 0 else np.exp(value) / (1 + np.exp(value))


def _relu(value: float) -> float:
    # Not max(): that would turn NaN into 0, and PyTorch does not.
    return 0.0 if value < 0 else value


def _between(value: float, low: float, high: float) -> float:
    return low if value < low else high if value > high else value


def _softplus(value: float) -> float:
    return float(np.logaddexp(0.0, value))


def _gelu_tanh(value: float) -> float:
    return 0.5 * value * (1 + math.tanh(math.sqrt(2 / math.pi) * (value + 0.044715 * value**3)))


def _elu(value: float, scale: float = 1.0, alpha: float = 1.0) -> float:
    return scale * (value if value > 0 else alpha * math.expm1(value))


ACTIVATIONS: Mapping[str, Callable[[float], float]] = {
    "none": lambda value: value,
    "relu": _relu,
    "tanh": lambda value: float(np.tanh(value)),
    "sigmoid": lambda value: float(_sigmoid(value)),
    "relu6": lambda value: _between(value, 0.0, 6.0),
    "leakyrelu": lambda value: value if value > 0 else 0.01 * value,
    "gelu": lambda value: 0.5 * value * (1 + math.erf(value / math.sqrt(2))),
    "gelu_tanh": _gelu_tanh,
    "silu": lambda value: float(value * _sigmoid(value)),
    "mish": lambda value: value * math.tanh(_softplus(value)),
    "elu": _elu,
    "selu": lambda value: _elu(value, 1.0507009873554805, 1.6732632423543772),
    "softplus": _softplus,
    "softsign": lambda value: value / (1 + abs(value)),
    "logsigmoid": lambda value: -_softplus(-value),
    "hardswish": lambda value: value * _between(value + 3, 0.0, 6.0) / 6,
    "hardsigmoid": lambda value: _between(value + 3, 0.0, 6.0) / 6,
    "hardtanh": lambda value: _between(value, -1.0, 1.0),
    "tanhshrink": lambda value: value - math.tanh(value),
}
"""Activation functions that can be shown with numbers, named as in LayerSpec.activation."""


@dataclass(frozen=True)
class Softmax:
    """How a logit became a probability: exp(logit) / sum of exp(logits)."""

    logits: np.ndarray
    """float64 (classes,)."""
    index: int

    @property
    def powers(self) -> np.ndarray:
        """float64 (classes,): exp(logit - highest logit), which is what is summed, lest it overflow."""
        with np.errstate(all="ignore"):
            return np.exp(self.logits - self.highest)

    @property
    def highest(self) -> float:
        return float(self.logits.max())

    @property
    def probability(self) -> float:
        powers = self.powers
        with np.errstate(all="ignore"):
            return float(powers[self.index] / powers.sum())


@dataclass(frozen=True)
class Normalised:
    """What an input was normalised with: (x - mean) / sqrt(variance + eps)."""

    mean: float
    variance: float
    eps: float


def _nothing(dtype: type) -> np.ndarray:
    return np.zeros(0, dtype)


@dataclass(frozen=True, eq=False)
class Explanation:
    """One neuron and its k terms, in the order (source channel, kernel row, kernel column).

    For SUMMING kinds `products.sum() + bias == pre_activation` exactly, in float64; the network itself adds
    in float32 in an order of its own, so `activated()` and `result` agree within `tolerance`.
    """

    neuron: NeuronId
    layer: LayerSpec
    kind: str
    """One of SUMMING, "input", "maxpool", "multiply", "softmax", "gated", "attention" (a sum, and its share
    among others); "other": cannot be explained."""
    result: float
    """The network's own value, as the frame has it."""
    source: LayerSpec | None = None
    """The layer that was read; None for the input and what cannot be explained."""
    sources: np.ndarray = field(default_factory=lambda: _nothing(np.int64))
    """int64 (k,): flat index of each term's neuron in the source layer; -1: padding."""
    shown: np.ndarray = field(default_factory=lambda: _nothing(np.float32))
    """float32 (k,): values of the source neurons as the frame shows them; 0 for padding."""
    inputs: np.ndarray = field(default_factory=lambda: _nothing(np.float64))
    """float64 (k,): what was multiplied: `shown`, or for pixels (shown - mean) / std; 0 for padding."""
    weights: np.ndarray = field(default_factory=lambda: _nothing(np.float64))
    """float64 (k,): for pooling by maximum 1 for the winner and 0 for the others."""
    products: np.ndarray = field(default_factory=lambda: _nothing(np.float64))
    """float64 (k,): inputs x weights; for softmax exp(logit - highest logit)."""
    grid: tuple[int, int, int] = (0, 0, 0)
    """(source channels, kernel rows, kernel columns): the shape in which the k terms make pictures."""
    slices: int = 1
    """Of a kernel that looks at volumes: how many of its slices lie under each other in the grid's rows."""
    window: tuple[int, int, int, int] | None = None
    """(top, left, bottom, right) of the kernel on the source map, in cells, the last two exclusive; may
    stand over the edge, where the padding is. None: it reads no window but everything."""
    bias: float = 0.0
    pre_activation: float = 0.0
    """Before the activation function; for pooling by maximum the winner, for softmax the sum of powers."""
    activation: str = "none"
    winner: int | None = None
    """For pooling by maximum: which of the k terms won."""
    softmax: Softmax | None = None
    """For an output that is a class: what became of its logit; for a share, what it is a share of."""
    preprocessing: Preprocessing | None = None
    """How a pixel's value became the input, where `shown` and `inputs` differ."""
    normalised: Normalised | None = None
    """With what `shown` was normalised to become `inputs`, in a layer that does that."""
    gating: Gating | None = None
    """How the terms pass through gates, in a recurrent layer that has some."""
    unseen: tuple[str, int] = ("", 1)
    """What numbers are called that are read and that no layer shows, and how many of them are in a row;
    their indices go on where those of the layers end."""
    others: tuple[LayerSpec, ...] = ()
    """Layers that are read beside `source`; the indices of their neurons go on where its end."""

    @property
    def count(self) -> int:
        """How many terms there are, padding included."""
        return len(self.products)

    @property
    def padded(self) -> int:
        """How many of the terms are padding."""
        return int((self.sources < 0).sum())

    @property
    def layers(self) -> tuple[LayerSpec, ...]:
        """All that are read."""
        return (self.source, *self.others) if self.source is not None else ()

    def read(self, term: int) -> NeuronId | None:
        """Whose value a term is; None for padding, and for what no layer shows."""
        index = int(self.sources[term])
        for layer in self.layers if index >= 0 else ():
            if index < layer.neurons:
                return layer.neuron(index)
            index -= layer.neurons
        return None

    def read_unseen(self, term: int) -> tuple[int, int] | None:
        """Row and column of a term among the numbers that no layer shows; None if it is not one of them."""
        index = int(self.sources[term]) - sum(layer.neurons for layer in self.layers)
        return divmod(index, self.unseen[1]) if index >= 0 else None

    def by_layer(self) -> tuple[tuple[LayerSpec, np.ndarray, np.ndarray], ...]:
        """Of each layer that is read: which of the terms are its, and their neurons' indices in it."""
        found, start = [], 0
        for layer in self.layers:
            terms = np.flatnonzero((self.sources >= start) & (self.sources < start + layer.neurons))
            found.append((layer, terms, self.sources[terms] - start))
            start += layer.neurons
        return tuple(found)

    def total(self) -> float:
        """Sum of the products and the bias; of a product, that; behind gates, what came through."""
        with np.errstate(all="ignore"):
            if self.kind == "multiply":
                return float(self.inputs.prod())
            if self.gating is not None:
                return float(self.gating.passed(self.products).output)
            return float(self.products.sum() + self.bias)

    def activated(self) -> float | None:
        """The activation function of the pre-activation; None for a function that is not known here."""
        function = ACTIVATIONS.get(self.activation)
        if self.kind in ("softmax", "attention") and self.softmax is not None:
            share = self.softmax.probability
            with np.errstate(all="ignore"):
                return float(np.log(share)) if self.activation == "logsoftmax" else share
        if function is None:
            return None
        try:
            with np.errstate(all="ignore"):
                return float(function(self.pre_activation))
        except OverflowError:  # math's functions do not know infinity
            return None

    @property
    def tolerance(self) -> float:
        """How far float32, in any order of adding, may be from the float64 sum: k roundings, each of up to
        half an ulp of all magnitudes together, walk at random and so grow with sqrt(k)."""
        magnitude = float(np.abs(self.products).sum() + abs(self.bias))
        return float(2.0**-23 * (2 + np.sqrt(self.count)) * magnitude + 1e-30)

    def picture(self, values: np.ndarray) -> np.ndarray:
        """`values` (k,) of the terms in the shape `grid`."""
        return values.reshape(self.grid)

    def strongest(self, most: int) -> np.ndarray:
        """int64 (<= most,): positions of the strongest terms, the strongest first; ties by position."""
        magnitude = np.where(np.isnan(self.products), np.inf, np.abs(self.products))
        return np.argsort(-magnitude, kind="stable")[:most]


def explain_softmax(layer: LayerSpec, logits: np.ndarray, index: int) -> Explanation:
    """From logits float32 (classes,) to the probability of class `index`, as an operation of its own."""
    softmax = Softmax(logits.astype(np.float64), index)
    powers = softmax.powers
    return Explanation(
        neuron=layer.neuron(index),
        layer=layer,
        kind="softmax",
        result=softmax.probability,
        source=layer,
        sources=np.arange(len(logits)),
        shown=logits.astype(np.float32),
        inputs=softmax.logits,
        weights=np.ones(len(logits)),
        products=powers,
        grid=layer.map_shape,
        pre_activation=float(powers.sum()),
        activation="softmax",
        softmax=softmax,
    )
