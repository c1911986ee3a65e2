"""IDX files, the format of MNIST: a magic number, the sizes, then the bytes. Plain or gzipped."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from nnvis3d.errors import UserError

_BYTES = 0x08  # the IDX type code of unsigned bytes, the only one that MNIST's files use
_LARGEST = 1 << 31


def read_idx(path: Path) -> np.ndarray:
    """uint8 array of the shape that the file's header states.

    Raises:
        UserError: not there, not IDX, not bytes, cut short, or longer than its header says.
    """
    content = read_maybe_gzipped(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _BYTES or not 1 <= content[3] <= 4:
        raise UserError(
            f"{path}: not an IDX file of bytes (its first four bytes are {content[:4].hex(' ') or 'none'})"
        )
    dimensions = content[3]
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise UserError(f"{path}: cut short inside its header; fetch it again")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    size = int(np.prod(shape, dtype=object))
    if len(content) - start != size:
        raise UserError(
            f"{path}: expected {size} bytes for shape {shape}, got {len(content) - start}; fetch it again"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def read_maybe_gzipped(path: Path) -> bytes:
    """The file's bytes, unpacked if they are gzip, whatever it is called.

    Raises:
        UserError: unreadable, or a gzip stream that is cut short or damaged.
    """
    try:
        content = path.read_bytes()
        if content[:2] != b"\x1f\x8b":
            return content
        with gzip.open(path) as stream:
            content = stream.read(_LARGEST)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path}: damaged or cut short ({error}); fetch it again") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    return content


def label_path(images: Path) -> Path:
    """Where the labels of an IDX image file are: the usual name, as it is or with or without `.gz`.

    Raises:
        UserError: no such file.
    """
    name = images.name.replace("images", "labels").replace("idx3", "idx1")
    plain = name.removesuffix(".gz")
    for candidate in (name, plain, plain + ".gz"):
        path = images.with_name(candidate)
        if path != images and path.exists():
            return path
    raise UserError(f"{images}: its label file {name} is not beside it")


def read_labelled(images: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (N, H, W) and their labels uint8 (N,) from the file with the usual name beside them.

    Raises:
        UserError: either file is unusable, or the two do not belong together.
    """
    pixels, path = read_idx(images), label_path(images)
    labels = read_idx(path)
    if pixels.ndim != 3:
        raise UserError(f"{images}: expected images (N, H, W), got shape {pixels.shape}")
    if labels.shape != pixels.shape[:1]:
        raise UserError(f"{path}: expected {len(pixels)} labels for {images.name}, got shape {labels.shape}")
    return pixels, labels
