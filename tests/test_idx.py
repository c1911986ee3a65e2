"""IDX files, whole and broken."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnvis3d.errors import UserError
from nnvis3d.inputs.idx import label_path, read_idx, read_labelled

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def idx_bytes(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@given(hnp.arrays(np.uint8, hnp.array_shapes(max_dims=4, max_side=5)), st.booleans())
def test_round_trip(tmp_path_factory, array, packed):
    path = tmp_path_factory.mktemp("idx") / "file"
    path.write_bytes(gzip.compress(idx_bytes(array)) if packed else idx_bytes(array))
    np.testing.assert_array_equal(read_idx(path), array)


WHOLE = idx_bytes(IMAGES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file"),
        (b"\x89PNG\r\n", "not an IDX file"),
        (b"\0\0\x0d\x01" + bytes(8), "not an IDX file"),  # floats
        (WHOLE[:9], "cut short inside its header"),
        (WHOLE[:-1], r"expected 24 bytes for shape \(2, 3, 4\), got 23"),
        (WHOLE + b"\0", "got 25"),
        (bytes([0, 0, 8, 3]) + b"\xff" * 12 + bytes(4), "got 4"),  # no attempt to allocate 2**96 bytes
        (gzip.compress(WHOLE, mtime=0)[:-9], "cut short"),  # the same name in every process that runs tests
        (b"\x1f\x8b" + bytes(30), "damaged"),
    ],
)
def test_broken_files_are_named(tmp_path, content, message):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read_idx(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("images", ["t10k-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz"])
@pytest.mark.parametrize("labels", ["t10k-labels-idx1-ubyte", "t10k-labels-idx1-ubyte.gz"])
def test_labels_are_found_with_or_without_gz(tmp_path, images, labels):
    (tmp_path / images).write_bytes(WHOLE)
    (tmp_path / labels).write_bytes(idx_bytes(np.array([7, 3], np.uint8)))
    pixels, digits = read_labelled(tmp_path / images)
    assert pixels.shape == (2, 3, 4)
    assert digits.tolist() == [7, 3]


def test_labels_that_do_not_belong_to_the_images(tmp_path):
    images = tmp_path / "a-images-idx3-ubyte"
    images.write_bytes(WHOLE)
    with pytest.raises(UserError, match="its label file a-labels-idx1-ubyte is not beside it"):
        label_path(images)
    (tmp_path / "a-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(3, np.uint8)))
    with pytest.raises(UserError, match="expected 2 labels"):
        read_labelled(images)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        read_idx(tmp_path / "nothing")
    with pytest.raises(UserError, match="cannot be read"):
        read_idx(tmp_path)
