"""From a drawing to what a network sees that sees colours: area averages of the pad, nothing else."""

import numpy as np
from PIL import Image

from nnvis3d.inputs.color_base import fit_base
from nnvis3d.inputs.color_canvas import render_colors
from nnvis3d.inputs.reduced_image import ReducedImage
from nnvis3d.inputs.strokes import IDENTITY, Drawing


def reduce_colors(
    drawing: Drawing, height: int, width: int, painted: np.ndarray | None = None
) -> ReducedImage:
    """The drawing as (3, height, width), 0 to 1.

    A picture that nobody drew on or moved goes straight in: pixel on pixel, if it has that size.

    Args:
        painted: the drawing as `render_colors` makes it, if somebody has it already.
    """
    untouched = drawing.base is not None and not drawing.strokes and drawing.placement == IDENTITY
    if untouched and drawing.base is not None:
        pixels = fit_base(drawing.base, height, width)
    else:
        pixels = _averaged(painted if painted is not None else render_colors(drawing), height, width)
    image = np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32) / 255
    return ReducedImage(image, blank=drawing.empty or (drawing.base is None and not image.any()))


def _averaged(painted: np.ndarray, height: int, width: int) -> np.ndarray:
    """uint8 (height, width, 3): the square pad in the middle, black bars where the target is longer."""
    side = min(height, width)
    how = Image.Resampling.BOX if side <= len(painted) else Image.Resampling.BILINEAR
    small = np.asarray(Image.fromarray(painted).resize((side, side), how))
    if height == width:
        return small
    pixels = np.zeros((height, width, 3), np.uint8)
    top, left = (height - side) // 2, (width - side) // 2
    pixels[top : top + side, left : left + side] = small
    return pixels
