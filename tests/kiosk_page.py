"""An exhibit offscreen, as a visitor's finger meets it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import numpy as np

from nnvis3d.app.app import App
from nnvis3d.app.kiosk import Exhibit
from nnvis3d.inputs.samples import sample_strokes
from nnvis3d.kiosk.config import KioskConfig, Screen, Service
from nnvis3d.options import Options
from nnvis3d.scene import input_events as events
from nnvis3d.scene.host import Host

TICK = 1 / 30
DRAWN = 12
"""Ticks."""
PIN = "2718"
NOON = datetime(2026, 11, 23, 12)


def config(width_mm: float = 527, height_mm: float = 296, **changes) -> KioskConfig:
    """Of an exhibit with a service menu, on a screen of this size at a usual height."""
    screen = Screen(width_mm=width_mm, height_mm=height_mm, bottom_mm=750)
    return replace(KioskConfig(screen=screen, service=Service(pin=PIN)), **changes)


class Page:
    """An exhibit, and a finger."""

    def __init__(self, size: tuple[int, int], chosen: KioskConfig, told: dict | None = None):
        self.host = Host(size, offscreen=True)
        self.app = App(self.host, Options(size=size, theme=chosen.exhibit.theme))
        self.now = NOON
        self.exhibit = Exhibit(self.app, chosen, now=lambda: self.now, told=told)
        self.app.answering.wait()

    def pass_time(self, seconds: float, dt: float = TICK) -> None:
        """Only the end is drawn, in which a room at rest comes to be kept."""
        for left in range(max(1, round(seconds / dt)), 0, -1):
            self.app.tick(dt, draw=left <= DRAWN)

    def fresh(self, language: str = "en") -> None:
        """Nobody is there; the hand is at the beginning of the first digit."""
        self.exhibit.door.close()
        self.exhibit.door.locked = 0.0
        self.now = NOON
        self.exhibit.reset()
        self.exhibit.hand.restart(0)
        self.exhibit.visit.language = language
        self.pass_time(2 * TICK)

    def visit(self, language: str = "en") -> None:
        self.fresh(language)
        self.app.invoke("kiosk_begin")
        self.pass_time(0.5)

    def touch(self, x: float, y: float, seconds: float = 2 * TICK) -> None:
        self.app.input.inject(events.PointerMoved(x, y))
        self.app.input.inject(events.ButtonChanged(0, True, x, y))
        self.pass_time(seconds)
        self.app.input.inject(events.ButtonChanged(0, False, x, y))
        self.pass_time(5 * TICK)

    def press(self, name: str) -> None:
        """What the face calls so."""
        left, top, right, bottom = self.exhibit.front.face.places[name]
        self.touch((left + right) / 2, (top + bottom) / 2)

    def knock(self) -> None:
        for _ in range(5):
            self.touch(self.host.size[0] - 5, 5, TICK)

    def draw(self, label: int) -> None:
        """A digit of ours with the finger."""
        (drawing,) = {i.label: i.drawing for i in reversed(sample_strokes()) if i.label == label}.values()
        for stroke in drawing.strokes:
            self.stroke(stroke.points)

    def stroke(self, points: np.ndarray) -> None:
        """Along points (n, 2) of the pad."""
        dock = self.app.show.framing.dock_place
        pixels = points * dock.side + [dock.left, dock.top]
        self.app.input.inject(events.ButtonChanged(0, True, *map(float, pixels[0])))
        for x, y in pixels[1:]:
            self.app.input.inject(events.PointerMoved(float(x), float(y)))
        self.app.tick(TICK)
        self.app.input.inject(events.ButtonChanged(0, False, *map(float, pixels[-1])))
        self.pass_time(5 * TICK)

    def picture(self) -> np.ndarray:
        self.host.render()
        return self.host.picture()


@contextmanager
def opened(size: tuple[int, int], chosen: KioskConfig | None = None) -> Iterator[Page]:
    page = Page(size, chosen or config())
    try:
        yield page
    finally:
        page.app.close()
