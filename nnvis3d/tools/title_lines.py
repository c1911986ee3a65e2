"""Titles and the lines between layers: no title is struck through. Pure functions of pixels."""

from dataclasses import replace

import numpy as np

from nnvis3d.network.links import Pieces
from nnvis3d.scene.hud.state import SceneLabel
from nnvis3d.tools.scene_labels import Project

LETTER, BOLD_LETTER = 7.4, 7.9
"""Pixels at scale 1 that a letter of a title takes, about."""
LINE = 20.0
"""Of a title's line."""
MOST_RISE = 18.0
"""By which a title may rise at most, to stand on a line that would strike it through."""
AIR = 2.0
"""From a line to a title that stands on it, and beside its letters."""
LEVEL = 0.3
"""Rise through run below which a line is a level one."""


def cleared(labels: list[SceneLabel], lines: Pieces, project: Project, scale: float) -> list[SceneLabel]:
    """The labels, those of layers risen onto the level lines that run over their layers, where that is not
    far; those that lines still cross have a ground that hides the lines."""
    if not labels or not len(lines.starts):
        return labels
    ends = np.concatenate([lines.starts[:, :3], lines.ends[:, :3]]).astype(np.float64)
    pixels, _ = project(ends)
    starts, ends = pixels[: len(lines.starts)], pixels[len(lines.starts) :]
    return [_clear(label, starts, ends, scale) for label in labels]


def _clear(label: SceneLabel, starts: np.ndarray, ends: np.ndarray, scale: float) -> SceneLabel:
    hit = _crossing(_box(label, scale), starts, ends)
    if not hit.any():
        return label
    if label.align[1] == 1.0:  # it stands above a layer
        run, rise = np.abs(ends - starts)[hit].T
        level = rise <= LEVEL * run
        tops = np.minimum(starts[hit, 1], ends[hit, 1])[level]
        top = float(tops.min(initial=label.y)) - AIR * scale
        if level.any() and label.y - top <= MOST_RISE * scale:
            label = replace(label, y=round(top))
            hit = _crossing(_box(label, scale), starts, ends)
    return replace(label, backed=bool(hit.any()))


def _box(label: SceneLabel, scale: float) -> tuple[float, float, float, float]:
    """Left, top, right and lower edge, about."""
    letter = (BOLD_LETTER if label.bold else LETTER) * scale
    width = letter * max(map(len, label.lines), default=0) + 2 * AIR * scale
    height = LINE * scale * len(label.lines)
    left, top = label.x - label.align[0] * width, label.y - label.align[1] * height
    return left, top, left + width, top + height


def _crossing(box: tuple[float, float, float, float], starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """bool (n,): which pieces, from pixels (n, 2) to (n, 2), share a point with a rectangle.

    Each piece is cut at the rectangle's sides (Liang and Barsky 1984).
    """
    step = ends - starts
    low, high = np.zeros(len(starts)), np.ones(len(starts))
    for axis in (0, 1):
        with np.errstate(divide="ignore", invalid="ignore"):
            one = (box[axis] - starts[:, axis]) / step[:, axis]
            other = (box[axis + 2] - starts[:, axis]) / step[:, axis]
        inside = (starts[:, axis] > box[axis]) & (starts[:, axis] < box[axis + 2])
        flat = step[:, axis] == 0
        first, last = np.minimum(one, other), np.maximum(one, other)
        low = np.where(flat, np.where(inside, low, np.inf), np.maximum(low, first))
        high = np.where(flat, high, np.minimum(high, last))
    return low < high
