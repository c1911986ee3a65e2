"""Puts a CameraPose into the scene, and answers what its picture shows where."""

import math

import numpy as np
import panda3d.core as p3d

from nnvis3d.network import poses
from nnvis3d.network.camera_pose import CameraPose

_NEAREST = 0.05  # scene units: the near plane comes no closer to the eye


class CameraRig:
    """A camera node with a perspective lens.

    Near and far plane enclose the scene's box closely. This matters for the flat view, whose camera stands
    thousands of units away: there a near plane close to the eye would leave no depth precision at all.
    """

    def __init__(self, parent: p3d.NodePath, size: tuple[int, int] = (1280, 720)):
        self.lens = p3d.PerspectiveLens()
        self.node: p3d.NodePath = parent.attach_new_node(p3d.Camera("camera", self.lens))
        self.pose = CameraPose((0.0, 0.0, 0.0), 100.0)
        self.size = size
        """Pixels of the picture: width, height."""
        self._corners = np.zeros((8, 3))
        self.enclose(np.array([-500.0, -500.0, 0.0]), np.array([500.0, 500.0, 300.0]))

    @property
    def aspect(self) -> float:
        return self.size[0] / self.size[1]

    def resize(self, width: int, height: int) -> None:
        """The picture is so many pixels large from now on; a minimised window counts as 1 by 1."""
        self.size = max(width, 1), max(height, 1)
        self.show(self.pose)

    def enclose(self, lower: np.ndarray, upper: np.ndarray) -> None:
        """Everything that is drawn stands in this box: (3,), (3,) scene coordinates."""
        choice = np.array([[(i >> axis) & 1 for axis in range(3)] for i in range(8)], dtype=bool)
        self._corners = np.where(choice, upper, lower)
        self.show(self.pose)

    def show(self, pose: CameraPose) -> None:
        """Look at the scene from `pose`."""
        self.pose = pose
        self.node.set_pos(*pose.eye)
        self.node.set_hpr(pose.heading, -pose.pitch, 0)
        across = math.degrees(2 * math.atan(poses.half_tangent(pose.fov) * self.aspect))
        self.lens.set_fov(across, pose.fov)
        self.lens.set_near_far(*self._near_far())

    def _near_far(self) -> tuple[float, float]:
        depths = (self._corners - self.pose.eye) @ poses.axes(self.pose)[1]
        # Inside the box the near plane stays as far from the eye as it can: that is where precision goes.
        least = max(_NEAREST, min(1.0, 0.02 * self.pose.distance))
        near = max(float(depths.min()) * 0.98, least)
        return near, max(float(depths.max()) * 1.02, near * 1.1)

    def ray(self, x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
        """Origin and unit direction, float64 (3,) each, of what is seen at a pixel from the top left."""
        return poses.ray(self.pose, x, y, self.size)

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels float64 (n, 2) of scene points (n, 3), and bool (n,): whether each is in the picture."""
        pixels, depth = poses.project(self.pose, points, self.size)
        visible = (depth > 0) & (pixels >= 0).all(axis=1) & (pixels <= self.size).all(axis=1)
        return pixels, visible
