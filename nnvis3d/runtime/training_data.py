"""What a training run reads: MNIST and pen strokes from a folder, or the few digits that ship."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from nnvis3d.errors import UserError
from nnvis3d.inputs.idx import read_labelled
from nnvis3d.inputs.stroke_file import LabelledDrawing, read_strokes
from nnvis3d.runtime.augment import Wobble, small_copies, stroke_bank

HELD_OUT_WRITERS = (5, 15, 25)
"""Not trained on unless told otherwise; what the record says of "strokes" was measured on them."""

MNIST_WOBBLE = Wobble(degrees=6, scale=0.06, shear=0.10, shift=0.4, elastic=0.7, thickness=0.25)
STROKE_WOBBLE = Wobble(degrees=2, scale=0.03, shear=0.03, shift=0.3, elastic=0.2, thickness=0.2)
SMALL_WOBBLE = Wobble(degrees=4, scale=0.04, shear=0.08, shift=0.5, elastic=0.3, thickness=0.3)


@dataclass(frozen=True)
class Source:
    """Digits of one kind, in several variants."""

    name: str
    images: torch.Tensor
    """uint8 (variants, N, 28, 28)."""
    labels: torch.Tensor
    """int64 (N,)."""
    share: float
    """Of every batch."""
    wobble: Wobble

    def draw(self, count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """`count` random images, float32 (count, 1, 28, 28), 0 to 1, and their labels (count,)."""
        variants, size = self.images.shape[:2]
        which = torch.randint(variants * size, (count,), generator=generator)
        images = self.images.flatten(0, 1)[which, None].float() / 255
        return images, self.labels[which % size]


@dataclass(frozen=True)
class TrainingData:
    sources: tuple[Source, ...]
    test_images: tuple[np.ndarray, np.ndarray] | None
    """MNIST's test images uint8 (N, 28, 28) and labels: measured in the end, never trained on."""
    held_out: tuple[LabelledDrawing, ...]
    """Strokes of the held-out writers."""
    held_out_writers: tuple[int, ...] = ()


def load_training_data(
    folder: Path, seed: int, held_out_writers: tuple[int, ...] = HELD_OUT_WRITERS, variants: int = 12
) -> TrainingData:
    """MNIST from `folder` or `folder/mnist`; pen strokes from there or `folder/pen_digits`, if there are any.

    Raises:
        UserError: no MNIST there, or an unusable file.
    """
    images, labels = read_labelled(_find(folder, "mnist", "train-images-idx3-ubyte"))
    if images.shape[1:] != (28, 28):
        raise UserError(f"{folder}: expected images of (28, 28), got {images.shape[1:]}")
    test = _find_or_none(folder, "mnist", "t10k-images-idx3-ubyte")
    strokes = _find_or_none(folder, "pen_digits", "train.jsonl")
    drawings = read_strokes(strokes) if strokes is not None else []
    sources = image_sources(images, labels, seed)
    held_out = tuple(item for item in drawings if item.writer in held_out_writers)
    seen = [item for item in drawings if item.writer not in held_out_writers]
    if seen:
        sources += stroke_sources(seen, seed, variants)
    test_images = read_labelled(test) if test is not None else None
    return TrainingData(tuple(sources), test_images, held_out, held_out_writers if held_out else ())


def image_sources(images: np.ndarray, labels: np.ndarray, seed: int) -> list[Source]:
    """MNIST as it is, and small copies somewhere in the field: uint8 (N, 28, 28), (N,)."""
    generator = torch.Generator().manual_seed(seed)
    targets = torch.from_numpy(labels.astype(np.int64))
    small = np.stack([small_copies(images, generator) for _ in range(2)])
    return [
        Source("mnist", torch.from_numpy(images.copy())[None], targets, 0.50, MNIST_WOBBLE),
        Source("small", torch.from_numpy(small), targets, 0.04, SMALL_WOBBLE),
    ]


def stroke_sources(items: Sequence[LabelledDrawing], seed: int, variants: int) -> list[Source]:
    """Pen strokes through the pad's own code, normalised and as drawn."""
    labels = torch.tensor([item.label for item in items])
    if int(labels.max()) > 9:
        raise UserError(f"pen strokes: expected labels 0 to 9, got {int(labels.max())}")
    drawings = [item.drawing for item in items]
    sources = []
    for name, normalize, share in (("pen", True, 0.37), ("raw", False, 0.09)):
        rng = np.random.default_rng(seed)
        bank = torch.from_numpy(stroke_bank(drawings, variants, normalize, rng))
        sources.append(Source(name, bank, labels, share, STROKE_WOBBLE))
    return sources


def _find_or_none(folder: Path, subfolder: str, name: str) -> Path | None:
    for path in (folder / name, folder / subfolder / name):
        for candidate in (path, path.with_name(path.name + ".gz")):
            if candidate.exists():
                return candidate
    return None


def _find(folder: Path, subfolder: str, name: str) -> Path:
    path = _find_or_none(folder, subfolder, name)
    if path is None:
        raise UserError(f"{folder}: no {name}[.gz] in it or in {subfolder}/; give MNIST's folder with --data")
    return path
