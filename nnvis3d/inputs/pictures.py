"""Image files as digits: any format that Pillow reads, turned upright, grey, bright ink on black."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from nnvis3d.errors import UserError
from nnvis3d.inputs.strokes import Base

_LARGEST = 512
"""Pixels that are kept of the longer side: more than the pad shows."""


def read_picture(path: Path) -> np.ndarray:
    """float32 (H, W), 0 to 1, ink bright, at most 512 pixels a side.

    Dark ink on light paper is inverted; grey paper becomes black and faint ink bright.

    Raises:
        UserError: missing, no image, cut short, or larger than `PIL.Image.MAX_IMAGE_PIXELS`.
    """
    return ink_of(_grey(path))


def read_base(path: Path) -> Base:
    """The picture as it goes onto the pad: as ink for networks that see grey, and in its own colours.

    Raises:
        UserError: as `read_picture`.
    """
    return Base(read_picture(path), read_colors(path), path.name)


def base_of(image: Image.Image, name: str = "") -> Base:
    """The same of a picture that is no file."""
    return Base(ink_of(_as_grey(image)), _as_colors(image), name)


def read_colors(path: Path) -> np.ndarray:
    """uint8 (H, W, 3), at most 512 pixels a side; what is transparent is white.

    Raises:
        UserError: as `read_picture`.
    """
    return _read(path, "RGB", _as_colors)


def read_exact(path: Path, shape: tuple[int, int, int]) -> np.ndarray:
    """float32 (C, H, W) of `shape`, 0 to 1: the file's own numbers, grey or RGB, not inverted, not centred.

    A file of another size is resized, without regard to its proportions; of one with that size every pixel
    is what it was.

    Raises:
        UserError: as `read_picture`.
    """
    channels, height, width = shape

    def convert(image: Image.Image) -> np.ndarray:
        if image.mode.startswith("I;16"):
            values = np.asarray(image, np.float32) / 65535
        else:
            values = np.asarray(image.convert("L" if channels == 1 else "RGB"), np.float32) / 255
        planes = values[None] if values.ndim == 2 else values.transpose(2, 0, 1)
        if planes.shape[1:] != (height, width):
            planes = np.stack([_resized(plane, width, height) for plane in planes])
        return np.array(np.broadcast_to(planes, shape), np.float32, order="C")

    return _read(path, "", convert)


def _resized(plane: np.ndarray, width: int, height: int) -> np.ndarray:
    small = Image.fromarray(np.ascontiguousarray(plane)).resize((width, height), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(small), 0, 1)


def ink_of(grey: np.ndarray) -> np.ndarray:
    """Grey (H, W), 0 to 1, as ink: bright on black, whatever the paper was."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    if np.median(border) > 0.5:
        grey = 1 - grey
        border = 1 - border
    paper, ink = float(np.median(border)), float(np.percentile(grey, 99.5))
    if (paper > 0.08 or ink < 0.5) and ink - paper > 0.1:
        # A photograph: paper is not white. A fifth of the contrast goes too, and with it the paper's grain.
        floor = paper + 0.2 * (ink - paper)
        grey = np.clip((grey - floor) / (ink - floor), 0, 1)
    return np.ascontiguousarray(grey, np.float32)


def read_picture_folder(
    folder: Path, labels: tuple[str, ...], read: Callable[[Path], np.ndarray] = read_picture
) -> tuple[list[np.ndarray], list[int]]:
    """The pictures of a folder with one subfolder a class, named by its label, and their class numbers.

    Args:
        read: what makes a picture of a file.

    Raises:
        UserError: no such subfolders, one that is no label, an empty folder, an unusable picture.
    """
    subfolders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not subfolders:
        raise UserError(f"{folder}: expected one subfolder for each class ({', '.join(labels)})")
    pictures, classes = [], []
    for subfolder in subfolders:
        if subfolder.name not in labels:
            raise UserError(f"{subfolder}: not a class; expected one of {', '.join(labels)}")
        for path in sorted(subfolder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                pictures.append(read(path))
                classes.append(labels.index(subfolder.name))
    if not pictures:
        raise UserError(f"{folder}: its subfolders hold no pictures")
    return pictures, classes


def _grey(path: Path) -> np.ndarray:
    """float32 (H, W), 0 to 1, as bright as the file says."""
    return _read(path, "L", _as_grey)


def _read(path: Path, mode: str, convert: Callable[[Image.Image], np.ndarray]) -> np.ndarray:
    """The file as `convert` makes it of the upright picture; `mode` is what JPEG may decode to at once, at
    about the size that is needed; "": as it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as file:
                if mode:
                    file.draft(mode, (_LARGEST, _LARGEST))  # lets JPEG decode no more than is needed
                file.load()
                return convert(ImageOps.exif_transpose(file))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except UnidentifiedImageError:
        raise UserError(f"{path}: not an image that can be read; give a PNG or JPEG file") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UserError(
            f"{path}: too large; give an image of at most {Image.MAX_IMAGE_PIXELS} pixels"
        ) from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # what Pillow's decoders raise
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise UserError(f"{path}: cannot be read as an image ({reason})") from error


def _as_colors(image: Image.Image) -> np.ndarray:
    """uint8 (H, W, 3)."""
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    elif image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
    image.thumbnail((_LARGEST, _LARGEST), Image.Resampling.BOX)
    return np.asarray(image)


def _as_grey(image: Image.Image) -> np.ndarray:
    if image.mode.startswith(("I", "F")):  # 16 bits and more, or floats: the brightest value is white
        image = _eight_bits(image)
    elif image.has_transparency_data:
        image = _on_paper(image.convert("RGBA"))
    else:
        image = image.convert("L")
    image.thumbnail((_LARGEST, _LARGEST), Image.Resampling.BOX)
    return np.asarray(image, np.float32) / 255


def _eight_bits(image: Image.Image) -> Image.Image:
    """Mode F, 0 to 255."""
    wide = np.nan_to_num(np.asarray(image, np.float32))
    return Image.fromarray(np.clip(wide / max(float(wide.max()), 1e-6), 0, 1) * np.float32(255))


def _on_paper(image: Image.Image) -> Image.Image:
    """Light ink on transparency goes onto black, dark ink onto white."""
    alpha = np.asarray(image.getchannel("A"), np.float32)
    light = np.asarray(image.convert("RGB").convert("L"), np.float32)
    ink = float((light * alpha).sum() / max(float(alpha.sum()), 1.0))
    paper = Image.new("RGBA", image.size, "black" if ink > 127 else "white")
    return Image.alpha_composite(paper, image).convert("L")
