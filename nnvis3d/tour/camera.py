"""The camera's way: a chain of poses with times, as a curve that neither jumps nor jerks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.poses import half_tangent, interpolate, turned_near


def eased(share: float, ease: str) -> float:
    """0-1 to 0-1. "smooth" begins and ends without speed and without a jerk (Perlin's quintic)."""
    share = min(max(share, 0.0), 1.0)
    match ease:
        case "linear":
            return share
        case "in":
            return share * share
        case "out":
            return 1 - (1 - share) ** 2
    return share**3 * (share * (6 * share - 15) + 10)


@dataclass(frozen=True)
class Flight:
    """From pose to pose without a stop."""

    poses: Sequence[CameraPose]
    """Two or more."""
    times: Sequence[float]
    """Seconds, rising: when the camera is at each."""
    ease: str = "smooth"
    """Of a flight of two poses; one through more begins and ends without speed."""

    def at(self, time: float) -> CameraPose:
        """Where the camera is; before the beginning and after the end it rests there."""
        if time <= self.times[0] or time >= self.times[-1]:
            return self.poses[0 if time <= self.times[0] else -1]
        if len(self.poses) == 2:
            share = (time - self.times[0]) / (self.times[1] - self.times[0])
            return interpolate(self.poses[0], self.poses[1], eased(share, self.ease))
        return self._through(time)

    def _through(self, time: float) -> CameraPose:
        """Cubic Hermite curve through all poses, with the slopes of Catmull and Rom for uneven times."""
        at = np.asarray(self.times, np.float64)
        values = _numbers(self.poses)
        steps = np.diff(at)
        rates = np.diff(values, axis=0) / steps[:, None]
        slopes = np.zeros_like(values)
        weight = (steps[1:] / (steps[1:] + steps[:-1]))[:, None]
        slopes[1:-1] = weight * rates[:-1] + (1 - weight) * rates[1:]
        slopes[1:-1][rates[:-1] * rates[1:] <= 0] = 0.0  # where it turns round it does not swing past
        index = min(int(np.searchsorted(at, time, side="right")) - 1, len(steps) - 1)
        step, share = steps[index], (time - at[index]) / steps[index]
        s2, s3 = share**2, share**3
        value = (
            (2 * s3 - 3 * s2 + 1) * values[index]
            + (s3 - 2 * s2 + share) * step * slopes[index]
            + (3 * s2 - 2 * s3) * values[index + 1]
            + (s3 - s2) * step * slopes[index + 1]
        )
        return _pose(value)


def _numbers(poses: Sequence[CameraPose]) -> np.ndarray:
    """float64 (n, 7): target, log of the view height, tan(fov / 2), heading, pitch."""
    rows, heading = [], poses[0].heading
    for pose in poses:
        heading = turned_near(pose.heading, heading)
        slope = half_tangent(pose.fov)
        rows.append([*pose.target, math.log(pose.view_height), slope, heading, pose.pitch])
    return np.array(rows)


def _pose(numbers: np.ndarray) -> CameraPose:
    x, y, z, height, slope, heading, pitch = (float(v) for v in numbers)
    fov = math.degrees(2 * math.atan(slope))
    return CameraPose((x, y, z), math.exp(height) / (2 * slope), heading, pitch, fov)
