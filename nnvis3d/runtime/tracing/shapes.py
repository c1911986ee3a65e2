"""Which maps a tensor of any rank is shown as. The order of its values never changes.

After the batch of one is taken off:

    rank 0, 1      (N,)            neurons in a row
    rank 2         (C, 1, L)       channels by places, of 1d convolutions and what follows them
                   (1, T, D)       all others: one map, a row for each token or step, a column for each unit
    rank 3         (C, H, W)       channels; attention: (heads, queries, keys)
    rank 4         (C, D * H, W)   a volume's slices under each other
    more           (first, all between, last)
"""

import math
from dataclasses import dataclass

CHANNELS_FIRST = frozenset({"conv1d", "convtranspose1d", "maxpool1d", "avgpool1d", "batchnorm1d"})
"""Kinds whose rank 2 means (channel, place)."""
RECURRENT = frozenset({"lstm", "gru", "rnn"})
_IMAGE = ("channel", "row", "column")


@dataclass(frozen=True)
class Shown:
    """How a tensor is shown."""

    shape: tuple[int, ...]
    axes: tuple[str, str, str] = _IMAGE
    channels_first: bool = False
    """Whether it has rank 2 and means (channel, place)."""


def without_batch(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the one item: the batch of one is in front, or second as recurrent networks have it."""
    if shape and shape[0] == 1:
        return shape[1:]
    if len(shape) == 3 and shape[1] == 1:
        return (shape[0], shape[2])
    return shape


def shown_as(shape: tuple[int, ...], kind: str, channels_first: bool = False) -> Shown:
    """How a tensor of `shape`, batch included, is shown.

    Args:
        kind: of the layer that computed it.
        channels_first: whether what it was computed from has rank 2 and means (channel, place).
    """
    item = without_batch(shape)
    if len(item) <= 1:
        return Shown((math.prod(item),))
    if len(item) == 2:
        return _rank_two(item, kind, channels_first)
    if kind == "attention":
        return Shown((math.prod(item[:-2]), *item[-2:]), ("head", "query", "key"))
    if len(item) == 3:
        return Shown(item)
    if len(item) == 4:
        return Shown((item[0], item[1] * item[2], item[3]), ("channel", "slice and row", "column"))
    return Shown((item[0], math.prod(item[1:-1]), item[-1]))


def _rank_two(item: tuple[int, ...], kind: str, channels_first: bool) -> Shown:
    if kind in CHANNELS_FIRST or (channels_first and kind not in RECURRENT):
        return Shown((item[0], 1, item[1]), ("channel", "", "place"), channels_first=True)
    if item[0] == 1:
        return Shown((item[1],))
    if kind == "attention":
        return Shown((1, *item), ("", "query", "key"))
    return Shown((1, *item), ("", "step" if kind in RECURRENT else "token", "unit"))
