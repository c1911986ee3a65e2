"""Operations whose window slides over slices, rows and columns: convolution and pooling of volumes.

A volume is shown as maps, the slices of each under each other, and a map does not say how many slices it is
made of. So all numbers of slices that fit the shapes are tried, and that is believed which makes the numbers
on screen.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from torch import nn

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_axis import Axis
from nnvis3d.runtime.explain_operation import Operation, to_numpy
from nnvis3d.runtime.explain_places import Moved
from nnvis3d.runtime.explain_windows import convolution_weights

Sizes = tuple[int, int, int]
"""Along slices, rows and columns."""


class Volume(Operation):
    """What they share: the tables of the three axes."""

    guessed = True

    def __init__(self, module: Any, source: LayerSpec, target: LayerSpec, sizes: tuple[Sizes, Sizes]):
        """
        Args:
            sizes: of the source and of the target.
        """
        super().__init__(module, source, target)
        self.size_in, self.size_out = sizes
        self.axes = tuple(self._axis(i) for i in range(3))
        kernel = _three(module.kernel_size)
        self.slices = kernel[0]
        self.grid = (self._maps_read(), kernel[0] * kernel[1], kernel[2])

    def _maps_read(self) -> int:
        return 1

    def _axis(self, i: int) -> Axis:
        module = self.module
        kernel, stride, dilation = (
            _three(getattr(module, name, 1))[i] for name in ("kernel_size", "stride", "dilation")
        )
        mode = getattr(module, "padding_mode", "zeros")
        return Axis.sliding(
            self.size_in[i], self.size_out[i], kernel, stride, _paddings(module)[i], dilation, mode
        )

    def _split(self, neurons: np.ndarray, sizes: Sizes) -> tuple[np.ndarray, ...]:
        """Channel, slice, row and column of each."""
        return np.unravel_index(neurons, (np.max(neurons, initial=0) // np.prod(sizes) + 1, *sizes))

    def _places(self, channels: np.ndarray, at: tuple[np.ndarray, ...]) -> np.ndarray:
        """int64 (n, k): sources in `channels` (n, c) under the windows of the outputs `at`."""
        z, y, x = (axis.reads[place] for axis, place in zip(self.axes, at, strict=True))
        z, y, x = z[:, None, :, None, None], y[:, None, None, :, None], x[:, None, None, None, :]
        _, height, width = self.size_in
        flat = ((channels[:, :, None, None, None] * self.size_in[0] + z) * height + y) * width + x
        return np.where((z < 0) | (y < 0) | (x < 0), -1, flat).reshape(len(channels), -1)

    def _read_by(self, at: tuple[np.ndarray, ...]) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
        """Of the sources `at`, the outputs along each axis that read them and through which kernel places;
        each broadcasts to (n, channels, slices, rows, columns)."""
        found = [axis.readers[place] for axis, place in zip(self.axes, at, strict=True)]
        shapes = ((1, -1, 1, 1), (1, 1, -1, 1), (1, 1, 1, -1))
        outputs, places = (
            tuple(
                table[..., k].reshape(len(table), *shape) for table, shape in zip(found, shapes, strict=True)
            )
            for k in (0, 1)
        )
        return outputs, places

    def _flat(self, channel: np.ndarray, outputs: tuple[np.ndarray, ...]) -> np.ndarray:
        """Targets (n, m), -1 where one of the axes has none; `channel` (n, c)."""
        z, y, x = outputs
        depth, height, width = self.size_out
        flat = ((channel[:, :, None, None, None] * depth + z) * height + y) * width + x
        return np.where((z < 0) | (y < 0) | (x < 0), -1, flat).reshape(len(channel), -1)

    def reach(self, rows, columns):
        _, height, width = self.source.map_shape
        return np.arange(height), np.arange(width)


class Conv3d(Volume):
    """nn.Conv3d: any stride, padding, padding mode, dilation and number of groups."""

    kind = "conv"

    def __init__(self, module: nn.Conv3d, source: LayerSpec, target: LayerSpec, sizes: tuple[Sizes, Sizes]):
        self.weight = convolution_weights(module)  # (out, in / groups, kd, kh, kw)
        self.biases = np.zeros(len(self.weight)) if module.bias is None else to_numpy(module.bias)
        super().__init__(module, source, target, sizes)

    def _maps_read(self) -> int:
        return self.weight.shape[1]

    def sources(self, targets):
        channel, *at = self._split(np.asarray(targets), self.size_out)
        each = len(self.weight) // self.module.groups
        read = (channel // each)[:, None] * self.grid[0] + np.arange(self.grid[0])
        return self._places(read, tuple(at))

    def weights(self, targets, sources, inputs):
        channel, *_ = self._split(np.asarray(targets), self.size_out)
        return self.weight[channel].reshape(len(channel), -1)

    def readers(self, sources, values):
        channel, *at = self._split(np.asarray(sources), self.size_in)
        outputs, places = self._read_by(tuple(at))
        group, within = np.divmod(channel, self.grid[0])
        each = len(self.weight) // self.module.groups
        out = group[:, None] * each + np.arange(each)  # (n, each)
        spread = (slice(None), slice(None), None, None, None)
        weights = self.weight[(out[spread], within[:, None][spread], *places)]
        return self._flat(out, outputs), weights.reshape(len(channel), -1)

    def bias(self, target):
        return float(self.biases[target // int(np.prod(self.size_out))])


class ConvTranspose3d(Conv3d):
    """nn.ConvTranspose3d, with any stride, padding, dilation and number of groups."""

    def _axis(self, i: int) -> Axis:
        module = self.module
        kernel, stride, padding, dilation = (
            _three(getattr(module, name))[i] for name in ("kernel_size", "stride", "padding", "dilation")
        )
        return Axis.transposed(self.size_in[i], self.size_out[i], kernel, stride, padding, dilation)


class Pool3d(Volume):
    """nn.MaxPool3d and nn.AvgPool3d: each channel by itself."""

    def __init__(self, module: Any, source: LayerSpec, target: LayerSpec, sizes: tuple[Sizes, Sizes]):
        self.kind = "maxpool" if isinstance(module, nn.MaxPool3d) else "avgpool"  # type: ignore[misc]
        super().__init__(module, source, target, sizes)

    def sources(self, targets):
        channel, *at = self._split(np.asarray(targets), self.size_out)
        return self._places(channel[:, None], tuple(at))

    def weights(self, targets, sources, inputs):
        if self.kind == "maxpool":
            winner = np.where(sources < 0, -np.inf, inputs).argmax(axis=1)
            return (np.arange(sources.shape[1]) == winner[:, None]).astype(np.float32)
        _, *at = self._split(np.asarray(targets), self.size_out)
        return np.where(sources < 0, np.float32(0), self._shares(at)[:, None])

    def _shares(self, at: list[np.ndarray]) -> np.ndarray:
        """float32 (n,): what each term counts in the means `at`."""
        module = self.module
        if module.divisor_override:
            return np.full(len(at[0]), 1 / module.divisor_override, np.float32)
        covered = (
            axis.covered(axis.before) if module.count_include_pad else (axis.reads >= 0).sum(axis=1)
            for axis in self.axes
        )
        counts = [table[place] for table, place in zip(covered, at, strict=True)]
        return (1 / np.maximum(np.prod(counts, axis=0), 1)).astype(np.float32)

    def readers(self, sources, values):
        sources = np.asarray(sources)
        channel, *at = self._split(sources, self.size_in)
        outputs, _ = self._read_by(tuple(at))
        targets = self._flat(channel[:, None], outputs)
        flat = np.maximum(targets, 0).reshape(-1)
        read = self.sources(flat)
        weights = self.weights(flat, read, np.where(read < 0, 0, values[read]))
        own = read == np.repeat(sources, targets.shape[1])[:, None]
        return targets, (weights * own).sum(axis=1).reshape(targets.shape)


_PADS = (nn.ZeroPad3d, nn.ReflectionPad3d, nn.ReplicationPad3d, nn.CircularPad3d)
_KINDS: tuple[tuple[type[nn.Module], type[Volume]], ...] = (
    (nn.Conv3d, Conv3d),
    (nn.ConvTranspose3d, ConvTranspose3d),
    (nn.MaxPool3d, Pool3d),
    (nn.AvgPool3d, Pool3d),
)


def copies(source: LayerSpec, target: LayerSpec, module: nn.Module | None) -> Iterator[partial[Moved]]:
    """Guesses of modules that repeat or pad volumes, one for each number of slices."""
    nearest = isinstance(module, nn.Upsample) and module.mode.startswith("nearest")
    if module is not None and (nearest or isinstance(module, _PADS)):
        channels = source.map_shape[0]
        for size in _sizes(source, channels):
            yield partial(Moved, module, source, target, (channels, *size))


def volumes(source: LayerSpec, target: LayerSpec, module: nn.Module | None) -> Iterator[partial[Volume]]:
    """Guesses, one for each way to see both layers as slices; none for a module that reads no volume."""
    kind = next((own for theirs, own in _KINDS if isinstance(module, theirs)), None)
    if kind is None:
        return
    for before in _sizes(source, getattr(module, "in_channels", source.map_shape[0])):
        for after in _sizes(target, getattr(module, "out_channels", target.map_shape[0])):
            if all(map(partial(_fits, module), range(3), before, after)):
                yield partial(kind, module, source, target, (before, after))


def _sizes(layer: LayerSpec, channels: int) -> list[Sizes]:
    """All that a layer of so many channels can be; the nearest to a cube first, for that is usual."""
    width = layer.map_shape[2]
    rows, rest = divmod(layer.neurons, channels * width)
    found = [(k, rows // k, width) for k in range(1, rows + 1) if rows % k == 0 and not rest]
    return sorted(found, key=lambda size: abs(size[0] - size[1]))


def _fits(module: Any, i: int, size: int, output: int) -> bool:
    """Whether axis `i` of `size` gives so many outputs."""
    kernel, stride, dilation = (
        _three(getattr(module, name, 1))[i] for name in ("kernel_size", "stride", "dilation")
    )
    reach, padding = dilation * (kernel - 1) + 1, sum(_paddings(module)[i])
    if isinstance(module, nn.ConvTranspose3d):
        # It can be told, too, how large its output is to be, when it is called.
        return 0 <= output - ((size - 1) * stride - padding + reach) < max(stride, dilation)
    steps, rest = divmod(size + padding - reach, stride)
    return steps >= 0 and output - 1 in (steps, steps + bool(rest and getattr(module, "ceil_mode", False)))


def _three(value: int | tuple[int, ...]) -> Sizes:
    return (value, value, value) if isinstance(value, int) else (value[0], value[1], value[2])


def _paddings(module: Any) -> tuple[tuple[int, int], ...]:
    """In front of and behind each axis."""
    if module.padding == "valid":
        return ((0, 0),) * 3
    if module.padding == "same":
        pairs = zip(_three(module.dilation), _three(module.kernel_size), strict=True)
        both = [dilation * (kernel - 1) for dilation, kernel in pairs]
        return tuple((whole // 2, whole - whole // 2) for whole in both)
    return tuple((each, each) for each in _three(module.padding))
