"""Embeddings in the scene as their shader wants them: quads with a place, a style and a colour each.

Each is, from the lowest up: the light that leads to its layer, its card, its points with their numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnvis3d.network.clouds import Cloud
from nnvis3d.network.stands import Item, Stand
from nnvis3d.scene.theme import Color, Theme

BEAM, CARD, PICTURE, DOT, NUMBER, KERNEL = range(6)
"""Styles, see stand.frag."""
CORNER = 2.4
"""Radius of a card's corners, scene units."""
NUMBER_HEIGHT, LARGEST_NUMBER = 0.75, 3.2
"""Half the height of a number: shares of its point's half side, and scene units that it is at most."""
DIGIT = 0.62
"""Width of a digit through its height."""


@dataclass(frozen=True)
class Look:
    """How all of them are drawn."""

    theme: Theme
    pointed: tuple[str, int] | None = None
    """(layer, filter) that is pointed at."""
    chosen: tuple[str, int | None] = ("", None)
    eye: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Where the camera stands: the farthest are drawn first."""


def stand_rows(
    stands: Sequence[Stand],
    clouds: Mapping[Item, Cloud],
    places: Mapping[str, np.ndarray],
    look: Look,
) -> np.ndarray:
    """float32 (n, 5, 4), in the order in which they are drawn.

    Args:
        places: by layer, float32 (F, 4): left, top, right, bottom of each filter's picture, shares of the
            texture.
    """
    eye = np.array(look.eye)
    seen = [one for one in stands if one.presence > 0]
    seen.sort(key=lambda one: -float(np.linalg.norm(np.array(one.placement.position) - eye)))
    rows = []
    for one in seen:
        rows += [_beam(one, look), _card(one, look)]
        cloud = clouds.get(one.item)
        if cloud is not None and len(cloud.places):
            rows.append(_points(one, cloud, places.get(one.item[0]), look))
    return np.concatenate(rows) if rows else np.zeros((0, 5, 4), np.float32)


def _axes(one: Stand) -> tuple[np.ndarray, np.ndarray]:
    """Scene directions (3,) of right and up."""
    matrix = one.placement.matrix()
    return matrix[:3, 0], matrix[:3, 2]


def _beam(one: Stand, look: Look) -> np.ndarray:
    """From the card's lower edge to the upper edge of the layer, as narrow there as the layer."""
    corners = one.corners()
    low = np.array(one.root).mean(axis=0)
    high = corners[:2].mean(axis=0)
    wide = float(np.linalg.norm(np.array(one.root[1]) - np.array(one.root[0])))
    row = np.zeros((1, 5, 4), np.float32)
    right, _ = _axes(one)
    row[0, 0] = (*((low + high) / 2), BEAM)
    row[0, 1] = (*(right * one.extent[0] / 2), wide / one.extent[0])
    row[0, 2] = (*((high - low) / 2), one.presence)
    lit = one.item[0] in (look.chosen[0], look.pointed[0] if look.pointed else "")
    row[0, 3, 0] = 1.0 if lit else 0.55
    row[0, 4, :3] = _ink(look.theme.accent)
    return row


def _card(one: Stand, look: Look) -> np.ndarray:
    row = np.zeros((1, 5, 4), np.float32)
    right, up = _axes(one)
    width, height = one.extent
    lit = look.pointed is not None and look.pointed[0] == one.item[0]
    row[0, 0] = (*one.placement.position, CARD)
    row[0, 1] = (*(right * width / 2), 1.0)
    row[0, 2] = (*(up * height / 2), one.presence)
    row[0, 3] = (width / 2, height / 2, CORNER, float(lit))
    row[0, 4] = (*_ink(look.theme.panel_solid), 0.0)
    return row


def _points(one: Stand, cloud: Cloud, places: np.ndarray | None, look: Look) -> np.ndarray:
    """Each point, and where points are pictures its number over it."""
    order = _lit_last(one, cloud.order, look)
    right, up = _axes(one)
    centres = np.array(one.placement.position) + (
        cloud.places[order, :1] * right + cloud.places[order, 1:] * up
    )
    halves = cloud.halves[order, None]
    rows = np.zeros((len(order), 5, 4), np.float32)
    rows[:, 0, :3] = centres
    rows[:, 1, :3], rows[:, 2, :3] = halves * right, halves * up
    rows[:, 1, 3], rows[:, 2, 3] = 1.0, one.presence
    if cloud.colors is not None:
        rows[:, 0, 3] = DOT
        rows[:, 4, :3] = cloud.colors[order]
        rows[:, 3, 0] = cloud.ringed[order]
        return rows
    _picture(rows, one, order, places, look)
    return np.stack([rows, _numbers(rows, order, right, look)], axis=1).reshape(-1, 5, 4)


def _lit_last(one: Stand, order: np.ndarray, look: Look) -> np.ndarray:
    """What is chosen and what is pointed at lies over all others."""
    for which in (look.chosen, look.pointed):
        if which is not None and which[0] == one.item[0] and which[1] is not None:
            order = np.concatenate([order[order != which[1]], order[order == which[1]]])
    return order


def _picture(rows: np.ndarray, one: Stand, order: np.ndarray, places: np.ndarray | None, look: Look) -> None:
    known = places is not None and len(places) > int(order.max())
    rows[:, 0, 3] = PICTURE if known else DOT
    rows[:, 4, :3] = _ink(look.theme.rim)
    if known and places is not None:
        rows[:, 3] = places[order]
    else:
        rows[:, 4, :3] = _ink(look.theme.accent)
    layer = one.item[0]
    for which, color in ((look.pointed, look.theme.accent), (look.chosen, look.theme.selection)):
        if which is not None and which[0] == layer and which[1] is not None:
            mine = order == which[1]
            rows[mine, 4] = (*_ink(color), 1.0)


def _numbers(rows: np.ndarray, order: np.ndarray, right: np.ndarray, look: Look) -> np.ndarray:
    """Right of each picture, as high as half of it."""
    numbers = rows.copy()
    digits = np.maximum(1, np.ceil(np.log10(np.maximum(order, 1) + 0.5)))[:, None]
    half = np.linalg.norm(rows[:, 1, :3], axis=1, keepdims=True)
    tall = np.minimum(NUMBER_HEIGHT * half, LARGEST_NUMBER)
    wide = tall * DIGIT * digits
    numbers[:, 0, :3] = rows[:, 0, :3] + right * (half + 0.55 * tall + wide)
    numbers[:, 0, 3] = NUMBER
    numbers[:, 1, :3] = right * wide
    numbers[:, 2, :3] = rows[:, 2, :3] * (tall / np.maximum(half, 1e-9))
    numbers[:, 3, :2] = np.stack([order, digits[:, 0]], axis=1)
    lit = rows[:, 4, 3:] > 0
    numbers[:, 4, :3] = np.where(lit, rows[:, 4, :3], _ink(look.theme.muted))
    return numbers


def _ink(color: Color) -> tuple[float, float, float]:
    return color[0] / 255, color[1] / 255, color[2] / 255
