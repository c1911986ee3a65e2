"""Single pictures of a tour: `nnvis3d record --still`, and contact sheets, `--sheet`."""

import argparse

import numpy as np
from PIL import Image

from nnvis3d.app.film import Film
from nnvis3d.errors import UserError
from nnvis3d.recording.encoders import save_png
from nnvis3d.recording.settings import Settings
from nnvis3d.recording.trouble import said_as_user_error
from nnvis3d.tour.timeline import Timeline

SHEET_WIDTH = 1600
"""Pixels of a contact sheet."""
GAP = 6
_GROUND = (18, 22, 30)


def still(timeline: Timeline, settings: Settings, options: argparse.Namespace) -> int:
    """The picture at one time."""
    _check(options, "--still")
    if options.still >= timeline.length:
        raise UserError(f"--still {options.still:g}: this tour is {timeline.length:g} seconds long")
    film = Film(timeline, settings, options.weights)
    try:
        frame = _frame(film, int(options.still * settings.rate + 1e-6))
    finally:
        film.close()
    with said_as_user_error(options.output):
        save_png(options.output, frame, settings.alpha, level=6)
    return 0


def sheet(timeline: Timeline, settings: Settings, options: argparse.Namespace) -> int:
    """Pictures from the whole tour, at even distances, row by row."""
    _check(options, "--sheet")
    count = options.sheet
    width = (SHEET_WIDTH - GAP) // count - GAP
    height = round(width * settings.size[1] / settings.size[0])
    whole = Image.new("RGB", (count * (width + GAP) + GAP, count * (height + GAP) + GAP), _GROUND)
    film = Film(timeline, settings, options.weights)
    try:
        for number in range(count**2):
            frame = _frame(film, int((number + 0.5) * film.frames / count**2))
            picture = Image.fromarray(np.ascontiguousarray(frame[:, :, 2::-1]))
            small = picture.resize((width, height), Image.Resampling.LANCZOS)
            row, column = divmod(number, count)
            whole.paste(small, (GAP + column * (width + GAP), GAP + row * (height + GAP)))
    finally:
        film.close()
    with said_as_user_error(options.output):
        whole.save(options.output, format="PNG", optimize=True)
    return 0


def _check(options: argparse.Namespace, name: str) -> None:
    if options.output is None or options.output.suffix.lower() != ".png":
        raise UserError(f"{name}: also say --output PICTURE.png")
    if not options.output.absolute().parent.is_dir():
        raise UserError(f"{options.output}: there is no folder {options.output.absolute().parent}")


def _frame(film: Film, number: int) -> np.ndarray:
    film.skip_to(min(max(number, film.next), film.frames - 1))
    width, height = film.settings.size
    frame = np.empty((height, width, 4), np.uint8)
    film.draw(frame)
    return frame
