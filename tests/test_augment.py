"""Variations of the training digits stay the same digits, on the pad, and come again from the same seed."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.samples import sample_digits, sample_strokes
from nnvis3d.runtime.augment import Hand, Wobble, rewritten, small_copies, stroke_bank, wobbled

STILL = Wobble(degrees=0, scale=0, shear=0, shift=0, elastic=0, thickness=0)


def digits(count=6):
    return torch.from_numpy(np.stack([digit.pixels for digit in sample_digits()[:count]]))


def generator(seed=1):
    return torch.Generator().manual_seed(seed)


def test_without_wobble_nothing_changes():
    images = digits()[:, None] / 255
    np.testing.assert_allclose(wobbled(images, STILL, generator()), images, atol=1e-4)


def test_a_turn_turns_without_losing_ink():
    images = digits()[:, None] / 255
    turned = wobbled(images, Wobble(20, 0, 0, 0, 0, 0), generator())
    assert (turned - images).abs().mean() > 0.02
    np.testing.assert_allclose(turned.sum((1, 2, 3)), images.sum((1, 2, 3)), rtol=0.05)


def test_thickness_goes_both_ways():
    images = digits(64)[:, None] / 255
    ink = wobbled(images, Wobble(0, 0, 0, 0, 0, 1.0), generator()).sum((1, 2, 3)) / images.sum((1, 2, 3))
    assert ink.min() < 0.7
    assert ink.max() > 1.3


def test_the_same_seed_wobbles_the_same_way():
    images = digits()[:, None] / 255
    wobble = Wobble(7, 0.1, 0.1, 1, 1, 0.5)
    assert torch.equal(wobbled(images, wobble, generator(4)), wobbled(images, wobble, generator(4)))
    assert not torch.equal(wobbled(images, wobble, generator(4)), wobbled(images, wobble, generator(5)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 49), st.integers(0, 2**32 - 1))
def test_another_hand_stays_on_the_pad(number, seed):
    drawing = sample_strokes()[number].drawing
    other = rewritten(drawing, Hand(), np.random.default_rng(seed))
    left, top, right, bottom = other.bounds
    assert min(left, top) > 0.01
    assert max(right, bottom) < 0.99
    assert len(other.strokes) == len(drawing.strokes)


def test_the_first_of_the_bank_is_the_drawing_through_the_pad():
    drawings = [item.drawing for item in sample_strokes()[:3]]
    for normalize in (True, False):
        bank = stroke_bank(drawings, 3, normalize, np.random.default_rng(1))
        assert bank.shape == (3, 3, 28, 28)
        expected = reduce_drawing(drawings[1], normalize=normalize).image[0]
        np.testing.assert_allclose(bank[0, 1] / 255, expected, atol=0.5 / 255 + 1e-6)
        assert (bank[1] != bank[2]).any()


def test_small_copies_keep_their_ink_in_the_field():
    images = digits(160).numpy()
    copies = small_copies(images, generator())
    share = copies.astype(float).sum((1, 2)) / images.astype(float).sum((1, 2))
    # Ink goes with the square of the size, 0.3 to 1; little of it may fall off the field.
    assert share.max() == pytest.approx(1, abs=0.1)
    assert 0.06 < share.min() < 0.2
