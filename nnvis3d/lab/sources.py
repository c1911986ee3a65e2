"""Reads what `--data` names: the digits that ship, MNIST's files, CIFAR-10, a folder of images by class."""

import io
import itertools
import warnings
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from nnvis3d.errors import UserError
from nnvis3d.inputs.idx import read_labelled
from nnvis3d.lab.data import LabData, stored
from nnvis3d.lab.datasets import Fit, named_datasets
from nnvis3d.network.catalog import DIGITS
from nnvis3d.resources import resource
from nnvis3d.runtime.bringing.factory import is_factory

SHIPPED = ("digits", "shipped")
"""`--data digits`: the 5,000 that ship, 4,000 to train on and 1,000 to validate with."""
_PER_CLASS = 400
_LARGEST_SIDE = 4096

Pair = tuple[np.ndarray, np.ndarray]
"""Images uint8 (N, H, W) or (N, C, H, W), and labels (N,)."""


def load_lab_data(data: str, fit: Fit) -> LabData:
    """What `data` names, as the input of a network.

    Args:
        data: "digits", or a folder: MNIST's IDX files, `train.npz` and `test.npz` of CIFAR-10, or one
            subfolder of images for each class; or "package.module:factory", see `named_datasets`.

    Raises:
        UserError: nothing of these is there, or a file cannot be used.
    """
    if data in SHIPPED and not Path(data).is_dir():
        return _digits(fit)
    folder = Path(data)
    if names_code(data):
        return named_datasets(data, fit)
    if not folder.is_dir():
        raise UserError(f"--data {data}: no such folder; give one, or `digits` for those that ship")
    for name in ("train-images-idx3-ubyte", "mnist/train-images-idx3-ubyte"):
        for ending in ("", ".gz"):
            if (folder / (name + ending)).exists():
                return _mnist(folder / (name + ending), fit)
    for place in (folder, folder / "cifar10"):
        if (place / "train.npz").exists():
            return _cifar(place, fit)
    return _classes(folder, fit)


def names_code(data: str) -> bool:
    """Whether `data` is a factory of Datasets."""
    return is_factory(data) and not Path(data).exists()


def lasting(data: str) -> str:
    """`data` as a saved lab keeps it: a folder is found again from any other one."""
    return str(Path(data).resolve()) if Path(data).is_dir() else data


def split(labels: np.ndarray, share: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Indices to train on and to validate with: `share` of every class, at least one if it has two."""
    rng = np.random.default_rng(seed)
    kept: list[np.ndarray] = []
    for k in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == k))
        kept.append(members[: max(min(1, len(members) - 1), round(share * len(members)))])
    validation = np.sort(np.concatenate(kept))
    return np.setdiff1d(np.arange(len(labels)), validation), validation


def _digits(fit: Fit) -> LabData:
    images, labels = read_labelled(resource("assets", "mnist/train-images-idx3-ubyte.gz"))
    place = np.zeros(len(labels), np.int64)
    for k in np.unique(labels):
        members = np.flatnonzero(labels == k)
        place[members] = np.arange(len(members))
    first = place < _PER_CLASS
    title = f"{len(labels):,} digits"
    return _data(title, (images[first], labels[first]), (images[~first], labels[~first]), DIGITS, fit)


def _mnist(path: Path, fit: Fit) -> LabData:
    train = read_labelled(path)
    test = path.with_name(path.name.replace("train", "t10k"))
    title = f"MNIST, {len(train[1]):,} digits"
    if test.exists():
        return _data(title, train, read_labelled(test), DIGITS, fit)
    return _split_data(title, train, DIGITS, fit)


def _data(title: str, train: Pair, validation: Pair, labels: tuple[str, ...], fit: Fit) -> LabData:
    shape = fit(1 if train[0].ndim == 3 else train[0].shape[1])
    return LabData(title, stored(*train, shape), stored(*validation, shape), labels)


def _split_data(title: str, pair: Pair, labels: tuple[str, ...], fit: Fit) -> LabData:
    """A fifth of it validates."""
    train, validation = split(pair[1], 0.2)
    images, classes = pair
    return _data(
        title, (images[train], classes[train]), (images[validation], classes[validation]), labels, fit
    )


def _cifar(folder: Path, fit: Fit) -> LabData:
    train, labels = _jpegs(folder / "train.npz")
    title = f"CIFAR-10, {len(train[1]):,} images"
    if (folder / "test.npz").exists():
        test, _ = _jpegs(folder / "test.npz")
        return _data(title, train, test, labels, fit)
    return _split_data(title, train, labels, fit)


def _jpegs(path: Path) -> tuple[Pair, tuple[str, ...]]:
    """Images uint8 (N, 3, H, W), labels and class names of a file of JPEGs end to end."""
    try:
        with np.load(path, allow_pickle=False) as file:
            content, offsets = file["jpeg"].tobytes(), file["offsets"]
            labels, classes = file["labels"], tuple(str(name) for name in file["classes"])
        pictures = [
            np.asarray(Image.open(io.BytesIO(content[a:b])).convert("RGB"))
            for a, b in itertools.pairwise(offsets)
        ]
        images = np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))
        if len(labels) != len(images) or int(labels.max()) >= len(classes):
            raise ValueError(f"{len(labels)} labels for {len(images)} images of {len(classes)} classes")
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: not a file of CIFAR-10 images ({error}); fetch it again") from error
    return (images, labels), classes


def _classes(folder: Path, fit: Fit) -> LabData:
    """One subfolder of images for each class; what cannot be read is skipped with a sentence."""
    subfolders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if len(subfolders) < 2:
        raise UserError(
            f"--data {folder}: neither MNIST's files nor CIFAR-10's train.npz nor a subfolder of images for "
            "each of at least two classes"
        )
    pictures, labels, skipped = [], [], []
    for k, subfolder in enumerate(subfolders):
        for path in sorted(subfolder.iterdir()):
            if path.name.startswith(".") or not path.is_file():
                continue
            try:
                pictures.append(_picture(path))
                labels.append(k)
            except UserError as error:
                skipped.append(f"{error}; skipped")
    names = tuple(path.name for path in subfolders)
    missing = [name for k, name in enumerate(names) if k not in labels]
    if missing:
        raise UserError(f"--data {folder}: no image of class {missing[0]} can be read")
    grey = all(picture.mode in ("1", "L", "I", "I;16", "F") for picture in pictures)
    shape = fit(1 if grey else 3)
    size = (shape[2], shape[1])
    images = np.stack([_pixels(picture, grey, size) for picture in pictures])
    classes = np.array(labels, np.int64)
    data = _split_data(
        f"{len(images):,} images of {len(names)} classes", (images, classes), names, lambda _: shape
    )
    return LabData(data.title, data.train, data.validation, names, tuple(skipped))


def _picture(path: Path) -> Image.Image:
    """Raises UserError: it is no whole image."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as file:
                file.draft("RGB", (_LARGEST_SIDE, _LARGEST_SIDE))
                file.load()
                picture = file.copy()
    except (OSError, ValueError, SyntaxError, EOFError, Warning, Image.DecompressionBombError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{path}: cannot be read as an image ({reason})") from error
    picture.thumbnail((256, 256))
    return picture


def _pixels(picture: Image.Image, grey: bool, size: tuple[int, int]) -> np.ndarray:
    """uint8 (C, H, W)."""
    array = np.asarray(picture.convert("L" if grey else "RGB").resize(size, Image.Resampling.BOX))
    return array[None] if grey else array.transpose(2, 0, 1)
