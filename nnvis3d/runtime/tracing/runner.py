"""Runs any traced network and makes an ActivationFrame of what it computed."""

import time

import numpy as np
import torch

from nnvis3d.memory import keep_freed
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.runtime.runner import Runner, softmax, use_one_thread
from nnvis3d.runtime.tracing.capture import Caught, TracedCapture
from nnvis3d.runtime.tracing.sheets import LARGE
from nnvis3d.runtime.tracing.tensors import plain
from nnvis3d.runtime.tracing.trace import Trace


class TracedRunner(Runner):
    """Answers images, as the other runner does, for any module. One thread owns it."""

    def __init__(self, traced: Trace, own_threads: bool = True):
        """
        Args:
            own_threads: whether this process is ours: PyTorch may be told to use one thread, the C library
                to keep memory.
        """
        if own_threads:
            use_one_thread()
            if traced.spec.neurons >= LARGE:
                keep_freed()
        self.spec = traced.spec
        self.module = traced.module
        self._inputs = traced.inputs
        self._catching = TracedCapture(traced)
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
        started = time.perf_counter()
        drawn = image is not None and self.spec.drawable
        caught = self._catch(image)
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
            caught.means,
            caught.strengths,
        )

    def forward(self, image: np.ndarray | None = None) -> np.ndarray:
        """Exact activations float32 (neurons,) of all layers, as of `run`."""
        return self._catch(image).values

    def frame_of(self, values: np.ndarray, blank: bool, forward_ms: float = 0.0) -> ActivationFrame:
        """The frame that these activations (neurons,) make; `run` makes it while the network runs."""
        caught = self._catching.of_values(values)
        self._serial += 1
        guess = self._guess(caught.values, blank)
        return ActivationFrame(
            self.spec,
            self._serial,
            caught.values,
            caught.texels,
            caught.scales,
            guess,
            forward_ms,
            blank,
            caught.strange,
            means=caught.means,
            strengths=caught.strengths,
        )

    def _catch(self, image: np.ndarray | None) -> Caught:
        inputs, shown = self._inputs, image if self.spec.drawable else None
        if shown is not None:
            inputs = inputs.with_first(torch.from_numpy(self.preprocess(shown)))
        elif self.spec.drawable:  # its example, as the picture that it would be
            example = plain(inputs.layers[0][1]).to(torch.float32).cpu().numpy()
            shown = example.reshape(self.spec.preprocessing.shape) / self._gain + self._mean
        torch.set_flush_denormal(True)  # see Runner.forward
        return self._catching.catch(inputs, shown)

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
