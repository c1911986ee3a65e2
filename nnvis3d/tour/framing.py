"""Where a camera stands to look at something: "conv2 from the left" becomes a pose. Pure functions."""

import re
from dataclasses import dataclass, replace

import numpy as np

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.home_view import fit_pose, home_pose
from nnvis3d.network.layout import Layout
from nnvis3d.network.poses import turned_near
from nnvis3d.network.spec import NetworkSpec, NeuronId

FOV = 28.0
"""Vertical field of view in space, degrees: that of the first view."""
FLAT_FOV = 1.5
SIDES = {
    "front": (0.0, 0.0),
    "left": (-48.0, 0.0),
    "right": (48.0, 0.0),
    "above": (0.0, 30.0),
    "below": (0.0, -14.0),
}
"""Words of `side` -> degrees of heading and pitch that they add to the view from the front."""
FRONT_PITCH = 4.0
FILL = 0.86
"""Share of the free part of the picture that what is looked at takes."""
MOST_AROUND = 60.0
"""Scene units across the picture of one whose neighbours are large, unless it is itself."""
CELLS_AROUND = 14
"""Neurons across the picture of a single one."""

Margins = tuple[float, float, float, float]


@dataclass(frozen=True)
class Aim:
    """What to look at, and from where."""

    at: tuple[str, ...]
    """Of "network", "pad", layers' names, neurons' addresses."""
    heading: float = 0.0
    """Degrees, added to the view from the front."""
    pitch: float = 0.0
    fill: float = FILL
    zoom: float = 1.0
    """The view is so many times closer."""


def sides(text: str) -> tuple[float, float]:
    """Degrees of heading and pitch of "left", "above left" and so on.

    Raises:
        ValueError: other words.
    """
    words = re.split(r"[ -]+", text.strip()) if text.strip() else []
    unknown = [word for word in words if word not in SIDES]
    if unknown:
        raise ValueError(f"side {unknown[0]!r}: say {', '.join(SIDES)}, or two of them, as in 'above left'")
    return sum(SIDES[word][0] for word in words), sum(SIDES[word][1] for word in words)


def neuron_at(spec: NetworkSpec, address: str) -> NeuronId:
    """The neuron at "conv1:3:12:7", or "fc1:37" where a layer has no rows.

    Raises:
        ValueError: this network has no such neuron.
    """
    layer, *place = address.split(":")
    if layer not in spec.by_name:
        raise ValueError(f"{spec.name} has no layer {layer!r}; it has {', '.join(spec.by_name)}")
    shape = spec.by_name[layer].map_shape
    try:
        if len(place) != 3 and (len(place) != 1 or shape[1:] != (1, 1)):
            raise ValueError
        neuron = NeuronId(layer, *(int(part) for part in place))
        spec.by_name[layer].index(neuron)
    except (ValueError, TypeError, IndexError):
        raise ValueError(f"no neuron {address}: {layer} has {' × '.join(map(str, shape))}") from None
    return neuron


def frame_pose(
    aim: Aim, layout: Layout, spec: NetworkSpec, aspect: float, margins: Margins, near: CameraPose
) -> CameraPose:
    """The pose from which all of it is seen between the margins of the picture.

    Args:
        aspect: width / height of the picture.
        margins: shares (0-1) of the picture to leave free: left, right, bottom, top.
        near: the pose before; the heading is turned the shorter way from there.

    Raises:
        ValueError: it looks at something that there is not.
    """
    if aim.at == ("network",) and not aim.heading and not aim.pitch and aim.fill == FILL:
        pose = home_pose(layout, aspect, margins)
    else:
        points, heading = _subject(aim.at, layout, spec)
        left, right, bottom, top = margins
        across, high = ((1 - both) * (1 - aim.fill) / 2 for both in (left + right, bottom + top))
        spare = (left + across, right + across, bottom + high, top + high)
        flat = layout.arrangement == "2d"
        start = CameraPose(
            (0, 0, 0),
            1.0,
            0.0 if flat else heading + aim.heading,
            0.0 if flat else FRONT_PITCH + aim.pitch,
            FLAT_FOV if flat else FOV,
        )
        pose = fit_pose(start, points, aspect, spare)
    pose = replace(pose, distance=pose.distance / aim.zoom)
    return replace(pose, heading=turned_near(pose.heading, near.heading))


def _subject(at: tuple[str, ...], layout: Layout, spec: NetworkSpec) -> tuple[np.ndarray, float]:
    """The points (n, 3) that are to be seen, and the heading from which they face the camera."""
    points, headings = [], []
    for name in at:
        if name == "network":
            points += [layer.corners() for layer in layout.layers.values()]
            headings.append(-6.0)
        elif name == "pad":
            points.append(layout.pad.corners(layout.pad_size, layout.pad_size))
            headings.append(layout.pad.heading)
        elif name in layout.layers:
            points.append(layout.layers[name].corners())
            headings.append(layout.layers[name].placement.heading)
        else:
            neuron = neuron_at(spec, name)
            layer = layout.layers[neuron.layer]
            wide = min(max(CELLS_AROUND * layer.pitch, 0.9 * layer.map_extent[1]), MOST_AROUND)
            reach = max(wide, 3 * layer.pitch) / 2
            points.append(layout.position(neuron) + reach * np.array([[-1, 0, -1], [1, 0, 1]]))
            headings.append(layer.placement.heading)
    return np.concatenate(points), float(np.mean(headings))
