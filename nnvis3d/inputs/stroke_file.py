"""Recorded pen strokes: an object a line, `{"label": 3, "writer": 12, "strokes": [[[x, y], ...], ...]}`.

Coordinates are tablet units, 0 to 500, y up; they become pad units, 0 to 1, y down. Where a drawing has
colours, `"colors"` holds one `"#rrggbb"` a stroke and `"paper"` that of the paper.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.inputs.idx import read_maybe_gzipped
from nnvis3d.inputs.strokes import CHALK, DEFAULT_BRUSH, SLATE, Color, Drawing, Stroke

_NO_COLOR = "#ffffff"
TABLET = 500.0
"""Tablet units across the pad."""


@dataclass(frozen=True, eq=False)
class LabelledDrawing:
    label: int
    writer: int | None
    drawing: Drawing


def read_strokes(path: Path, brush: float = DEFAULT_BRUSH) -> list[LabelledDrawing]:
    """All drawings of a .jsonl or .jsonl.gz file, drawn with a pen of diameter `brush` (pad units).

    Raises:
        UserError: unreadable, empty, or a line that is not such an object; names the file and the line.
    """
    try:
        text = read_maybe_gzipped(path).decode()
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a text file of strokes ({error.reason})") from error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise UserError(f"{path}: holds no drawings")
    return [_drawing(path, number, line, brush) for number, line in lines]


def _drawing(path: Path, number: int, line: str, brush: float) -> LabelledDrawing:
    try:
        record = json.loads(line)
        label, writer = _integer(record, "label"), record.get("writer")
        colors = [_color(text) for text in record.get("colors", [_NO_COLOR] * len(record["strokes"]))]
        strokes = tuple(
            _stroke(points, brush, color) for points, color in zip(record["strokes"], colors, strict=True)
        )
        if not strokes:
            raise ValueError("no strokes")
        drawing = Drawing(strokes, paper=_color(record.get("paper", "#000000")))
    except KeyError as error:
        raise UserError(f"{path}, line {number}: has no {error}") from error
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{path}, line {number}: not a drawing ({reason})") from error
    return LabelledDrawing(label, writer if isinstance(writer, int) else None, drawing)


def _integer(record: dict, name: str) -> int:
    value = record[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}: expected an integer from 0 up, got {value!r}")
    return value


def _stroke(tablet_points: list, brush: float, color: Color) -> Stroke:
    """Points [[x, y], ...] in tablet units, y up -> a pen stroke in pad units, y down."""
    tablet = np.array(tablet_points, np.float32)
    if tablet.ndim != 2 or tablet.shape[1] != 2 or not len(tablet):
        raise ValueError(f"a stroke: expected points [[x, y], ...], got shape {tablet.shape}")
    if not np.isfinite(tablet).all() or np.abs(tablet).max() > 100 * TABLET:
        raise ValueError("a stroke: coordinates far off the tablet (0 to 500)")
    pad = tablet / np.float32(TABLET)
    pad[:, 1] = 1 - pad[:, 1]
    return Stroke(pad, brush, color=color)


def _color(text: str) -> Color:
    """ "#rrggbb"."""
    if not isinstance(text, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(f"a colour: expected #rrggbb, got {text!r}")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def write_strokes(path: Path, drawings: list[LabelledDrawing]) -> None:
    """The inverse of `read_strokes` for pen strokes without placement; coordinates to a tenth of a unit."""
    with path.open("w", encoding="ascii") as file:
        for item in drawings:
            strokes = [_tablet(stroke.points) for stroke in item.drawing.placed_strokes]
            record: dict = {"label": item.label, "writer": item.writer, "strokes": strokes}
            colors = [stroke.color for stroke in item.drawing.strokes]
            if set(colors) - {CHALK} or item.drawing.paper != SLATE:
                record["colors"] = ["#" + bytes(color).hex() for color in colors]
                record["paper"] = "#" + bytes(item.drawing.paper).hex()
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


def _tablet(points: np.ndarray) -> list[list[float]]:
    scaled = np.stack([points[:, 0], 1 - points[:, 1]], axis=1).astype(np.float64) * TABLET
    return [[int(v) if v == int(v) else v for v in map(float, row)] for row in scaled.round(1)]
