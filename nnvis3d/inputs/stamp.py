"""A round brush, stamped along points at a network's resolution: all points at once."""

import numpy as np

_CROWD = 500
"""More stamps than this are thinned to one for each half pixel: a scribble costs what a digit does."""


def stamp(points: np.ndarray, radius: float, size: int) -> np.ndarray:
    """Ink cover of a brush put down at each point: float32 (size, size), 0 to 1.

    Cover falls from full to none over the one pixel around the brush's rim; a brush thinner than a pixel is
    never fuller than its width. Overlaps take the larger value.

    Args:
        points: float (n, 2), pixels, x and y, (0, 0) the upper left corner of the first pixel.
        radius: pixels.
    """
    if len(points) > _CROWD:
        points = _thinned(points, size)
    reach = int(np.ceil(radius + 0.5))
    inside = ((points > -reach) & (points < size + reach)).all(axis=1)
    points = points[inside].astype(np.float32)
    cell = np.floor(points).astype(np.intp)  # (n, 2)
    near = np.arange(-reach, reach + 1)  # (k,)
    off = (near + 0.5).astype(np.float32) - (points - cell).astype(np.float32)[:, :, None]  # (n, 2, k)
    off *= off
    distance = np.sqrt(off[:, 1, :, None] + off[:, 0, None, :])  # (n, k rows, k columns)
    cover = np.clip(np.float32(radius + 0.5) - distance, 0, min(1.0, 2 * radius))
    wide = size + 4 * reach + 2  # a rim that takes what falls outside
    start = (cell[:, 1] + 2 * reach) * wide + cell[:, 0] + 2 * reach
    where = start[:, None, None] + (near[:, None] * wide + near)[None]
    image = np.zeros(wide * wide, np.float32)
    np.maximum.at(image, where.ravel(), cover.ravel())
    field = slice(2 * reach, 2 * reach + size)
    return image.reshape(wide, wide)[field, field]


def _thinned(points: np.ndarray, size: int) -> np.ndarray:
    """One of the points in each cell of half a pixel; those off the field are dropped."""
    cells = np.floor(points * 2).astype(np.int32)
    near = ((cells >= -32) & (cells < 2 * size + 32)).all(axis=1)
    keys = (cells[near, 1] + 32) * (2 * size + 64) + cells[near, 0] + 32
    owner = np.full((2 * size + 64) ** 2, -1, np.int32)
    owner[keys] = np.nonzero(near)[0]
    return points[owner[owner >= 0]]
