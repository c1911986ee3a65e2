"""Endless variations of the training digits: other hands, other places on the pad, other pens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.strokes import DEFAULT_BRUSH, Drawing, Similarity, Stroke


@dataclass(frozen=True)
class Wobble:
    """Standard deviations of what happens to an image of 28x28."""

    degrees: float
    scale: float
    """Of the logarithm, per axis together and of the aspect."""
    shear: float
    shift: float
    """Pixels."""
    elastic: float
    """Pixels that a point of a 5x5 grid moves."""
    thickness: float
    """Largest share of the neighbouring pixels' maximum (or minimum) that is mixed in."""


def wobbled(images: torch.Tensor, wobble: Wobble, generator: torch.Generator) -> torch.Tensor:
    """Every image (B, 1, 28, 28) bent in its own way: affine, elastic (Simard et al. 2003), thickness."""
    batch, _, height, width = images.shape

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(batch, *shape, generator=generator)

    turn = torch.deg2rad(wobble.degrees * normal())
    size = torch.exp(wobble.scale * normal())
    aspect = torch.exp(0.5 * wobble.scale * normal())
    cos, sin, shear = torch.cos(turn), torch.sin(turn), wobble.shear * normal()
    rows = torch.stack([cos * size * aspect, (shear * cos - sin) * size / aspect], dim=1)
    columns = torch.stack([sin * size * aspect, (shear * sin + cos) * size / aspect], dim=1)
    shift = normal(2) * wobble.shift * (2 / width)
    affine = torch.cat([torch.stack([rows, columns], dim=1), shift[:, :, None]], dim=2)  # (B, 2, 3)
    grid = F.affine_grid(affine, [batch, 1, height, width], align_corners=False)
    if wobble.elastic:
        knots = normal(2, 5, 5) * (wobble.elastic * 2 / width)
        bend = F.interpolate(knots, (height, width), mode="bicubic", align_corners=True)
        grid = grid + bend.permute(0, 2, 3, 1)
    return _thickened(F.grid_sample(images, grid, align_corners=False), wobble.thickness, generator)


def _thickened(images: torch.Tensor, most: float, generator: torch.Generator) -> torch.Tensor:
    """Half of the images get a share of their neighbours' maximum, the other half of their minimum."""
    share = torch.rand(len(images), 1, 1, 1, generator=generator) * most
    thick = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
    signed = torch.where(thick, images, -images)  # the minimum is the maximum upside down
    wide = F.pad(signed, (0, 1, 0, 1))
    wide = torch.maximum(wide[..., :-1], wide[..., 1:])
    wide = torch.maximum(wide[..., :-1, :], wide[..., 1:, :])
    mixed = signed + share * (wide - signed)
    return torch.where(thick, mixed, -mixed)


@dataclass(frozen=True)
class Hand:
    """How far another writer's strokes may differ; see `rewritten`."""

    degrees: float = 7.0
    shear: float = 0.18
    aspect: float = 0.12
    bend: float = 0.03
    """Slow waves along the strokes, share of the digit's size."""
    part: float = 0.025
    """Shift of each stroke on its own, share of the digit's size."""
    size: float = 0.28
    """Of the logarithm, raw drawings only."""
    shift: float = 0.07
    """Pad units, raw drawings only."""
    brush: float = 0.15
    """Of the logarithm, raw drawings only."""


def rewritten(drawing: Drawing, hand: Hand, rng: np.random.Generator) -> Drawing:
    """The same digit as another hand might draw it, somewhere else and in another size."""
    left, top, right, bottom = drawing.bounds or (0.0, 0.0, 1.0, 1.0)
    extent = max(right - left, bottom - top, 0.02)
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    turn = np.deg2rad(hand.degrees) * rng.normal()
    stretch = np.exp(hand.aspect * rng.normal() * np.array([0.5, -0.5]))
    slant = np.array([[1, 0], [hand.shear * rng.normal(), 1]])  # row vectors: p @ matrix
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    matrix = np.diag(stretch) @ slant @ turned * np.exp(hand.size * rng.normal())
    place = centre + hand.shift * rng.normal(size=2)
    width = DEFAULT_BRUSH * float(np.exp(hand.brush * rng.normal()))
    strokes = []
    for stroke in drawing.strokes:
        points = _at_other_speed(stroke.points, rng) - centre
        points = points + extent * (_waves(points / extent, hand.bend, rng) + hand.part * rng.normal(size=2))
        strokes.append(Stroke(points @ matrix + place, width))
    return _onto_pad(Drawing(tuple(strokes)))


def _at_other_speed(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fewer points, as of a faster hand, and sometimes smoother: (n, 2) -> (m, 2), m >= 1."""
    every = rng.integers(1, 4)
    thinned = np.concatenate([points[:-1:every], points[-1:]]) if len(points) > 3 * every else points
    if len(thinned) > 4 and rng.random() < 0.3:
        thinned = thinned.copy()
        thinned[1:-1] = (thinned[:-2] + 2 * thinned[1:-1] + thinned[2:]) / 4
    return thinned


def _waves(points: np.ndarray, height: float, rng: np.random.Generator) -> np.ndarray:
    """A smooth displacement field at `points` (n, 2), in digit sizes: (n, 2)."""
    frequency = rng.normal(size=(2, 3)) * 3.0
    phase = rng.uniform(0, 2 * np.pi, size=3)
    direction = rng.normal(size=(3, 2)) * height
    return np.sin(points @ frequency + phase) @ direction


def _onto_pad(drawing: Drawing) -> Drawing:
    """Shrunk and moved where it would leave the pad."""
    left, top, right, bottom = drawing.bounds or (0.0, 0.0, 1.0, 1.0)
    scale = min(1.0, 0.96 / max(right - left, bottom - top, 1e-6))
    drawing = replace(drawing, placement=Similarity.about((0.5, 0.5), scale=scale))
    left, top, right, bottom = drawing.bounds or (0.0, 0.0, 1.0, 1.0)
    move = (max(0.02 - left, 0) - max(right - 0.98, 0), max(0.02 - top, 0) - max(bottom - 0.98, 0))
    return replace(drawing, placement=drawing.placement.then(Similarity(offset=complex(*move))))


def stroke_bank(
    drawings: Sequence[Drawing], variants: int, normalize: bool, rng: np.random.Generator
) -> np.ndarray:
    """uint8 (variants, N, 28, 28): every drawing rewritten again and again, through the pad's own code.

    The first variant is the drawing as it is.
    """
    bank = np.empty((variants, len(drawings), 28, 28), np.uint8)
    for variant in range(variants):
        for number, drawing in enumerate(drawings):
            drawn = rewritten(drawing, Hand(), rng) if variant else drawing
            bank[variant, number] = np.rint(reduce_drawing(drawn, normalize=normalize).image[0] * 255)
    return bank


def small_copies(images: np.ndarray, generator: torch.Generator) -> np.ndarray:
    """uint8 (N, 28, 28) -> the same digits at 0.3 to 1 of their size, somewhere in the field."""
    copies = []
    for part in torch.tensor(images).split(2000):
        scale = 0.3 + 0.7 * torch.rand(len(part), generator=generator)
        room = (1 - 0.75 * scale)[:, None]  # a digit takes 20 of the 28 pixels
        shift = (torch.rand(len(part), 2, generator=generator) * 2 - 1) * room * 0.7
        affine = torch.zeros(len(part), 2, 3)
        affine[:, 0, 0] = affine[:, 1, 1] = 1 / scale
        affine[:, :, 2] = -shift / scale[:, None]
        # Twice the resolution, then averaged: shrinking by bilinear samples alone would drop thin strokes.
        grid = F.affine_grid(affine, [len(part), 1, 56, 56], align_corners=False)
        fine = F.grid_sample(part[:, None].float(), grid, align_corners=False)
        copies.append(F.avg_pool2d(fine, 2).round().to(torch.uint8)[:, 0])
    return torch.cat(copies).numpy()
