"""Curves in a card: lines over steps, a few grid lines, and nothing that has to be looked for."""

from dataclasses import dataclass

import numpy as np
from imgui_bundle import imgui

from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle
from nnvis3d.scene.theme import Color

MOST_POINTS = 160
"""Of one line; more are averaged: a line is some hundred pixels wide."""


@dataclass(frozen=True, eq=False)
class Line:
    """One curve."""

    x: np.ndarray
    """(N,) ascending."""
    y: np.ndarray
    """(N,)."""
    color: Color
    width: float = 2.0
    alpha: float = 1.0
    dots: bool = False


@dataclass(frozen=True)
class Axes:
    """Which stretch of numbers a plot shows."""

    left: float
    right: float
    low: float
    high: float
    percent: bool = False

    def of(self, value: float) -> str:
        """How a number on the upright axis is written."""
        return f"{100 * value:.3g} %" if self.percent else f"{value:.3g}"


def thinned(x: np.ndarray, y: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """At most `most` points of a curve: means of neighbours, without what is not finite."""
    finite = np.isfinite(y)
    x, y = x[finite].astype(np.float64), y[finite].astype(np.float64)
    if len(x) <= most:
        return x, y
    starts = np.linspace(0, len(x), most, endpoint=False).astype(np.int64)
    counts = np.diff(np.append(starts, len(x)))
    return np.add.reduceat(x, starts) / counts, np.add.reduceat(y, starts) / counts


def smoothed(y: np.ndarray, share: float = 0.12) -> np.ndarray:
    """Running mean over `share` of a curve, both sides: what the eye would draw through the noise."""
    reach = int(len(y) * share / 2)
    if reach < 1:
        return y
    sums = np.concatenate([[0.0], np.cumsum(y, dtype=np.float64)])
    at = np.arange(len(y))
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(y))
    return (sums[high] - sums[low]) / (high - low)


def draw_plot(ui: Widgets, place: Rectangle, axes: Axes, lines: tuple[Line, ...]) -> None:
    """In (left, top, width, height): the numbers of its axis at the left, the curves right of them."""
    left, top, width, height = place
    right, bottom = left + width, top + height
    left += _numbers(ui, axes, left, right, top, bottom)
    ui.draw.push_clip_rect((left, top - 2), (right + 2, bottom + 2), True)
    for line in lines:
        _draw(ui, line, axes, (left, top, right, bottom))
    ui.draw.pop_clip_rect()


def _numbers(ui: Widgets, axes: Axes, left: float, right: float, top: float, bottom: float) -> float:
    """Lines across with their numbers before them; the room that these take, pixels."""
    values = (axes.low, (axes.low + axes.high) / 2, axes.high)
    room = max(ui.width(axes.of(value)) for value in values) + ui.px(7)
    for value, lower in zip(values, (-1, 0, 1), strict=True):  # the outer ones stay between their lines
        y = _y(axes, value, top, bottom)
        ui.rect(left + room, y, right, y + 1, ui.theme.rim)
        where = (left + room - ui.px(7), y + lower * ui.px(6))
        ui.text(*where, axes.of(value), "small", ui.theme.muted, align=1, alpha=0.8)
    return room


def _y(axes: Axes, value: float, top: float, bottom: float) -> float:
    share = (value - axes.low) / max(axes.high - axes.low, 1e-12)
    return bottom - share * (bottom - top)


def _draw(ui: Widgets, line: Line, axes: Axes, box: Rectangle) -> None:
    left, top, right, bottom = box
    if not len(line.x):
        return
    across = left + (line.x - axes.left) / max(axes.right - axes.left, 1e-12) * (right - left)
    down = bottom - (line.y - axes.low) / max(axes.high - axes.low, 1e-12) * (bottom - top)
    points: list = [imgui.ImVec2(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)]
    ink, width = ui.ink(line.color, line.alpha), max(1.0, ui.theme.scale * line.width)
    if len(points) > 1:
        ui.draw.add_polyline(points, ink, width, 0)
    if line.dots or len(points) == 1:
        for point in points[-12:] if len(points) > 24 else points:
            ui.draw.add_circle_filled(point, width + ui.px(1.5), ink)
