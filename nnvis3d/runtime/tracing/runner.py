"""Runs any traced network and makes an ActivationFrame of what it computed."""

import time

import numpy as np
import torch

from nnvis3d.network.frame import ActivationFrame
from nnvis3d.runtime.runner import softmax, use_one_thread
from nnvis3d.runtime.tracing.capture import TracedCapture
from nnvis3d.runtime.tracing.trace import Trace


class TracedRunner:
    """Answers images, as Runner does, for any module. One thread owns it."""

    def __init__(self, traced: Trace):
        use_one_thread()
        self.spec = traced.spec
        self.module = traced.module
        self._inputs = traced.inputs
        self._capture = TracedCapture(traced)
        preprocessing = traced.spec.preprocessing
        self._mean = np.array(preprocessing.mean, np.float32)[:, None, None]
        self._gain = 1 / np.array(preprocessing.std, np.float32)[:, None, None]
        self._serial = 0

    def run(self, image: np.ndarray | None = None, blank: bool = False) -> ActivationFrame:
        """Forward pass on one image.

        Args:
            image: float32 (C, H, W), 0 to 1, of the size that the network's preprocessing asks for; None: the
                example input. A network that is not drawable always sees its example.
            blank: nothing is drawn; the frame then holds no guess.

        Raises:
            ValueError: another shape.
            UserError: the module failed; the message names the layer.
        """
        drawn = image is not None and self.spec.drawable
        inputs = self._inputs
        started = time.perf_counter()
        if drawn:
            assert image is not None
            inputs = inputs.with_first(torch.from_numpy(self.preprocess(image)))
        torch.set_flush_denormal(True)  # see Runner.forward
        caught = self._capture.catch(inputs, image if drawn else None)
        forward_ms = (time.perf_counter() - started) * 1000
        self._serial += 1
        return ActivationFrame(
            self.spec,
            self._serial,
            caught.values,
            caught.texels,
            caught.scales,
            self._guess(caught.values, blank and drawn),
            forward_ms,
            blank and drawn,
            caught.strange,
            caught.skipped,
        )

    def preprocess(self, image: np.ndarray) -> np.ndarray:
        """The batch float32 (1, C, H, W) that the module reads.

        Raises:
            ValueError: the image has another shape.
        """
        if image.shape != self.spec.preprocessing.shape:
            raise ValueError(f"image: expected {self.spec.preprocessing.shape}, got {image.shape}")
        return ((image - self._mean) * self._gain)[None].astype(np.float32, copy=False)

    def _guess(self, values: np.ndarray, blank: bool) -> np.ndarray | None:
        """float32 (classes,): probabilities of the classes, if the outputs are classes."""
        output = self.spec.output
        if not self.spec.labels or blank or output.neurons != len(self.spec.labels):
            return None
        answers = values[-output.neurons :]
        if output.kind == "softmax":
            return answers.copy() if np.isfinite(answers).all() else None
        return softmax(answers)
