"""The comparison of pictures finds what it has to find, and nothing else."""

import numpy as np
import pytest

from tests import images


@pytest.fixture
def picture() -> np.ndarray:
    """Asymmetric, with mid-greys: uint8 (90, 160, 3)."""
    rows, columns = np.mgrid[:90, :160]
    return np.stack([rows * 2, columns, (rows + columns) % 200], axis=2).astype(np.uint8)


def test_rounding_is_tolerated(picture):
    other = picture.copy()
    other[::7, ::5] += 3
    assert images.difference(picture, other).tolerable


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p[::-1],
        lambda p: p[:, ::-1],
        lambda p: p[..., ::-1],
        lambda p: (255 * (p / 255) ** 2.2).astype(np.uint8),
        lambda p: np.zeros_like(p),
        lambda p: np.where(np.arange(160)[None, :, None] == 80, 255 - p, p).astype(np.uint8),
    ],
    ids=["flipped", "mirrored", "BGR", "gamma", "black", "a line"],
)
def test_a_fault_is_found(picture, change):
    assert not images.difference(picture, change(picture)).tolerable


def test_a_golden_picture_is_compared(picture, tmp_path, monkeypatch):
    monkeypatch.setattr(images, "GOLDEN", tmp_path / "golden")
    monkeypatch.setattr(images, "UPDATE", False)
    with pytest.raises(AssertionError, match="is missing"):
        images.assert_golden(picture, "it", tmp_path)
    monkeypatch.setattr(images, "UPDATE", True)
    images.assert_golden(picture, "it", tmp_path)
    monkeypatch.setattr(images, "UPDATE", False)
    images.assert_golden(picture, "it", tmp_path)
    with pytest.raises(AssertionError, match="it: mean"):
        images.assert_golden(picture[::-1], "it", tmp_path)
    assert images.read(tmp_path / "it-golden-new-difference.png").shape == (270, 160, 3)
