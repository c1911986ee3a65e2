"""The main job without a display: digits drawn on the pad, the network answering, as pictures and a table.

The digits are people's pen strokes. They go in as pointer events, at the pixels where the pad is seen: the
way that a hand's strokes go.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.commands.arguments import drawing_of, options_of
from nnvis3d.errors import UserError
from nnvis3d.scene.input_events import ButtonChanged, Event, PointerMoved

if TYPE_CHECKING:
    from nnvis3d.app.app import App
    from nnvis3d.inputs.stroke_file import LabelledDrawing
    from nnvis3d.inputs.strokes import Drawing

FOLDER = "nnvis3d-demo"
DIGITS = (3, 8, 2, 5, 4)
"""What is drawn, in order."""
PICTURES = 5
"""How many samples a network is shown that sees colours."""
STAGES = 3
"""Pictures of each digit: after each third of its points."""
PANELS_FROM = (360, 240)
"""Pixels: in smaller pictures the panels would cover the pad, so they stay away."""
_POINTS_A_TICK = 4
_NAMES = re.compile(r"(digit-\d-[1-9]of[1-9]|picture-[a-z]+|input)\.png")


@dataclass(frozen=True)
class Guess:
    """What the network said of an unfinished, or finished, digit."""

    label: str
    """"-" where there is none."""
    probability: float

    @property
    def share(self) -> str:
        """Never "100.0 %": as on screen, a guess is not a certainty."""
        return f"{min(100 * self.probability, 99.9):.1f} %" if self.label != "-" else ""

    def __str__(self) -> str:
        return f"{self.label:>6}{self.share:>8}"


def demonstrate(options: argparse.Namespace) -> int:
    """Render the main job into a folder, print what was guessed; `options` are those of `nnvis3d run`.

    Raises:
        UserError: something given cannot be used, the folder cannot be written, or there is no OpenGL.
    """
    from nnvis3d.app.app import App
    from nnvis3d.scene.host import Host

    drawing = drawing_of(options.input) if options.input else None
    chosen = options_of(options, quality="full")
    host = Host(chosen.size, offscreen=True)
    app = App(host, chosen)
    app.panels.shown = all(have >= need for have, need in zip(chosen.size, PANELS_FROM, strict=True))
    try:
        app.settle()
        folder = own_folder(Path.cwd())
        what = "showing it pictures" if app.pad.colored else "drawing digits"
        sys.stderr.write(f"nnvis3d: there is no display here; {what} without one, pictures in {folder}\n")
        right = _show_pictures(app, folder) if app.pad.colored else _show_digits(app, folder)
        if drawing is not None:
            _show_input(app, drawing, options.input, folder)
        print(f"{sum(right)} of {len(right)} right; {len(list(folder.iterdir()))} pictures in {folder}")
    finally:
        app.close()
    return 0


def _show_digits(app: "App", folder: Path) -> list[bool]:
    """Draw some; which were read right."""
    print(f"digit{'a third':>14}{'two thirds':>14}{'whole':>14}", flush=True)
    return [_show(app, item, folder) for item in _chosen()]


def _show_pictures(app: "App", folder: Path) -> list[bool]:
    """Step through some of the samples, for a network that sees colours; which were named right."""
    right = []
    for _ in range(PICTURES):
        app.invoke("next_sample")
        app.settle()
        name = app.pad.title.rpartition(" ")[2]
        app.host.save_picture(folder / f"picture-{name}.png")
        guess = _guess(app)
        right.append(guess.label == name)
        print(
            f"{name:>12}{guess.label:>12}{guess.share:>8}   {'right' if right[-1] else 'wrong'}", flush=True
        )
    return right


def _chosen() -> list["LabelledDrawing"]:
    from nnvis3d.inputs.samples import sample_strokes

    items = sample_strokes()
    return [next(item for item in items if item.label == digit) for digit in DIGITS]


def own_folder(parent: Path) -> Path:
    """`nnvis3d-demo`, `nnvis3d-demo-2` and so on: the first that is free, or holds nothing but its pictures.

    What an earlier demo wrote is replaced; nothing else is touched.
    """
    number = 1
    while True:
        folder = parent / (FOLDER if number == 1 else f"{FOLDER}-{number}")
        try:
            if _taken(folder):
                return folder
        except OSError as error:
            raise UserError(
                f"{folder}: cannot be written ({error.strerror or error}); go elsewhere"
            ) from error
        number += 1


def _taken(folder: Path) -> bool:
    """Make it, or empty it if everything in it is the demo's own; False: it is somebody else's."""
    if not os.path.lexists(folder):
        folder.mkdir()
        return True
    if not folder.is_dir() or folder.is_symlink():
        return False
    pictures = list(folder.iterdir())
    if not all(path.is_file() and _NAMES.fullmatch(path.name) for path in pictures):
        return False
    for path in pictures:
        path.unlink()
    return True


def _show(app: "App", item: "LabelledDrawing", folder: Path) -> bool:
    """Draw one digit; whether the last guess is right."""
    app.invoke("clear")
    app.settle()
    row: list[Guess] = []
    gestures = [event for stroke in item.drawing.strokes for event in _stroke_events(app, stroke.points)]
    for number, part in enumerate(np.array_split(np.arange(len(gestures)), STAGES), start=1):
        _perform(app, [gestures[i] for i in part])
        app.host.save_picture(folder / f"digit-{item.label}-{number}of{STAGES}.png")
        row.append(_guess(app))
    verdict = "right" if row[-1].label == str(item.label) else "wrong"
    print(f"{item.label:>5}{''.join(map(str, row))}   {verdict}", flush=True)
    return verdict == "right"


def _show_input(app: "App", drawing: "Drawing", name: str, folder: Path) -> None:
    """The picture that was named on the command line, on the pad."""
    app.pad.put(drawing)
    app.settle()
    app.host.save_picture(folder / "input.png")
    print(f"{'':33}{_guess(app)}   {name}")


def _perform(app: "App", gestures: list[Event]) -> None:
    """A few events a tick, as a quick hand and a mouse make them; then let everything come to rest."""
    from nnvis3d.app.app import TICK_SECONDS

    for start in range(0, len(gestures), _POINTS_A_TICK):
        for event in gestures[start : start + _POINTS_A_TICK]:
            app.input.inject(event)
        app.tick(TICK_SECONDS)
    app.settle()


def _stroke_events(app: "App", points: np.ndarray) -> Iterator[Event]:
    """Press, move, release along `points` (n, 2), pad units, where the pad is seen now."""
    pixels = [(float(x), float(y)) for x, y in pad_pixels(app, points)]
    yield PointerMoved(*pixels[0])
    yield ButtonChanged(0, True, *pixels[0])
    yield from (PointerMoved(*pixel) for pixel in pixels[1:])
    yield ButtonChanged(0, False, *pixels[-1])


def pad_pixels(app: "App", points: np.ndarray) -> np.ndarray:
    """float64 (n, 2): at which pixels points (n, 2) of the pad, pad units, are seen."""
    return app.show.pointing.from_pad(points)[0]


def _guess(app: "App") -> Guess:
    guesses = app.frame.guesses(1) if app.frame is not None else []
    return Guess(*guesses[0]) if guesses else Guess("-", 0.0)
