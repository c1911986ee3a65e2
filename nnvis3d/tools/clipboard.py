"""The system's clipboard, by the command that the system has for it: text for other programs, pictures from
them."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageGrab, UnidentifiedImageError

from nnvis3d.errors import UserError

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


PASTE_COMMANDS = (
    Command(("wl-paste", "--no-newline", "--type", "image/png"), "WAYLAND_DISPLAY"),
    Command(("xclip", "-selection", "clipboard", "-target", "image/png", "-out"), "DISPLAY"),
)
"""What writes the clipboard's picture to its output. Windows and macOS need none."""


def paste_picture(
    environment: Mapping[str, str] = os.environ,
    which: Callable[[str], str | None] = shutil.which,
    system: str = sys.platform,
) -> Image.Image:
    """The picture that is in the clipboard.

    Raises:
        UserError: there is none in it, or nothing here can ask for it.
    """
    if system in ("win32", "darwin"):
        return _grabbed()
    asked = False
    for command in PASTE_COMMANDS:
        program = which(command.words[0]) if environment.get(command.needs) else None
        if program is None:
            continue
        asked = True
        picture = _picture(_output([program, *command.words[1:]]))
        if picture is not None:
            return picture
    if not asked:
        raise UserError("Pasting needs the program xclip, or wl-paste on Wayland; install it, or use --input")
    raise UserError("There is no picture in the clipboard")


def _grabbed() -> Image.Image:
    """Pillow's own way, on Windows and macOS: a picture, or files that were copied."""
    found = ImageGrab.grabclipboard()
    if isinstance(found, list):
        found = next((p for name in found if (p := _picture(_content(Path(name)))) is not None), None)
    if found is None:
        raise UserError("There is no picture in the clipboard")
    return found


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _picture(content: bytes) -> Image.Image | None:
    try:
        picture = Image.open(io.BytesIO(content))
        picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return picture


def _output(words: list[str]) -> bytes:
    """What the command writes; nothing if it fails."""
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=4
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""


def _run(words: list[str], content: bytes) -> bool:
    """Whether it took the content. What stays behind to serve the clipboard must hold no pipe of ours."""
    nothing = subprocess.DEVNULL
    try:
        done = subprocess.run(words, input=content, stdout=nothing, stderr=nothing, timeout=2)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
