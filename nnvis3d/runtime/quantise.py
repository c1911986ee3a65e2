"""Activations to texels, while they are still in the processor's cache."""

import numpy as np

from nnvis3d.network.frame import TexelCode

CHUNK = 1 << 15
"""Values at a time: 128 kB, which stay in a core's own cache between one step and the next."""
_SAMPLE = 1024
_SHARE = 0.995
"""Of the sampled magnitudes that stay under the scale: few outliers must not darken all others."""
_LEAST = 0.25
"""Of the largest magnitude: the scale is no smaller, for where nearly all is zero the rest is the picture."""


class Quantiser:
    """Makes texels of one type. Holds its scratch memory, so one thread owns it."""

    def __init__(self, code: TexelCode):
        self.code = code
        self._scratch = np.empty(CHUNK, np.float32)

    def quantise(
        self, values: np.ndarray, copy: np.ndarray | None, texels: np.ndarray, scale: float, signed: bool
    ) -> None:
        """Write `values` (n,), all finite, as `texels` (n,); and copy them to `copy` (n,) in the same go."""
        code = self.code
        zero = code.zero if signed else 0
        factor = np.float32((code.full - zero) / scale)
        offset = np.float32(zero + 0.5)  # the conversion to whole numbers cuts off
        # What is exactly full + 0.5 would be cut to full all the same; below, cutting goes up from -1 to 0.
        lowest, highest = np.float32(2 * zero - code.full if signed else 0), np.float32(code.full + 0.5)
        for start in range(0, len(values), CHUNK):
            part = slice(start, start + CHUNK)
            scratch = self._scratch[: min(CHUNK, len(values) - start)]
            np.multiply(values[part], factor, out=scratch)
            if copy is not None:
                copy[part] = values[part]
            scratch += offset
            np.minimum(scratch, highest, out=scratch)
            np.maximum(scratch, lowest, out=scratch)
            texels[part] = scratch  # numpy converts sixteen at a time


def own_scale(values: np.ndarray, largest: float) -> float:
    """The magnitude that is drawn at full brightness, for a layer with these values (n,), all finite.

    Args:
        largest: magnitude of all of them.
    """
    if largest == 0 or len(values) <= 32:
        return max(largest, 1e-9)
    sample = np.abs(values[:: max(1, len(values) // _SAMPLE)])
    place = int(_SHARE * (len(sample) - 1))
    usual = float(np.partition(sample, place)[place])
    return max(usual, _LEAST * largest, 1e-9)
