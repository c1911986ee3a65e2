"""Embeddings that stand in the scene: what the lab knows of them, drawn, pointed at, and named.

Beside lab.py: it puts the clouds, the view and the pointer's tool together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.network.filter_pictures import Sheet, channel_sheet
from nnvis3d.network.lab_snapshot import LabSnapshot
from nnvis3d.network.stands import CLASSES, Item
from nnvis3d.scene.hud.filter_card import FilterCard
from nnvis3d.scene.hud.filter_pictures import FilterPictures
from nnvis3d.scene.hud.state import SceneLabel
from nnvis3d.scene.overlay import Rectangle
from nnvis3d.scene.stand_rows import Look
from nnvis3d.scene.stands_view import StandsView
from nnvis3d.scene.theme import THEMES
from nnvis3d.tools.latest import Latest
from nnvis3d.tools.standing_clouds import StandingClouds
from nnvis3d.tools.standing_labels import filter_card, stand_labels, stand_rectangles
from nnvis3d.tools.standing_tool import StandingTool, StandPorts

if TYPE_CHECKING:
    from nnvis3d.app.app import App
    from nnvis3d.scene.input_events import Event
    from nnvis3d.tools.lab_desk import LabDesk


class StandingEmbeddings:
    """What stands, and what the pointer does to it."""

    def __init__(self, app: App, desk: LabDesk):
        self._app, self._desk = app, desk
        self.clouds = StandingClouds()
        self.view = StandsView(app.show.still.front, app.show.shaders)
        self._pictures = FilterPictures()
        self._channels: Latest[Sheet | None] = Latest()
        self._drawn: tuple = ()
        self._snapshot: LabSnapshot | None = None
        self.tool = StandingTool(
            self.clouds, StandPorts(lambda: self._stands, app.show.rig.ray, self._nearest, app.invoke)
        )

    @property
    def _stands(self):
        arrangement = self._app.show.arrangement
        return arrangement.layout.stands if arrangement is not None else ()

    def _nearest(self, x: float, y: float) -> float:
        hit = self._app.show.pointing.pick(x, y)
        return np.inf if hit is None else hit.distance

    def handle(self, event: Event) -> bool:
        """Take the event if it is about a point that stands in the scene."""
        return bool(self._stands) and self.tool.handle(event)

    @property
    def pointed(self) -> tuple[str, int] | None:
        """(layer, filter) under the pointer."""
        found = self.tool.hovered
        return None if found is None else (found[0].item[0], found[1])

    # the tick

    def look(self, snapshot: LabSnapshot) -> None:
        """Take what is open, and what is under the pointer."""
        show = self._app.show
        self._snapshot = snapshot
        items = self._items(snapshot)
        show.stand(items)
        self.clouds.follow(snapshot, items)
        busy = self._app.pad.stroking or self._app.panels.overlay.wants_pointer or show.camera.dragging
        self.tool.look(None if busy or not items else show.pointing.pixel)

    def _items(self, snapshot: LabSnapshot) -> tuple[Item, ...]:
        desk = self._desk
        if not desk.standing:
            return ()
        classes = snapshot.classes if desk.classes else None
        return desk.points + (((classes.layer, CLASSES),) if classes is not None else ())

    def update(self, dt: float) -> bool:
        """Ease by `dt` seconds; True if anything that is drawn has changed."""
        if self._snapshot is None or not (self._stands or self.view.count):
            return False
        show, shown = self._app.show, self._snapshot.shown
        sheets = {}
        for layer in dict.fromkeys(one.item[0] for one in self._stands):
            sheet = self._pictures.sheet(shown, layer, show.colors.diverging)
            if sheet is not None:
                sheets[layer] = sheet
        changed = self.clouds.update(dt) | self.view.set_pictures(sheets)
        look = Look(
            THEMES[show.theme_name],
            self._desk.pointed,
            (self._desk.layer, self._desk.filter),
            tuple(np.round(show.rig.pose.eye, 2).tolist()),
        )
        key = (look, self._stands, self.clouds.dragged, self._snapshot.serial)
        if not changed and key == self._drawn:
            return False
        self._drawn = key
        clouds = {one.item: self.clouds.cloud(one) for one in self._stands}
        known = {item: cloud for item, cloud in clouds.items() if cloud is not None}
        self.view.show(self._stands, known, look)
        return True

    # words

    def labels(self) -> tuple[SceneLabel, ...]:
        """The title of each."""
        return stand_labels(self._stands, self._app.show.rig.project, self._app.panels.theme.scale)

    def rectangles(self) -> tuple[Rectangle, ...]:
        """Pixels on which no label should end."""
        return stand_rectangles(self._stands, self._app.show.rig.project)

    def card(self) -> FilterCard | None:
        """About the point under the pointer, be it in the scene or in the dock."""
        snapshot, pointed, pointer = self._snapshot, self._desk.pointed, self._app.show.pointing.pixel
        if (
            snapshot is None
            or pointed is None
            or pointer is None
            or self._app.show.pointing.hover is not None
        ):
            return None
        shown, colors = snapshot.shown, self._app.show.colors.diverging
        sheet = self._channels.of(
            (pointed, shown.serial), (colors,), lambda: channel_sheet(shown, *pointed, colors)
        )
        return filter_card(snapshot, pointed, pointer, sheet, self.tool.dragging)
