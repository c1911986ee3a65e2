"""A webcam, or a video file in its place: a thread reads it, and whoever asks gets the newest picture."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nnvis3d.errors import UserError
from nnvis3d.inputs.pictures import base_of
from nnvis3d.inputs.strokes import Base

_SIDE = 384
"""Pixels a side that are kept: as many as the pad shows."""


@dataclass(frozen=True)
class _Kept:
    serial: int
    pixels: np.ndarray
    """uint8 (side, side, 3)."""


class Camera:
    """Reads until `close`. A camera's pictures are mirrored, as people know themselves; a file's are not."""

    def __init__(self, source: str):
        """
        Args:
            source: the number of a camera ("0" is the first), or a video file, which begins again at its end.

        Raises:
            UserError: the extra `camera` is not installed, or there is no such camera or video.
        """
        self.source = source
        self._index = int(source) if source.isdigit() else None
        self.name = f"camera {source}" if self._index is not None else Path(source).name
        self._video = _open(source, self._index)
        self._newest: _Kept | None = None
        self._taken = 0
        self._failed = ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._read, name="camera", daemon=True)
        self._thread.start()

    def newest(self) -> Base | None:
        """The newest picture, if there is one that was not taken before.

        Raises:
            UserError: the camera has stopped; said once.
        """
        if self._failed:
            failed, self._failed = self._failed, ""
            raise UserError(failed)
        kept = self._newest
        if kept is None or kept.serial == self._taken:
            return None
        self._taken = kept.serial
        return base_of(Image.fromarray(kept.pixels), self.name)

    def close(self) -> None:
        self._closing.set()
        self._thread.join(timeout=2)
        if not self._thread.is_alive():
            self._video.release()

    def _read(self) -> None:
        """Until `close`: keep the newest picture, a file's at the rate that the file states."""
        pause = 0.0 if self._index is not None else 1 / (self._video.get(_cv2().CAP_PROP_FPS) or 25.0)
        serial, failures = 0, 0
        while not self._closing.wait(pause):
            there, picture = self._video.read()
            if there:
                serial, failures = serial + 1, 0
                self._newest = _Kept(serial, _square(picture, mirrored=self._index is not None))
                continue
            failures += 1
            if failures > 30:
                self._failed = f"--camera {self.source}: sends no more pictures; is it still plugged in?"
                return
            if self._index is None:
                self._video.set(_cv2().CAP_PROP_POS_FRAMES, 0)
            else:
                time.sleep(0.05)


def _cv2() -> Any:
    """OpenCV, imported when a camera is asked for: it is an optional extra.

    Raises:
        UserError: it is not installed.
    """
    try:
        import cv2
    except ImportError:
        raise UserError("--camera needs OpenCV; install it with `pip install 'nnvis3d[camera]'`") from None
    return cv2


def _open(source: str, index: int | None) -> Any:
    cv2 = _cv2()
    log = cv2.utils.logging
    log.setLogLevel(log.LOG_LEVEL_SILENT)  # what is wrong is said here, in one line
    if index is None and not Path(source).is_file():
        raise UserError(f"--camera {source}: no such video file; give one, or a camera's number such as 0")
    video = cv2.VideoCapture(index if index is not None else source)
    if not video.isOpened():
        video.release()
        what = "no such camera" if index is not None else "not a video that can be read"
        raise UserError(f"--camera {source}: {what}")
    if index is not None:
        video.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # pictures must not queue up: the newest is wanted
    return video


def _square(picture: np.ndarray, mirrored: bool) -> np.ndarray:
    """The middle of OpenCV's picture uint8 (H, W, 3), blue first -> (side, side, 3), red first."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = picture[top : top + side, left : left + side, ::-1]
    if mirrored:
        square = square[:, ::-1]
    image = Image.fromarray(np.ascontiguousarray(square))
    image.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    return np.asarray(image)
