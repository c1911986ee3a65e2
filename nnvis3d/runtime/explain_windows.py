"""Operations whose window slides over rows and columns: convolution and pooling; of one dimension, too."""

from typing import Any

import numpy as np
from torch import nn

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_axis import Axis
from nnvis3d.runtime.explain_operation import Operation, to_numpy


class Spatial(Operation):
    """A window that slides over rows and columns."""

    rows: Axis
    columns: Axis

    def __init__(self, module: Any, source: LayerSpec, target: LayerSpec, channels: tuple[int, int]):
        """
        Args:
            channels: of the source and of the target.
        """
        super().__init__(module, source, target)
        self.flat = is_flat(module)
        """Whether it slides over places in a row, which are columns here."""
        self.shape_in, self.shape_out = (
            self._shape(layer, count) for layer, count in zip((source, target), channels, strict=True)
        )

    def _shape(self, layer: LayerSpec, channels: int) -> tuple[int, int, int]:
        if self.flat and layer.neurons % channels == 0:
            return channels, 1, layer.neurons // channels
        self._expect(channels, layer.map_shape[0], "channels")
        return layer.map_shape

    def _pair(self, value: int | tuple[int, ...], usual: int = 1) -> tuple[int, int]:
        """Of rows and of columns; `usual` is that of rows where there are none."""
        if self.flat:
            return (usual, value if isinstance(value, int) else value[0])
        return (value, value) if isinstance(value, int) else (value[0], value[1])

    def _sliding(self, paddings: tuple[tuple[int, int], tuple[int, int]], mode: str = "zeros") -> None:
        """Lay out both axes as the module says; `paddings` are (in front, behind) of rows and of columns."""
        kernel, stride = self._pair(self.module.kernel_size), self._pair(self.module.stride)
        dilation = self._pair(getattr(self.module, "dilation", 1))
        self.rows, self.columns = (
            Axis.sliding(*sizes, kernel[i], stride[i], paddings[i], dilation[i], mode)
            for i, sizes in enumerate(zip(self.shape_in[1:], self.shape_out[1:], strict=True))
        )

    def _split(self, neurons: np.ndarray, shape: tuple[int, int, int]) -> tuple[np.ndarray, ...]:
        channel, cell = np.divmod(neurons, shape[1] * shape[2])
        return (channel, *np.divmod(cell, shape[2]))

    def _places(self, channels: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """int64 (n, k): sources in `channels` (n, c) under the windows of output (row, column)."""
        y = self.rows.reads[row][:, None, :, None]  # (n, 1, kh, 1)
        x = self.columns.reads[column][:, None, None, :]  # (n, 1, 1, kw)
        _, height, width = self.shape_in
        flat = (channels[:, :, None, None] * height + y) * width + x
        return np.where((y < 0) | (x < 0), -1, flat).reshape(len(row), -1)

    def reach(self, rows, columns):
        if self.shape_in != self.source.map_shape or self.shape_out != self.target.map_shape:
            _, height, width = self.source.map_shape
            return np.arange(height), np.arange(width)
        return self.rows.used(rows), self.columns.used(columns)

    def window(self, target):
        if self.shape_in != self.source.map_shape:  # it is shown in another way than it is read
            return None
        _, row, column = self._split(np.array(target), self.shape_out)
        (top, bottom), (left, right) = self.rows.span(int(row)), self.columns.span(int(column))
        return top, left, bottom, right


def is_flat(module: Any) -> bool:
    """Whether it is of one dimension."""
    return type(module).__name__.endswith("1d")


def maps_of(module: Any, target: LayerSpec) -> int:
    """In how many maps a layer is, of which each is read by itself. What is of one dimension may be shown as
    channels by places, or as a map whose rows are the channels."""
    return target.map_shape[0] * (target.map_shape[1] if is_flat(module) else 1)


def convolution_weights(module: Any) -> np.ndarray:
    """float32 (out, in / groups, *kernel): of a convolution, and of a transposed one, which PyTorch has the
    other way round, (in, out / groups, *kernel)."""
    weight = to_numpy(module.weight)
    if not getattr(module, "transposed", False):
        return weight
    groups, (ins, outs) = module.groups, weight.shape[:2]
    split = weight.reshape(groups, ins // groups, outs, *weight.shape[2:])
    return np.ascontiguousarray(split.swapaxes(1, 2)).reshape(groups * outs, ins // groups, *weight.shape[2:])


class Conv2d(Spatial):
    """nn.Conv2d and nn.Conv1d: any stride, padding, padding mode, dilation and number of groups."""

    kind = "conv"

    def __init__(self, module: nn.Conv2d, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target, (module.in_channels, module.out_channels))
        self.weight = to_numpy(module.weight)  # (out, in / groups, kh, kw)
        if self.flat:
            self.weight = self.weight[:, :, None]
        self.biases = np.zeros(len(self.weight)) if module.bias is None else to_numpy(module.bias)
        self.grid = self.weight.shape[1:]
        self._sliding(self._padding(), module.padding_mode)

    def sources(self, targets):
        channel, row, column = self._split(targets, self.shape_out)
        group = channel // (self.shape_out[0] // self.module.groups)
        return self._places(group[:, None] * self.grid[0] + np.arange(self.grid[0]), row, column)

    def weights(self, targets, sources, inputs):
        channel, _, _ = self._split(targets, self.shape_out)
        return self.weight[channel].reshape(len(targets), -1)

    def readers(self, sources, values):
        channel, y, x = self._split(sources, self.shape_in)
        rows, columns = self.rows.readers[y], self.columns.readers[x]  # (n, my, 2), (n, mx, 2)
        group, within = np.divmod(channel, self.grid[0])
        each = self.shape_out[0] // self.module.groups
        out = (group[:, None] * each + np.arange(each))[:, :, None, None]  # (n, each, 1, 1)
        i, a = rows[:, None, :, None, 0], rows[:, None, :, None, 1]
        j, b = columns[:, None, None, :, 0], columns[:, None, None, :, 1]
        _, height, width = self.shape_out
        targets = np.where((i < 0) | (j < 0), -1, (out * height + i) * width + j)
        weights = self.weight[out, within[:, None, None, None], a, b]  # (n, each, my, mx)
        return targets.reshape(len(sources), -1), weights.reshape(len(sources), -1)

    def bias(self, target):
        return float(self.biases[target // (self.shape_out[1] * self.shape_out[2])])

    def _padding(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """(in front, behind) of rows and of columns."""
        module = self.module
        if module.padding == "valid":
            return (0, 0), (0, 0)
        if module.padding == "same":
            pairs = zip(self._pair(module.dilation), self._pair(module.kernel_size), strict=True)
            up, left = (dilation * (kernel - 1) for dilation, kernel in pairs)
            return (up // 2, up - up // 2), (left // 2, left - left // 2)
        up, left = self._pair(module.padding, 0)
        return (up, up), (left, left)


class Pool2d(Spatial):
    """What both kinds of pooling share: each map by itself."""

    def __init__(self, module: Any, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target, (channels := maps_of(module, target), channels))
        self.grid = (1, *self._pair(module.kernel_size))
        up, left = self._pair(module.padding, 0)
        self._sliding(((up, up), (left, left)))

    def sources(self, targets):
        channel, row, column = self._split(targets, self.shape_out)
        return self._places(channel[:, None], row, column)

    def readers(self, sources, values):
        channel, y, x = self._split(sources, self.shape_in)
        i = self.rows.readers[y][:, :, None, 0]  # (n, my, 1)
        j = self.columns.readers[x][:, None, :, 0]  # (n, 1, mx)
        _, height, width = self.shape_out
        targets = np.where((i < 0) | (j < 0), -1, (channel[:, None, None] * height + i) * width + j)
        targets = targets.reshape(len(sources), -1)
        return targets, self._reader_weights(sources, targets, values)

    def _reader_weights(self, sources: np.ndarray, targets: np.ndarray, values: np.ndarray) -> np.ndarray:
        """float32 (n, m): the weight with which each of `targets` (n, m) reads its source (n,)."""
        flat = np.maximum(targets, 0).reshape(-1)
        read = self.sources(flat)  # (n * m, k)
        weights = self.weights(flat, read, np.where(read < 0, 0, values[read]))
        own = read == np.repeat(sources, targets.shape[1])[:, None]
        return (weights * own).sum(axis=1).reshape(targets.shape)


class MaxPool2d(Pool2d):
    """nn.MaxPool2d: the weight is 1 for the winner, of equals the first, and 0 for all others."""

    kind = "maxpool"

    def weights(self, targets, sources, inputs):
        # Padding never wins. NaN wins always, as in PyTorch, and argmax sees to that.
        contest = np.where(sources < 0, -np.inf, inputs)
        winner = contest.argmax(axis=1)
        nothing_but_infinity = np.take_along_axis(sources, winner[:, None], axis=1)[:, 0] < 0
        winner = np.where(nothing_but_infinity, (sources >= 0).argmax(axis=1), winner)
        weights = np.zeros(inputs.shape, np.float32)
        weights[np.arange(len(winner)), winner] = 1
        return weights


class AvgPool2d(Pool2d):
    """nn.AvgPool2d: equal weights for all that is not padding."""

    kind = "avgpool"

    def __init__(self, module: nn.AvgPool2d, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target)
        if getattr(module, "divisor_override", None):
            divisors = np.full(self.shape_out[1:], module.divisor_override)
        elif module.count_include_pad:
            up, left = self._pair(module.padding, 0)
            divisors = np.outer(self.rows.covered(up), self.columns.covered(left))
        else:
            divisors = np.outer((self.rows.reads >= 0).sum(axis=1), (self.columns.reads >= 0).sum(axis=1))
        self.share = (1 / np.maximum(divisors, 1)).astype(np.float32)  # (H, W) of the target

    def weights(self, targets, sources, inputs):
        _, row, column = self._split(targets, self.shape_out)
        return np.where(sources < 0, 0, self.share[row, column][:, None])
