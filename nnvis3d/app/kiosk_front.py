"""The kiosk's screens in the panels' place: what they are told, what they ask for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nnvis3d.app.framing import ScreenPlaces
from nnvis3d.kiosk.catalogue import catalogues
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.scene.docking import Dock
from nnvis3d.scene.hud.kiosk_face import KioskFace
from nnvis3d.scene.hud.kiosk_layout import KioskScreen, covered
from nnvis3d.scene.hud.state import Invocation, SceneLabel
from nnvis3d.scene.theme import THEMES
from nnvis3d.tools import scene_labels
from nnvis3d.tools.kiosk_presenter import Facts, KioskPresenter, in_words, layer_titles

if TYPE_CHECKING:
    from nnvis3d.app.kiosk import Exhibit

BREATH_SECONDS = 3.2
"""Of the inviting button: a third of a hertz, far from what flashes (WCAG 2.3.1: three a second)."""
_BREATH_STEPS = 12


class Front:
    """A StandIn for the panels: it knows the screen in millimetres, and the words."""

    def __init__(self, exhibit: Exhibit):
        self._exhibit, self._app = exhibit, exhibit.app
        self.presenter = KioskPresenter(exhibit.config, catalogues(exhibit.config))
        self._theme = THEMES[exhibit.config.exhibit.theme]
        self.face = KioskFace(
            self._app.panels.overlay,
            self._theme,
            self._screen(),
            self.presenter.button_texts(),
            self.presenter.languages,
        )
        self._toured = False
        """Whether a tour has the stage."""
        self._time = 0.0
        self._titles: tuple[tuple, dict[str, str]] = ((), {})
        self.place()

    def _screen(self) -> KioskScreen:
        config, size = self._exhibit.config, self._app.host.size
        hangs = config.screen
        if (hangs.width_mm < hangs.height_mm) != (size[0] < size[1]):
            hangs = hangs.turned
        wide, high = covered(size, hangs.width_mm, hangs.height_mm)
        return KioskScreen(size, wide, high, hangs.reach, config.visit.pad_mm)

    def place(self) -> None:
        """Scene and pad stand where the layout says."""
        layout, screen = self.face.layout, self.face.screen
        left, top, right, _ = self.face.pixels(layout.pad)
        margins = layout.margins(screen)
        if self._toured:  # the pad stands in the scene, whose place is free
            margins = (layout.header[0] / screen.width_mm, *margins[1:])
        self._app.show.framing.places = ScreenPlaces(margins, Dock(left, top, right - left))
        self._app.panels.theme = self.face.theme
        self._app.show.framing.go_home()

    def resized(self) -> None:
        """The picture has other pixels now; its millimetres are the same."""
        self.face.fit(self._screen(), self._theme)
        self.place()

    def touched(self, x: float, y: float) -> bool:
        """Whether something to press is at a pixel."""
        places = self.face.places.values()
        return any(left <= x < right and top <= y < bottom for left, top, right, bottom in places)

    def update(self, dt: float, frame: ActivationFrame | None) -> tuple[bool, list[Invocation]]:
        """As Panels.update."""
        self._app.panels.theme = self.face.theme
        if self.face.screen.pixels != self._app.host.size:
            self.resized()
        if self._toured != self._app.touring.playing:
            self._toured = self._app.touring.playing
            self.place()
        self._time += dt
        exhibit, builds = self._exhibit, self.face.builds
        state = self.presenter.state(exhibit.visit, exhibit.door, self._facts(frame))
        asked = self.face.update(dt, state)
        return self.face.builds != builds, asked

    def _facts(self, frame: ActivationFrame | None) -> Facts:
        exhibit, app = self._exhibit, self._app
        guided = exhibit.visit.screen == "guide"
        menu = exhibit.door.shown == "menu"
        return Facts(
            waking=app.runner is None,
            guesses=tuple(frame.guesses(2)) if frame is not None and not frame.blank else (),
            drawn=not app.pad.drawing.empty,
            labels=self._labels(frame),
            pen=exhibit.hand.pen if not (exhibit.visit.visiting or self._toured) else None,
            asked=exhibit.guide.asked if guided and exhibit.visit.step == 2 else None,
            running=exhibit.guide.running if guided else "",
            won=exhibit.challenge.won,
            breath=self._breath(),
            code=exhibit.code,
            closed=exhibit.closed,
            opens=exhibit.opens if exhibit.closed else "",
            volume=exhibit.hearing.volume,
            totals=exhibit.report.rows if menu else None,
            errors=tuple(exhibit.report.errors[-6:][::-1]) if menu else (),
        )

    def _breath(self) -> float:
        """0-1, in steps: each is a picture."""
        if not self._exhibit.visit.moving:
            return 1.0
        share = 0.5 - 0.5 * math.cos(2 * math.pi * self._time / BREATH_SECONDS)
        return round(share * _BREATH_STEPS) / _BREATH_STEPS

    def _labels(self, frame: ActivationFrame | None) -> tuple[SceneLabel, ...]:
        """The layers' titles in the visitor's language, the classes beside the outputs."""
        show, visit = self._app.show, self._exhibit.visit
        if show.arrangement is None or show.network is None:
            return ()
        layout, project, spec = show.arrangement.layout, show.rig.project, show.network.spec
        key = (spec, visit.language)
        if self._titles[0] != key:
            self._titles = (key, layer_titles(spec, self.presenter.catalogues[visit.language]))
        titles = scene_labels.layer_labels(layout, project, show.hidden, self.face.theme.scale / 2.2, False)
        outputs = scene_labels.output_labels(spec, layout.layers[spec.output.name], frame, project)
        return in_words(tuple(titles), self._titles[1]) + tuple(outputs)
