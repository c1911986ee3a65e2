"""Labelled colour pictures in one `.npz`: plain `images` or JPEG files end to end, and `labels`."""

import io
import zipfile
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from nnvis3d.errors import UserError


@dataclass(frozen=True)
class LabelledPictures:
    """Pictures of one size, and what each shows."""

    images: np.ndarray
    """uint8 (N, H, W, 3)."""
    labels: np.ndarray
    """int64 (N,)."""
    classes: tuple[str, ...] = ()
    """Names of the labels, if the file says them."""

    def __len__(self) -> int:
        return len(self.images)


def read_picture_archive(path: Path) -> LabelledPictures:
    """The pictures of an `.npz`. Nothing in it is ever unpickled.

    It holds `labels` (N,) and either `images` uint8 (N, H, W, 3), or `jpeg` (uint8, the files one after the
    other) with `offsets` (N + 1); `classes` may name the labels.

    Raises:
        UserError: missing, cut short, other arrays than these, a damaged picture, pictures of several sizes.
    """
    arrays = _arrays(path)
    try:
        labels = arrays["labels"].astype(np.int64)
        images = arrays["images"] if "images" in arrays else _decoded(arrays["jpeg"], arrays["offsets"])
    except KeyError as error:
        raise UserError(f"{path}: no {error}; expected labels, and images or jpeg with offsets") from None
    except (OSError, ValueError, TypeError, IndexError, SyntaxError) as error:
        raise UserError(f"{path}: {str(error).splitlines()[0]}") from error
    if (
        images.dtype != np.uint8
        or images.ndim != 4
        or images.shape[3] != 3
        or labels.shape != images.shape[:1]
    ):
        raise UserError(
            f"{path}: expected images uint8 (N, H, W, 3) and labels (N,), "
            f"got {images.dtype} {images.shape} and {labels.shape}"
        )
    return LabelledPictures(images, labels, tuple(str(name) for name in arrays.get("classes", ())))


def class_numbers(pictures: LabelledPictures, classes: tuple[str, ...], path: Path) -> list[int]:
    """The number that a network has for each picture's label; `classes` are its names.

    Raises:
        UserError: the file names a class that the network does not know.
    """
    if not pictures.classes:
        return pictures.labels.tolist()
    unknown = [name for name in pictures.classes if name not in classes]
    if unknown:
        raise UserError(f"{path}: {unknown[0]}: not a class; the network knows {', '.join(classes)}")
    numbers = np.array([classes.index(name) for name in pictures.classes])
    if len(pictures) and not 0 <= pictures.labels.min() <= pictures.labels.max() < len(numbers):
        raise UserError(f"{path}: a label for which the file names no class")
    return numbers[pictures.labels].tolist()


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (
        OSError,
        ValueError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
        AttributeError,
        TypeError,
    ) as error:
        raise UserError(f"{path}: not a whole .npz file of plain arrays ({error})") from error


def _decoded(jpeg: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, 3) from N JPEG files end to end."""
    content, starts = jpeg.astype(np.uint8).tobytes(), offsets.astype(np.int64).tolist()
    if not starts or starts[0] < 0 or starts[-1] > len(content) or sorted(starts) != starts:
        raise ValueError(f"offsets: expected rising numbers up to {len(content)}")
    pictures = [
        np.asarray(Image.open(io.BytesIO(content[start:end]), formats=("JPEG",)).convert("RGB"))
        for start, end in pairwise(starts)
    ]
    return np.stack(pictures) if pictures else np.zeros((0, 1, 1, 3), np.uint8)
