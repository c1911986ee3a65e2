"""The course of the training: loss and accuracy, of what it learns from and of what it never sees."""

import math

import numpy as np

from nnvis3d.network.lab_snapshot import LabSnapshot
from nnvis3d.scene.hud.answer import percent
from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.hud.plot import Axes, Line, draw_plot, smoothed, thinned
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle

_EXPLODED = 2.5
"""Times the first loss: higher ones are not to be made out anyway."""
HEAD = 30
"""Above each plot: what it is, and its newest numbers."""


def draw_curves(ui: Widgets, state: LabState, place: Rectangle, both: bool = True) -> None:
    """Loss and accuracy, one over the other, in (left, top, width, height); only accuracy, if not `both`;
    only loss, if nobody says how accurate it is."""
    left, top, width, height = place
    shown = (True, False) if both else (False,)
    curve = state.snapshot.curves.get(state.snapshot.branch)
    if curve is not None and len(curve.accuracy) and not np.isfinite(curve.accuracy).any():
        shown = (True,)
    each = height / len(shown)
    for index, loss in enumerate(shown):
        _plot(ui, state.snapshot, loss, (left, top + index * each, width, each))


def _plot(ui: Widgets, snapshot: LabSnapshot, loss: bool, place: Rectangle) -> None:
    left, top, width, height = place
    _head(ui, snapshot, loss, left, left + width, top + ui.px(HEAD) / 2)
    box = (left, top + ui.px(HEAD), width, height - ui.px(HEAD) - ui.px(10))
    curve = snapshot.curves.get(snapshot.branch)
    if curve is None or not len(curve.step):
        return _nothing_yet(ui, box)
    shown = thinned(curve.step, curve.loss if loss else curve.accuracy)
    validated = thinned(curve.validation_step, curve.validation_loss if loss else curve.validation_accuracy)
    mean = (shown[0], smoothed(shown[1]))
    lines = [
        *_others(ui, snapshot, loss),
        Line(*shown, ui.theme.accent, 1.0, 0.35),
        Line(*mean, ui.theme.accent),
        Line(*validated, ui.theme.selection, dots=True),
    ]
    last = max(int(other.step[-1]) for other in snapshot.curves.values() if len(other.step))
    finite = curve.loss[np.isfinite(curve.loss)]
    first = float(finite[0]) if len(finite) else math.inf
    axes = _axes(last, mean[1], validated[1], first if loss else None)
    draw_plot(ui, box, axes, tuple(lines))
    return None


def _others(ui: Widgets, snapshot: LabSnapshot, loss: bool) -> list[Line]:
    """The other branches, to compare with: their means, quietly but for the one on the stage."""
    found = []
    compared = snapshot.compared.branch if snapshot.compared is not None else None
    for name, curve in snapshot.curves.items():
        if name != snapshot.branch and len(curve.step):
            x, y = thinned(curve.step, curve.loss if loss else curve.accuracy)
            look = (ui.theme.text, 2.0, 1.0) if name == compared else (ui.theme.muted, 1.5, 0.7)
            found.append(Line(x, smoothed(y), *look))
    return found


def _nothing_yet(ui: Widgets, box: Rectangle) -> None:
    left, top, width, height = box
    ui.rect(left, top + height, left + width, top + height + 1, ui.theme.rim)
    words = "Nothing learned yet: press Train"
    ui.text(left + width / 2, top + height / 2, words, "small", ui.theme.muted, align=0.5)


def _axes(last: float, mean: np.ndarray, validated: np.ndarray, first_loss: float | None) -> Axes:
    """From the first step to the last; losses from 0, accuracies to 1.

    Args:
        first_loss: of the first steps, as it was and not its mean; None: of accuracies.
    """
    first, last = 0.0, float(max(last, 1))
    both = np.concatenate([mean, validated])
    both = both[np.isfinite(both)]
    if not len(both):
        return Axes(first, last, 0.0, 1.0, first_loss is None)
    if first_loss is not None:
        # What explodes leaves the picture: the rest is to be seen still.
        most = min(float(both.max()), _EXPLODED * first_loss)
        return Axes(first, last, 0.0, max(most * 1.05, 1e-3))
    return Axes(first, last, 0.0, 1.0, percent=True)


def _head(ui: Widgets, snapshot: LabSnapshot, loss: bool, left: float, right: float, y: float) -> None:
    """ "Loss" and what it is now: of the training in the accent's colour, of the validation in the other."""
    numbers = snapshot.numbers
    start = left + ui.text(left, y, "Loss" if loss else "Accuracy", "body", bold=True) + ui.px(8)
    values = (numbers.validation_loss, numbers.loss)
    if not loss:
        values = (numbers.validation_accuracy, numbers.accuracy)
    colors = (ui.theme.selection, ui.theme.accent)
    shown = [_loss(value) if loss else percent(value) for value in values]
    gap, words = ui.px(12), ("unseen", "training")
    numbers_take = sum(ui.width(text, "body", True) + gap for text in shown)
    named = start + numbers_take + sum(ui.width(word) + gap for word in words) < right
    for value, text, color, word in zip(values, shown, colors, words, strict=True):
        if math.isnan(value):
            continue
        right -= ui.text(right, y, text, "body", color, bold=True, align=1) + ui.px(6)
        right -= ui.text(right, y, word, "small", color, align=1) + ui.px(6) if named else ui.px(8)


def _loss(value: float) -> str:
    return f"{value:.3f}" if value < 100 else f"{value:.1e}"
