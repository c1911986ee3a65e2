"""What can be done with a CameraPose: turn, zoom, pan, fly, look through it, and go from one to another.

Pure functions. Pixels are counted from the top left of a picture of `size` (width, height); the horizon stays
level because a pose has no roll.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.layout import Layout

DEGREES_PER_PICTURE = 150.0
"""How far a drag across the whole height of the picture turns the camera."""
_EYE_CLEARANCE = 2.0  # scene units: how near to the floor the eye may come
_LOWEST, _HIGHEST = -60.0, 85.0  # degrees of pitch; straight down has no heading

Size = tuple[float, float]


@dataclass(frozen=True)
class Limits:
    """How far a camera may go."""

    lower: np.ndarray
    """float64 (3,): the corner of the box in which the target stays."""
    upper: np.ndarray
    nearest: float
    """Smallest view height, scene units."""
    farthest: float

    @classmethod
    def around(cls, layout: Layout) -> "Limits":
        """So that a few of the smallest neurons fill the picture, or the network is a quarter of it."""
        extent = float(np.linalg.norm(layout.upper - layout.lower))
        margin = 0.25 * extent
        lower = layout.lower - margin
        lower[2] = max(lower[2], _EYE_CLEARANCE)
        pitch = min(layer.pitch for layer in layout.layers.values())
        return cls(lower, layout.upper + margin, 6 * pitch, 4 * extent)


def axes(pose: CameraPose) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors float64 (3,) in the scene: to the right of the picture, into it, and up in it."""
    heading, pitch = math.radians(pose.heading), math.radians(pose.pitch)
    sin_h, cos_h, sin_p, cos_p = math.sin(heading), math.cos(heading), math.sin(pitch), math.cos(pitch)
    right = np.array([cos_h, sin_h, 0.0])
    forward = np.array([-sin_h * cos_p, cos_h * cos_p, -sin_p])
    up = np.array([-sin_h * sin_p, cos_h * sin_p, cos_p])
    return right, forward, up


def half_tangent(fov: float) -> float:
    """Half the picture's height at distance 1, for a vertical field of view in degrees."""
    return math.tan(math.radians(fov) / 2)


def ray(pose: CameraPose, x: float, y: float, size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Origin and unit direction, float64 (3,) each, of what is seen at a pixel."""
    width, height = size
    right, forward, up = axes(pose)
    scale = 2 * half_tangent(pose.fov) / height
    direction = forward + right * ((x - width / 2) * scale) - up * ((y - height / 2) * scale)
    return pose.eye, direction / math.sqrt(direction @ direction)


def project(pose: CameraPose, points: np.ndarray, size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Pixels float64 (n, 2), depths (n,) of scene points (n, 3); a pixel means nothing at a depth <= 0."""
    width, height = size
    right, forward, up = axes(pose)
    seen = (np.asarray(points) - pose.eye) @ np.stack([right, -up, forward], axis=1)  # right, down, depth
    depth = seen[:, 2]
    safe = np.where(depth > 0, depth, np.inf)
    pixels = seen[:, :2] / safe[:, None] * (height / (2 * half_tangent(pose.fov)))
    return pixels + np.array([width / 2, height / 2]), depth


def at_target_depth(pose: CameraPose, x: float, y: float, size: Size) -> np.ndarray:
    """The scene point float64 (3,) at a pixel, as deep in the picture as the target."""
    origin, direction = ray(pose, x, y, size)
    return origin + direction * (pose.distance / float(direction @ axes(pose)[1]))


def orbit(pose: CameraPose, dx: float, dy: float, size: Size) -> CameraPose:
    """Turned around its target by a drag of (dx, dy) pixels: the scene follows the pointer."""
    turn = DEGREES_PER_PICTURE / size[1]
    return _turned(pose, -dx * turn, dy * turn)


def look(pose: CameraPose, dx: float, dy: float, size: Size) -> CameraPose:
    """Turned about its eye by a drag of (dx, dy) pixels: the view follows the pointer."""
    turn = DEGREES_PER_PICTURE / 2 / size[1]
    turned = _turned(pose, -dx * turn, dy * turn)
    return shifted(turned, pose.eye - turned.eye)


def _turned(pose: CameraPose, heading: float, pitch: float) -> CameraPose:
    return replace(
        pose, heading=pose.heading + heading, pitch=min(max(pose.pitch + pitch, _LOWEST), _HIGHEST)
    )


def shifted(pose: CameraPose, offset: np.ndarray) -> CameraPose:
    """Moved by `offset` (3,) scene units, looking the same way."""
    x, y, z = pose.target
    return replace(pose, target=(float(x + offset[0]), float(y + offset[1]), float(z + offset[2])))


def pan(pose: CameraPose, dx: float, dy: float, size: Size, depth: float | None = None) -> CameraPose:
    """Moved so that what stands at `depth`, the target's if None, goes (dx, dy) pixels with the pointer."""
    right, _, up = axes(pose)
    unit = 2 * half_tangent(pose.fov) * (depth or pose.distance) / size[1]
    return shifted(pose, (up * dy - right * dx) * unit)


def zoom(pose: CameraPose, factor: float, anchor: np.ndarray, limits: Limits) -> CameraPose:
    """The view height times `factor`, within limits, with the scene point `anchor` (3,) staying at its pixel.

    Eye and target move on straight lines to or from the anchor, so the ray through it stays the same.
    """
    height = min(max(pose.view_height * factor, limits.nearest), limits.farthest)
    factor = height / pose.view_height
    closer = shifted(pose, (np.array(pose.target) - anchor) * (factor - 1))
    return replace(closer, distance=pose.distance * factor)


def fly(pose: CameraPose, right: float, forward: float, up: float) -> CameraPose:
    """Moved by scene units to the right, into the picture, and straight up."""
    to_right, ahead, _ = axes(pose)
    return shifted(pose, to_right * right + ahead * forward + np.array([0, 0, up]))


def clamp(pose: CameraPose, limits: Limits) -> CameraPose:
    """The nearest allowed pose: target in the box, eye above the floor, never inside out."""
    target = np.clip(pose.target, limits.lower, limits.upper)
    height = min(max(pose.view_height, limits.nearest), limits.farthest)
    distance = height / (2 * half_tangent(pose.fov))
    # The eye's height is target z + distance * sin(pitch).
    lowest = math.degrees(math.asin(min(max((_EYE_CLEARANCE - target[2]) / distance, -1.0), 0.0)))
    pitch = min(max(pose.pitch, lowest, _LOWEST), _HIGHEST)
    x, y, z = (float(v) for v in target)
    return replace(pose, target=(x, y, z), distance=distance, pitch=pitch)


def clamp_flight(pose: CameraPose, limits: Limits) -> CameraPose:
    """As `clamp`, for a camera that flies: its eye stays in a wider box, and looks anywhere."""
    lower, upper = limits.lower - limits.farthest, limits.upper + limits.farthest
    lower[2] = _EYE_CLEARANCE
    pitch = min(max(pose.pitch, _LOWEST), _HIGHEST)
    pose = replace(pose, pitch=pitch)
    return shifted(pose, np.clip(pose.eye, lower, upper) - pose.eye)


def retarget(pose: CameraPose, limits: Limits) -> CameraPose:
    """The same view with its target near the middle of the box: something to turn around."""
    eye, forward = pose.eye, axes(pose)[1]
    distance = float(((limits.lower + limits.upper) / 2 - eye) @ forward)
    if forward[2] < 0:  # not behind the floor
        distance = min(distance, float((limits.lower[2] - eye[2]) / forward[2]))
    nearest, farthest = (
        height / (2 * half_tangent(pose.fov)) for height in (limits.nearest, limits.farthest)
    )
    distance = min(max(distance, nearest * 4), farthest)
    x, y, z = (float(v) for v in eye + forward * distance)
    return replace(pose, target=(x, y, z), distance=distance)


def turned_near(heading: float, reference: float) -> float:
    """The same heading, in degrees, less than half a turn from `reference`."""
    return reference + math.remainder(heading - reference, 360.0)


def interpolate(start: CameraPose, end: CameraPose, share: float) -> CameraPose:
    """The pose `share` (0-1) of the way; exactly `start` and `end` at the ends.

    The strength of the perspective, tan(fov / 2), changes evenly, and the distance makes up for it: going
    between a near and a far camera keeps the target's size ("dolly zoom"). The view height changes by equal
    factors. The target keeps pace with it, so that what is zoomed at goes straight to its place.
    """
    if share <= 0 or share >= 1:
        return start if share <= 0 else end
    ratio = end.view_height / start.view_height
    height = start.view_height * ratio**share
    along = (ratio**share - 1) / (ratio - 1) if abs(ratio - 1) > 1e-6 else share
    slope = half_tangent(start.fov) + (half_tangent(end.fov) - half_tangent(start.fov)) * share
    target = np.array(start.target) + (np.array(end.target) - np.array(start.target)) * along
    x, y, z = (float(v) for v in target)
    return CameraPose(
        target=(x, y, z),
        distance=height / (2 * slope),
        heading=start.heading + (turned_near(end.heading, start.heading) - start.heading) * share,
        pitch=start.pitch + (end.pitch - start.pitch) * share,
        fov=math.degrees(2 * math.atan(slope)),
    )


def ease(share: float) -> float:
    """Slow at both ends, for `interpolate`: 0-1 to 0-1 (smoothstep)."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)
