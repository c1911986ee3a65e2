"""Where a camera stands."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CameraPose:
    """Where a camera stands and what it sees. The horizon is always level."""

    target: tuple[float, float, float]
    """What it looks at and turns around."""
    distance: float
    heading: float = 0.0
    """Degrees: 0 looks along +y; positive moves the camera to the right of what it looks at."""
    pitch: float = 0.0
    """Degrees: positive looks down from above."""
    fov: float = 40.0
    """Vertical, degrees. A flat view is a far camera with a small one, so that the change can be animated."""

    @property
    def eye(self) -> np.ndarray:
        """float64 (3,): where the camera stands."""
        heading, pitch = math.radians(self.heading), math.radians(self.pitch)
        back = (math.sin(heading) * math.cos(pitch), -math.cos(heading) * math.cos(pitch), math.sin(pitch))
        return np.array(self.target) + self.distance * np.array(back)

    @property
    def view_height(self) -> float:
        """Scene units from the lower to the upper edge of the picture, at the target's depth."""
        return 2 * self.distance * math.tan(math.radians(self.fov) / 2)
