"""Writes frames: into video segments by PyAV, or into PNG files by Pillow.

A frame is uint8 (H, W, 4), blue, green, red, alpha, row 0 on top: what the renderer reads back, unchanged.
"""

import glob
import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from nnvis3d.errors import UserError
from nnvis3d.recording.settings import Settings
from nnvis3d.recording.trouble import said_as_user_error

KEY_SECONDS = 4.0
"""A player can jump to a place at least so often."""
PNG_LEVEL = 1
"""Of zlib: level 6 takes three times as long for a fifth less."""
CODECS = {"h264": "libx264", "vp9": "libvpx-vp9", "av1": "libsvtav1", "": "libx264rgb"}
"""Our names -> FFmpeg's; "": the lossless one in which segments wait for a GIF or WebP."""
OPTIONS: dict[str, dict[str, dict[str, str]]] = {
    "h264": {
        "draft": {"preset": "ultrafast", "crf": "24"},
        "good": {"preset": "ultrafast", "crf": "19"},
        "best": {"preset": "slow", "tune": "animation", "crf": "14"},
    },
    "vp9": {
        "draft": {"deadline": "realtime", "cpu-used": "8", "crf": "34", "b": "0", "row-mt": "1"},
        "good": {"deadline": "good", "cpu-used": "5", "crf": "24", "b": "0", "row-mt": "1"},
        "best": {"deadline": "good", "cpu-used": "2", "crf": "16", "b": "0", "row-mt": "1"},
    },
    "av1": {
        "draft": {"preset": "12", "crf": "38"},
        "good": {"preset": "9", "crf": "27"},
        "best": {"preset": "6", "crf": "20"},
    },
    "": {key: {"preset": "ultrafast", "crf": "0"} for key in ("draft", "good", "best")},
}


class Encoder(Protocol):
    """Writes the frames of one segment."""

    def write(self, number: int, frame: np.ndarray) -> None:
        """Frame `number` of the recording; the array may be used again afterwards."""

    def close(self) -> None:
        """Everything is written: what it made stands under its final name."""

    def abort(self) -> None:
        """Nothing of it stays."""


def require(codec: str) -> Any:
    """PyAV, with this codec.

    Raises:
        UserError: it is missing; says what to do.
    """
    try:
        import av
    except ImportError as error:
        raise UserError("PyAV, which writes videos, is missing: pip install av") from error
    name = CODECS[codec]
    try:
        av.codec.Codec(name, "w")
    except Exception as error:
        raise UserError(
            f"this build of PyAV cannot write {codec or 'lossless video'}: it lacks {name}; "
            "pip install --force-reinstall av, or choose another --codec"
        ) from error
    av.logging.set_level(av.logging.PANIC)
    os.environ.setdefault("SVT_LOG", "0")
    return av


class VideoSegment:
    """One MP4 file that begins with a key frame and needs no other."""

    def __init__(self, path: Path, settings: Settings, first: int):
        """
        Args:
            first: number of its first frame, whose time is 0 in this file.

        Raises:
            UserError: it cannot be written, or the codec is missing.
        """
        av = require(settings.codec)
        self._av, self._path, self._first = av, path, first
        self._part = _part_of(path)
        self._rate = settings.rate
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._colors: dict[str, str] = {}
        if settings.codec:
            chroma = "BICUBIC" if settings.quality == "best" else "POINT"  # 1.4 ms a 720p frame, 0.9 ms
            self._colors = {"dst_colorspace": "ITU709", "dst_color_range": "MPEG", "interpolation": chroma}
        with said_as_user_error(self._part):
            self._part.open("wb").close()  # FFmpeg opens it with the first frame only
            try:
                self._file = av.open(str(self._part), "w", format="mp4")
                self._stream = self._add_stream(settings)
            except BaseException:
                self._part.unlink(missing_ok=True)
                raise

    def _add_stream(self, settings: Settings) -> Any:
        stream = self._file.add_stream(CODECS[settings.codec], rate=self._rate)
        stream.width, stream.height = settings.size
        stream.pix_fmt = "bgr24" if settings.codec == "" else "yuv420p"
        stream.options = dict(OPTIONS[settings.codec][settings.quality])
        stream.time_base = 1 / self._rate
        context = stream.codec_context
        context.gop_size = max(1, round(KEY_SECONDS * settings.fps))
        context.thread_count = _threads(settings)
        if settings.codec:
            context.color_range, context.colorspace = 1, 1  # as television: BT.709
            context.color_primaries = context.color_trc = 1
        return stream

    def write(self, number: int, frame: np.ndarray) -> None:
        picture = self._av.VideoFrame.from_numpy_buffer(frame, "bgra")
        # One reformatter, one thread: of its own for each frame takes 1.3 ms of processor time, this 0.9.
        picture = self._reformatter.reformat(picture, format=self._stream.pix_fmt, threads=1, **self._colors)
        picture.pts, picture.time_base = number - self._first, Fraction(1) / self._rate
        with said_as_user_error(self._part):
            self._file.mux(self._stream.encode(picture))

    def close(self) -> None:
        with said_as_user_error(self._part):
            self._file.mux(self._stream.encode())
            self._file.close()
            os.replace(self._part, self._path)

    def abort(self) -> None:
        with suppress(OSError, ValueError):
            self._file.close()
        self._part.unlink(missing_ok=True)


def _threads(settings: Settings) -> int:
    """A number that is the same on every machine, so that the bytes are.

    Two cores, 1280x720: rendering takes 1.5 of them, so one thread is what is left. Of x264's presets the
    fastest, without CABAC, takes 4.6 ms a frame instead of 6.3, for a tenth more bytes; 45 dB.
    """
    return 1 if settings.codec == "h264" and settings.quality != "best" else 2


class PngFiles:
    """A file for each frame."""

    def __init__(self, folder: Path, settings: Settings):
        self._folder, self._alpha = folder, settings.alpha

    def write(self, number: int, frame: np.ndarray) -> None:
        path = self._folder / frame_name(number)
        part = _part_of(path)
        with said_as_user_error(part):
            save_png(part, frame, self._alpha)
            os.replace(part, path)

    def close(self) -> None:
        """Each file was finished on its own."""

    def abort(self) -> None:
        remove_parts(self._folder, os.getpid())


def save_png(path: Path, frame: np.ndarray, alpha: bool = False, level: int = PNG_LEVEL) -> None:
    """Write one frame; with `alpha` its fourth channel too."""
    height, width, _ = frame.shape
    picture = Image.frombuffer("RGBA", (width, height), np.ascontiguousarray(frame), "raw", "BGRA", 0, 1)
    try:
        (picture if alpha else picture.convert("RGB")).save(path, format="PNG", compress_level=level)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def frame_name(number: int) -> str:
    return f"frame_{number:06d}.png"


def open_encoder(settings: Settings, path: Path, first: int) -> Encoder:
    """For frames from `first` on.

    Args:
        path: the folder of PNG files, or the video.

    Raises:
        UserError: it cannot be written, or the codec is missing.
    """
    return PngFiles(path, settings) if settings.container == "png" else VideoSegment(path, settings, first)


def segment_name(first: int, last: int) -> str:
    return f"frames_{first:06d}-{last:06d}.mp4"


def _part_of(path: Path) -> Path:
    """Where it grows. Each process has its own: one whose renderer was killed may still be writing when
    another takes its place."""
    return path.with_name(f"{path.name}.{os.getpid()}.part")


def remove_parts(path: Path, process: int) -> None:
    """Remove what this process, and no other, has left half written of a file, or in a folder."""
    folder, name = (path, "*") if path.is_dir() else (path.parent, glob.escape(path.name))
    for part in folder.glob(f"{name}.{process}.part"):
        with suppress(OSError):
            part.unlink(missing_ok=True)
