"""Activations to texels, while they are still in the processor's cache."""

import math

import numpy as np
import torch

from nnvis3d.network.frame import TexelCode

CHUNK = 1 << 17
"""Values at a time: half a megabyte, which stays in a core's own cache between one step and the next. With
fewer, two threads wait for each other at every step."""
_SAMPLE = 512
_SHARE = 0.995
"""Of the sampled magnitudes that stay under the scale: few outliers must not darken all others."""
_LEAST = 0.25
"""Of the largest magnitude: the scale is no smaller, for where nearly all is zero the rest is the picture."""


class Quantiser:
    """Makes texels of one type. Holds its scratch memory, so one thread owns it."""

    def __init__(self, code: TexelCode):
        self.code = code
        self._scratch = torch.empty(CHUNK)

    def quantise(
        self,
        values: np.ndarray,
        copy: np.ndarray | None,
        texels: np.ndarray,
        scale: float,
        signed: bool,
        sane: bool = False,
    ) -> bool:
        """Write `values` (n,) as `texels` (n,), and copy them to `copy` (n,) in the same go.

        Args:
            sane: all are known to be finite, and none larger than the scale.

        Returns:
            whether that is so, or nearly; if not, `copy` and `texels` are only begun.
        """
        code, zero = self.code, self.code.zero if signed else 0
        factor = (code.full - zero) / scale
        offset = torch.tensor(zero + 0.5)  # the conversion to whole numbers cuts off
        # What is exactly full + 0.5 would be cut to full all the same; below, cutting goes up from -1 to 0.
        lowest, highest = float(2 * zero - code.full if signed else 0), code.full + 0.5
        start = 0
        with np.errstate(all="ignore"):
            for given in torch.from_numpy(values).split(CHUNK):
                array = given.numpy()
                # Squares overflow where values are no longer sane, and one product of vectors is the quickest
                # way to meet each of them: a false alarm costs time only.
                if not sane and not math.isfinite(np.dot(array, array)):
                    return False
                stop = start + len(array)
                if copy is not None:
                    copy[start:stop] = array
                scratch = self._scratch[: len(array)]
                torch.add(offset, given, alpha=factor, out=scratch)  # two steps in one go, as clamp_ is
                scratch.clamp_(lowest, highest)
                texels[start:stop] = scratch.numpy()  # numpy converts sixteen at a time
                start = stop
        return True


def own_scale(values: np.ndarray) -> float:
    """The magnitude that is drawn at full brightness, for a layer with these values (n,).

    Of a large layer by every k-th of its values, without those that are not finite.
    """
    # An odd step does not meet the same column in every row.
    sample = np.abs(values[:: (len(values) // _SAMPLE) | 1] if len(values) > 2 * _SAMPLE else values)
    largest = float(sample.max())
    if not math.isfinite(largest):
        sample = sample[np.isfinite(sample)]
        largest = float(sample.max(initial=0.0))
    if len(sample) <= 32:
        return max(largest, 1e-9)
    place = int(_SHARE * (len(sample) - 1))
    usual = float(np.partition(sample, place)[place])
    return max(usual, _LEAST * largest, 1e-9)
