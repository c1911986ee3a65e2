"""A folder of training data made of what ships: small, but real digits in the real formats."""

import shutil
import struct
from pathlib import Path

import numpy as np

from nnvis3d.inputs.samples import sample_digits
from nnvis3d.resources import resource


def idx_bytes(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def make_training_folder(folder: Path) -> Path:
    """`folder` with mnist/ (120 digits to train on, 40 to test) and pen_digits/ (50 drawings)."""
    digits = sample_digits()
    images = np.stack([digit.pixels for digit in digits])
    labels = np.array([digit.label for digit in digits], np.uint8)
    mnist, pen = folder / "mnist", folder / "pen_digits"
    mnist.mkdir()
    pen.mkdir()
    for name, part in (("train", slice(0, 120)), ("t10k", slice(120, None))):
        (mnist / f"{name}-images-idx3-ubyte").write_bytes(idx_bytes(images[part]))
        (mnist / f"{name}-labels-idx1-ubyte").write_bytes(idx_bytes(labels[part]))
    shutil.copy(resource("assets", "strokes.jsonl"), pen / "train.jsonl")
    return folder
