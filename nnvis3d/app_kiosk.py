"""The exhibit: App with visitors in front of it, one after the other, and nobody who looks after them.

Part of app.py's room: it puts scene and tools together, and sees no torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nnvis3d.app_kiosk_attract import Attract
from nnvis3d.app_kiosk_front import Front
from nnvis3d.app_kiosk_guide import Guide
from nnvis3d.kiosk.config import KioskConfig
from nnvis3d.kiosk.messages import QUIT, RESTART, Outbox
from nnvis3d.kiosk.results import Results
from nnvis3d.scene import input_events as events
from nnvis3d.scene.hud.state import Picture
from nnvis3d.tools.kiosk_actions import KioskPorts, connect_kiosk
from nnvis3d.tools.kiosk_challenge import Challenge
from nnvis3d.tools.kiosk_frame_times import FrameTimes
from nnvis3d.tools.kiosk_knock import Knock, ServiceDoor
from nnvis3d.tools.kiosk_visit import Visit

if TYPE_CHECKING:
    from nnvis3d.app import App

LOOK_SECONDS = 1.0
"""Between two looks at the clock on the wall, and two pictures at the least: a driver that hangs shows."""
_KEPT_ERRORS = 20


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
            told: "counters" and "errors" from before this start.
        """
        self.app, self.config = app, config
        self.outbox = outbox or Outbox()
        self.visit = Visit(config)
        self.door = ServiceDoor(config.service)
        self.knock = Knock(config.service)
        self.challenge = Challenge()
        self.times = FrameTimes()
        self.status = QUIT
        """How the program is to end when it ends."""
        self.code: Picture | None = None
        """The result's QR code."""
        self.closed, self.opens = False, ""
        """Whether the exhibit sleeps, and until when."""
        self.totals: dict[str, int] = dict((told or {}).get("counters", {}))
        self.errors: list[str] = list((told or {}).get("errors", ()))
        self.attract = Attract(app, config)
        self.hand = self.attract.hand
        self._results = Results(config.network, config.path(config.network.results_folder))
        self.guide = Guide(app, self.visit)
        self.front = Front(self)
        self._now, self._looked, self._uptime = now, math.inf, 0.0
        self._swallowing = False
        """Whether the finger that is down did its work already."""
        self._strokes = app.pad.finished_strokes
        self._logged = ""
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
            end=self._end,
        )

    # what visitors do

    def take(self, event: events.Event) -> bool:
        """Keys, wheel, other buttons, a wish to close: nobody's. A touch first answers what is asked."""
        match event:
            case events.WindowResized() | events.FocusChanged():
                return False
            case events.ButtonChanged(button=0, down=True):
                return self._pressed(event.x, event.y)
            case events.ButtonChanged(button=0, down=False):
                swallowed, self._swallowing = self._swallowing, False
                return swallowed
            case events.PointerMoved() if 0 in self.app.input.buttons and not self._swallowing:
                self.visit.idle = 0.0
                return False
        return True

    def _pressed(self, x: float, y: float) -> bool:
        warned, on_button = self.visit.left is not None, self.front.touched(x, y)
        self.visit.touch()
        self.door.touched()
        if self.knock.touch(x, y, self.app.host.size):
            self.door.open()
            self._swallowing = True
        elif self.door.shown == "calibration":
            self.door.mark(x, y)
        elif self.door.shown:
            pass
        elif self.closed or warned:
            self._swallowing = True
        elif self.code is not None:
            self.code, self._swallowing = None, True
        elif not self.visit.visiting and not on_button:
            self.app.invoke("kiosk_begin")
            self._swallowing = self.app.show.to_pad(x, y, False) is None  # on the pad one may draw at once
        return self._swallowing

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
            self._tell("results_taken", "", 1)

    def _end(self, restart: bool) -> None:
        self.status = RESTART if restart else QUIT
        self.app.quit = True

    # the tick

    def update(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        app = self.app
        if not app.input.buttons:
            app.show.pointer = None  # no finger, no hovering
        self._uptime += dt
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
        self._count()

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
        said = [word.text for word in self.app.panels.messages.shown if word.kind == "error"]
        if said and said[-1] != self._logged:
            self._logged = said[-1]
            self.errors = [*self.errors, said[-1]][-_KEPT_ERRORS:]
            self.outbox.send({"log": "message", "level": "error", "reason": said[-1]})

    def _judge(self, dt: float) -> None:
        """Whether the network was fooled."""
        visit = self.visit
        asked = visit.screen == "challenge" or (visit.screen == "guide" and visit.step == 4)
        if not asked or visit.pair is None or self.app.frame is None:
            return
        guesses = self.app.frame.guesses(1) if not self.app.frame.blank else []
        if self.challenge.update(dt, guesses, visit.pair[1], self.app.pad.stroking):
            visit.won()

    def _count(self) -> None:
        """Tell the supervisor what happened."""
        strokes, self._strokes = self.app.pad.finished_strokes - self._strokes, self.app.pad.finished_strokes
        for one in self.visit.happened():
            self._tell(one.counter, one.label, 1)
        if strokes > 0 and self.visit.visiting:
            self._tell("strokes", "", strokes)
            if self.config.files.store_drawings:
                self._keep()

    def _tell(self, counter: str, label: str, count: int) -> None:
        self.totals[counter] = self.totals.get(counter, 0) + count
        self.outbox.send({"count": counter, "label": label, "by": count})

    def _keep(self) -> None:
        """What is on the pad, to be kept, as the file of strokes has it (inputs/stroke_file.py)."""
        strokes = [stroke.points.tolist() for stroke in self.app.pad.drawing.placed_strokes]
        self.outbox.send({"drawing": {"visit": self.visit.serial, "strokes": strokes}})

    # for who looks after it

    def beat(self, milliseconds: float) -> None:
        """A tick was done, and took so long: tell the supervisor that all is well, four times a second."""
        self.times.add(milliseconds)
        if self.times.count % 15 == 1 or milliseconds > 250:
            message: dict[str, object] = {"frames": self.times.count}
            if self.times.count % 900 == 1:
                median, high = self.times.percentiles()
                message |= {"frame_ms_median": round(median, 2), "frame_ms_p95": round(high, 2)}
            self.outbox.send(message)
        if self.outbox.alone:
            self.app.quit = True  # another supervisor will start another exhibit

    def status_rows(self) -> dict[str, str]:
        """Text's key -> how much."""
        median, high = self.times.percentiles()
        hours, minutes = divmod(int(self._uptime) // 60, 60)
        rows = {
            f"status_{name}": str(self.totals.get(name, 0)) for name in ("visitors", "strokes", "restarts")
        }
        return rows | {
            "status_frame": f"{median:.1f} / {high:.1f} ms",
            "status_uptime": f"{hours}:{minutes:02d}",
        }
