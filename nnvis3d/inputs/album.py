"""Drawings to step through with one key: the samples that ship, or the pictures of a folder."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from PIL import Image

from nnvis3d.errors import UserError
from nnvis3d.inputs.pictures import base_of, read_base
from nnvis3d.inputs.samples import sample_digits, sample_pictures
from nnvis3d.inputs.strokes import Drawing


class Album(Protocol):
    """Some drawings in an order."""

    def __len__(self) -> int: ...

    def drawing(self, index: int) -> Drawing:
        """Number `index`, from 0.

        Raises:
            UserError: it cannot be read.
        """


class SampleDigits:
    """MNIST's test digits, for networks that see grey."""

    def __len__(self) -> int:
        return len(sample_digits())

    def drawing(self, index: int) -> Drawing:
        return sample_digits()[index].named(f"MNIST test digit {index + 1}")


class SamplePictures:
    """CIFAR-10's test pictures, for networks that see colours."""

    def __len__(self) -> int:
        return len(sample_pictures())

    def drawing(self, index: int) -> Drawing:
        pictures = sample_pictures()
        label = pictures.classes[pictures.labels[index]]
        return Drawing(base=base_of(Image.fromarray(pictures.images[index]), f"CIFAR-10 test: {label}"))


class PictureFiles:
    """Picture files, each read when it is looked at."""

    def __init__(self, paths: Sequence[Path]):
        self.paths = tuple(paths)

    @classmethod
    def of(cls, path: Path) -> "PictureFiles":
        """One file, or all files of a folder that look like pictures by their names.

        Raises:
            UserError: neither, or a folder without pictures.
        """
        if not path.exists():
            raise UserError(f"{path}: no such file")
        if not path.is_dir():
            return cls([path])
        known = Image.registered_extensions()
        names = [p for p in path.iterdir() if p.suffix.lower() in known and not p.name.startswith(".")]
        if not names:
            raise UserError(f"{path}: a folder without pictures; give one with PNG or JPEG files")
        return cls(sorted(p for p in names if p.is_file()))

    @classmethod
    def of_all(cls, paths: Iterable[Path]) -> "PictureFiles":
        """Several files, or folders, one after the other.

        Raises:
            UserError: as `of`, for the first that is so.
        """
        return cls([file for path in paths for file in cls.of(path).paths])

    def __len__(self) -> int:
        return len(self.paths)

    def drawing(self, index: int) -> Drawing:
        return Drawing(base=read_base(self.paths[index]))


def first_readable(album: Album, index: int, steps: int) -> tuple[int, Drawing, list[str]]:
    """Number `index`, or the next readable one `steps` farther: its number, it, and what was said of those
    that were skipped.

    Raises:
        UserError: none can be read.
    """
    skipped: list[str] = []
    for _ in range(len(album)):
        try:
            return index, album.drawing(index), skipped
        except UserError as error:
            skipped.append(str(error))
            index = (index + steps) % len(album)
    raise UserError(skipped[0])
