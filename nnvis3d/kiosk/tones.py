"""The exhibit's sounds, computed: short, soft, without a click at either end.

python -m nnvis3d.kiosk.tones assets/kiosk/sounds      writes them anew
"""

import sys
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

RATE = 22050
"""Samples a second."""
ATTACK_SECONDS, RELEASE_SECONDS = 0.006, 0.02
_OVERTONES = ((1.0, 1.0), (2.0, 0.18), (3.93, 0.06))
"""Multiple of the frequency, and how loud: about as a marimba's bar (Fletcher and Rossing 1998, 19.3)."""


@dataclass(frozen=True)
class Note:
    """One struck bar."""

    frequency: float
    """Hertz."""
    seconds: float
    """How long it is heard."""
    loudness: float
    """Of its peak, 0-1."""
    start: float = 0.0
    """Seconds after the sound begins."""


SOUNDS: dict[str, tuple[Note, ...]] = {
    "touch": (Note(880.0, 0.07, 0.16),),
    "stroke": (Note(523.25, 0.12, 0.14),),
    "guess": (Note(659.26, 0.22, 0.20),),
    "begin": (Note(523.25, 0.30, 0.22), Note(783.99, 0.42, 0.22, 0.12)),
    "warning": (Note(587.33, 0.40, 0.30), Note(440.0, 0.55, 0.30, 0.22)),
}
"""What is heard, by what it is heard for. Rising for a beginning, falling for an end."""


def samples(notes: tuple[Note, ...]) -> np.ndarray:
    """The sound, float64 (n,), within -1 to 1; begins and ends with silence."""
    length = round(max(note.start + note.seconds for note in notes) * RATE)
    sound = np.zeros(length)
    for note in notes:
        first = round(note.start * RATE)
        struck = _struck(note)[: length - first]
        sound[first : first + len(struck)] += struck
    return sound


def _struck(note: Note) -> np.ndarray:
    time = np.arange(round(note.seconds * RATE)) / RATE
    sound = sum(
        loud
        * np.sin(2 * np.pi * note.frequency * multiple * time)
        * np.exp(-5 * multiple * time / note.seconds)
        for multiple, loud in _OVERTONES
    )
    edges = np.minimum(time / ATTACK_SECONDS, (note.seconds - time) / RELEASE_SECONDS).clip(0, 1)
    shaped = sound * (0.5 - 0.5 * np.cos(np.pi * edges))
    return note.loudness * shaped / np.abs(shaped).max()


def write(path: Path, sound: np.ndarray) -> None:
    """As a WAV file: mono, 16 bit.

    Raises:
        OSError: it cannot be written.
    """
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(sound * 32767).astype("<i2").tobytes())


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, notes in SOUNDS.items():
        write(folder / f"{name}.wav", samples(notes))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
