"""Films what is seen while it is seen: no frame is waited for, none is made up."""

import math
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from nnvis3d.recording.pipeline import Pipeline
from nnvis3d.recording.settings import Settings

FPS = 30.0


class LiveVideo:
    """An MP4 file whose frames come when something has changed: a still picture takes no room.

    It begins when the process that writes it is there, a quarter of a second after it was asked for.
    """

    def __init__(self, path: Path, size: tuple[int, int]):
        """
        Args:
            size: pixels of the picture; the video is at most one pixel smaller, as H.264 wants it even.

        Raises:
            UserError: the size is none for a video.
        """
        self.size = size
        self._path = path
        self._even = size[0] - size[0] % 2, size[1] - size[1] % 2
        settings = Settings(size=self._even, fps=FPS, quality="good")
        settings.check()
        self._pipeline = Pipeline(settings)
        self._pipeline.begin(path, 0)
        self.begun = False
        """Whether pictures are taken already."""
        self.missed = False
        """Whether the newest picture had no place, and is still to come: give it again."""
        self._time, self._written = 0.0, -1
        self._latest: np.ndarray | None = None

    def update(self, dt: float, picture: Callable[[], np.ndarray] | None) -> None:
        """Let `dt` seconds pass; `picture` gives the new one, if there is one: uint8 (H, W, 3 or 4),
        blue first.

        Raises:
            UserError: it cannot be written.
        """
        if not self.begun:
            self.begun = self._pipeline.idle
            return
        self._time += dt
        number = math.floor(self._time * FPS)
        self.missed |= picture is not None
        if picture is not None and number > self._written and self._pipeline.idle:
            self._put(number, picture())
            self.missed = False

    def _put(self, number: int, pixels: np.ndarray) -> None:
        width, height = self._even
        buffer = self._pipeline.buffer()
        for channel in range(pixels.shape[2]):  # 1.1 ms at 720p; three of four at once take 4.6
            buffer[..., channel] = pixels[:height, :width, channel]
        if pixels is not self._latest:
            self._latest = np.array(buffer) if self._latest is None else self._latest
            np.copyto(self._latest, buffer)
        self._pipeline.put(number)
        self._written = number

    def finish(self, newest: np.ndarray | None = None) -> Path | None:
        """Complete the file; its last picture stays for as long as it was seen. None: nothing was seen yet.

        Args:
            newest: the picture that was missed, as of `update`.

        Raises:
            UserError: it cannot be written.
        """
        with closing(self._pipeline):
            if self._latest is None:
                return None
            number = math.floor(self._time * FPS)
            if newest is not None or number > self._written:
                self._put(max(number, self._written + 1), self._latest if newest is None else newest)
            self._pipeline.end()
            self._pipeline.flush()
        return self._path

    def abandon(self) -> None:
        """It cannot be written on: nothing of it stays."""
        self._pipeline.close()
