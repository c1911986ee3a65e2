"""What visitors hear, if the exhibit wants it: a quiet answer to touches, strokes, guesses, warnings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nnvis3d.kiosk.config import Sound
from nnvis3d.resources import resource
from nnvis3d.scene.sound import Sounds
from nnvis3d.tools.kiosk_cues import Cues, Heard

if TYPE_CHECKING:
    from nnvis3d.app.kiosk import Exhibit

VOLUME_STEP = 0.1
"""Of one touch in the service menu."""


class Hearing:
    """Plays one sound a tick at the most; silent where the exhibit is to be, or has no device."""

    def __init__(self, exhibit: Exhibit, sound: Sound, kept: float | None, keep: Callable[[float], None]):
        """
        Args:
            kept: the volume that was set in the service menu before this start.
            keep: called with the volume that is set there now.
        """
        self._exhibit, self._keep = exhibit, keep
        self._cues = Cues()
        self._volume = sound.volume if kept is None else kept
        self._sounds = Sounds(resource("assets", "kiosk/sounds"), self._volume) if sound.enabled else None
        if self._sounds is not None and not self._sounds.there:
            exhibit.report.outbox.send({"log": "no sound", "reason": "OpenAL finds no device to play on"})

    @property
    def volume(self) -> float | None:
        """0 to 1; None: the exhibit is to be silent."""
        return self._volume if self._sounds is not None else None

    def louder(self, steps: int) -> None:
        """By so many steps; heard at once, for the touch itself has a sound."""
        if self._sounds is not None:
            self._volume = round(min(max(self._volume + steps * VOLUME_STEP, 0.0), 1.0), 2)
            self._sounds.volume = self._volume
            self._keep(self._volume)

    def update(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        if self._sounds is None:
            return
        one, frame = self._exhibit, self._exhibit.app.frame
        name = self._cues.update(
            dt,
            Heard(
                visiting=one.visit.visiting,
                warned=one.visit.left is not None,
                stroking=one.app.pad.stroking,
                guess=frame.guesses(1)[0][0] if frame is not None and not frame.blank else "",
                touches=one.visit.touches,
            ),
        )
        if name:
            self._sounds.play(name)
        self._sounds.update()

    def close(self) -> None:
        """Let go of the device."""
        if self._sounds is not None:
            self._sounds.close()
            self._sounds = None
