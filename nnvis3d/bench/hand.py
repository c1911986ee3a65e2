"""A hand that draws real people's digits with the pointer, through the window's own input path."""

from collections.abc import Iterator

import numpy as np

from nnvis3d.app.app import App
from nnvis3d.inputs.samples import sample_strokes
from nnvis3d.inputs.strokes import Drawing
from nnvis3d.scene import input_events as events

POINTER_RATE = 125.0
"""Pointer events a second, as an ordinary mouse sends them."""
WRITING_SPEED = 1.6
"""Pad widths a second."""


def pad_pixels(app: App, points: np.ndarray) -> np.ndarray:
    """Pixels float64 (n, 2) at which pad points (n, 2) are seen."""
    return app.show.pointing.from_pad(points)[0]


def pointer_events(app: App, drawing: Drawing) -> Iterator[events.Event]:
    """What a mouse would send while this is drawn."""
    for stroke in drawing.strokes:
        pixels = pad_pixels(app, _at_pointer_rate(stroke.points))
        (x, y) = pixels[0].tolist()
        yield events.PointerMoved(x, y)
        yield events.ButtonChanged(0, True, x, y)
        for x, y in pixels[1:].tolist():
            yield events.PointerMoved(x, y)
        yield events.ButtonChanged(0, False, x, y)


def digits(count: int) -> list[Drawing]:
    """As many of the shipped pen digits, beginning again where there are no more."""
    drawings = [sample.drawing for sample in sample_strokes()]
    return [drawings[k % len(drawings)] for k in range(count)]


def _at_pointer_rate(points: np.ndarray) -> np.ndarray:
    """The path (n, 2) as points that a mouse would report on it at an even speed, both ends kept."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(2, round(along[-1] / WRITING_SPEED * POINTER_RATE) + 1)
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, points[:, k]) for k in (0, 1)], axis=1).clip(0.01, 0.99)
