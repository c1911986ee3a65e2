"""Operations in which each neuron reads the one in its own place: activation functions and normalisation."""

from collections.abc import Mapping

import numpy as np
from torch import nn

from nnvis3d.network.explanation import ACTIVATIONS, Normalised
from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_operation import Operation, to_numpy


class Own(Operation):
    """Each neuron reads the one in its own place."""

    grid = (1, 1, 1)

    def __init__(self, module: nn.Module | None, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target)
        self._expect(source.neurons, target.neurons, "neurons")

    def sources(self, targets):
        return np.asarray(targets)[:, None]

    def readers(self, sources, values):
        sources = np.asarray(sources)[:, None]
        return sources, self.weights(sources[:, 0], sources, values[sources])

    def reach(self, rows, columns):
        if self.source.map_shape[1:] == self.target.map_shape[1:]:
            return rows, columns
        _, height, width = self.source.map_shape
        return np.arange(height), np.arange(width)


class Elementwise(Own):
    """Activation functions, dropout at rest, flattening."""

    kind = "elementwise"

    def __init__(self, module: nn.Module | None, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target)
        self.activation = _function_of(module, target)

    def weights(self, targets, sources, inputs):
        return np.ones(inputs.shape, np.float32)


class Slope(Own):
    """nn.LeakyReLU and nn.PReLU: what is below zero is multiplied."""

    kind = "elementwise"

    def __init__(self, module: nn.LeakyReLU | nn.PReLU, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target)
        slopes = to_numpy(module.weight) if isinstance(module, nn.PReLU) else [module.negative_slope]
        self.slopes = np.asarray(slopes, np.float32)
        self._each = max(target.neurons // len(self.slopes), 1)

    def weights(self, targets, sources, inputs):
        slopes = self.slopes[np.asarray(targets) // self._each % len(self.slopes)]
        return np.where(inputs < 0, slopes[:, None], np.float32(1))


class Scaled(Own):
    """Each neuron times a number of its own, as in layer scale (Touvron et al. 2021)."""

    kind = "elementwise"
    guessed = True

    def __init__(self, source: LayerSpec, target: LayerSpec, factors: np.ndarray):
        """
        Args:
            factors: float32 (neurons,).
        """
        super().__init__(None, source, target)
        self._factors = factors

    def weights(self, targets, sources, inputs):
        return self._factors[np.asarray(targets)][:, None]


class BatchNorm(Own):
    """Batch normalisation at rest (Ioffe and Szegedy 2015): gamma (x - mean) / sqrt(variance + eps) + beta,
    with the mean and variance that were learned."""

    kind = "norm"

    def __init__(self, module: nn.modules.batchnorm._BatchNorm, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target)
        if module.running_mean is None or module.running_var is None:
            raise ValueError(f"{target.name}: expected a mean and a variance that were learned")
        self.means, self.variances = to_numpy(module.running_mean), to_numpy(module.running_var)
        channels = len(self.means)
        self.gamma, self.beta = _affine(module, channels)
        self._each = target.neurons // channels
        self._expect(channels * self._each, target.neurons, "neurons")

    def prepare(self, inputs, sources):
        channel = np.maximum(sources, 0) // self._each
        spread = np.sqrt(self.variances[channel] + np.float32(self.module.eps))
        with np.errstate(all="ignore"):
            return (inputs - self.means[channel]) / spread

    def weights(self, targets, sources, inputs):
        return self.gamma[np.asarray(targets) // self._each][:, None]

    def bias(self, target):
        return float(self.beta[target // self._each])

    def normalised(self, target):
        channel = target // self._each
        return Normalised(float(self.means[channel]), float(self.variances[channel]), self.module.eps)


class BlockNorm(Own):
    """Normalisation by what is there: layer (Ba et al. 2016), group (Wu and He 2018), instance (Ulyanov et
    al. 2016) and RMS normalisation (Zhang and Sennrich 2019).

    In all of them, what is normalised together lies together.
    """

    kind = "norm"

    def __init__(self, module: nn.Module, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target)
        self._block, self._each, count = _blocks(module, target)
        self._expect(0, target.neurons % self._block, "blocks that fit, but a rest of")
        self.gamma, self.beta = _affine(module, count)
        self._centred = not isinstance(module, nn.RMSNorm)
        eps = getattr(module, "eps", None)
        self._eps = float(eps) if isinstance(eps, float) else float(np.finfo(np.float32).eps)
        self._values = np.zeros(0, np.float32)

    def see(self, values):
        self._values = values[0]

    def prepare(self, inputs, sources):
        blocks, where = np.unique(np.maximum(sources, 0) // self._block, return_inverse=True)
        means, variances = self._moments(blocks)
        where = where.reshape(sources.shape)
        with np.errstate(all="ignore"):
            return ((inputs - means[where]) / np.sqrt(variances[where] + self._eps)).astype(np.float32)

    def weights(self, targets, sources, inputs):
        return self.gamma[self._place(np.asarray(targets))][:, None]

    def bias(self, target):
        return float(self.beta[self._place(np.asarray(target))])

    def normalised(self, target):
        means, variances = self._moments(np.array([target // self._block]))
        return Normalised(float(means[0]), float(variances[0]), self._eps)

    def _moments(self, blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of each of `blocks`, float64."""
        rows = self._values.reshape(-1, self._block)[blocks].astype(np.float64)
        with np.errstate(all="ignore"):
            if not self._centred:
                return np.zeros(len(rows)), np.square(rows).mean(axis=1)
            return rows.mean(axis=1), rows.var(axis=1)

    def _place(self, targets: np.ndarray) -> np.ndarray:
        """Where in gamma and beta."""
        return targets // self._each % len(self.gamma)


def _blocks(module: nn.Module, target: LayerSpec) -> tuple[int, int, int]:
    """Neurons that are normalised together, neurons that share a gamma, and how many gammas there are."""
    if isinstance(module, nn.LayerNorm | nn.RMSNorm):
        size = int(np.prod(module.normalized_shape))
        return size, 1, size
    if isinstance(module, nn.GroupNorm):
        return target.neurons // module.num_groups, target.neurons // module.num_channels, module.num_channels
    channels = int(module.num_features)  # type: ignore[arg-type]
    if getattr(module, "running_mean", None) is not None:
        raise ValueError(f"{target.name}: expected no mean that was learned")
    return target.neurons // channels, target.neurons // channels, channels


def _affine(module: nn.Module, count: int) -> tuple[np.ndarray, np.ndarray]:
    """gamma and beta, float32 (count,)."""
    gamma, beta = getattr(module, "weight", None), getattr(module, "bias", None)
    return (
        np.ones(count, np.float32) if gamma is None else to_numpy(gamma).reshape(-1),
        np.zeros(count, np.float32) if beta is None else to_numpy(beta).reshape(-1),
    )


def _function_of(module: nn.Module | None, target: LayerSpec) -> str:
    """The activation function's name in ACTIVATIONS."""
    if isinstance(module, nn.GELU) and module.approximate == "tanh":
        return "gelu_tanh"
    for kind in type(module).__mro__ if module is not None else ():
        if kind in FUNCTIONS:
            return FUNCTIONS[kind]
    # "softmax" is the layer's own function, too, but no neuron's alone
    return target.kind if target.kind in ACTIVATIONS else target.activation


FUNCTIONS: Mapping[type[nn.Module], str] = {
    nn.ReLU: "relu",
    nn.ReLU6: "relu6",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
    nn.GELU: "gelu",
    nn.SiLU: "silu",
    nn.Mish: "mish",
    nn.ELU: "elu",
    nn.SELU: "selu",
    nn.Softplus: "softplus",
    nn.Softsign: "softsign",
    nn.LogSigmoid: "logsigmoid",
    nn.Hardswish: "hardswish",
    nn.Hardsigmoid: "hardsigmoid",
    nn.Hardtanh: "hardtanh",
    nn.Tanhshrink: "tanhshrink",
}
"""Modules of activation functions; with other parameters than the usual they have values and no terms."""
