"""Text that stands in the scene: placed by pixels, over a soft shadow, never two over one another."""

from dataclasses import dataclass, replace

from nnvis3d.scene.hud.state import SceneLabel
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle, overlaps

FADE_S = 0.25
LABEL = "label/"
"""Before a label's key in Widgets.places."""
BACK, BACK_AIR = 0.86, 3.0
"""How much the ground under a label hides; how far it reaches beside the letters, pixels at scale 1."""
SHADOW = 1.0
"""How far right and down each text's shadow stands, pixels at scale 1. One copy: each costs 0.3 ms."""


@dataclass(frozen=True)
class Placed:
    """A label with the pixels that it needs."""

    label: SceneLabel
    box: Rectangle

    @property
    def key(self) -> str:
        return self.label.key or (self.label.lines[0] if self.label.lines else "")


def choose(placed: list[Placed], taken: list[Rectangle]) -> set[int]:
    """Indices of the labels that may be seen: the highest priority first, none over another or in `taken`."""
    order = sorted(range(len(placed)), key=lambda index: -placed[index].label.priority)
    boxes, chosen = list(taken), set()
    for index in order:
        if placed[index].label.alpha > 0 and _is_free(placed[index].box, boxes):
            boxes.append(placed[index].box)
            chosen.add(index)
    return chosen


def _is_free(box: Rectangle, boxes: list[Rectangle]) -> bool:
    """Whether none of the others shares a pixel with it; written out, for it is asked 400 times a build."""
    left, top, right, bottom = box
    for other_left, other_top, other_right, other_bottom in boxes:
        if left < other_right and other_left < right and top < other_bottom and other_top < bottom:
            return False
    return True


def draw_labels(ui: Widgets, labels: tuple[SceneLabel, ...], taken: list[Rectangle]) -> None:
    """Draw those that fit; `taken` are the panels' rectangles, under which no label should end."""
    placed = [_place(ui, label, taken) for label in labels]
    chosen = choose(placed, taken)
    with ui.layer("back"):
        for index, one in enumerate(placed):
            shown = ui.ease(f"label/{one.key}", float(index in chosen), FADE_S, start=0.0)
            alpha = one.label.alpha * shown
            if alpha > 0.01 and overlaps(one.box, (0, 0, *ui.size)):
                _draw(ui, one, alpha)
                ui.places[LABEL + one.key] = one.box


def _place(ui: Widgets, label: SceneLabel, taken: list[Rectangle]) -> Placed:
    """All lines, or where a panel is in their way the head alone."""
    whole = Placed(label, _box(ui, label))
    if len(label.lines) <= label.head or not any(overlaps(whole.box, box) for box in taken):
        return whole
    head = replace(label, lines=label.lines[: label.head], key=whole.key)
    return Placed(head, _box(ui, head))


def _box(ui: Widgets, label: SceneLabel) -> Rectangle:
    width = max((ui.width(text, label.size, label.bold) for text in label.lines), default=0)
    height = ui.line(label.size) * len(label.lines)
    left, top = label.x - label.align[0] * width, label.y - label.align[1] * height
    return left, top, left + width, top + height


def _draw(ui: Widgets, one: Placed, alpha: float) -> None:
    label, (left, top, right, bottom) = one.label, one.box
    line = ui.line(label.size)
    if label.backed:
        air = BACK_AIR * ui.theme.scale
        ui.rect(left - air, top, right + air, bottom, ui.theme.backdrop, BACK * alpha, air)
    x = left + label.align[0] * (right - left)
    color = ui.theme.role(label.role)
    for index, text in enumerate(label.lines):
        head = index < label.head
        bold, align = label.bold and head, label.align[0]
        y = top + (index + 0.5) * line
        at = x + SHADOW * ui.theme.scale, y + SHADOW * ui.theme.scale
        ui.text(*at, text, label.size, ui.theme.shadow, bold=bold, align=align, alpha=0.9 * alpha)
        tone = color if head or label.role != "text" else ui.theme.muted
        ui.text(x, y, text, label.size, tone, bold=bold, align=align, alpha=alpha)
