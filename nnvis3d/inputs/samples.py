"""The digits that ship: MNIST's pictures to step through, people's pen strokes to draw again."""

import zipfile
from dataclasses import dataclass
from functools import cache

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.inputs.picture_archive import LabelledPictures, read_picture_archive
from nnvis3d.inputs.stroke_file import LabelledDrawing, read_strokes
from nnvis3d.inputs.strokes import Base, Drawing
from nnvis3d.resources import resource


@dataclass(frozen=True, eq=False)
class SampleDigit:
    """One of MNIST's test digits."""

    label: int
    pixels: np.ndarray
    """uint8 (28, 28), ink bright."""

    @property
    def drawing(self) -> Drawing:
        """The digit as it lies on the pad."""
        return self.named()

    def named(self, name: str = "") -> Drawing:
        """The same, called so."""
        return Drawing(base=Base(self.pixels.astype(np.float32) / 255, name=name))


@cache
def sample_digits() -> tuple[SampleDigit, ...]:
    """Digits of MNIST's test set, in turn 0 to 9.

    Raises:
        UserError: the installation lacks them or they are damaged.
    """
    path = resource("assets", "digits.npz")
    try:
        with np.load(path, allow_pickle=False) as file:
            images, labels = file["images"], file["labels"]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: damaged ({error}); reinstall with `pip install nnvis3d`") from error
    return tuple(SampleDigit(int(label), image) for label, image in zip(labels, images, strict=True))


@cache
def sample_pictures() -> LabelledPictures:
    """Pictures of CIFAR-10's test set, two of each class, in turn.

    Raises:
        UserError: the installation lacks them or they are damaged.
    """
    return read_picture_archive(resource("assets", "pictures.npz"))


@cache
def sample_strokes() -> tuple[LabelledDrawing, ...]:
    """Pen strokes of people that no network here was trained on, in turn 0 to 9.

    Raises:
        UserError: the installation lacks them or they are damaged.
    """
    return tuple(read_strokes(resource("assets", "strokes.jsonl")))
