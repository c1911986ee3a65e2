"""What a person chose on the command line."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """What a person chose on the command line."""

    model: str = "cnn"
    size: tuple[int, int] = (1280, 720)
    flat: bool = False
    theme: str = "dark"
    scale: float = 1.0
    """Of all text and panels."""
    weights: Path | None = None
    input_shape: tuple[int, ...] | None = None
    """What `model` reads, without the batch: (C, H, W); None: as it says itself."""
    picture: tuple[int, int] | None = None
    """(height, width) of the picture that it is to be shown, if that is known before it is loaded."""
    quality: str = "auto"
    """"full" for a picture that nobody waits for; "auto": without a GPU the room behind the network is one
    colour, which saves a seventh of every frame."""
