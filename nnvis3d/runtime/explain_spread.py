"""Operations that read unlike a sliding window: transposed convolution, adaptive pooling, upsampling,
padding."""

from typing import Any

import numpy as np
import torch
from torch import nn

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_axis import Axis
from nnvis3d.runtime.explain_operation import to_numpy
from nnvis3d.runtime.explain_windows import Conv2d, Spatial, convolution_weights, is_flat, maps_of

_MOST_TRIED = 20_000_000
"""Numbers that a module is tried on to find out how it reads."""


class ConvTranspose2d(Conv2d):
    """nn.ConvTranspose2d and nn.ConvTranspose1d, with any stride, padding, dilation and number of groups."""

    def __init__(self, module: nn.ConvTranspose2d, source: LayerSpec, target: LayerSpec):
        Spatial.__init__(self, module, source, target, (module.in_channels, module.out_channels))
        self.weight = convolution_weights(module)  # (out, in / groups, kh, kw)
        self.weight = self.weight[:, :, None] if self.flat else self.weight
        self.biases = np.zeros(len(self.weight)) if module.bias is None else to_numpy(module.bias)
        self.grid = self.weight.shape[1:]
        kernel, stride = self._pair(module.kernel_size), self._pair(module.stride)
        padding, dilation = self._pair(module.padding, 0), self._pair(module.dilation)  # type: ignore[arg-type]
        self.rows, self.columns = (
            Axis.transposed(*sizes, kernel[i], stride[i], padding[i], dilation[i])
            for i, sizes in enumerate(zip(self.shape_in[1:], self.shape_out[1:], strict=True))
        )

    def window(self, target):
        return _touched(self, target)


class Separable(Spatial):
    """Each map by itself, its rows and its columns each with weights of their own."""

    kind = "avgpool"

    def __init__(
        self, module: Any, source: LayerSpec, target: LayerSpec, rows: np.ndarray, columns: np.ndarray
    ):
        """
        Args:
            rows: float32 (rows of the target, rows of the source): by what each is multiplied; `columns` so,
                too.
        """
        channels = maps_of(module, target)
        super().__init__(module, source, target, (channels, channels))
        self.rows, self._of_rows = _listed(rows)
        self.columns, self._of_columns = _listed(columns)
        self.grid = (1, self.rows.kernel, self.columns.kernel)

    def sources(self, targets):
        channel, row, column = self._split(targets, self.shape_out)
        return self._places(channel[:, None], row, column)

    def weights(self, targets, sources, inputs):
        _, row, column = self._split(targets, self.shape_out)
        weights = self._of_rows[row][:, :, None] * self._of_columns[column][:, None, :]
        return weights.reshape(len(weights), -1)

    def readers(self, sources, values):
        channel, y, x = self._split(sources, self.shape_in)
        rows, columns = self.rows.readers[y], self.columns.readers[x]
        i, a = rows[:, :, None, 0], rows[:, :, None, 1]
        j, b = columns[:, None, :, 0], columns[:, None, :, 1]
        _, height, width = self.shape_out
        targets = np.where((i < 0) | (j < 0), -1, (channel[:, None, None] * height + i) * width + j)
        weights = self._of_rows[i, a] * self._of_columns[j, b]
        return targets.reshape(len(sources), -1), weights.reshape(len(sources), -1)

    def window(self, target):
        return _touched(self, target)


class Rescaled(Separable):
    """Adaptive average pooling, upsampling and padding with what is there or with zeros."""

    def __init__(self, module: nn.Module, source: LayerSpec, target: LayerSpec):
        super().__init__(module, source, target, *_axes(module, source, target))
        if self.grid == (1, 1, 1) and set(np.unique([*self._of_rows, *self._of_columns])) <= {0, 1}:
            self.kind = "copy"  # type: ignore[misc]


class GlobalMean(Separable):
    """The mean of all rows and columns, as a function of a network takes it."""

    guessed = True

    def __init__(self, module: None, source: LayerSpec, target: LayerSpec):
        _, height, width = source.map_shape
        shares = (np.full((1, length), 1 / length, np.float32) for length in (height, width))
        super().__init__(module, source, target, *shares)


def _listed(weights: np.ndarray) -> tuple[Axis, np.ndarray]:
    """The axis whose outputs read what is not zero in `weights` (outputs, size), and by what it is
    multiplied, (outputs, kernel)."""
    used = weights != 0
    most = max(int(used.sum(axis=1).max(initial=0)), 1)
    order = np.argsort(~used, axis=1, kind="stable")[:, :most]
    real = np.take_along_axis(used, order, axis=1)
    return (
        Axis.listed(weights.shape[1], np.where(real, order, -1)),
        np.where(real, np.take_along_axis(weights, order, axis=1), 0).astype(np.float32),
    )


def _axes(module: nn.Module, source: LayerSpec, target: LayerSpec) -> tuple[np.ndarray, np.ndarray]:
    """Weights of rows and of columns: what the module makes of rows of ones, and of columns of ones."""
    if is_flat(module):
        length = source.neurons // maps_of(module, target)
        return np.ones((1, 1), np.float32), to_numpy(module(torch.eye(length)[:, None])[:, 0].T)
    _, height, width = source.map_shape
    if (height + width) * height * width > _MOST_TRIED:
        raise ValueError(f"{target.name}: expected smaller maps, got {height} × {width}")
    lines = torch.zeros(height + width, 1, height, width)
    lines[torch.arange(height), 0, torch.arange(height)] = 1
    lines[height + torch.arange(width), 0, :, torch.arange(width)] = 1
    made = module(lines)[:, 0]  # (lines, rows, columns) of the target
    # A row of ones weighs what it weighs wherever the columns together weigh 1, which padding does not.
    row, column = divmod(int(made[:height].sum(0).argmax()), made.shape[-1])
    return to_numpy(made[:height, :, column].T), to_numpy(made[height:, row, :].T)


def _touched(operation: Spatial, target: int):
    if operation.shape_in != operation.source.map_shape:
        return None
    _, row, column = operation._split(np.array(target), operation.shape_out)
    (top, bottom), (left, right) = operation.rows.touched(int(row)), operation.columns.touched(int(column))
    return top, left, bottom, right
