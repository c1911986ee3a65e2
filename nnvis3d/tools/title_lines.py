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
    pixels, _ = project(ends)  # a line goes on beyond the picture's edge
    starts, ends = pixels[: len(lines.starts)], pixels[len(lines.starts) :]
    hits = _crossing(np.array([_box(label, scale) for label in labels]), starts, ends)
    return [
        _clear(label, hit, starts, ends, scale) if hit.any() else label
        for label, hit in zip(labels, hits, strict=True)
    ]


def _clear(
    label: SceneLabel, hit: np.ndarray, starts: np.ndarray, ends: np.ndarray, scale: float
) -> SceneLabel:
    """One that some of the pieces, those of `hit` (n,), strike through."""
    backed = True
    if label.align[1] == 1.0:  # it stands above a layer
        run, rise = np.abs(ends - starts).T
        level = hit & (rise <= LEVEL * run)
        tops = np.minimum(starts[:, 1], ends[:, 1])[level]
        top = float(tops.min(initial=label.y)) - AIR * scale
        if level.any() and label.y - top <= MOST_RISE * scale:
            label = replace(label, y=round(top))
            backed = bool(_crossing(np.array([_box(label, scale)]), starts, ends).any())
    return replace(label, backed=backed)


def _box(label: SceneLabel, scale: float) -> tuple[float, float, float, float]:
    """Left, top, right and lower edge, about."""
    letter = (BOLD_LETTER if label.bold else LETTER) * scale
    width = letter * max(map(len, label.lines), default=0) + 2 * AIR * scale
    height = LINE * scale * len(label.lines)
    left, top = label.x - label.align[0] * width, label.y - label.align[1] * height
    return left, top, left + width, top + height


def _crossing(boxes: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """bool (m, n): which pieces, from pixels (n, 2) to (n, 2), share a point with which rectangles (m, 4).

    Each piece is cut at a rectangle's sides (Liang and Barsky 1984).
    """
    step = ends - starts
    low, high = np.zeros((len(boxes), len(starts))), np.ones((len(boxes), len(starts)))
    for axis in (0, 1):
        near, far = boxes[:, axis, None], boxes[:, axis + 2, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            one = (near - starts[:, axis]) / step[:, axis]
            other = (far - starts[:, axis]) / step[:, axis]
        inside = (starts[:, axis] > near) & (starts[:, axis] < far)
        level = step[:, axis] == 0
        low = np.where(level, np.where(inside, low, np.inf), np.maximum(low, np.minimum(one, other)))
        high = np.where(level, high, np.minimum(high, np.maximum(one, other)))
    return low < high
