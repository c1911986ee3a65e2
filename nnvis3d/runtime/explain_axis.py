"""One axis of a sliding window, as tables: what each output reads, and what reads each place."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@dataclass(frozen=True, eq=False)
class Axis:
    """Rows or columns."""

    size: int
    """Of the source map along this axis."""
    kernel: int
    stride: int
    dilation: int
    before: int
    """Padding in front; `reads` tells what lies behind."""
    reads: np.ndarray
    """int64 (outputs, kernel): the place that each output reads through each kernel place; -1: padding."""

    @classmethod
    def sliding(
        cls,
        size: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        padding: tuple[int, int] = (0, 0),
        dilation: int = 1,
        mode: str = "zeros",
    ) -> "Axis":
        """The window of torch.nn.Conv2d and its pooling layers.

        Args:
            padding: places in front and behind.
            mode: as Conv2d's `padding_mode`; whatever lies beyond the padding (as in pooling with
                `ceil_mode`) is read as padding too.
        """
        places = np.arange(size)
        if mode in _PAD_MODES:
            padded = np.pad(places, padding, mode=_PAD_MODES[mode])  # type: ignore[call-overload]
        else:
            padded = np.pad(places, padding, constant_values=-1)
        starts = np.arange(outputs)[:, None] * stride
        at = starts + np.arange(kernel) * dilation  # (outputs, kernel), in padded coordinates
        reads = np.where(at < len(padded), padded[np.minimum(at, len(padded) - 1)], -1)
        return cls(size, kernel, stride, dilation, padding[0], reads)

    @classmethod
    def transposed(
        cls, size: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int
    ) -> "Axis":
        """That of torch.nn.ConvTranspose2d: place i of the source is written to i * stride - padding + k *
        dilation of the target, for each kernel place k."""
        places = np.arange(outputs)[:, None] + padding - np.arange(kernel) * dilation
        source, rest = np.divmod(places, stride)
        reads = np.where((rest == 0) & (source >= 0) & (source < size), source, -1)
        return cls(size, kernel, stride, dilation, padding, reads)

    @classmethod
    def listed(cls, size: int, reads: np.ndarray) -> "Axis":
        """Of whatever each output reads, (outputs, kernel); -1: nothing."""
        return cls(size, reads.shape[1], 1, 1, 0, reads)

    def touched(self, output: int) -> tuple[int, int]:
        """First place and the one after the last that is read; (0, 0) if none is."""
        places = self.reads[output][self.reads[output] >= 0]
        return (int(places.min()), int(places.max()) + 1) if len(places) else (0, 0)

    @cached_property
    def readers(self) -> np.ndarray:
        """int64 (size, m, 2): for each place the (output, kernel place) that read it; (-1, -1) fills up."""
        output, place = np.nonzero(self.reads >= 0)
        read = self.reads[output, place]
        order = np.argsort(read, kind="stable")
        counts = np.bincount(read, minlength=self.size)
        column = np.arange(len(read)) - np.repeat(np.cumsum(counts) - counts, counts)
        table = np.full((self.size, max(counts.max(initial=0), 1), 2), -1)
        table[read[order], column] = np.stack([output[order], place[order]], axis=1)
        return table

    def used(self, outputs: np.ndarray) -> np.ndarray:
        """Places (n,), ascending, that any of `outputs` (m,) reads."""
        places = np.unique(self.reads[outputs])
        return places[places >= 0]

    def span(self, output: int) -> tuple[int, int]:
        """First place and the one after the last under the kernel; may stand over the edge."""
        first = output * self.stride - self.before
        return first, first + self.dilation * (self.kernel - 1) + 1

    def covered(self, behind: int) -> np.ndarray:
        """int64 (outputs,): places under the kernel that lie on the source or its padding, `behind` wide."""
        first = np.arange(len(self.reads)) * self.stride - self.before
        return np.minimum(first + self.kernel, self.size + behind) - first
