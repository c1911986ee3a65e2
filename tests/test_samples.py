"""The digits that ship."""

from collections import Counter

import numpy as np
import pytest

from nnvis3d.errors import UserError
from nnvis3d.inputs import samples


def test_sample_digits_come_in_turn():
    digits = samples.sample_digits()
    assert [digit.label for digit in digits[:12]] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert set(Counter(digit.label for digit in digits).values()) == {16}
    assert all(digit.pixels.shape == (28, 28) and digit.pixels.dtype == np.uint8 for digit in digits)
    assert len({digit.pixels.tobytes() for digit in digits}) == 160


def test_sample_strokes_lie_on_the_pad():
    items = samples.sample_strokes()
    assert [item.label for item in items[:10]] == list(range(10))
    assert Counter(item.writer for item in items) == {5: 20, 25: 20, 15: 10}
    for item in items:
        left, top, right, bottom = item.drawing.bounds
        assert 0 < left < right < 1
        assert 0 < top < bottom < 1


def test_damaged_samples_are_named(tmp_path, monkeypatch):
    broken = tmp_path / "digits.npz"
    broken.write_bytes(b"PK\x03\x04 not really")
    monkeypatch.setattr(samples, "resource", lambda *names: broken)
    samples.sample_digits.cache_clear()
    with pytest.raises(UserError, match=r"digits.npz: damaged"):
        samples.sample_digits()
    samples.sample_digits.cache_clear()


def test_samples_are_never_unpickled(tmp_path, monkeypatch):
    broken = tmp_path / "digits.npz"
    np.savez(broken, images=np.array([{"a": 1}], dtype=object), labels=np.zeros(1))
    monkeypatch.setattr(samples, "resource", lambda *names: broken)
    samples.sample_digits.cache_clear()
    with pytest.raises(UserError, match="allow_pickle"):
        samples.sample_digits()
    samples.sample_digits.cache_clear()
