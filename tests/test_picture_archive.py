"""Labelled pictures in .npz files: read, and refused in one line."""

import io

import numpy as np
import pytest
from PIL import Image

from nnvis3d.errors import UserError
from nnvis3d.inputs.picture_archive import class_numbers, read_picture_archive

IMAGES = np.random.default_rng(3).integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)


def write(path, **arrays):
    np.savez(path, **arrays)
    return path


def jpeg_arrays(images=IMAGES) -> dict:
    files = []
    for image in images:
        memory = io.BytesIO()
        Image.fromarray(image).save(memory, "JPEG", quality=100, subsampling=0)
        files.append(memory.getvalue())
    offsets = np.cumsum([0, *(len(file) for file in files)])
    return {"jpeg": np.frombuffer(b"".join(files), np.uint8), "offsets": offsets}


def test_plain_images_and_jpeg_files_are_the_same_pictures(tmp_path):
    labels = np.array([1, 0, 1, 2], np.uint8)
    plain = read_picture_archive(write(tmp_path / "a.npz", images=IMAGES, labels=labels))
    packed = read_picture_archive(
        write(tmp_path / "b.npz", **jpeg_arrays(), labels=labels, classes=np.array(["cat", "dog", "frog"]))
    )
    np.testing.assert_array_equal(plain.images, IMAGES)
    assert np.abs(packed.images.astype(int) - IMAGES).mean() < 6
    assert (
        plain.labels.tolist() == [1, 0, 1, 2]
        and len(packed) == 4
        and packed.classes == ("cat", "dog", "frog")
    )
    assert class_numbers(packed, ("frog", "cat", "dog"), tmp_path) == [2, 1, 2, 0]
    with pytest.raises(UserError, match="frog: not a class"):
        class_numbers(packed, ("cat", "dog"), tmp_path)


def test_what_is_no_such_file_is_refused_in_one_line(tmp_path):
    labels = np.zeros(4, np.uint8)
    bad = {
        "objects.npz": {"images": IMAGES, "labels": np.array([{}, 1, 2, 3], object)},
        "no_labels.npz": {"images": IMAGES},
        "no_images.npz": {"labels": labels},
        "grey.npz": {"images": IMAGES[..., 0], "labels": labels},
        "few.npz": {"images": IMAGES, "labels": labels[:2]},
        "offsets.npz": {**jpeg_arrays(), "labels": labels, "offsets": np.array([0, 9**9])},
        "broken.npz": {
            "jpeg": np.arange(100, dtype=np.uint8),
            "offsets": np.array([0, 100]),
            "labels": labels[:1],
        },
    }
    for name, arrays in bad.items():
        with pytest.raises(UserError, match=name) as caught:
            read_picture_archive(write(tmp_path / name, **arrays))
        assert "\n" not in str(caught.value)
    whole = write(tmp_path / "whole.npz", images=IMAGES, labels=labels).read_bytes()
    for name, content in {"cut.npz": whole[:500], "empty.npz": b"", "text.npz": b"hello"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=name):
            read_picture_archive(tmp_path / name)
    with pytest.raises(UserError, match="no such file"):
        read_picture_archive(tmp_path / "missing.npz")
