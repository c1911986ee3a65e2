"""What stands written at two networks that are compared: a pure function of layouts, camera and frames.

The upper one has its layers' titles; the lower one, whose layers stand under the same titles, only says where
it is another.
"""

from dataclasses import replace

import numpy as np

from nnvis3d.network.layout import Layout
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.scene.hud.state import SceneLabel
from nnvis3d.tools.scene_labels import Project

OVER = "over/"
"""Before the keys of the upper network's labels."""
_RISE = 3.0
"""Scene units from a network to its name."""


def upper_labels(labels: list[SceneLabel]) -> list[SceneLabel]:
    """The upper network's: other labels than those of the lower one."""
    return [replace(label, key=OVER + (label.key or label.lines[0])) for label in labels]


def lower_labels(titles: list[SceneLabel], first: NetworkSpec, upper: NetworkSpec) -> list[SceneLabel]:
    """Of its titles those of what the upper network does not have; of layers that it has in another size, and
    of blocks that hold others there, what they hold alone."""
    there, here = _contents(upper), _contents(first)
    found = []
    for label in titles:
        known = there.get(label.key)
        if label.key not in here or known == here[label.key]:
            continue
        lines = label.lines[label.head :] if known is not None else label.lines[:1]
        if lines:
            found.append(replace(label, lines=lines, head=1))
    return found


def _contents(network: NetworkSpec) -> dict[str, tuple]:
    """By label's key, what it is about."""
    layers: dict[str, tuple] = {f"layer/{layer.name}": layer.shape for layer in network.layers}
    return layers | {f"group/{group.name}": group.layers for group in network.groups}


def name_labels(names: tuple[str, ...], first: Layout, upper: Layout, project: Project) -> list[SceneLabel]:
    """Each network's name over its input: (upper, lower), or none while they are not known."""
    if not names:
        return []
    tops = [_top_left(upper), _top_left(first)]
    pixels, seen = project(np.array(tops))
    return [
        SceneLabel(
            (name,), round(x), round(y), (0.0, 1.0), "body", role=role, priority=5, bold=True, key=f"name/{k}"
        )
        for k, (name, (x, y), visible, role) in enumerate(
            zip(names, pixels.tolist(), seen.tolist(), ("text", "accent"), strict=True)
        )
        if visible
    ]  # fmt: skip


def _top_left(layout: Layout) -> np.ndarray:
    """float64 (3,): over the left edge of the input, at the height of the highest layer."""
    layer = next(iter(layout.layers.values()))
    highest = max(corner for other in layout.layers.values() for corner in other.corners()[:, 2].tolist())
    left = layer.placement.to_scene(np.array([[-layer.extent[0] / 2, 0.0, 0.0]]))[0]
    return np.array([left[0], left[1], highest + _RISE])
