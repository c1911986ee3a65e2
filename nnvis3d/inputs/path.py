"""From pointer positions to a smooth path, and from a path to evenly spaced points."""

import numpy as np

_MOST = 4000


def midpoint_curves(points: np.ndarray, tolerance: float) -> np.ndarray:
    """Quadratic curves through the midpoints of `points`, which serve as their control points.

    The first midpoint to the last one, flattened to lines that stay within `tolerance` (in the points' unit).
    Each curve depends on three neighbouring points only: a growing stroke never changes what is there.

    Args:
        points: float32 (n, 2), n >= 2.

    Returns:
        float32 (m, 2), m >= 1.
    """
    middles = (points[:-1] + points[1:]) * np.float32(0.5)  # (n - 1, 2)
    if len(points) == 2:
        return middles
    starts, controls, ends = middles[:-1], points[1:-1], middles[1:]
    # A quadratic curve cut into k lines leaves them by |start - 2 control + end| / (4 k^2) at most.
    bends = starts - 2 * controls + ends
    bend = np.sqrt(np.einsum("ij,ij->i", bends, bends))
    counts = np.maximum(1, np.ceil(np.sqrt(bend / (4 * tolerance)))).astype(np.intp)
    which = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    t = ((np.arange(len(which)) - first[which]) / counts[which]).astype(np.float32)[:, None]
    s = 1 - t
    curve = s * s * starts[which] + 2 * s * t * controls[which] + t * t * ends[which]
    return np.concatenate([curve, ends[-1:]])


def smooth_path(points: np.ndarray, tolerance: float) -> np.ndarray:
    """The whole stroke: a line to the first midpoint, the curves, a line from the last midpoint.

    Points (n, 2), n >= 1 -> (m, 2).
    """
    if len(points) < 2:
        return points
    return np.concatenate([points[:1], midpoint_curves(points, tolerance), points[-1:]])


def evenly_spaced(path: np.ndarray, spacing: float) -> np.ndarray:
    """Points on `path` (m, 2), about `spacing` apart along it, both ends included: float32 (k, 2), k >= 1.

    A path of more than `_MOST` steps gets longer ones: it crosses itself so often that no gap is seen.
    """
    steps = np.diff(path, axis=0)
    along = np.zeros(len(path))
    np.cumsum(np.sqrt(np.einsum("ij,ij->i", steps, steps)), out=along[1:])
    if along[-1] == 0:
        return path[:1]
    count = 1 + min(_MOST, int(np.ceil(along[-1] / spacing)))
    at = np.arange(count) * (along[-1] / (count - 1))
    points = np.empty((count, 2), np.float32)
    points[:, 0] = np.interp(at, along, path[:, 0])
    points[:, 1] = np.interp(at, along, path[:, 1])
    return points
