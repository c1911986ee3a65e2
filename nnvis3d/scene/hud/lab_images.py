"""Which classes are taken for which, and the images that the network is most wrong about."""

import numpy as np
from imgui_bundle import imgui

from nnvis3d.network.lab_snapshot import LabSnapshot, Validation
from nnvis3d.scene.hud.answer import percent
from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.hud.state import Picture
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle

COLUMNS = 6


class ImagesTab:
    """Keeps the pictures of one validation."""

    def __init__(self):
        self._validation: Validation | None = None
        self._pictures: list[Picture] = []

    def draw(self, ui: Widgets, state: LabState, place: Rectangle) -> None:
        left, top, width, height = place
        validation = state.snapshot.validation
        if validation is None:
            return _not_yet(ui, left, top, width)
        self._take(validation)
        side = min(width - ui.px(40), height * 0.5)
        top = _matrix(ui, state.snapshot, validation, left, top, width, side)
        self._worst(ui, state.snapshot, validation, (left, top, width, place[1] + height - top))
        return None

    def _take(self, validation: Validation) -> None:
        known = self._validation
        if known is None or (known.step, known.loss) != (validation.step, validation.loss):
            self._validation = validation
            self._pictures = [Picture(pixels_of(image)) for image in validation.worst_images]

    def _worst(self, ui: Widgets, snapshot: LabSnapshot, validation: Validation, place: Rectangle) -> None:
        left, top, width, height = place
        labels = snapshot.shown.plan.labels
        pairs = [
            tuple(labels[int(k)] for k in pair)
            for pair in zip(validation.worst_labels, validation.worst_guesses, strict=True)
        ]
        both = all(ui.width(" → ".join(pair)) <= width / COLUMNS for pair in pairs)
        said = "Most wrong: what it is → what it reads" if both else "Most wrong, and what it reads them as"
        ui.text(left, top + ui.px(12), said, "small", ui.theme.muted)
        top += ui.px(26)
        each, caption = width / COLUMNS, ui.px(18)
        rows = max(1, int((height - ui.px(26)) / (each + caption)))
        for index, picture in enumerate(self._pictures[: rows * COLUMNS]):
            x = left + index % COLUMNS * each
            y = top + index // COLUMNS * (each + caption)
            inset = ui.px(3)
            box = (x + inset, y + inset, x + each - inset, y + each - inset)
            touch = ui.touch(f"lab_show/{index}", x, y, each, each + caption)
            ui.picture(f"lab/worst/{index}", picture, box)
            if touch.hovered:
                ui.draw.add_rect(box[:2], box[2:], ui.ink(ui.theme.accent), 2, 2.0)
            true, guess = pairs[index]
            words = f"{true} → {guess}" if both else ui.fit(guess, each - ui.px(4))
            color = ui.theme.text if true == guess else ui.theme.error
            ui.text(x + each / 2, y + each + caption / 2 - 2, words, "small", color, align=0.5)
            hint = f"{true} read as {guess}: show it to the network on the stage"
            ui.hint(f"lab_show/{index}", hint, touch, x, y, y + each)
            if touch.clicked:
                ui.ask("lab_show", validation.worst_images[index])


def pixels_of(image: np.ndarray) -> np.ndarray:
    """float32 (C, H, W), 0 to 1 -> uint8 (H, W) or (H, W, 3)."""
    scaled = (np.clip(np.nan_to_num(image), 0, 1) * 255).astype(np.uint8)
    return scaled[0] if len(scaled) != 3 else np.ascontiguousarray(scaled.transpose(1, 2, 0))


def _not_yet(ui: Widgets, left: float, top: float, width: float) -> None:
    ui.text(left, top + ui.px(20), "Measured after every epoch.", "small", ui.theme.muted)
    place = (left, top + ui.px(36), width, ui.px(36))
    if ui.text_button("lab_evaluate", "Measure now", place, on=True):
        ui.ask("lab_evaluate")


def _matrix(
    ui: Widgets,
    snapshot: LabSnapshot,
    validation: Validation,
    left: float,
    top: float,
    width: float,
    side: float,
) -> float:
    """Rows true, columns guessed; right ones in the accent's colour, mistakes in the other."""
    labels = snapshot.shown.plan.labels
    words = f"{percent(validation.accuracy)} of the unseen images right"
    ui.text(left, top + ui.px(10), words, "small", bold=True)
    top += ui.px(24)
    counts = validation.confusion
    number = len(counts)
    names = [ui.fit(name, ui.px(76)) for name in labels] if number <= 12 else []
    gutter = max((ui.width(name) for name in names), default=0) + ui.px(8)
    each = (side - ui.px(20)) / number
    wide = min((width - gutter) / number, 1.7 * each)  # a count needs more room across than down
    x0 = left + gutter + (width - gutter - wide * number) / 2
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    for row in range(number):
        if names:
            ui.text(x0 - ui.px(6), top + (row + 0.5) * each, names[row], "small", ui.theme.muted, align=1)
        for column in range(number):
            box = (
                x0 + column * wide,
                top + row * each,
                x0 + (column + 1) * wide - 1,
                top + (row + 1) * each - 1,
            )
            _cell(ui, int(counts[row, column]), float(shares[row, column]), row == column, box)
    bottom = top + number * each
    words = ui.fit(_pointed(snapshot, counts, (x0, top, wide, each)), width)
    ui.text(left, bottom + ui.px(11), words, "small", ui.theme.muted)
    return bottom + ui.px(26)


def _cell(ui: Widgets, count: int, share: float, right: bool, box: Rectangle) -> None:
    ui.rect(*box, ui.theme.faint, 0.25)
    color = ui.theme.accent if right else ui.theme.error
    if count:
        ui.rect(*box, color, 0.15 + 0.85 * (share if right else min(1.0, 5 * share)))
    room = box[2] - box[0] > ui.width(str(count)) and box[3] - box[1] > ui.px(17)
    if count and room:
        ink = ui.theme.on_accent if right and share > 0.5 else ui.theme.text
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        ui.text(*middle, str(count), "small", ink, align=0.5)


def _pointed(snapshot: LabSnapshot, counts: np.ndarray, first: Rectangle) -> str:
    """What the pointer is at; `first`: (left, top, width, height) of the cell at the upper left."""
    left, top, wide, high = first
    place = imgui.get_mouse_pos()
    column, row = int((place.x - left) // wide), int((place.y - top) // high)
    number = len(counts)
    if not (0 <= row < number and 0 <= column < number):
        return "rows: what it is; columns: what it reads"
    labels, count = snapshot.shown.plan.labels, int(counts[row, column])
    return f"{labels[row]} read as {labels[column]}: {count} of {int(counts[row].sum())}"
