"""Text for other programs: the system's clipboard by the command that it has for that, or else a file."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = "nnvis3d-neuron.txt"


@dataclass(frozen=True)
class Command:
    """A program that reads the clipboard's new content from its input."""

    words: tuple[str, ...]
    needs: str = ""
    """An environment variable without which it cannot work."""
    encoding: str = "utf-8"


COMMANDS = (
    Command(("wl-copy",), "WAYLAND_DISPLAY"),
    Command(("xclip", "-selection", "clipboard"), "DISPLAY"),
    Command(("xsel", "--clipboard", "--input"), "DISPLAY"),
    Command(("pbcopy",)),
    Command(("clip",), "SYSTEMROOT", "utf-16"),
)
"""In the order in which they are tried."""


def copy_text(
    text: str,
    folder: Path,
    environment: Mapping[str, str] = os.environ,
    which: Callable[[str], str | None] = shutil.which,
) -> str:
    """Put `text` into the clipboard, or where there is none into FILE in `folder`; returns what to say of it.

    Raises:
        OSError: the file could not be written.
    """
    for command in COMMANDS:
        if command.needs and not environment.get(command.needs):
            continue
        program = which(command.words[0])
        if program is not None and _run([program, *command.words[1:]], text.encode(command.encoding)):
            return "Copied to the clipboard"
    path = folder / FILE
    path.write_text(text, encoding="utf-8")
    return f"No clipboard here: saved {path}"


def _run(words: list[str], content: bytes) -> bool:
    """Whether it took the content. What stays behind to serve the clipboard must hold no pipe of ours."""
    nothing = subprocess.DEVNULL
    try:
        done = subprocess.run(words, input=content, stdout=nothing, stderr=nothing, timeout=2)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
