"""A drawing's picture in colours, resampled: it fills the pad; what sticks out at two sides is cut off."""

import numpy as np
from PIL import Image

from nnvis3d.inputs.strokes import IDENTITY, Base, Similarity

_SQUARE_PIXELS = 2
"""Enlarged by this much and more, a picture's pixels are shown as the squares that they are."""


def fit_base(base: Base, height: int, width: int) -> np.ndarray:
    """uint8 (height, width, 3): the middle of the picture in the target's proportions, by area averages.

    A picture of just this size comes out as it is.
    """
    picture = base.colors
    rows, columns = picture.shape[:2]
    if (rows, columns) == (height, width):
        return picture
    scale = min(rows / height, columns / width)  # source pixels a target pixel
    left, top = (columns - width * scale) / 2, (rows - height * scale) / 2
    box = (left, top, left + width * scale, top + height * scale)
    how = Image.Resampling.BOX if scale >= 1 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(picture).resize((width, height), how, box))


def place_base(base: Base, placement: Similarity, pixels: np.ndarray) -> None:
    """Write the picture into `pixels` uint8 (size, size, 3), where `placement` (pad units) puts it."""
    size = len(pixels)
    side = min(base.colors.shape[:2])
    coarse = size >= _SQUARE_PIXELS * side
    if placement == IDENTITY:
        pixels[...] = _squares(base, size) if coarse else fit_base(base, size, size)
        return
    # As large as it will be seen, so that shrinking averages; then turned and moved.
    fitted = fit_base(base, *[max(1, round(size * min(placement.scale, 1.0)))] * 2) if not coarse else None
    source = Image.fromarray(fitted if fitted is not None else fit_base(base, side, side))
    pitch = 1 / source.width
    back = placement.then(Similarity(complex(size))).inverse()
    a, b = back.factor / pitch, back.offset / pitch
    affine = (a.real, -a.imag, b.real, a.imag, a.real, b.imag)
    how = Image.Resampling.NEAREST if coarse else Image.Resampling.BILINEAR
    moved = source.transform((size, size), Image.Transform.AFFINE, affine, how)
    there = Image.new("L", source.size, 255).transform(
        (size, size), Image.Transform.AFFINE, affine, Image.Resampling.NEAREST
    )
    inside = np.asarray(there) > 127
    pixels[inside] = np.asarray(moved)[inside]


def _squares(base: Base, size: int) -> np.ndarray:
    """Every pixel of the picture's middle square as a square of its own: uint8 (size, size, 3)."""
    side = min(base.colors.shape[:2])
    square = Image.fromarray(fit_base(base, side, side))
    return np.asarray(square.resize((size, size), Image.Resampling.NEAREST))
