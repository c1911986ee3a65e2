"""Frames from one process to another, through memory that both see."""

from dataclasses import dataclass

import numpy as np

from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.shared_block import make_block, open_block


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
        self._memory = make_block(neurons * 6) if name is None else open_block(name)
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
        self._memory.hide()

    def close(self) -> None:
        self._memory.close()

    def _arrays(self, texel_type: np.dtype) -> tuple[np.ndarray, np.ndarray]:
        count = self._neurons
        values = np.frombuffer(self._memory.buffer, np.float32, count)
        return values, np.frombuffer(self._memory.buffer, texel_type, count, 4 * count)
