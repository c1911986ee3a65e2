"""A camera pose that follows another one smoothly and comes to rest exactly on it."""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.poses import axes, half_tangent, turned_near

SMOOTH_TIME = 0.08
"""Seconds by which the follower lags behind a goal that moves evenly."""
_RESTING = 2e-4
"""Largest share of the picture, or of a degree, that is no longer seen as motion."""


@dataclass
class SmoothPose:
    """Critically damped: the fastest approach that does not swing past its goal (exact for any dt).

    A pose is seven numbers: a point, view height, tan(fov / 2), heading, pitch. The same linear motion in all
    of them keeps the point that a zoom is about at its pixel all the way. The point is the target, or the eye
    where the camera turns about itself.
    """

    pose: CameraPose
    """Where the camera is."""
    about_eye: bool = False
    _velocity: np.ndarray = field(default_factory=lambda: np.zeros(7))  # per second

    def jump(self, pose: CameraPose) -> None:
        """Be there at once."""
        self.pose = pose
        self._velocity = np.zeros(7)

    def turn_about(self, eye: bool) -> None:
        """Choose the point that moves on a straight line."""
        if eye != self.about_eye:
            self.about_eye = eye
            self._velocity[:3] = 0

    def follow(self, goal: CameraPose, dt: float) -> bool:
        """Move on towards `goal` for `dt` seconds; False if the camera was already resting there."""
        if self.pose == goal and not self._velocity.any():
            return False
        here, there = self._numbers(self.pose), self._numbers(goal)
        there[5] = turned_near(there[5], here[5])
        rate = 2 / SMOOTH_TIME
        apart = here - there
        push = self._velocity + rate * apart
        decay = math.exp(-rate * dt)
        apart = (apart + push * dt) * decay
        self._velocity = (self._velocity - rate * push * dt) * decay
        if self._rests(apart, there[3]):
            self.jump(goal)
        else:
            self.pose = self._from_numbers(there + apart)
        return True

    def _rests(self, apart: np.ndarray, view_height: float) -> bool:
        unit = np.array([view_height] * 4 + [half_tangent(self.pose.fov)] + [20.0, 20.0])
        motion = np.maximum(np.abs(apart), np.abs(self._velocity) * SMOOTH_TIME)
        return bool((motion < _RESTING * unit).all())

    def _numbers(self, pose: CameraPose) -> np.ndarray:
        point = pose.eye if self.about_eye else pose.target
        return np.array([*point, pose.view_height, half_tangent(pose.fov), pose.heading, pose.pitch])

    def _from_numbers(self, numbers: np.ndarray) -> CameraPose:
        x, y, z, view_height, slope, heading, pitch = (float(v) for v in numbers)
        fov = math.degrees(2 * math.atan(slope))
        pose = CameraPose((x, y, z), view_height / (2 * slope), heading, pitch, fov)
        if self.about_eye:
            x, y, z = (float(v) for v in pose.target + axes(pose)[1] * pose.distance)
        return replace(pose, target=(x, y, z))
