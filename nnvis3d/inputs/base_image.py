"""A drawing's base image, resampled to wherever it is needed."""

import numpy as np
from PIL import Image

from nnvis3d.inputs.strokes import Base, Similarity


def sample_base(base: Base, to_pixels: Similarity, size: int) -> np.ndarray:
    """float32 (size, size), 0 to 1: the base image where `to_pixels` (pad units -> pixels) puts it.

    Bilinear; where the image shrinks, the average over whole source pixels goes first.
    """
    if base.pixels.shape == (size, size) and to_pixels == Similarity(complex(size)):
        return np.clip(base.pixels, 0, 1)  # pixel on pixel
    source = Image.fromarray(base.pixels)
    pitch = base.pitch
    shrink = int(1 / (pitch * to_pixels.scale))  # source pixels per target pixel
    if shrink > 1:
        source = source.reduce(shrink)
        pitch *= shrink
    back = to_pixels.inverse()
    a, b = back.factor / pitch, (back.offset - complex(*base.corner)) / pitch
    # x_in = a.real x - a.imag y + b.real, y_in = a.imag x + a.real y + b.imag, at pixel centres
    affine = (a.real, -a.imag, b.real, a.imag, a.real, b.imag)
    image = source.transform((size, size), Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR)
    return np.clip(np.asarray(image, np.float32), 0, 1)
