"""What stands written at two networks that are compared: a pure function of layouts, camera and frames.

The upper one has its layers' titles; the lower one, whose layers stand under the same titles, only says where
it is another.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from nnvis3d.network.layout import Layout
from nnvis3d.scene.hud.state import SceneLabel
from nnvis3d.tools.scene_labels import Project, layer_labels

OVER = "over/"
"""Before the keys of the upper network's labels."""
_RISE = 3.0
"""Scene units from a network to its name."""


def upper_labels(labels: list[SceneLabel]) -> list[SceneLabel]:
    """The upper network's: other labels than those of the lower one."""
    return [replace(label, key=OVER + (label.key or label.lines[0])) for label in labels]


def lower_labels(
    first: Layout, upper: Layout, project: Project, hidden: Collection[str], scale: float
) -> list[SceneLabel]:
    """Shapes of the layers that the upper network does not have, or has in another size."""
    made = layer_labels(first, project, hidden, scale, False)
    shapes = {name: layer.spec.shape for name, layer in upper.layers.items()}
    others = {
        f"layer/{n}": n in shapes for n, layer in first.layers.items() if shapes.get(n) != layer.spec.shape
    }
    return [
        replace(label, lines=label.lines[label.head :] if others[label.key] else label.lines[:1], head=1)
        for label in made
        if label.key in others
    ]


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
