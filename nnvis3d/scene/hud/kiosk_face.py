"""The kiosk's screens, drawn through the panels' overlay: builds only when something has changed."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from nnvis3d.scene.hud.kiosk_controls import draw_controls, draw_languages, rows_needed
from nnvis3d.scene.hud.kiosk_layout import KioskLayout, KioskScreen, kiosk_layout
from nnvis3d.scene.hud.kiosk_screens import (
    draw_answer,
    draw_closed,
    draw_code,
    draw_finger,
    draw_header,
    draw_note,
    draw_warning,
)
from nnvis3d.scene.hud.kiosk_service import draw_calibration, draw_service
from nnvis3d.scene.hud.kiosk_state import KioskState
from nnvis3d.scene.hud.labels import draw_labels
from nnvis3d.scene.hud.state import Choice, Invocation
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Overlay, Rectangle
from nnvis3d.scene.theme import Theme

SMALL, BODY, LARGE, HERO = 6.8, 8.6, 13.0, 36.0
"""Ems in millimetres on the usual screen. A capital is 0.714 em: the smallest is 4.86 mm high."""

MOST_WAITING = 60
"""Events of the pointer that may wait for imgui: about ten touches."""


def kiosk_theme(theme: Theme, screen: KioskScreen) -> Theme:
    """`theme` with millimetres for its lengths, and opaque enough grounds to read from afar."""
    scale = screen.scale * screen.growth
    scaled = replace(theme, scale=scale, corner=4.0, pad=5.0, target=21.0, panel=theme.panel_solid)
    return replace(scaled, small=SMALL, body=BODY, large=LARGE, hero=HERO)


class KioskFace:
    """Shows a KioskState; says what was asked for."""

    def __init__(
        self,
        overlay: Overlay,
        theme: Theme,
        screen: KioskScreen,
        texts: Sequence[Collection[str]],
        languages: tuple[Choice, ...],
    ):
        """
        Args:
            texts: for each screen in each language the words on its buttons: places are kept for the widest.
            languages: on the row below.
        """
        self.overlay, self._base, self._texts, self._languages = overlay, theme, texts, languages
        self._ui = Widgets(overlay, theme)
        self.builds = 0
        """How often everything was built anew."""
        self._shown: tuple[KioskState, KioskScreen, Theme] | None = None
        self.fit(screen, theme)

    def fit(self, screen: KioskScreen, theme: Theme) -> None:
        """Another screen, or theme: everything gets its place anew."""
        self.screen, self.theme = screen, kiosk_theme(theme, screen)
        self.overlay.begin(1e-3, screen.pixels)
        self._ui.begin(1e-3, screen.pixels, self.theme, {})
        controls, languages = rows_needed(self._ui, screen, self._texts, self._languages)
        self.overlay.end()
        self.layout: KioskLayout = kiosk_layout(screen, controls, languages)
        self._shown = None

    @property
    def places(self) -> dict[str, Rectangle]:
        """Thing to press -> left, top, right, bottom, pixels, as last built."""
        return self._ui.places

    def pixels(self, box: Rectangle) -> Rectangle:
        """A box in millimetres, in pixels."""
        left, top, right, bottom = (edge * self.screen.scale for edge in box)
        return left, top, right, bottom

    def update(self, dt: float, state: KioskState) -> list[Invocation]:
        """Show `state`; what was asked for since the last tick."""
        wanted = (state, self.screen, self.theme)
        if wanted == self._shown and not self.overlay.restless:
            return []
        self._shown = wanted
        self.overlay.drop_backlog(MOST_WAITING)
        self.overlay.begin(min(dt, 0.1), self.screen.pixels)
        self._ui.begin(min(dt, 0.1), self.screen.pixels, self.theme, {})
        self._draw(state)
        self._ui.end()
        self.overlay.end()
        self.builds += 1
        return self._ui.asked

    def _draw(self, state: KioskState) -> None:
        ui, layout, place = self._ui, self.layout, self.pixels
        if state.screen == "closed":
            draw_closed(ui, state, place(layout.controls))
            return
        if state.screen == "calibration":
            draw_calibration(ui, state, self.screen.scale)
            draw_controls(ui, state, place(layout.controls), self.screen)
            return
        if state.service is not None:
            draw_service(ui, state, place(layout.controls))
        else:
            draw_header(ui, state, place(layout.header))
            if state.answer is not None:
                draw_answer(ui, state, place(layout.answer), self.screen.landscape)
            draw_labels(ui, state.labels, list(self.overlay.built))
            draw_finger(ui, state, place(layout.pad))
        if state.service is None or not state.service.prompt:
            draw_controls(ui, state, place(layout.controls), self.screen)
        draw_languages(ui, state, place(layout.languages), self.screen)
        draw_note(ui, state, place(layout.scene))
        if state.code is not None:
            draw_code(ui, state, place(layout.scene))
        if state.warning is not None:
            draw_warning(ui, state, place(layout.controls))
