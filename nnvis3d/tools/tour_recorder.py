"""Writes down what a person does (flight, strokes, actions, pointing) as a tour that does the same."""

from typing import Any

import numpy as np

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.spec import NeuronId
from nnvis3d.tour.timeline import Stage
from nnvis3d.tour.writing import Row, drawing_row, pose_row, tour_text, value

POSE_SECONDS = 1 / 12
"""From one pose that is kept to the next: a curve through them is what was flown, to a thousandth."""
MOVES_CAMERA = frozenset({"home", "focus", "toggle_fly", "fly", "orbit", "find_go"})
"""What these do is in the camera's poses."""
LEFT_OUT = MOVES_CAMERA | {
    "keyframe", "keyframe_move", "keyframe_remove", "keyframe_show", "play_tour", "record_tour", "tour_strip",
    "record_video", "screenshot", "toggle_fullscreen", "toggle_help", "dismiss_message", "quit",
    "inspector_copy", "inspector_save", "toggle_dock", "toggle_camera", "paste", "lab_save",
    "lab_export_weights", "lab_export_curves",
}  # fmt: skip
"""What is about the window, the files or the recording itself."""


class TourRecorder:
    """Listens until it is asked for the file."""

    def __init__(self, stage: Stage, pose: CameraPose, strokes: list[np.ndarray]):
        """
        Args:
            strokes: what is on the pad already, float (n, 2) each, pad units.
        """
        self.stage = stage
        self.time = 0.0
        """Seconds since it began."""
        self._rows: list[tuple[float, int, Row]] = []
        self._add(0.0, {"pose": pose_row(pose), "over": 0.0})
        if strokes:
            self._add(0.0, drawing_row(strokes))
        self._kept = pose
        self._kept_at = 0.0
        self._last = pose
        self._resting = self._first = True
        self._stroke: list[list[float]] = []
        self._began = 0.0
        self._hover = ""

    def acted(self, action: str, argument: object) -> None:
        """A named action was invoked."""
        if action in LEFT_OUT:
            return
        row: dict[str, Any] = {"do": action}
        if argument is not None:
            row["with"] = _held(argument)
        try:
            value(row)
        except ValueError:
            return  # an argument that no file can hold, such as a picture
        self._add(self.time, row)

    def drew(self, points: np.ndarray | None) -> None:
        """What the stroke that is being drawn looks like, float (n, 2), pad units; None: the pen is up."""
        if points is None:
            if self._stroke:
                self._add(self._began, {"draw": {"strokes": [self._stroke]}})
            self._stroke = []
            return
        if not self._stroke:
            self._began = self.time
        for x, y in points[len(self._stroke) :].tolist():
            self._stroke.append([x, y, self.time - self._began])

    def update(self, dt: float, pose: CameraPose, hover: NeuronId | None) -> None:
        """At the end of a tick of `dt` seconds: where the camera is, and what the pointer is on."""
        self._fly(pose)
        name = str(hover) if hover is not None else ""
        if name != self._hover:
            self._hover = name
            self._add(self.time, {"hover": name})
        self.time += dt

    def text(self) -> str:
        """The tour file."""
        self.drew(None)
        if self._last != self._kept:
            self._keep(self._last, self.time)
        rows = [row for _, _, row in sorted(self._rows, key=lambda one: one[:2])]
        end = max(self.time, 0.1)
        return tour_text(self.stage, [*rows, {"at": round(end, 6), "hover": ""}])

    # inside

    def _add(self, time: float, row: Row) -> None:
        self._rows.append((time, len(self._rows), {"at": round(time, 6), **row}))

    def _fly(self, pose: CameraPose) -> None:
        if pose == self._last:
            if not self._resting and self._last != self._kept:
                self._keep(self._last, self.time)
            self._resting = True
            return
        if self._resting:
            self._resting, self._kept_at, self._first = False, self.time, True
        self._last = pose
        if self.time - self._kept_at >= POSE_SECONDS - 1e-6:
            self._keep(pose, self.time)

    def _keep(self, pose: CameraPose, time: float) -> None:
        row = {"pose": pose_row(pose), "over": round(time - self._kept_at, 6)}
        if not self._first:
            row["flow"] = True
        self._add(self._kept_at, row)
        self._kept, self._kept_at, self._first = pose, time, False


def _held(argument: object) -> object:
    """As a file holds it: TOML has no None, which at the end of an argument is what is left out."""
    if isinstance(argument, NeuronId):
        return str(argument)
    while isinstance(argument, tuple) and argument and argument[-1] is None:
        argument = argument[:-1]
    return argument
