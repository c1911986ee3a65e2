"""The icons, as strokes in a square from -10 to 10: x to the right, y down. Any size, any colour."""

import math

from imgui_bundle import imgui

Stroke = tuple[str, tuple[float, ...]]
"""What it is and its numbers: "line" and "ring" (open and closed polyline: x, y, x, y, ...), "fill" (convex
polygon), "circle" and "dot" (x, y, radius), "arc" (x, y, radius, first and last angle, degrees clockwise)."""


def _lens(sign: float) -> tuple[float, ...]:
    """One lid of an eye."""
    return tuple(v for x in range(-8, 9, 2) for v in (float(x), sign * 5.2 * (1 - (x / 8) ** 2)))


def _square(x: float, y: float, half: float) -> tuple[float, ...]:
    return (x - half, y - half, x + half, y - half, x + half, y + half, x - half, y + half)


_EYE: tuple[Stroke, ...] = (("line", _lens(-1)), ("line", _lens(1)), ("dot", (0, 0, 2.4)))

ICONS: dict[str, tuple[Stroke, ...]] = {
    "pen": (
        ("ring", (-7.6, 7.6, -6.4, 2.8, 3.6, -7.2, 7.2, -3.6, -2.8, 6.4)),
        ("line", (0.8, -4.4, 4.4, -0.8)),
    ),
    "eraser": (
        ("ring", (-7.8, 1.8, 1.4, -7.4, 7.4, -1.4, -0.4, 6.6, -3.0, 6.6)),
        ("line", (-3.0, -3.0, 3.4, 3.0)),
        ("line", (-3.0, 6.8, 8.0, 6.8)),
    ),
    "hand": (
        ("line", (-8, 0, 8, 0)),
        ("line", (0, -8, 0, 8)),
        ("line", (-5.4, -2.6, -8, 0, -5.4, 2.6)),
        ("line", (5.4, -2.6, 8, 0, 5.4, 2.6)),
        ("line", (-2.6, -5.4, 0, -8, 2.6, -5.4)),
        ("line", (-2.6, 5.4, 0, 8, 2.6, 5.4)),
    ),
    "undo": (
        ("line", (-3.4, -7.4, -7.4, -3.4, -3.4, 0.6)),
        ("line", (-7.4, -3.4, 2, -3.4)),
        ("arc", (2, 1.4, 4.8, -90, 90)),
        ("line", (2, 6.2, -3.6, 6.2)),
    ),
    "redo": (
        ("line", (3.4, -7.4, 7.4, -3.4, 3.4, 0.6)),
        ("line", (7.4, -3.4, -2, -3.4)),
        ("arc", (-2, 1.4, 4.8, 90, 270)),
        ("line", (-2, 6.2, 3.6, 6.2)),
    ),
    "clear": (
        ("line", (-7.4, -4.8, 7.4, -4.8)),
        ("line", (-2.8, -4.8, -2.8, -7.6, 2.8, -7.6, 2.8, -4.8)),
        ("line", (-5.6, -4.8, -4.8, 7.6, 4.8, 7.6, 5.6, -4.8)),
        ("line", (-1.7, -1.4, -1.5, 4.4)),
        ("line", (1.7, -1.4, 1.5, 4.4)),
    ),
    "fill": (
        ("ring", (-6.8, 0.6, 0.4, -6.6, 6.6, -0.4, -0.6, 6.8)),
        ("line", (-2.4, -8.4, 0.4, -6.6)),
        ("line", (-6.8, 0.6, 6.0, -1.0)),
        ("fill", (8.2, 2.2, 9.4, 5.2, 8.2, 7.0, 7.0, 5.2)),
    ),
    "previous": (("line", (2.6, -6, -3.4, 0, 2.6, 6)),),
    "next": (("line", (-2.6, -6, 3.4, 0, -2.6, 6)),),
    "centre": (
        ("line", (-7.4, -3.2, -7.4, -7.4, -3.2, -7.4)),
        ("line", (3.2, -7.4, 7.4, -7.4, 7.4, -3.2)),
        ("line", (7.4, 3.2, 7.4, 7.4, 3.2, 7.4)),
        ("line", (-3.2, 7.4, -7.4, 7.4, -7.4, 3.2)),
        ("dot", (0, 0, 2.8)),
    ),
    "reset": (
        ("arc", (0, 0.6, 6.6, -60, 210)),
        ("line", (-1.4, -9.4, 3.2, -5.2, -1.6, -1.6)),
    ),
    "home": (
        ("line", (-8, -0.4, 0, -7.6, 8, -0.4)),
        ("line", (-5.6, -2.2, -5.6, 7, 5.6, 7, 5.6, -2.2)),
        ("line", (-1.8, 7, -1.8, 2, 1.8, 2, 1.8, 7)),
    ),
    "theme": (
        ("circle", (0, 0, 7.2)),
        ("fill", (0, -7.2, 2.8, -6.6, 5.1, -5.1, 6.6, -2.8, 7.2, 0, 6.6, 2.8, 5.1, 5.1, 2.8, 6.6, 0, 7.2)),
    ),
    "layers": (
        ("ring", (0, -7.8, 8, -3.6, 0, 0.6, -8, -3.6)),
        ("line", (-8, 0.2, 0, 4.4, 8, 0.2)),
        ("line", (-8, 4, 0, 8.2, 8, 4)),
    ),
    "compare": (
        ("ring", (-8, -7.6, 8, -7.6, 8, -1.6, -8, -1.6)),
        ("ring", (-8, 1.6, 8, 1.6, 8, 7.6, -8, 7.6)),
        ("line", (-3, -7.6, -3, -1.6)),
        ("line", (-3, 1.6, -3, 7.6)),
    ),
    "labels": (
        ("ring", (-8, -5.4, 2.8, -5.4, 8, 0, 2.8, 5.4, -8, 5.4)),
        ("dot", (2.4, 0, 1.4)),
    ),
    "dock": (
        ("ring", (-8, -6.4, 8, -6.4, 8, 6.4, -8, 6.4)),
        ("fill", (-5.6, -0.6, 0.2, -0.6, 0.2, 4, -5.6, 4)),
    ),
    "stand": (
        ("ring", (-7.4, -7.6, 7.4, -7.6, 7.4, 1.2, -7.4, 1.2)),
        ("line", (-7.4, 1.2, -3.2, 7.6, 3.2, 7.6, 7.4, 1.2)),
        ("dot", (-2.6, -3.8, 1.5)),
        ("dot", (3.0, -2.2, 1.5)),
    ),
    "fullscreen": (
        ("line", (-7.4, -2.8, -7.4, -7.4, -2.8, -7.4)),
        ("line", (2.8, -7.4, 7.4, -7.4, 7.4, -2.8)),
        ("line", (7.4, 2.8, 7.4, 7.4, 2.8, 7.4)),
        ("line", (-2.8, 7.4, -7.4, 7.4, -7.4, 2.8)),
    ),
    "camera": (
        ("ring", (-8.2, -4.6, -4.2, -4.6, -2.6, -7, 2.6, -7, 4.2, -4.6, 8.2, -4.6, 8.2, 6.6, -8.2, 6.6)),
        ("circle", (0, 0.8, 3.4)),
    ),
    "close": (("line", (-5.4, -5.4, 5.4, 5.4)), ("line", (5.4, -5.4, -5.4, 5.4))),
    "check": (("line", (-6.4, 0.6, -2, 5, 6.6, -4.8)),),
    "pin": (
        ("line", (-4.4, -7.6, 4.4, -7.6)),
        ("line", (-2.8, -7.6, -2.8, -1.6, -5.4, 1.6, 5.4, 1.6, 2.8, -1.6, 2.8, -7.6)),
        ("line", (0, 1.6, 0, 8)),
    ),
    "copy": (
        ("ring", (-2.6, -2.6, 7.4, -2.6, 7.4, 7.4, -2.6, 7.4)),
        ("line", (-5, 2.6, -7.4, 2.6, -7.4, -7.4, 2.6, -7.4, 2.6, -5)),
    ),
    "save": (
        ("line", (0, -7.6, 0, 3)),
        ("line", (-4.2, -1.2, 0, 3, 4.2, -1.2)),
        ("line", (-7.4, 3.4, -7.4, 7.4, 7.4, 7.4, 7.4, 3.4)),
    ),
    "play": (("fill", (-4.2, -7, 7.2, 0, -4.2, 7)),),
    "minus": (("line", (-6.4, 0, 6.4, 0)),),
    "plus": (("line", (-6.4, 0, 6.4, 0)), ("line", (0, -6.4, 0, 6.4))),
    "pause": (
        ("fill", (-5.4, -6.6, -1.8, -6.6, -1.8, 6.6, -5.4, 6.6)),
        ("fill", (1.8, -6.6, 5.4, -6.6, 5.4, 6.6, 1.8, 6.6)),
    ),
    "step_back": (
        ("fill", (5.6, -6.4, -3.4, 0, 5.6, 6.4)),
        ("fill", (-6.4, -6.4, -3.9, -6.4, -3.9, 6.4, -6.4, 6.4)),
    ),
    "step_forward": (
        ("fill", (-5.6, -6.4, 3.4, 0, -5.6, 6.4)),
        ("fill", (3.9, -6.4, 6.4, -6.4, 6.4, 6.4, 3.9, 6.4)),
    ),
    "to_end": (
        ("fill", (-7.6, -6.4, -0.6, 0, -7.6, 6.4)),
        ("fill", (-0.6, -6.4, 6.4, 0, -0.6, 6.4)),
        ("fill", (6.4, -6.4, 8.4, -6.4, 8.4, 6.4, 6.4, 6.4)),
    ),
    "help": (
        ("arc", (0, -3.4, 3.8, -180, 60)),
        ("line", (1.8, -0.2, 0, 1.6, 0, 3.6)),
        ("dot", (0, 7.2, 1.2)),
    ),
    "search": (("circle", (-1.6, -1.6, 5.6)), ("line", (2.6, 2.6, 7.6, 7.6))),
    "grid": tuple(("ring", _square(x, y, 2.9)) for x in (-4.3, 4.3) for y in (-4.3, 4.3)),
    "row": tuple(("ring", _square(x, 0, 2.3)) for x in (-6.6, 0, 6.6)),
    "stack": (
        ("ring", _square(-2.6, 2.6, 5)),
        ("line", (-4.4, -5.2, 5.2, -5.2, 5.2, 4.4)),
        ("line", (-1.4, -8, 8, -8, 8, 1.4)),
    ),
    "fold": (
        ("line", (-5, -8, 0, -3, 5, -8)),
        ("line", (-7.4, 0, 7.4, 0)),
        ("line", (-5, 8, 0, 3, 5, 8)),
    ),
    "unfold": (
        ("line", (-5, -3.4, 0, -8.4, 5, -3.4)),
        ("line", (-7.4, 0, 7.4, 0)),
        ("line", (-5, 3.4, 0, 8.4, 5, 3.4)),
    ),
    "finger": (
        ("fill", (-2.1, -8, -1.4, -9, 0, -9.4, 1.4, -9, 2.1, -8, 2.1, 4, -2.1, 4)),
        ("fill", (-2.1, -0.5, 1.5, -1.6, 5.2, -0.9, 7.6, 0.6, 8.2, 4, 6.4, 9, -1.8, 9, -4.6, 5)),
        ("fill", (-6.9, 1, -5.2, 0.6, -1.8, 3.2, -1.8, 7.6, -4.6, 5.4)),
    ),
    "target": (("circle", (0, 0, 7.4)), ("circle", (0, 0, 3.6)), ("dot", (0, 0, 1.2))),
    "eye": _EYE,
    "eye_off": (*_EYE, ("line", (-6.6, 6.6, 6.6, -6.6))),
}


def draw_icon(
    to: imgui.ImDrawList, name: str, x: float, y: float, scale: float, color: int, weight: float = 1.6
) -> None:
    """Icon `name` about (x, y), `scale` pixels a unit, strokes `weight` pixels wide at 1 pixel a unit."""
    ends = imgui.ImDrawFlags_.aa_line_ends.value
    width = max(1.0, weight * scale)
    for kind, numbers in ICONS[name]:
        if kind in ("circle", "dot"):
            centre = (x + numbers[0] * scale, y + numbers[1] * scale)
            if kind == "dot":
                to.add_circle_filled(centre, numbers[2] * scale, color)
            else:
                to.add_circle(centre, numbers[2] * scale + width / 2, color, 0, width)
        elif kind == "arc":
            centre = (x + numbers[0] * scale, y + numbers[1] * scale)
            to.path_arc_to(centre, numbers[2] * scale, math.radians(numbers[3]), math.radians(numbers[4]))
            to.path_stroke(color, width, ends)
        else:
            points = [
                imgui.ImVec2(x + a * scale, y + b * scale)
                for a, b in zip(numbers[::2], numbers[1::2], strict=True)
            ]
            _polygon(to, kind, points, color, width, ends)


def _polygon(to: imgui.ImDrawList, kind: str, points: list, color: int, width: float, ends: int) -> None:
    if kind == "fill":
        to.add_convex_poly_filled(points, color)
    elif kind == "ring":
        flags = imgui.ImDrawFlags_.closed.value | imgui.ImDrawFlags_.stroke_center.value
        to.add_polyline(points, color, width, flags)
    else:
        to.add_polyline(points, color, width, ends)
