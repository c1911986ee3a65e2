"""What stands written at the layers and blocks of a long network, and where: a pure function of layout and
camera.

Layers whose picture is too narrow for a title have none; how much a title fades says how near to that it is.
"""

from collections.abc import Collection
from itertools import pairwise

import numpy as np

from nnvis3d.network import wording
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.layout import Layout
from nnvis3d.network.links import Pieces
from nnvis3d.network.rows import HEADER
from nnvis3d.network.spec import GroupSpec, NetworkSpec
from nnvis3d.scene.hud.state import SceneLabel
from nnvis3d.scene.plates import RIM_STEP, RIMS
from nnvis3d.tools.scene_labels import Project
from nnvis3d.tools.title_lines import LETTER, cleared

LEAST_WIDTH, FULL_WIDTH = 40.0, 62.0
"""Pixels at scale 1 that a layer takes: titles begin to be seen, are fully there."""
BETWEEN = 4.0
"""Pixels at scale 1 between the titles of two neighbours: a narrow layer's may be wider than it is."""
SHAPE_WIDTH = 78.0
"""From which width on the shape is written, too."""
LEAST_LETTERS = 7
"""Of a title where there is hardly room: "Stage 1"."""
FOOT = 17.0
"""From a block's name's upper edge to where its letters end, pixels at scale 1."""
LEAST_HEADER = 9.5
"""Pixels at scale 1 that a plate's header must have for its title."""
MOST = 60
"""Titles at once."""


def row_labels(
    network: NetworkSpec,
    layout: Layout,
    project: Project,
    hidden: Collection[str],
    scale: float,
    lines: Pieces | None = None,
) -> list[SceneLabel]:
    """Titles of blocks, then of layers; the widest first where there are too many.

    Args:
        lines: what runs between the layers, and is to strike no title through.
    """
    groups = {group.name: group for group in network.groups}
    layers = [layer for layer in layout.layers.values() if layer.presence > 0.5]
    found = _layer_labels(layers, groups, project, hidden, scale)
    labels = [*_plate_labels(layout, groups, project, scale), *found[:MOST]]
    return labels if lines is None else cleared(labels, lines, project, scale)


def _layer_labels(
    layers: list[LayerLayout],
    groups: dict[str, GroupSpec],
    project: Project,
    hidden: Collection[str],
    scale: float,
) -> list[SceneLabel]:
    places = np.array([layer.placement.position for layer in layers])
    half = np.array([layer.extent for layer in layers]) / 2
    # Rims stand higher than the body that they are behind; below its block's name there is little room.
    rise = np.array([1.2 + (RIMS * RIM_STEP if layer.group else 0.0) for layer in layers])
    middle = places + np.stack([np.zeros(len(layers)), np.zeros(len(layers)), half[:, 1] + rise], axis=1)
    left = places + np.stack([-half[:, 0], np.zeros(len(layers)), np.zeros(len(layers))], axis=1)
    right = places + np.stack([half[:, 0], np.zeros(len(layers)), np.zeros(len(layers))], axis=1)
    count = len(layers)
    pixels, seen = project(np.concatenate([middle, left, right]))
    widths = np.linalg.norm(pixels[2 * count :] - pixels[count : 2 * count], axis=1) / scale
    room = np.array(_room(layers, pixels[:count])) / scale - BETWEEN
    widths = np.maximum(widths, np.minimum(room, FULL_WIDTH))
    labels = []
    for k in np.argsort(-widths, kind="stable").tolist():
        if not seen[k] or widths[k] < LEAST_WIDTH:
            continue
        labels.append(_label(layers[k], groups, pixels[k], float(widths[k]), hidden))
    return labels


def _room(layers: list[LayerLayout], middles: np.ndarray) -> list[float]:
    """Pixels from the middle of each layer (n, 2) to the nearest other one in its row; 0 where it is in
    none."""
    rows: dict[tuple[float, float], list[int]] = {}
    for k, layer in enumerate(layers):
        rows.setdefault((round(layer.band[0]), round(layer.placement.position[1])), []).append(k)
    found = [0.0] * len(layers)
    for members in rows.values():
        if layers[members[0]].band == (0.0, 0.0) or len(members) < 2:
            continue
        x = [float(middles[k, 0]) for k in members]
        gaps = [np.inf, *(abs(b - a) for a, b in pairwise(x)), np.inf]
        for at, k in enumerate(members):
            found[k] = float(min(gaps[at], gaps[at + 1]))
    return found


def _label(
    layer: LayerLayout, groups: dict[str, GroupSpec], at: np.ndarray, width: float, hidden: Collection[str]
) -> SceneLabel:
    spec, group = layer.spec, groups.get(layer.group)
    letters = max(LEAST_LETTERS, int((width + 6) / LETTER))
    title = (group.title if group else spec.title) or spec.name
    lines = _title(title, letters, 2 if width >= SHAPE_WIDTH else 1)
    head = len(lines)
    if group:
        lines.append(f"{len(group.layers)} layers")
    if width >= SHAPE_WIDTH and not group:
        lines.append(wording.shape(spec))
    alpha = min(max((width - LEAST_WIDTH) / (FULL_WIDTH - LEAST_WIDTH), 0.6), 1.0)
    role = "muted" if spec.name in hidden else "text"
    key = f"group/{group.name}" if group else f"layer/{spec.name}"
    priority = 2.0 + (0.5 if group else 0.0) + min(width, 900) / 1000
    x, y = at.tolist()
    return SceneLabel(
        tuple(lines), round(x), round(y), (0.5, 1.0), alpha=alpha, role=role, priority=priority,
        head=head, key=key, bold=bool(group),
    )  # fmt: skip


def _title(title: str, letters: int, most: int) -> list[str]:
    """In at most so many lines of so many letters, in the longest form that fits."""
    for form in (title, wording.shorter(title), wording.shortest(title)):
        lines = wording.wrapped(form, letters)
        if len(lines) <= most and max(map(len, lines), default=0) <= letters:
            return lines
    return [_cut(wording.shortest(title), letters)]


def _cut(title: str, letters: int) -> str:
    """A title in so many letters; the number at its end, which tells it from others, stays."""
    words, _, number = title.rpartition(" ")
    if len(title) <= letters or not number.isdecimal():
        return title if len(title) <= letters else title[: letters - 1].rstrip() + "…"
    return words[: max(letters - len(number) - 2, 2)].rstrip() + "… " + number


def _plate_labels(
    layout: Layout, groups: dict[str, GroupSpec], project: Project, scale: float
) -> list[SceneLabel]:
    """Names of open blocks, in the headers of their plates; the outer ones before those in them."""
    plates = [plate for plate in layout.plates if plate.presence > 0.5]
    if not plates:
        return []
    places = np.array([plate.placement.position for plate in plates])
    half = np.array([plate.extent for plate in plates]) / 2
    corner = places + np.stack([-half[:, 0], np.zeros(len(plates)), half[:, 1]], axis=1)
    below, end = corner.copy(), corner.copy()
    below[:, 2] -= HEADER
    end[:, 0] += 2 * half[:, 0]
    count = len(plates)
    pixels, seen = project(np.concatenate([corner, below, end]))
    labels = []
    for k, plate in enumerate(plates):
        high = float(pixels[count + k, 1] - pixels[k, 1]) / scale
        wide = float(pixels[2 * count + k, 0] - pixels[k, 0]) / scale
        title = plate.title if plate.part == 0 else f"{plate.title} …"
        fits = wide > LETTER * len(title) + 8
        if not seen[k] or high < LEAST_HEADER or not fits or (plate.part and wide < 160):
            continue
        x, y = pixels[k].tolist()
        top = min(
            y + 1, float(pixels[count + k, 1]) - FOOT * scale
        )  # a low header is under its letters' heads
        first, outermost = plate.part == 0, plate.depth == 0
        labels.append(
            SceneLabel(
                (title,), round(x + 6 * scale), round(top), (0.0, 0.0), alpha=0.95 if first else 0.6,
                role="text" if outermost else "muted", bold=outermost,
                priority=3.5 - 0.2 * plate.depth - 0.4 * (not first), key=f"group/{plate.group}/{plate.part}",
            )
        )  # fmt: skip
    return labels


def asked_by(key: str, network: NetworkSpec) -> str | None:
    """The block that a click on the label with this key folds or opens."""
    if not key.startswith("group/"):
        return None
    names = {group.name for group in network.groups}
    name = key.removeprefix("group/")
    return name if name in names else name.rpartition("/")[0] if name.rpartition("/")[0] in names else None
