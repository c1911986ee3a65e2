"""The first view of a network: from where all of it fits into the picture."""

import math
from collections.abc import Collection
from dataclasses import replace

import numpy as np

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.layout import Layout, outline


def home_pose(
    layout: Layout,
    aspect: float,
    margins: tuple[float, float, float, float],
    only: Collection[str] | None = None,
) -> CameraPose:
    """The first view: everything in the picture, inside the margins.

    Args:
        aspect: width / height of the picture.
        margins: shares (0-1) of the picture to leave free: left, right, bottom, top.
        only: names of the layers that must be in the picture; None: all of them, and the pad.
    """
    flat = layout.arrangement == "2d"
    pose = CameraPose((0, 0, 0), 1.0, 0.0 if flat else -6.0, 0.0 if flat else 3.5, 1.5 if flat else 28.0)
    shown = outline(layout) if only is None else np.concatenate([layout.layers[n].corners() for n in only])
    return fit_pose(pose, shown, aspect, margins)


def fit_pose(
    pose: CameraPose, points: np.ndarray, aspect: float, margins: tuple[float, float, float, float]
) -> CameraPose:
    """`pose` moved, not turned, so that the points (n, 3) just fit between the margins of the picture.

    Each side of the picture is a plane through the eye; the tightest point on each side gives its place,
    and the wider of the two directions gives the distance.
    """
    heading, pitch = math.radians(pose.heading), math.radians(pose.pitch)
    forward = np.array(
        [-math.sin(heading) * math.cos(pitch), math.cos(heading) * math.cos(pitch), -math.sin(pitch)]
    )
    right = np.array([math.cos(heading), math.sin(heading), 0.0])
    up = np.cross(right, forward)
    across, along, high = points @ right, points @ forward, points @ up
    tall = math.tan(math.radians(pose.fov) / 2)
    wide = tall * aspect
    left_m, right_m, bottom_m, top_m = margins
    centre, depth = {}, {}
    for key, values, low_slope, high_slope in (
        ("across", across, wide * (1 - 2 * left_m), wide * (1 - 2 * right_m)),
        ("high", high, tall * (1 - 2 * bottom_m), tall * (1 - 2 * top_m)),
    ):
        # value - c <= high_slope * (along - e) and c - value <= low_slope * (along - e), solved for the eye
        top = (values - high_slope * along).max()
        bottom = (values + low_slope * along).min()
        depth[key] = (bottom - top) / (low_slope + high_slope)
        centre[key] = top + high_slope * depth[key]
    eye_depth = min(depth.values())
    for key, values, low_slope, high_slope in (
        ("across", across, wide * (1 - 2 * left_m), wide * (1 - 2 * right_m)),
        ("high", high, tall * (1 - 2 * bottom_m), tall * (1 - 2 * top_m)),
    ):
        # with room to spare in this direction, the middle of what is allowed
        highest = (values - high_slope * (along - eye_depth)).max()
        lowest = (values + low_slope * (along - eye_depth)).min()
        centre[key] = (highest + lowest) / 2
    target_depth = float(np.median(along))
    eye = centre["across"] * right + centre["high"] * up + eye_depth * forward
    distance = target_depth - eye_depth
    target = eye + distance * forward
    return replace(
        pose, target=(float(target[0]), float(target[1]), float(target[2])), distance=float(distance)
    )
