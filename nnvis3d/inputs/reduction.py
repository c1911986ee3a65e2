"""From a drawing to what a network sees: the picture that is shown small beside the pad.

Strokes are drawn anew at the network's own resolution: shrinking the pad's picture would blur a small digit
and thin out a fast one. Without normalisation the pad's square is the 28x28 field; with it, the ink's box is
scaled to 20x20 and its centre of mass moved to the middle, as MNIST was made (LeCun et al. 1998, III.A).
"""

import numpy as np

from nnvis3d.inputs.base_image import sample_base
from nnvis3d.inputs.color_reduction import reduce_colors
from nnvis3d.inputs.path import evenly_spaced, smooth_path
from nnvis3d.inputs.reduced_image import ReducedImage
from nnvis3d.inputs.stamp import stamp
from nnvis3d.inputs.strokes import Base, Drawing, Similarity

FIELD = 28
"""Pixels across the field that a pad is reduced to; it goes into the middle of a larger input."""
BOX = 20.0
"""Pixels that the longer side of normalised ink takes."""
PEN = 1.7
"""Diameter of the pen in normalised ink, pixels: thin for MNIST, so that an open 4 does not close to a 9."""
_SPACING = 0.3  # pixels between stamps of the brush: a thin line's ripple stays under 0.15
_FLATNESS = 0.002  # pad units: how far a line may leave the curve that it stands for
_SMALLEST = 0.02  # pad units: ink smaller than this is a dot and stays one


def reduce_drawing(
    drawing: Drawing,
    shape: tuple[int, int, int] = (1, FIELD, FIELD),
    normalize: bool = True,
    painted: np.ndarray | None = None,
) -> ReducedImage:
    """The drawing as network input of `shape` (C, H, W).

    Three channels are colours; any other number of channels get the same grey picture each.

    Args:
        normalize: scale and centre ink as in MNIST; colours are never normalised.
        painted: the drawing in colours, if somebody has it already: uint8 (size, size, 3).
    """
    channels, height, width = shape
    if channels == 3:
        return reduce_colors(drawing, height, width, painted)
    side = min(height, width)
    # A network for digits has a small margin around its 28x28; any other one is filled by the pad.
    field = FIELD if FIELD <= side <= FIELD + 8 else side
    grey = _normalised(drawing, field) if normalize else _as_drawn(drawing, field)
    image = np.zeros(shape, np.float32)
    if grey is None:
        return ReducedImage(image, blank=True)
    top, left = (height - field) // 2, (width - field) // 2
    image[:, top : top + field, left : left + field] = grey
    return ReducedImage(image, blank=not grey.any())


def _as_drawn(drawing: Drawing, field: int) -> np.ndarray | None:
    """The whole pad, the brush as wide as it was: float32 (field, field)."""
    if drawing.empty:
        return None
    image = np.zeros((field, field), np.float32)
    if drawing.base is not None:
        image = sample_base(drawing.base, drawing.placement.then(Similarity(complex(field))), field)
    for stroke in drawing.placed_strokes:
        points = evenly_spaced(smooth_path(stroke.points, 0.1 / field), _SPACING / field)
        ink = stamp(points * np.float32(field), stroke.width * field / 2, field)
        image = np.maximum(image, ink) if stroke.kind == "pen" else np.minimum(image, 1 - ink)
    return image


def _normalised(drawing: Drawing, field: int) -> np.ndarray | None:
    """Ink scaled and centred as in MNIST: float32 (field, field)."""
    unit = field / FIELD
    pen = PEN * unit
    points = _pen_points(drawing, field)
    base = drawing.base if drawing.base is not None and len(drawing.base.ink_points) else None
    if points is None and base is None:
        return None
    fit = _fit(points, base, drawing.placement, BOX * unit, pen, field)
    image = np.zeros((field, field), np.float32)
    if base is not None:
        image = sample_base(base, drawing.placement.then(fit), field)
        _erase(image, drawing, fit, field)
    if points is not None:
        np.maximum(image, stamp(fit.apply(points), pen / 2, field), out=image)
    return image


def _pen_points(drawing: Drawing, field: int) -> np.ndarray | None:
    """Evenly spaced points of the pen's centre line that no later eraser took: (n, 2), pad units."""
    strokes = drawing.placed_strokes
    paths = [smooth_path(stroke.points, _FLATNESS) for stroke in strokes]
    pens = [path for path, stroke in zip(paths, strokes, strict=True) if stroke.kind == "pen"]
    if not pens:
        return None
    everything = np.concatenate(pens)
    extent = max(float(np.ptp(everything, axis=0).max()), _SMALLEST)
    erasing = len(pens) < len(paths)
    # What an eraser leaves may be small, and is scaled up by more than the whole would be.
    spacing = extent * _SPACING / field * (0.25 if erasing else 1.4)
    kept: list[np.ndarray] = []
    for path, stroke in zip(paths, strokes, strict=True):
        if stroke.kind == "pen":
            kept.append(evenly_spaced(path, spacing))
        else:
            rubbed = evenly_spaced(path, stroke.width / 8)
            kept = [_outside(points, rubbed, stroke.width / 2) for points in kept]
    left = np.concatenate(kept)
    return left if len(left) else None


def _outside(points: np.ndarray, rubbed: np.ndarray, radius: float) -> np.ndarray:
    """Those of `points` (n, 2) that are farther than `radius` from all of `rubbed` (m, 2)."""
    for part in np.array_split(rubbed, len(rubbed) // 256 + 1):  # bounds the memory of a long rub
        offsets = points[:, None, :] - part[None, :, :]  # (n, m, 2)
        nearest = np.einsum("nmk,nmk->nm", offsets, offsets).min(axis=1, initial=np.inf)
        points = points[nearest > radius * radius]
    return points


def _fit(
    points: np.ndarray | None, base: Base | None, placement: Similarity, box: float, pen: float, field: int
) -> Similarity:
    """Pad units -> pixels of the field: the ink's box scaled to `box`, its centre of mass in the middle."""
    clouds, weights, margins = [], [], [0.0]
    if points is not None:
        clouds.append(points)
        weights.append(np.ones(len(points), np.float32))
        margins.append(pen)
    if base is not None:
        clouds.append(placement.apply(base.ink_points))
        weights.append(base.ink_weights)
    cloud, weight = np.concatenate(clouds), np.concatenate(weights)
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    edge = base.pitch * placement.scale if base is not None else 0.0  # ink_points are pixel centres
    scale = (box - max(margins)) / max(float((high - low).max()) + edge, _SMALLEST)
    mass = weight @ cloud / weight.sum()
    # The middle of the field is the centre of mass, but never so that ink leaves the field.
    room = field / 2 - max(margins) / 2
    middle = np.clip(mass, high - room / scale, low + room / scale)
    already = base is not None and points is None and _is_normalised(base, placement, scale, middle, field)
    if already:
        return Similarity(complex(field))
    return Similarity(complex(scale), field / 2 * (1 + 1j) - scale * complex(*middle))


def _is_normalised(base: Base, placement: Similarity, scale: float, middle: np.ndarray, field: int) -> bool:
    """Whether `base` stands where it should within a pixel: resampling would only blur an MNIST digit."""
    as_it_is = base.pixels.shape == (field, field) and placement == Similarity()
    near = abs(scale / field - 1) < 0.15 and float(np.abs(middle * field - field / 2).max()) < 1.3
    return as_it_is and near


def _erase(image: np.ndarray, drawing: Drawing, fit: Similarity, field: int) -> None:
    """Take the eraser's strokes out of the base image `image`, in place."""
    for stroke in drawing.placed_strokes:
        if stroke.kind == "eraser":
            points = fit.apply(evenly_spaced(smooth_path(stroke.points, _FLATNESS), stroke.width / 8))
            np.minimum(image, 1 - stamp(points, stroke.width * fit.scale / 2, field), out=image)
