"""The course of a training, in a fixed number of points: old ones are averaged in pairs."""

import math

import numpy as np

from nnvis3d.network.lab_snapshot import Curve

MOST = 2048


class CurveBuilder:
    """Gathers losses and accuracies step by step."""

    def __init__(self, most: int = MOST):
        self._most = most
        self.stride = 1
        """Steps in one point."""
        self._points: list[tuple[int, float, float]] = []
        self._validated: list[tuple[int, float, float]] = []
        self._sums = [0.0, 0.0, 0.0]  # loss, right ones, images
        self._steps = 0
        self._made: Curve | None = None

    def add(self, step: int, loss: float, correct: int, count: int) -> None:
        """After one training step; of no images, the accuracy is not known."""
        self._sums = [self._sums[0] + loss, self._sums[1] + correct, self._sums[2] + count]
        self._steps += 1
        if self._steps < self.stride:
            return
        loss, right, images = self._sums
        self._points.append((step, loss / self._steps, right / images if images else math.nan))
        self._sums, self._steps, self._made = [0.0, 0.0, 0.0], 0, None
        if len(self._points) >= self._most:
            self._points = _paired(self._points)
            self.stride *= 2

    def validated(self, step: int, loss: float, accuracy: float) -> None:
        """After the validation set was measured; a second time at the same step replaces the first."""
        if self._validated and self._validated[-1][0] == step:
            self._validated.pop()
        self._validated.append((step, loss, accuracy))
        if len(self._validated) >= self._most:
            self._validated = self._validated[1::2]
        self._made = None

    def copy(self) -> "CurveBuilder":
        other = CurveBuilder(self._most)
        other.stride, other._steps, other._sums = self.stride, self._steps, list(self._sums)
        other._points, other._validated = list(self._points), list(self._validated)
        return other

    def until(self, step: int) -> "CurveBuilder":
        """A copy that ends at `step`."""
        other = self.copy()
        other._points = [point for point in other._points if point[0] <= step]
        other._validated = [point for point in other._validated if point[0] <= step]
        other._sums, other._steps = [0.0, 0.0, 0.0], 0
        return other

    @property
    def curve(self) -> Curve:
        if self._made is None:
            self._made = Curve(*_columns(self._points), *_columns(self._validated))
        return self._made

    @classmethod
    def of(cls, curve: Curve, stride: int) -> "CurveBuilder":
        """Goes on where `curve` ended."""
        builder = cls()
        builder.stride = stride
        builder._points = _rows(curve.step, curve.loss, curve.accuracy)
        validated = curve.validation_step, curve.validation_loss, curve.validation_accuracy
        builder._validated = _rows(*validated)
        return builder


def _paired(points: list[tuple[int, float, float]]) -> list[tuple[int, float, float]]:
    """Two neighbours become one at the later step."""
    pairs = zip(points[::2], points[1::2], strict=False)
    return [(b[0], (a[1] + b[1]) / 2, (a[2] + b[2]) / 2) for a, b in pairs]


def _columns(points: list[tuple[int, float, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    steps = np.array([point[0] for point in points], np.int64)
    table = np.array([point[1:] for point in points], np.float32).reshape(-1, 2)
    return steps, table[:, 0].copy(), table[:, 1].copy()


def _rows(steps: np.ndarray, losses: np.ndarray, accuracies: np.ndarray) -> list[tuple[int, float, float]]:
    return [(int(a), float(b), float(c)) for a, b, c in zip(steps, losses, accuracies, strict=True)]
