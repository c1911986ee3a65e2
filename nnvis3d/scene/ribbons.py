"""Edges as the ribbon shader wants them: which are seen, in which order, how bright all of them together."""

from dataclasses import dataclass

import numpy as np
import panda3d.core as p3d

SEGMENTS = (16, 10, 7)
"""Of a curved ribbon, the smoothest first; where none is affordable ribbons are straight."""
STRAIGHT = 0
FULL_INK = 20.0
"""Sum of strengths up to which edges have their full brightness."""
FAINTEST = 0.02
"""Edges of a lower alpha would not be seen; they are not drawn."""
FLOOR = 0.10
"""Alpha of an edge of strength 0, where there are few."""
ENOUGH = 0.95
"""Share of all strength that has to be left for ribbons to be curved."""
# Measured without a GPU, on two cores: microseconds for each quad of a curved ribbon and each scene unit of
# its length in the first view; for a straight ribbon and each unit of it. That is one triangle, for each half
# of a long thin quad costs nearly what both do.
_QUAD_US, _CURVED_US = 1.2, 0.12
_STRAIGHT_US, _STRAIGHT_UNIT_US = 1.5, 0.075


@dataclass(frozen=True, eq=False)
class Ribbons:
    """Edges as they are drawn."""

    rows: np.ndarray
    """float32 (k, 2, 4), weakest first: start x, y, z, alpha 0-1; end x, y, z, sign."""
    exposure: float
    """0-1: what all alphas are multiplied with, so that many edges never become a mass."""
    segments: int
    """One of SEGMENTS, or STRAIGHT."""


def ribbon(segments: int) -> p3d.Geom:
    """A strip along x from 0 to 1, its sides at z = -1 and 1; the shader bends and widens it."""
    data = p3d.GeomVertexData("ribbon", p3d.GeomVertexFormat.get_v3(), p3d.Geom.UH_static)
    writer = p3d.GeomVertexWriter(data, "vertex")
    triangles = p3d.GeomTriangles(p3d.Geom.UH_static)
    for step in range(max(segments, 1)):
        writer.add_data3(step / max(segments, 1), 0, -1)
        writer.add_data3(step / max(segments, 1), 0, 1)
    if segments == STRAIGHT:
        writer.add_data3(1, 0, 0)
        triangles.add_vertices(0, 2, 1)
    else:
        writer.add_data3(1, 0, -1)
        writer.add_data3(1, 0, 1)
    for first in range(0, 2 * segments, 2):
        triangles.add_vertices(first, first + 2, first + 1)
        triangles.add_vertices(first + 1, first + 2, first + 3)
    geom = p3d.Geom(data)
    geom.add_primitive(triangles)
    return geom


def prepare(
    edges: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], most: int, budget_ms: float | None
) -> Ribbons:
    """The edges worth drawing.

    Args:
        edges: float32 starts (n, 3), ends (n, 3), strengths (n,), signs (n,).
        most: of more, the strongest are drawn.
        budget_ms: what drawing them may cost without a GPU: they are straight, and fewer, if it has to be.
    """
    rows = _sorted_rows(*edges)[-most:]
    faint, exposure = FLOOR * min(1.0, 40 / max(len(rows), 1)), _exposure(rows)
    seen = np.searchsorted(exposure * (faint + (1 - faint) * rows[:, 0, 3]), FAINTEST)
    segments, count = _affordable(rows[seen:], budget_ms)
    rows = rows[len(rows) - count :]
    exposure = _exposure(rows)
    rows[:, 0, 3] = faint + (1 - faint) * rows[:, 0, 3]
    return Ribbons(rows, exposure, segments)


def _sorted_rows(
    starts: np.ndarray, ends: np.ndarray, strengths: np.ndarray, signs: np.ndarray
) -> np.ndarray:
    """float32 (k, 2, 4), weakest first, without what is not finite."""
    rows = np.empty((len(starts), 2, 4), np.float32)
    rows[:, 0, :3], rows[:, 0, 3] = starts, strengths
    rows[:, 1, :3], rows[:, 1, 3] = ends, signs
    finite = np.isfinite(rows).all(axis=(1, 2))
    if not finite.all():
        rows = rows[finite]
    rows = rows[np.argsort(rows[:, 0, 3], kind="stable")]
    np.clip(rows[:, 0, 3], 0, 1, out=rows[:, 0, 3])
    return rows


def _exposure(rows: np.ndarray) -> float:
    ink = (FULL_INK / max(float(rows[:, 0, 3].sum()), FULL_INK)) ** 0.5
    return float(ink * min(1.0, (400 / max(len(rows), 1)) ** 0.25))


def _affordable(rows: np.ndarray, budget_ms: float | None) -> tuple[int, int]:
    """Segments of each ribbon, and how many of the strongest edges are drawn."""
    if budget_ms is None:
        return SEGMENTS[0], len(rows)
    length = np.cumsum(np.linalg.norm(rows[::-1, 1, :3] - rows[::-1, 0, :3], axis=1))
    strength = np.cumsum(rows[::-1, 0, 3])
    number = np.arange(1, len(rows) + 1)
    for segments in SEGMENTS:
        cost = number * segments * _QUAD_US + length * _CURVED_US
        count = int(np.searchsorted(cost, 1000 * budget_ms))
        if count == len(rows) or (count and strength[count - 1] >= ENOUGH * strength[-1] > 0):
            return segments, count
    cost = number * _STRAIGHT_US + length * _STRAIGHT_UNIT_US
    return STRAIGHT, int(np.searchsorted(cost, 1000 * budget_ms))
