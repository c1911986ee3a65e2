"""The exhibit: App with visitors in front of it, one after the other, and nobody who looks after them.

It puts scene and tools together, and sees no torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nnvis3d.app.kiosk_attract import Attract
from nnvis3d.app.kiosk_front import Front
from nnvis3d.app.kiosk_guide import Guide
from nnvis3d.app.kiosk_report import Report
from nnvis3d.app.kiosk_sound import Hearing
from nnvis3d.app.kiosk_touches import Touches
from nnvis3d.kiosk.config import KioskConfig
from nnvis3d.kiosk.messages import QUIT, RESTART, Outbox
from nnvis3d.kiosk.results import Results
from nnvis3d.memory import give_back
from nnvis3d.scene import input_events as events
from nnvis3d.scene.hud.state import Picture
from nnvis3d.tools.kiosk_actions import KioskPorts, connect_kiosk
from nnvis3d.tools.kiosk_challenge import Challenge
from nnvis3d.tools.kiosk_knock import Knock, ServiceDoor
from nnvis3d.tools.kiosk_visit import Visit

if TYPE_CHECKING:
    from nnvis3d.app.app import App

LOOK_SECONDS = 1.0
"""Between two looks at the clock on the wall, and two pictures at the least: a driver that hangs shows."""


class Exhibit:
    """App's Attendant: sees events before anybody else, and every tick."""

    def __init__(
        self,
        app: App,
        config: KioskConfig,
        outbox: Outbox | None = None,
        now: Callable[[], datetime] = datetime.now,
        told: Mapping[str, Any] | None = None,
    ):
        """
        Args:
            now: the local time, for opening hours only.
            told: "counters", "errors" and "volume" from before this start.
        """
        self.app, self.config = app, config
        self.visit = Visit(config)
        self.door = ServiceDoor(config.service)
        self.knock = Knock(config.service)
        self.challenge = Challenge()
        self.report = Report(app, outbox or Outbox(), told or {})
        self.status = QUIT
        """How the program is to end when it ends."""
        self.code: Picture | None = None
        """The result's QR code."""
        self.closed, self.opens = False, ""
        """Whether the exhibit sleeps, and until when."""
        self.attract = Attract(app, config)
        self.hand = self.attract.hand
        self._results = Results(config.network, config.path(config.network.results_folder))
        self.guide = Guide(app, self.visit)
        volume = (told or {}).get("volume")
        self.hearing = Hearing(self, config.sound, volume, lambda level: self.report.keep("volume", level))
        self.front = Front(self)
        self._now, self._looked = now, math.inf
        self._touches = Touches(self)
        connect_kiosk(app.actions, self._ports())
        app.attendant, app.panels.instead = self, self.front
        app.show.docked = True
        app.asking.wave.after_strokes = True
        self.reset()

    def _ports(self) -> KioskPorts:
        return KioskPorts(
            visit=self.visit,
            door=self.door,
            begin=self.begin,
            finish=self.reset,
            free=self._free,
            clear=self._clear,
            home=lambda: self.app.invoke("home"),
            again=self.guide.again,
            other=self._other,
            take_result=self._take_result,
            louder=self.hearing.louder,
            end=self._end,
        )

    # what visitors do

    def take(self, event: events.Event) -> bool:
        """Whether nobody else shall see this event."""
        return self._touches.take(event)

    def begin(self) -> None:
        """Somebody has come."""
        if not self.visit.visiting:
            self.attract.stop()
            self.visit.begin()
            self._tidy()

    def reset(self) -> None:
        """Nobody is there any more."""
        self.attract.stop()
        self.visit.reset()
        self._tidy()
        self.app.pad.forget()
        give_back()
        self.attract.restart()

    def _tidy(self) -> None:
        """An empty pad, the whole network in the picture, nothing asked."""
        self.app.pad.choose("pen")
        for action in ("clear", "step_close", "select", "home"):
            self.app.invoke(action)
        self.challenge.restart()
        self.code = None

    def _clear(self) -> None:
        self.app.invoke("clear")
        self.challenge.restart()

    def _free(self) -> None:
        self.visit.show("draw")
        self.challenge.restart()

    def _other(self) -> None:
        self.visit.next_challenge()
        self._clear()

    def _take_result(self) -> None:
        """Put what is to be seen where visitors can fetch it; only where the exhibit enables it."""
        if self.config.network.results and not self.app.pad.drawing.empty:
            self.code = Picture(self._results.take(self.app.host.picture()))
            self.report.tell("results_taken")

    def _end(self, restart: bool) -> None:
        self.status = RESTART if restart else QUIT
        self.app.quit = True

    # the tick

    def update(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        app = self.app
        if not app.input.buttons:
            app.show.pointing.pixel = None  # no finger, no hovering
        self.report.uptime += dt
        self._looked += dt
        if self._looked >= LOOK_SECONDS:
            self._look()
        self.knock.update(dt)
        self.door.update(dt)
        if self.visit.update(dt):
            self.reset()
        alone = not self.visit.visiting and not self.closed and self.visit.moving
        if alone and app.frame is not None and self.attract.update(dt):
            app.invoke("wave")
        self.guide.update(dt)
        self._judge(dt)
        self.hearing.update(dt)
        self.report.count(self.visit, self.config.files.store_drawings)

    def _look(self) -> None:
        """Once a second: the time of day, one picture, what went wrong."""
        self._looked = 0.0
        self.app.show.stale = True
        now = self._now()
        timetable = self.config.hours.timetable
        closed = not timetable.is_open(now)
        if closed != self.closed:
            self.closed = closed
            self.reset()
        self.opens = timetable.opens(now)
        self.report.look()

    def _judge(self, dt: float) -> None:
        """Whether the network was fooled."""
        visit = self.visit
        asked = visit.screen == "challenge" or (visit.screen == "guide" and visit.step == 4)
        if not asked or visit.pair is None or self.app.frame is None:
            return
        guesses = self.app.frame.guesses(1) if not self.app.frame.blank else []
        if self.challenge.update(dt, guesses, visit.pair[1], self.app.pad.stroking):
            visit.won()
