"""Frames from one process to another, through memory that both see."""

from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory

import numpy as np

from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import NetworkSpec


@dataclass(frozen=True)
class FrameNote:
    """What a frame holds besides its neurons' numbers."""

    serial: int
    texel_type: str
    scales: np.ndarray
    probabilities: np.ndarray | None
    forward_ms: float
    blank: bool
    strange: np.ndarray | None
    skipped: tuple[str, ...]


class FrameMemory:
    """Room for the numbers of one frame: values in front, texels behind. One side makes it, both open it."""

    def __init__(self, neurons: int, name: str | None = None):
        """
        Args:
            name: of memory that the other side has made; None: make it.
        """
        self._memory = SharedMemory(name, create=name is None, size=max(1, neurons * 6))
        self._ours = name is None
        if name is not None:
            # Whoever opens it is not who removes it; Python before 3.13 thinks otherwise.
            resource_tracker.unregister(self._memory._name, "shared_memory")  # type: ignore[attr-defined]
        self._neurons = neurons

    @property
    def name(self) -> str:
        return self._memory.name

    def put(self, frame: ActivationFrame) -> FrameNote:
        values, texels = self._arrays(frame.texels.dtype)
        np.copyto(values, frame.values)
        np.copyto(texels, frame.texels)
        return FrameNote(
            frame.serial,
            frame.texels.dtype.str,
            frame.scales,
            frame.probabilities,
            frame.forward_ms,
            frame.blank,
            frame.strange,
            frame.skipped,
        )

    def take(self, spec: NetworkSpec, note: FrameNote) -> ActivationFrame:
        """A frame of its own: the memory may be written to again."""
        values, texels = self._arrays(np.dtype(note.texel_type))
        return ActivationFrame(
            spec,
            note.serial,
            values.copy(),
            texels.copy(),
            note.scales,
            note.probabilities,
            note.forward_ms,
            note.blank,
            note.strange,
            note.skipped,
        )

    def hide(self) -> None:
        """Take its name away, once both sides have opened it: then it is gone with them, however they end."""
        if self._ours:
            self._memory.unlink()
            self._ours = False

    def close(self) -> None:
        self._memory.close()
        self.hide()

    def _arrays(self, texel_type: np.dtype) -> tuple[np.ndarray, np.ndarray]:
        count = self._neurons
        values = np.ndarray(count, np.float32, self._memory.buf)
        return values, np.ndarray(count, texel_type, self._memory.buf, offset=4 * count)
