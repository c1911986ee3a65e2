"""Runs a network on an image and makes an ActivationFrame of what it computed."""

import math
import time
from typing import Protocol

import numpy as np
import torch

from nnvis3d.network.frame import TEXEL_FULL, TEXEL_STRANGE, TEXEL_ZERO, ActivationFrame
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.runtime.capture import ChainCapture
from nnvis3d.runtime.registry import LoadedNetwork


def use_one_thread() -> None:
    """One torch thread beside the renderer: with two on two busy cores a 43 ms pass took 1,790 ms."""
    torch.set_num_threads(1)


def softmax(logits: np.ndarray) -> np.ndarray | None:
    """float32 (classes,): in numpy, for ten values cost nothing there and a dispatch in torch.

    None if the outputs are not finite: there is nothing to guess from.
    """
    if not np.isfinite(logits).all():
        return None
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


class Capture(Protocol):
    """Runs a module and knows what every shown layer said."""

    def run(self, batch: torch.Tensor) -> list[torch.Tensor]:
        """Outputs of all layers after the input, in order, each with a batch of one in front."""


class Runner:
    """Answers images. One thread owns it."""

    def __init__(self, network: LoadedNetwork, capture: Capture | None = None):
        """
        Args:
            capture: how its layers are heard; None: as those of a built-in network.
        """
        use_one_thread()
        self.spec: NetworkSpec = network.spec
        self.module = network.module
        self._capture: Capture = capture or ChainCapture(network.module, network.spec)
        preprocessing = network.spec.preprocessing
        self._mean = np.array(preprocessing.mean, np.float32)[:, None, None]
        self._gain = 1 / np.array(preprocessing.std, np.float32)[:, None, None]
        self._sizes = np.array([layer.neurons for layer in self.spec.layers])
        self._starts = np.concatenate([[0], np.cumsum(self._sizes)[:-1]])
        self._signed = np.array([layer.signed for layer in self.spec.layers])
        self._fixed = np.array([layer.scale or np.nan for layer in self.spec.layers], np.float32)
        self._offset = self._of_neurons(np.where(self._signed, TEXEL_ZERO, 0.5))
        self._lowest = self._of_neurons(np.where(self._signed, 2 * TEXEL_ZERO - TEXEL_FULL, 0))
        self._highest = torch.tensor(float(TEXEL_FULL))
        self._scales = self._fixed
        self._factor = self._texel_factor(self._fixed)
        # Memory for what does not outlive a pass; fresh arrays would miss the cache every time.
        self._batch = np.empty((1, *preprocessing.shape), np.float32)
        self._tensor = torch.from_numpy(self._batch)
        self._scratch = torch.empty(self.spec.neurons)
        self._relative = bool(np.isnan(self._fixed).any())
        self._serial = 0

    def run(self, image: np.ndarray, blank: bool = False) -> ActivationFrame:
        """Forward pass on one image.

        Args:
            image: float32 (C, H, W), 0 to 1, of the size that the network's preprocessing asks for.
            blank: nothing is drawn; the frame then holds no guess.

        Raises:
            ValueError: another shape.
        """
        started = time.perf_counter()
        values = self.forward(image)
        return self.frame_of(values, blank, (time.perf_counter() - started) * 1000)

    def preprocess(self, image: np.ndarray) -> np.ndarray:
        """The batch float32 (1, C, H, W) that the module reads; overwritten by the next call.

        Raises:
            ValueError: the image has another shape.
        """
        if image.shape != self.spec.preprocessing.shape:
            raise ValueError(f"image: expected {self.spec.preprocessing.shape}, got {image.shape}")
        np.subtract(image, self._mean, out=self._batch[0])
        return np.multiply(self._batch, self._gain, out=self._batch)

    def forward(self, image: np.ndarray) -> np.ndarray:
        """Exact activations float32 (neurons,) of all layers on an image (C, H, W)."""
        self.preprocess(image)
        # Denormal numbers become zero: a network that fades out would otherwise slow down a hundredfold. It
        # is a setting of each thread, and networks are loaded on another one than this.
        torch.set_flush_denormal(True)
        with torch.inference_mode():
            outputs = self._capture.run(self._tensor)
            seen = torch.from_numpy(
                np.require(image, requirements=("C", "W"))
            )  # a lab's images are read-only
            return torch.cat([seen.view(-1), *(output.view(-1) for output in outputs)]).numpy()

    def frame_of(self, values: np.ndarray, blank: bool, forward_ms: float = 0.0) -> ActivationFrame:
        """The frame that these activations (neurons,) make."""
        self._serial += 1
        scales, texels, strange = self._normalise(values)
        logits = values[-self.spec.output.neurons :]
        guess = softmax(logits) if self.spec.labels and not blank else None
        return ActivationFrame(
            self.spec, self._serial, values, texels, scales, guess, forward_ms, blank, strange
        )

    def _peaks(self, values: np.ndarray) -> np.ndarray:
        """float32 (layers,): the magnitude that layers without a fixed scale show at full brightness."""
        return np.maximum.reduceat(np.abs(values), self._starts)

    def _of_neurons(self, of_layers: np.ndarray) -> torch.Tensor:
        """float32 (neurons,): to each neuron the number of its layer."""
        return torch.from_numpy(np.repeat(of_layers, self._sizes).astype(np.float32))

    def _texel_factor(self, scales: np.ndarray) -> torch.Tensor:
        """float32 (neurons,): what a value is multiplied with to become a texel."""
        return self._of_neurons(np.where(self._signed, TEXEL_FULL - TEXEL_ZERO, TEXEL_FULL) / scales)

    def _normalise(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Scales (layers,), texels uint16 (neurons,), and how many values of each layer are not finite."""
        factor, scales = self._factor, self._scales
        # One product of vectors is quicker than asking each value; a false alarm does no harm.
        given = torch.from_numpy(values if values.flags.writeable else values.copy())
        finite = math.isfinite(torch.dot(given, given).item())
        if self._relative:
            known = values if finite else np.nan_to_num(values, posinf=0.0, neginf=0.0)
            peaks = self._peaks(known)
            scales = np.where(np.isnan(self._fixed), np.maximum(peaks, 1e-9), self._fixed).astype(np.float32)
            factor = self._texel_factor(scales)
        # Two operations that PyTorch fuses from five; what is too large for float32 is at full, too.
        torch.addcmul(self._offset, given, factor, out=self._scratch)
        texels = torch.clamp(self._scratch, self._lowest, self._highest, out=self._scratch).numpy()
        if finite:
            return scales, texels.astype(np.uint16), None
        strange = ~np.isfinite(values)
        texels[strange] = TEXEL_STRANGE
        counts = np.add.reduceat(strange, self._starts, dtype=np.int64)
        return scales, texels.astype(np.uint16), counts if counts.any() else None
