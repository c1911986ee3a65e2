"""Camera poses on a line of time: dropped by a key, moved by the pointer, flown through without a stop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.tour.timeline import Stage
from nnvis3d.tour.writing import drawing_row, pose_row, tour_text

STEP_SECONDS = 2.5
"""From one keyframe to the next, until somebody moves it."""
LEAST_SECONDS = 0.2
MOST = 200


@dataclass(frozen=True)
class Keyframe:
    """The camera is at `pose` at `time`, seconds."""

    time: float
    pose: CameraPose


class Keyframes:
    """By time. The first is at 0."""

    def __init__(self) -> None:
        self.frames: tuple[Keyframe, ...] = ()
        self.selected = -1
        """Index of the one that was dropped or chosen last; -1: none."""

    @property
    def length(self) -> float:
        """Seconds from the first to the last."""
        return self.frames[-1].time if self.frames else 0.0

    def drop(self, pose: CameraPose) -> None:
        """One more at the end.

        Raises:
            ValueError: there are too many.
        """
        if len(self.frames) >= MOST:
            raise ValueError(f"a tour has room for {MOST} keyframes")
        time = self.length + STEP_SECONDS if self.frames else 0.0
        self.frames += (Keyframe(time, pose),)
        self.selected = len(self.frames) - 1

    def move(self, index: int, time: float) -> None:
        """To another time, between its neighbours; the last takes as long as it likes."""
        if not 0 < index < len(self.frames):
            return
        low = self.frames[index - 1].time + LEAST_SECONDS
        high = self.frames[index + 1].time - LEAST_SECONDS if index + 1 < len(self.frames) else 600.0
        moved = replace(self.frames[index], time=round(min(max(time, low), max(low, high)), 2))
        self.frames = (*self.frames[:index], moved, *self.frames[index + 1 :])
        self.selected = index

    def remove(self, index: int) -> None:
        """What comes after it keeps its time; the first is always at 0."""
        if not 0 <= index < len(self.frames):
            return
        left = (*self.frames[:index], *self.frames[index + 1 :])
        start = left[0].time if left else 0.0
        self.frames = tuple(replace(one, time=round(one.time - start, 2)) for one in left)
        self.selected = min(index, len(self.frames) - 1)

    def text(self, stage: Stage, strokes: Sequence[np.ndarray] = ()) -> str:
        """The tour file of a flight through all of them.

        Args:
            strokes: what is on the pad, float (n, 2) each, pad units.
        """
        rows: list[dict] = []
        for before, one in zip((None, *self.frames), self.frames, strict=False):
            start = before.time if before is not None else 0.0
            row = {"at": start, "pose": pose_row(one.pose), "over": one.time - start}
            rows.append(row if len(rows) < 2 else {**row, "flow": True})
        drawn = [{"at": 0.0, **drawing_row(strokes)}] if len(strokes) else []
        return tour_text(stage, [*drawn, *rows, {"at": self.length + 0.5, "hover": ""}])
