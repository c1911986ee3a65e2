"""Names for files that the program writes unasked where."""

from pathlib import Path


def free_name(folder: Path, stem: str) -> Path:
    """The first of `stem`-001.png, `stem`-002.png, ... that is not there yet."""
    number = 1
    while (path := folder / f"{stem}-{number:03d}.png").exists():
        number += 1
    return path
