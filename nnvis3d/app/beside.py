"""A second network on the stage, over the first one: its view, where it stands, what is pointed at in it.

It puts scene and tools together, and sees no torch.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.colormaps import ColorMap
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.layout import Layout
from nnvis3d.network.marks import Marks
from nnvis3d.network.picking import Hit, pick
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.network.stacking import above, common_columns, same_neuron
from nnvis3d.scene.marks_view import MarksView
from nnvis3d.scene.network_views import view_of
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.still_room import StillRoom
from nnvis3d.tools.arrangement import Arrangement
from nnvis3d.tools.ask_marks import ring
from nnvis3d.tools.latest import Latest


class Beside:
    """Follows the first network's arrangement: flat or in space, styles and folds, as far as it has such
    layers."""

    def __init__(self, spec: NetworkSpec, first: Arrangement, still: StillRoom, shaders: ShaderLibrary):
        self.spec = spec
        self.arrangement = Arrangement(spec, first.flat)
        self.align(first)
        self.arrangement.arrive()
        self._layout: Latest[Layout] = Latest()
        self._goal: Latest[Layout] = Latest()
        self._marks: Latest[Marks] = Latest()
        self._placed: Layout | None = None
        self._hidden: frozenset[str] = frozenset()
        self.pointed: NeuronId | None = None
        """The neuron that is pointed at, here or at the same place in the first network."""
        self.network = view_of(spec, self.layout(first), still.room, shaders)
        self.network.fade_in()
        self.marks = MarksView(still.front, shaders)

    def align(self, first: Arrangement) -> None:
        """Let the same layers of both stand over one another."""
        self.arrangement.stand_like(first)
        columns = common_columns(first.columns, self.arrangement.columns)
        first.set_columns(columns)
        self.arrangement.set_columns(columns)

    def layout(self, first: Arrangement) -> Layout:
        """Where it stands now."""
        now = self.arrangement.layout, first.layout
        return self._layout.of((), now, lambda: above(*now))

    def goal(self, first: Arrangement) -> Layout:
        """Where it is going to stand."""
        goals = self.arrangement.goal, first.goal
        return self._goal.of((), goals, lambda: above(*goals))

    def set_colors(self, colors: ColorMap) -> None:
        self.network.set_colors(colors)

    def update(
        self, dt: float, first: Arrangement, frame: ActivationFrame | None, hidden: frozenset[str]
    ) -> bool:
        """Follow the first network, ease by `dt` seconds; True if anything in the scene has changed.

        Args:
            frame: what is shown here.
            hidden: names of the first network's layers that are not shown.
        """
        changed = self._hide(hidden)
        self.align(first)
        if self.arrangement.follow(frame):
            self.network.set_faces(self.arrangement.layout)
            changed = True
        self.arrangement.update(dt)
        changed |= self._place(first)
        return changed | self.network.update(dt)

    def _hide(self, hidden: frozenset[str]) -> bool:
        hidden = hidden & frozenset(self.spec.by_name)
        if hidden == self._hidden:
            return False
        self._hidden = hidden
        self.network.set_hidden(hidden)
        return True

    def _place(self, first: Arrangement) -> bool:
        layout = self.layout(first)
        if layout is self._placed:
            return False
        self._placed = layout
        self.network.set_folds(self.arrangement.folds)
        self.network.set_layout(layout)
        self.network.set_reflected(False)  # it hangs in the air
        return True

    def look_from(self, pose: CameraPose, size: tuple[int, int]) -> None:
        """The camera stands here now; `size` of the picture in pixels."""
        self.network.look_from(pose, size, self.arrangement.flatness)

    # pointing

    def pick(self, first: Arrangement, origin: np.ndarray, direction: np.ndarray) -> Hit | None:
        """The neuron of this network that a ray meets."""
        unseen = self._hidden | self.arrangement.layout.away
        return pick(self.layout(first), origin, direction, unseen)

    def mark(self, first: Arrangement, chosen: Collection[NeuronId]) -> None:
        """Ring what is pointed at, and the neurons at the places of the `chosen` ones of the first."""
        here = tuple(found for neuron in chosen if (found := same_neuron(neuron, self.spec)))
        key = (self.pointed, here)
        marks = self._marks.of(key, (), lambda: _rings(self.pointed, here))
        self.marks.show(marks, self.layout(first), self._hidden | self.arrangement.layout.away)

    def remove(self) -> None:
        """Take it off the stage."""
        self.network.remove()
        self.marks.path.remove_node()


def _rings(pointed: NeuronId | None, chosen: Collection[NeuronId]) -> Marks:
    marks = [ring(neuron, "selected") for neuron in chosen]
    return Marks((*marks, *([ring(pointed, "hover")] if pointed and pointed not in chosen else [])))
