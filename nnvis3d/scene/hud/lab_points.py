"""The dock of embeddings: a layer's filters as points in two dimensions, and unseen images by their class."""

import numpy as np
from imgui_bundle import imgui

from nnvis3d.network.lab_commands import KINDS
from nnvis3d.network.lab_snapshot import ClassView, EmbeddingView
from nnvis3d.scene.hud.filter_pictures import Brush, FilterPictures
from nnvis3d.scene.hud.lab_classes import CLASS_COLORS, class_rows, draw_class_names
from nnvis3d.scene.hud.lab_embedding_controls import HEAD, EmbeddingControls
from nnvis3d.scene.hud.lab_layers import EMBEDDINGS, short
from nnvis3d.scene.hud.lab_panel import WIDTH as COLUMN
from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.hud.places import BOTTOM, EDGE
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle

HEIGHT = 268
LARGEST, ROOMY = 7.5, 0.24
"""Half of a point's side where nothing changes: pixels at scale 1, and shares of
the room that there is for each."""
GROWTH = 1.1
"""By how much larger it is where it changes most."""
NUMBER = 15.0
"""Room at its right for its number, pixels at scale 1."""
MOST_NUMBERS = 40
"""Of more points only those that are pointed at or chosen have their number beside them."""
KIND_TITLES = dict(
    zip(KINDS, ("weights", "weight gradients", "activations", "activation gradients"), strict=True)
)


def dock_height(state: LabState) -> float:
    """Pixels at scale 1: of what stands in the scene only the controls are left."""
    return HEAD if state.standing else HEIGHT


class PointsDock:
    """Draws the dock; remembers how far each picture is zoomed, and what is being dragged."""

    def __init__(self):
        self._reach: dict[tuple[str, str], float] = {}
        self._pictures = FilterPictures()
        self._drag: tuple[str, str, int] | None = None
        self._asked = (0.0, 0.0)
        self._pressed: int | None = None
        self._hovered: tuple[str, int] | None = None
        self._told: tuple[str, int] | None = None
        self._controls = EmbeddingControls()

    def draw(self, ui: Widgets, state: LabState, foot: float = BOTTOM) -> None:
        """`foot`: pixels at scale 1 that are left free at the picture's lower edge."""
        left = ui.px(COLUMN + 2 * EDGE)
        width = ui.size[0] - left - ui.px(EDGE)
        height = ui.px(dock_height(state))
        top = ui.size[1] - ui.px(foot) - height + ui.px(2)
        with ui.panel("lab_points", (left, top, max(width, 1), height), card="panel_solid"):
            self._controls.draw(ui, state, (left, top, width), self._drag_words(state))
            if state.standing:
                self._point_at(ui, state)
                return
            top, side = top + ui.px(HEAD), height - ui.px(HEAD) - ui.px(6)
            found = {(view.layer, view.kind): view for view in state.snapshot.embeddings}
            known = [found[item] for item in state.points if item in found]
            number = len(known) + (state.snapshot.classes is not None)
            each = max(min(side * 1.45, (width - ui.px(12)) / max(number, 1)), ui.px(170))
            room = max(1, int((width - ui.px(12)) / each))
            views: list[EmbeddingView | ClassView] = [*known]
            if state.snapshot.classes is not None:
                views.append(state.snapshot.classes)
            first = ui.scroll("lab_points", (left, top, width, side), len(views), room)
            for index, view in enumerate(views[first : first + room]):
                box = (left + ui.px(6) + index * each, top, each - ui.px(6), side)
                if isinstance(view, EmbeddingView):
                    self._embedding(ui, state, view, box)
                else:
                    self._classes(ui, state, view, box)
            self._point_at(ui, state)
            if not views:
                words = "Being computed…"
                ui.text(left + width / 2, top + side / 2, words, "small", ui.theme.muted, align=0.5)

    def _point_at(self, ui: Widgets, state: LabState) -> None:
        """Tell which filter is under the pointer, and once that there is none any more."""
        found, self._hovered = self._hovered, None
        if found != self._told:
            self._told = found
            ui.ask("lab_pointed", found)

    def _drag_words(self, state: LabState) -> tuple[str, ...]:
        """What a drag does, also in fewer words: the loss is never cut off."""
        move = state.snapshot.move
        if self._drag is None:
            return ("drag a point to make it like others",)
        if move is None or (move.layer, move.filter) != (self._drag[0], self._drag[2]):
            return ("toward its new neighbours …",)
        near = [str(index) for index in move.neighbours[:4]]
        change = f"loss {move.loss:.3f} → {move.moved_loss:.3f}"
        return (
            f"filter {move.filter} toward {', '.join(near)}: {change}",
            f"{move.filter} toward {', '.join(near[:2])}, …: {change}",
            change,
        )

    # filters

    def _embedding(self, ui: Widgets, state: LabState, view: EmbeddingView, box: Rectangle) -> None:
        left, top, width, height = box
        item = (view.layer, view.kind)
        words = _title(ui, view, width - ui.px(44))
        if _frame(ui, words, f"lab_points/{view.layer}/{view.kind}", box):
            ui.ask("lab_points", item)
        if np.isfinite(view.divergence):
            said = f"KL {short(view.divergence)}"
            ui.text(left + ui.px(7), top + height - ui.px(9), said, "small", ui.theme.muted, alpha=0.8)
        many = len(view.positions) > MOST_NUMBERS
        room = (left, top + ui.px(28), width - (0 if many else ui.px(NUMBER)), height - ui.px(44))
        half = min(ui.px(LARGEST), ROOMY * (room[2] * room[3] / max(len(view.positions), 1)) ** 0.5)
        area = _inside(room, (1 + GROWTH) * half + ui.px(4))
        places = self._placed(item, view.positions, area)
        sheet = self._pictures.sheet(state.snapshot.shown, view.layer, state.colors)
        order = np.argsort(view.change, kind="stable").tolist()  # those that move are drawn over the others
        halves = half * (1 + GROWTH * view.change.astype(np.float64))
        self._touch(ui, view, order, places, halves, box)
        brush = Brush(ui, f"lab/filters/{view.layer}", sheet) if sheet is not None else None
        spots, sides = places.tolist(), halves.tolist()
        for index in order:
            self._point(ui, state, view, index, spots[index], sides[index], brush)
        self._dragged(ui, view, area)

    def _touch(
        self,
        ui: Widgets,
        view: EmbeddingView,
        order: list[int],
        places: np.ndarray,
        halves: np.ndarray,
        box: Rectangle,
    ) -> None:
        """What the pointer does to the points: it has the uppermost of those under it."""
        left, top, width, height = box
        name = f"lab_cloud/{view.layer}/{view.kind}"
        touch = ui.touch(name, left, top + ui.px(28), width, height - ui.px(28))
        if len(places) <= MOST_NUMBERS:  # more are not looked for by their names
            boxes = np.concatenate([places - halves[:, None], places + halves[:, None]], axis=1).tolist()
            named = f"lab_point/{view.layer}/{view.kind}"
            ui.places.update((f"{named}/{index}", tuple(box)) for index, box in enumerate(boxes))
        mouse = imgui.get_mouse_pos()
        under = np.abs(places - np.array([mouse.x, mouse.y])).max(1) <= halves
        hit = next((index for index in reversed(order) if under[index]), None)
        if touch.hovered and hit is not None:
            self._hovered = (view.layer, hit)
        if imgui.is_item_activated():
            self._pressed = hit
            if hit is not None:
                ui.ask("lab_choose", (view.layer, hit))
        grabbed = touch.held and self._drag is None and imgui.is_mouse_dragging(0, ui.px(5))
        if grabbed and self._pressed is not None:
            self._drag = (view.layer, view.kind, self._pressed)

    def _placed(self, item: tuple[str, str], positions: np.ndarray, area: Rectangle) -> np.ndarray:
        """float64 (F, 2) pixels; the zoom follows the farthest point slowly."""
        left, top, width, height = area
        farthest = max(float(np.abs(positions).max()), 1e-6) if len(positions) else 1.0
        known = self._reach.get(item, farthest)
        reach = self._reach[item] = max(known + 0.1 * (farthest - known), farthest)
        middle = np.array([left + width / 2, top + height / 2])
        return middle + positions.astype(np.float64) / reach * np.array([width / 2, height / 2])

    def _point(
        self,
        ui: Widgets,
        state: LabState,
        view: EmbeddingView,
        index: int,
        at: list[float],
        half: float,
        brush: Brush | None,
    ) -> None:
        name = (view.layer, index)
        if self._drag == (view.layer, view.kind, index):
            mouse = imgui.get_mouse_pos()
            at = [mouse.x, mouse.y]
        x, y = at
        chosen, pointed = (state.layer, state.filter) == name, state.pointed == name
        if brush is not None and index < brush.count:
            brush.draw(index, (x - half, y - half, x + half, y + half))
        else:
            ui.draw.add_circle_filled((x, y), 0.6 * half, ui.ink(ui.theme.accent, 0.75))
        color = ui.theme.selection if chosen else ui.theme.accent if pointed else ui.theme.rim
        thick = 2.5 if chosen or pointed else 1.0
        ui.draw.add_rect((x - half - 1, y - half - 1), (x + half + 1, y + half + 1), ui.ink(color), 2, thick)
        if len(view.positions) <= MOST_NUMBERS or pointed or chosen:
            ui.text(x + half + ui.px(3), y, str(index), "small", ui.theme.text if pointed else ui.theme.muted)

    def _dragged(self, ui: Widgets, view: EmbeddingView, area: Rectangle) -> None:
        """Ask what a drag would do; let go of, do it."""
        if self._drag is None or self._drag[:2] != (view.layer, view.kind):
            return
        layer, kind, index = self._drag
        left, top, width, height = area
        mouse, reach = imgui.get_mouse_pos(), self._reach[layer, kind]
        x = (mouse.x - left - width / 2) / (width / 2) * reach
        y = (mouse.y - top - height / 2) / (height / 2) * reach
        held = imgui.is_mouse_down(0)
        moved = max(abs(x - self._asked[0]), abs(y - self._asked[1])) > 0.03 * reach
        if held and moved:
            self._asked = (x, y)
            ui.ask("lab_move", (layer, index, (x, y), kind, 1.0, True))
        if not held:
            self._drag = None
            ui.ask("lab_move", (layer, index, (x, y), kind, 1.0, False))
        ui.overlay.stay_awake(0.05)

    # images by class

    def _classes(self, ui: Widgets, state: LabState, view: ClassView, box: Rectangle) -> None:
        left, top, width, height = box
        right = float((view.labels == view.guesses).mean()) if len(view.labels) else 0.0
        words = f"unseen images by {view.layer} · {100 * right:.0f} % right"
        if ui.width(words, bold=True) > width - ui.px(44):
            words = f"images by {view.layer}"
        if _frame(ui, words, "lab_classes/close", box):
            ui.ask("lab_classes", None)
        rows = class_rows(ui, state, width - ui.px(12), 3)
        foot = ui.px(18) * len(rows)
        area = (left + ui.px(10), top + ui.px(30), width - ui.px(20), height - ui.px(36) - foot)
        places = self._placed(("", view.layer), view.positions, area).tolist()
        inks = [ui.ink(color) for color in CLASS_COLORS]
        radius, wrong = max(2.0, ui.theme.scale * 2.6), ui.ink(ui.theme.error)
        pairs = zip(places, view.labels.tolist(), view.guesses.tolist(), strict=True)
        for (x, y), label, guess in pairs:
            ui.draw.add_circle_filled((x, y), radius, inks[label % len(inks)], 8)
            if label != guess:
                ui.draw.add_circle((x, y), radius + 2, wrong, 10, 1.2)
        first, y = 0, top + height - foot + ui.px(7)
        for names in rows:
            draw_class_names(ui, left + ui.px(8), y, names, first)
            first, y = first + len(names), y + ui.px(18)


def _title(ui: Widgets, view: EmbeddingView, most: float) -> str:
    """ "conv1 · weight gradients", in shorter words where it would take more than `most` pixels."""
    whole = f"{view.layer} · {KIND_TITLES[view.kind]}"
    return whole if ui.width(whole, bold=True) <= most else f"{view.layer} · {EMBEDDINGS[view.kind]}"


def _inside(room: Rectangle, margin: float) -> Rectangle:
    """(left, top, width, height) without a margin on all sides."""
    left, top, width, height = room
    return left + margin, top + margin, max(width - 2 * margin, 1.0), max(height - 2 * margin, 1.0)


def _frame(ui: Widgets, words: str, name: str, box: Rectangle) -> bool:
    """A title and a cross; whether that was pressed."""
    left, top, width, height = box
    ui.draw.add_rect((left, top), (left + width, top + height), ui.ink(ui.theme.rim), ui.px(6), 1.0)
    side = ui.px(26)
    ui.text(left + ui.px(8), top + ui.px(14), ui.fit(words, width - side - ui.px(14)), "small", bold=True)
    return ui.button(name, "close", left + width - side - 1, top + 1, side=side, hint="Close")
