"""The pad held before the camera, in a corner of the picture, instead of standing in the scene."""

import math
from dataclasses import dataclass

from nnvis3d.network import poses
from nnvis3d.network.camera_pose import CameraPose

SHARE = 0.40
"""Of the picture's height that a docked pad takes."""


@dataclass(frozen=True)
class Dock:
    """Where the docked pad is: a square of `side` pixels with its upper left corner at (left, top)."""

    left: float
    top: float
    side: float

    def to_pad(self, x: float, y: float, outside: bool) -> tuple[float, float] | None:
        """Pad coordinates of a pixel; None off the pad, unless `outside` is wanted too."""
        u, v = (x - self.left) / self.side, (y - self.top) / self.side
        return (u, v) if outside or (0 <= u <= 1 and 0 <= v <= 1) else None

    def in_scene(
        self, pose: CameraPose, size: tuple[int, int], near: float
    ) -> tuple[tuple[float, float, float], float]:
        """The position in the scene of the pad's centre, `near` scene units before the eye, and its side
        there."""
        right, forward, up = poses.axes(pose)
        per_pixel = 2 * near * math.tan(math.radians(pose.fov) / 2) / size[1]
        x = (self.left + self.side / 2 - size[0] / 2) * per_pixel
        y = (size[1] / 2 - self.top - self.side / 2) * per_pixel
        place = pose.eye + near * forward + x * right + y * up
        return (float(place[0]), float(place[1]), float(place[2])), self.side * per_pixel


def dock(size: tuple[int, int], margins: tuple[float, float, float, float]) -> Dock:
    """The lower left corner of a picture of `size`, above the toolbar."""
    side = min(SHARE * size[1], 0.45 * size[0])
    frame = 0.03 * side
    left = max(margins[0] * size[0], 12) + frame
    return Dock(left, (1 - margins[2]) * size[1] - side - frame - 6, side)
