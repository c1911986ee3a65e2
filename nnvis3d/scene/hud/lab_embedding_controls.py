"""What all embeddings have in common: pause, start anew, perplexity, rate, and where they are."""

from imgui_bundle import imgui

from nnvis3d.scene.hud.lab_classes import class_rows, draw_class_names
from nnvis3d.scene.hud.lab_options import Slide
from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.hud.widgets import Widgets

HEAD = 34
SLIDES = (
    (Slide("perplexity", "Perplexity", 2.0, 50.0, True, True, "About how many neighbours a point has"), 84),
    (Slide("rate", "Rate", 1.0, 200.0, True, True, "How far points go in each step"), 70),
)
"""And how long their tracks are, pixels at scale 1."""


class EmbeddingControls:
    """Remembers what is being dragged: it is said once, when it is let go."""

    def __init__(self):
        self._drafts: dict[str, float] = {}

    def draw(
        self, ui: Widgets, state: LabState, place: tuple[float, float, float], words: tuple[str, ...]
    ) -> None:
        """In (left, top, width), at their right the first of `words` that there is room for."""
        left, top, width = place
        side, y = ui.px(30), top + ui.px(HEAD) / 2
        x, at = left + ui.px(10), top + ui.px(2)
        _run_buttons(ui, state, x, at, side)
        x += 2 * side + ui.px(10)
        for slide, long in SLIDES:
            x = self._slide(ui, state, slide, (x, at, ui.px(long), side))
        right = _place_switch(ui, state, left + width - ui.px(6), at, side)
        if state.standing and state.snapshot.classes is not None:
            draw_class_names(ui, x, y, class_rows(ui, state, right - x, 1)[0])
            return
        room = right - x - ui.px(16)
        text = next((text for text in words if ui.width(text) <= room), ui.fit(words[-1], room))
        ui.text(right - ui.px(8), y, text, "small", ui.theme.muted, align=1)

    def _slide(
        self, ui: Widgets, state: LabState, slide: Slide, place: tuple[float, float, float, float]
    ) -> float:
        """Its name, its track, its number; where what follows begins."""
        x, top, long, side = place
        y = top + side / 2
        x += ui.text(x, y, slide.title, "small", ui.theme.muted) + ui.px(4)
        value = self._drafts.get(slide.option, float(getattr(state.snapshot, slide.option)))
        track = (x, top, long, side)
        moved = ui.slider(f"lab_{slide.option}", slide.place(value), 0.0, 1.0, track, slide.hint)
        if moved is not None:
            self._drafts[slide.option] = slide.value(moved)
        if imgui.is_item_deactivated() and slide.option in self._drafts:
            ui.ask("lab_embedding", (slide.option, self._drafts.pop(slide.option)))
        ui.text(x + long + ui.px(4), y, f"{value:.0f}", "small")
        return x + long + ui.px(38)


def _run_buttons(ui: Widgets, state: LabState, x: float, top: float, side: float) -> None:
    paused = state.snapshot.embedding_paused
    hint = "Let the points move on" if paused else "Let the points stand"
    icon = "play" if paused else "pause"
    if ui.button("lab_embedding/pause", icon, x, top, hint=hint, side=side):
        ui.ask("lab_embedding", ("paused", not paused))
    if ui.button("lab_restart", "reset", x + side, top, hint="Start from random places", side=side):
        ui.ask("lab_restart", None)


def _place_switch(ui: Widgets, state: LabState, right: float, top: float, side: float) -> float:
    """In the scene, or in the dock; where it begins."""
    title = "Into the dock" if state.standing else "Stand in the scene"
    hint = "Back into this panel" if state.standing else "Each above its layer"
    wide = ui.width(title, "small", True) + ui.px(36)
    place = (right - wide, top, wide, side)
    ui.rect(place[0], top + 3, right, top + side - 3, ui.theme.hover, 0.6, ui.px(6))
    touch = ui.touch("lab_stand", *place)
    ui.glow("lab_stand", touch, (place[0], top + 3, right, top + side - 3))
    middle, color = top + side / 2, ui.theme.accent if state.standing else ui.theme.text
    ui.icon("dock" if state.standing else "stand", right - wide + ui.px(15), middle, color, scale=0.8)
    ui.text(right - wide + ui.px(28), middle, title, "small", color)
    ui.hint("lab_stand", hint, touch, right - wide / 2, top, top + side)
    if touch.clicked:
        ui.ask("lab_stand")
    return right - wide
