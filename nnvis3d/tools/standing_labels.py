"""What is written about embeddings that stand in the scene: their titles, and the card beside a point."""

from collections.abc import Sequence

import numpy as np

from nnvis3d.network.filter_pictures import Sheet
from nnvis3d.network.lab_snapshot import LabSnapshot
from nnvis3d.network.stands import CLASSES, Stand
from nnvis3d.scene.hud.filter_card import FilterCard
from nnvis3d.scene.hud.lab_layers import EMBEDDINGS, short
from nnvis3d.scene.hud.lab_points import KIND_TITLES
from nnvis3d.scene.hud.state import SceneLabel
from nnvis3d.scene.overlay import Rectangle
from nnvis3d.tools.scene_labels import Project

_LETTER = 7.7
"""Pixels at scale 1 that a letter takes, about."""
_GAP = 1.0
"""Scene units between an embedding and its title."""


def stand_title(stand: Stand, letters: float, alone: bool = True) -> str:
    """ "conv1 · weight gradients", in at most so many letters, as far as that can be.

    Args:
        alone: whether its layer has but this one: then the layer's name is what matters.
    """
    layer, kind = stand.item
    if kind == CLASSES:
        return f"images by {layer}"
    known = (f"{layer} · {KIND_TITLES[kind]}", f"{layer} · {EMBEDDINGS[kind]}")
    shortest = layer if alone else EMBEDDINGS[kind]
    return next((title for title in known if len(title) <= letters), shortest)


def stand_labels(stands: Sequence[Stand], project: Project, scale: float) -> tuple[SceneLabel, ...]:
    """A title above each, shorter where it would be wider than what it names."""
    labels = []
    layers = [one.item[0] for one in stands]
    for one in stands:
        if one.presence < 0.5:
            continue
        width, height = one.extent
        local = np.array([[x, 0.0, height / 2 + _GAP] for x in (-width / 2, width / 2)])
        pixels, seen = project(one.placement.to_scene(local))
        if not seen.all():
            continue
        room = float(np.abs(pixels[1, 0] - pixels[0, 0])) / scale
        title = stand_title(one, (room + 8) / _LETTER, layers.count(one.item[0]) == 1)
        x, y = pixels.mean(axis=0).tolist()
        key = f"stand/{one.item[0]}/{one.item[1]}"
        labels.append(SceneLabel((title,), round(x), round(y), (0.5, 1.0), priority=2, key=key))
    return tuple(labels)


def stand_rectangles(stands: Sequence[Stand], project: Project) -> tuple[Rectangle, ...]:
    """Pixels that each covers for certain, whichever way it is turned."""
    found = []
    for one in stands:
        pixels, seen = project(one.corners())
        if seen.any():
            (_, left, right, _), (_, top, bottom, _) = np.sort(pixels, axis=0).T.tolist()
            found.append((round(left) + 2, round(top) + 2, round(right) - 2, round(bottom) - 2))
    return tuple(found)


def filter_card(
    snapshot: LabSnapshot,
    pointed: tuple[str, int],
    pointer: tuple[float, float],
    channels: Sheet | None,
    dragging: bool,
) -> FilterCard | None:
    """What is said about a filter; of one that is dragged, what that would do.

    Args:
        pointed: (layer, filter).
        pointer: its pixel.
        channels: of the filter.
    """
    name, index = pointed
    layer = snapshot.shown.spec.by_name.get(name)
    if layer is None or index >= layer.map_shape[0]:
        return None
    thing = "neuron" if len(layer.shape) == 1 else "filter"
    title = f"{name} · {thing} {index}"
    lines = _move_words(snapshot, pointed) if dragging else _number_words(snapshot, pointed)
    x, y = (4.0 * round(place / 4) for place in pointer)
    return FilterCard(title, lines, x, y, None if dragging else channels)


def _move_words(snapshot: LabSnapshot, pointed: tuple[str, int]) -> tuple[str, ...]:
    move = snapshot.move
    if move is None or (move.layer, move.filter) != pointed:
        return ("toward its new neighbours …",)
    near = ", ".join(map(str, move.neighbours[:4]))
    return f"toward {near}", f"loss {move.loss:.3f} → {move.moved_loss:.3f}"


def _number_words(snapshot: LabSnapshot, pointed: tuple[str, int]) -> tuple[str, ...]:
    name, index = pointed
    numbers = snapshot.layers.get(name)
    if numbers is None or index >= len(numbers.mean_activation):
        return ()
    answer, gradient = float(numbers.mean_activation[index]), float(numbers.filter_gradient[index])
    words = "never answers" if index in numbers.dead else f"mean answer {short(answer)}"
    return (f"{words} · gradient {short(gradient)}",)
