"""What stands written in the scene, and where: a pure function of layout, camera and frame."""

import textwrap
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

import numpy as np

from nnvis3d.network import wording
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.layer_bodies import OUTPUT_BAR_LENGTH
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.layer_styles import MOST_BARS
from nnvis3d.network.layout import Layout
from nnvis3d.network.row_ends import TOP_CLASSES, top_places
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.scene.hud.state import SceneLabel

Project = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Scene points (n, 3) -> pixels (n, 2), and whether each is in the picture (n,)."""

LABEL_SPACE = 20.0
"""Pixels at scale 1 that the layers' titles need above them, beside what the panels leave free anyway."""
TITLE_SPACE = 52.0
"""Pixels at scale 1 that titles reach beyond the first and the last layer where no pad stands: those are
narrow."""
_LETTER = 7.7
"""Pixels at scale 1 that a letter of a title takes, about: titles are broken into lines that fit between
neighbours."""
NAME_LETTERS = {"small": 9.7, "body": 12.9, "large": 21.0}
"""Pixels at scale 1 that a letter of a class's name takes at most, but for m and w, by its size: they are
bold."""
_NARROW, _WIDE = "fijlrt '.,", "mwMW"
_LEAST_LETTERS = 3
_GAP = 1.0
"""Scene units between a layer and its title."""


def layer_labels(
    layout: Layout, project: Project, hidden: Collection[str], scale: float, pad: bool = True
) -> list[SceneLabel]:
    """Title and shape above each layer, muted where it is hidden; with `pad` the pad's above it too."""
    layers = list(layout.layers.values())
    anchors = [_above(layer.placement, layer.extent[1]) for layer in layers]
    pixels, seen = project(np.concatenate(anchors))
    labels: list[SceneLabel] = []
    room = ((_room(pixels[:, 0]) / scale - 6) / _LETTER).tolist()
    for layer, (x, y), visible, most in zip(layers, pixels.tolist(), seen.tolist(), room, strict=False):
        spec = layer.spec
        title = _title(spec.title, max(7, int(most)))
        lines = (*title, _close(_contents(layer), most))
        role = "muted" if spec.name in hidden else "text"
        if visible:
            labels.append(
                SceneLabel(
                    lines,
                    round(x),
                    round(y),
                    (0.5, 1.0),
                    role=role,
                    priority=2,
                    key=f"layer/{spec.name}",
                    head=len(title),
                )
            )
    return [*labels, *pad_labels(layout, project)] if pad else labels


def pad_labels(layout: Layout, project: Project) -> list[SceneLabel]:
    """The pad's title above it."""
    pixels, seen = project(_above(layout.pad, layout.pad_size + 3.2))
    if not seen[0]:
        return []
    x, y = pixels[0].tolist()
    return [
        SceneLabel(("Draw here",), round(x), round(y), (0.5, 1.0), "body", 1.0, "accent", 3, True, key="pad")
    ]


def no_pad_labels(layout: Layout, project: Project) -> list[SceneLabel]:
    """What stands in the pad's place where nothing can be drawn for a network."""
    pixels, seen = project(layout.pad.to_scene(np.zeros((1, 3))))
    if not seen[0]:
        return []
    x, y = pixels[0].tolist()
    lines = (
        "Nothing to draw here:",
        "this network does not read",
        "an image. It answers",
        "its example input.",
    )
    return [SceneLabel(lines, round(x), round(y), (0.5, 0.5), "small", 1.0, "text", 3, head=1, key="pad")]


def output_labels(
    spec: NetworkSpec,
    layer: LayerLayout,
    frame: ActivationFrame | None,
    project: Project,
    scale: float = 1.0,
    room: float = np.inf,
) -> list[SceneLabel]:
    """The class's name beside each output neuron, its probability behind the bar.

    Args:
        room: pixels from the names' right ends to what stands at their left, as `name_room` says: longer
            names are smaller, or cut.
    """
    if not spec.labels:
        return []
    if spec.output.neurons > MOST_BARS:
        return _top_labels(layer, frame, project)
    cells = np.arange(spec.output.neurons)
    middle = layer.cells(cells)
    names, seen = project(_shifted(layer, cells, -0.68 * layer.pitch))
    ends, ends_seen = project(_shifted(layer, cells, 0.62 * layer.pitch + OUTPUT_BAR_LENGTH + 2.0))
    tall = _pitch_pixels(project, middle) / scale
    longest = max(len(name) for name in spec.labels)
    size = "large" if tall > 44 and longest <= 2 else "body" if tall > 26 else "small"
    shares = None if frame is None else frame.probabilities
    size, shown = _fitted(size, spec.labels, room / scale)
    best = int(np.argmax(shares)) if shares is not None else -1
    labels = []
    for k in cells.tolist():
        role = "accent" if k == best else "text" if shares is None else "muted"
        x, y = names[k].tolist()
        if seen[k]:
            labels.append(
                SceneLabel(
                    (shown[k],),
                    round(x),
                    round(y),
                    (1.0, 0.5),
                    size,
                    1.0,
                    role,
                    4,
                    True,
                    key=f"class/{k}",
                )
            )
        if shares is not None and ends_seen[k] and (shares[k] >= 0.005 or k == best):
            x, y = ends[k].tolist()
            labels.append(
                SceneLabel(
                    (wording.percent(float(shares[k]), 1),), round(x), round(y), (0.0, 0.5), "small", 1.0,
                    "text" if k == best else "muted", 3, k == best, key=f"share/{k}",
                )
            )  # fmt: skip
    return labels


def name_room(layout: Layout, output: LayerLayout, project: Project) -> float:
    """Pixels from the right ends of the classes' names to the nearest layer at their left."""
    cells = np.arange(output.spec.neurons)
    names, _ = project(_shifted(output, cells, -0.68 * output.pitch))
    others = [one for one in layout.layers.values() if one.presence > 0 and one.spec != output.spec]
    pixels, _ = project(np.concatenate([one.corners() for one in others]))
    end = float(names[:, 0].min())
    return end - float(pixels[pixels[:, 0] < end, 0].max(initial=-np.inf))


def _fitted(size: str, names: Sequence[str], room: float) -> tuple[str, list[str]]:
    """The size of names, this one or a smaller one, and as much of each as fits beside the others' layers."""
    smaller = list(NAME_LETTERS)[list(NAME_LETTERS).index(size) :: -1]
    most = max(map(letters, names))
    size = next((one for one in smaller if most * NAME_LETTERS[one] <= room), "small")
    return size, [_cut(name, room / NAME_LETTERS[size]) for name in names]


def letters(name: str) -> float:
    """How wide a name is, in letters that are neither narrow nor wide."""
    return sum(0.55 if c in _NARROW else 1.5 if c in _WIDE else 1.0 for c in name)


def _cut(name: str, room: float) -> str:
    if letters(name) <= room:
        return name
    end = next(
        (k for k in range(len(name), _LEAST_LETTERS, -1) if letters(name[:k]) + 1 <= room), _LEAST_LETTERS
    )
    return name[:end] + "…"


def _top_labels(layer: LayerLayout, frame: ActivationFrame | None, project: Project) -> list[SceneLabel]:
    """Of many classes: the names of the likeliest above their bars, their probabilities behind them."""
    guesses = frame.guesses(TOP_CLASSES) if frame is not None else []
    local = np.zeros((TOP_CLASSES, 3))
    local[:, [0, 2]] = top_places(layer)
    names, seen = project(layer.placement.to_scene(local + np.array([0.0, 0.0, 2.4])))
    ends, ends_seen = project(layer.placement.to_scene(local + np.array([OUTPUT_BAR_LENGTH + 2.0, 0.0, 0.0])))
    labels = []
    for k, (name, share) in enumerate(guesses):
        role = "accent" if k == 0 else "text"
        lines = (textwrap.shorten(name.split(",")[0], 24, placeholder="…") or name[:24],)
        x, y = names[k].tolist()
        if seen[k]:
            place = round(x), round(y)
            labels.append(
                SceneLabel(lines, *place, (0.0, 1.0), "small", 1.0, role, 4, k == 0, key=f"class/{k}")
            )
        x, y = ends[k].tolist()
        if ends_seen[k]:
            place, word = (round(x), round(y)), (wording.percent(share, 1),)
            labels.append(
                SceneLabel(word, *place, (0.0, 0.5), "small", 1.0, role, 3, k == 0, key=f"share/{k}")
            )
    return labels


def _contents(layer: LayerLayout) -> str:
    """The layer's shape; of a folded one, what its slab shows."""
    if layer.style != "fold":
        return wording.shape(layer.spec)
    single = layer.spec.map_shape[1:] == (1, 1)
    if layer.face is None:
        return f"mean of {layer.spec.map_shape[0]}{'' if single else ' maps'}"
    return f"strongest: {'' if single else 'map '}{layer.face}"


def _close(shape: str, most: float) -> str:
    """A shape, without its spaces where it would touch its neighbour's."""
    return shape if letters(shape) <= most else shape.replace(" × ", "×")


@lru_cache(maxsize=512)
def _title(title: str, most: int) -> tuple[str, ...]:
    """The title in at most two lines of `most` letters; in shorter words where it would not fit in these."""
    lines = wording.wrapped(title, most)
    fits = len(lines) <= 2 and max(map(len, lines), default=0) <= most
    return tuple(lines if fits else wording.wrapped(wording.shorter(title), most))


def _room(x: np.ndarray) -> np.ndarray:
    """Pixels (n,) from each of these places to the nearest other one."""
    apart = np.abs(x[:, None] - x[None, :])
    np.fill_diagonal(apart, np.inf)
    return np.minimum(apart.min(axis=1), 400.0)


def _above(placement, height: float) -> np.ndarray:
    return placement.to_scene(np.array([[0.0, 0.0, height / 2 + _GAP]]))


def _shifted(layer: LayerLayout, cells: np.ndarray, along: float) -> np.ndarray:
    """Scene points beside neurons, `along` scene units to their right."""
    local = layer.placement.to_local(layer.cells(cells))
    local[:, 0] += along
    return layer.placement.to_scene(local)


def _pitch_pixels(project: Project, middle: np.ndarray) -> float:
    """How many pixels lie between one output and the next."""
    if len(middle) < 2:
        return 100.0
    pixels, _ = project(middle[:2])
    return float(np.linalg.norm(pixels[1] - pixels[0]))
