"""Which part of the picture is the scene's, and the view that brings all of the network into it.

It puts scene and tools together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.grouping import paged
from nnvis3d.network.home_view import home_pose
from nnvis3d.scene.docking import Dock, dock
from nnvis3d.scene.hud.places import hud_margins
from nnvis3d.tools.scene_labels import LABEL_SPACE, TITLE_SPACE

if TYPE_CHECKING:
    from nnvis3d.app.show import Show

START_POSE = CameraPose((0.0, 0.0, 100.0), 400.0)
CHANGE_SECONDS = 0.5


@dataclass(frozen=True)
class ScreenPlaces:
    """What a screen other than that of the panels leaves to scene and pad."""

    margins: tuple[float, float, float, float]
    """Shares of the picture beside the scene: left, right, bottom, top."""
    dock: Dock


class Framing:
    """Keeps the first view, until the person moves the camera away from it."""

    def __init__(self, show: Show):
        self._show = show
        self.room = (0.0, 0.0, 0.0)
        """Pixels at the left, the right and the lower edge that panels take from the first view."""
        self.places: ScreenPlaces | None = None
        """Where the scene and the docked pad stand, if another one than the panels decides it."""
        self.away = False
        """Whether the person has moved the camera from the first view."""

    def home(self) -> CameraPose:
        """The first view of the arrangement that is shown or coming."""
        show, goal = self._show, self._show.goal
        if show.arrangement is None or goal is None:
            return START_POSE
        width, height = show.rig.size
        if self.places is not None:
            shown = goal.layers if show.docked else None
            return home_pose(goal, width / height, self.places.margins, shown)
        left, right, bottom, top = hud_margins(width, height, show.scale)
        lines = 2 if paged(show.arrangement.spec) or show.beside is not None else 1
        top = min(top + lines * LABEL_SPACE * show.scale / height, 0.4)
        if goal.pad_size == 0:
            beside = min(TITLE_SPACE * show.scale / width, 0.1)
            left, right = left + beside, right + beside
        left = min(max(left, self.room[0] / width), 0.5)
        right = min(max(right, self.room[1] / width), 0.5)
        bottom = min(bottom + self.room[2] / height, 0.5)
        return home_pose(goal, width / height, (left, right, bottom, top))

    @property
    def dock_place(self) -> Dock:
        """Where a docked pad is on the screen."""
        if self.places is not None:
            return self.places.dock
        size = self._show.rig.size
        return dock(size, hud_margins(*size, self._show.scale))

    def leave_room(self, left: float, right: float, bottom: float) -> None:
        """Keep the network clear of what stands so many pixels wide at these edges of the picture, unless the
        person has moved the camera."""
        if (left, right, bottom) != self.room:
            self.room = (left, right, bottom)
            if self._show.arrangement is not None:
                self.keep()

    def go_home(self, seconds: float = CHANGE_SECONDS) -> None:
        """Back to the first view, in so many seconds."""
        self.away = False
        self.keep(seconds)

    def keep(self, seconds: float = CHANGE_SECONDS) -> None:
        """The network stands elsewhere now: who sees the first view goes on seeing it."""
        if not self.away:
            self._show.camera.home(seconds)
