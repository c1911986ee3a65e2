"""Names for files that the program writes unasked where."""

from pathlib import Path


def free_name(folder: Path, stem: str, ending: str = ".png") -> Path:
    """The first of `stem`-001.png, `stem`-002.png, ... that is not there yet."""
    number = 1
    while (path := folder / f"{stem}-{number:03d}{ending}").exists():
        number += 1
    return path
