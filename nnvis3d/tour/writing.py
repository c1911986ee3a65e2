"""Writes tours: TOML that reading.py reads back as it was, a cue a line."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.tour.timeline import Stage

Row = Mapping[str, Any]
"""A cue's keys and values."""


def tour_text(stage: Stage, cues: Iterable[Row], name: str = "") -> str:
    """A whole file without scenes; the cues' times count from the tour's beginning."""
    head = {
        "name": name,
        "network": stage.network,
        "view": stage.view,
        "theme": stage.theme,
        "colormap": stage.colormap,
        "panels": stage.panels,
        "labels": stage.labels,
    }
    if stage.lab is not None:
        lab = {name: getattr(stage.lab, name) for name in ("model", "data", "seed", "steps")}
        head = {**head, "network": "", "lab": lab}
    lines = [f"{key} = {value(said)}" for key, said in head.items() if said != ""]
    rows = [f"    {value(dict(row))}," for row in cues]
    return "\n".join([*lines, "", "cues = [", *rows, "]", ""])


def pose_row(pose: CameraPose) -> dict[str, Any]:
    """For `pose = { ... }`."""
    return {
        "target": list(pose.target),
        "distance": pose.distance,
        "heading": pose.heading,
        "pitch": pose.pitch,
        "fov": pose.fov,
    }


def drawing_row(strokes: Iterable[np.ndarray]) -> dict[str, Any]:
    """For `draw = { ... }`: all at once. Strokes are float (n, 2), pad units."""
    return {"draw": {"strokes": [[[x, y, 0.0] for x, y in stroke.tolist()] for stroke in strokes]}}


def value(said: Any) -> str:
    """`said` in TOML, numbers to a millionth.

    Raises:
        ValueError: TOML has no such value.
    """
    match said:
        case bool():
            return "true" if said else "false"
        case int():
            return str(said)
        case float() if math.isfinite(said):
            return f"{said:.6f}".rstrip("0") if round(said, 6) % 1 else f"{said:.1f}"
        case str():
            return _quoted(said)
        case dict():
            return "{ " + ", ".join(f"{_key(key)} = {value(one)}" for key, one in said.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(value(one) for one in said) + "]"
    raise ValueError(f"{type(said).__name__}: TOML has no such value")


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else _quoted(key)


def _quoted(text: str) -> str:
    """As JSON has it, but for DEL, which TOML wants written out."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
