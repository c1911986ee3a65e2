"""What the exhibit tells its supervisor and the service menu: counts, errors, how long frames take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nnvis3d.kiosk.messages import Outbox
from nnvis3d.tools.kiosk_frame_times import FrameTimes
from nnvis3d.tools.kiosk_visit import Visit

if TYPE_CHECKING:
    from nnvis3d.app.app import App

_KEPT_ERRORS = 20
_LATE_MS = 250
"""A tick that takes longer is told at once, lest it is taken for a freeze."""


class Report:
    """Keeps what is told in the service menu; sends the rest on."""

    def __init__(self, app: App, outbox: Outbox, told: Mapping[str, Any]):
        """
        Args:
            told: "counters" and "errors" from before this start.
        """
        self.outbox = outbox
        self.times = FrameTimes()
        self.totals: dict[str, int] = dict(told.get("counters", {}))
        self.errors: list[str] = list(told.get("errors", ()))
        self.uptime = 0.0
        """Seconds."""
        self._app, self._logged = app, ""
        self._strokes = app.pad.finished_strokes

    def look(self) -> None:
        """Once a second: what went wrong."""
        said = [word.text for word in self._app.panels.messages.shown if word.kind == "error"]
        if said and said[-1] != self._logged:
            self._logged = said[-1]
            self.errors = [*self.errors, said[-1]][-_KEPT_ERRORS:]
            self.outbox.send({"log": "message", "level": "error", "reason": said[-1]})

    def count(self, visit: Visit, keep_drawings: bool) -> None:
        """What happened in this tick."""
        pad = self._app.pad
        strokes, self._strokes = pad.finished_strokes - self._strokes, pad.finished_strokes
        for one in visit.happened():
            self.tell(one.counter, one.label)
        if strokes > 0 and visit.visiting:
            self.tell("strokes", "", strokes)
            if keep_drawings:
                self._keep(visit)

    def tell(self, counter: str, label: str = "", count: int = 1) -> None:
        """Something that is counted happened so often."""
        self.totals[counter] = self.totals.get(counter, 0) + count
        self.outbox.send({"count": counter, "label": label, "by": count})

    def keep(self, setting: str, value: object) -> None:
        """The service menu has changed this, for longer than until the next restart."""
        self.outbox.send({"keep": setting, "value": value})

    def _keep(self, visit: Visit) -> None:
        """What is on the pad, to be kept, as the file of strokes has it (inputs/stroke_file.py)."""
        strokes = [stroke.points.tolist() for stroke in self._app.pad.drawing.placed_strokes]
        self.outbox.send({"drawing": {"visit": visit.serial, "strokes": strokes}})

    def beat(self, milliseconds: float) -> None:
        """A tick was done, and took so long: tell the supervisor that all is well, four times a second."""
        self.times.add(milliseconds)
        if self.times.count % 15 == 1 or milliseconds > _LATE_MS:
            message: dict[str, object] = {"frames": self.times.count}
            if self.times.count % 900 == 1:
                median, high = self.times.percentiles()
                message |= {"frame_ms_median": round(median, 2), "frame_ms_p95": round(high, 2)}
            self.outbox.send(message)
        if self.outbox.alone:
            self._app.quit = True  # another supervisor will start another exhibit

    @property
    def rows(self) -> dict[str, str]:
        """Text's key -> how much, for the service menu."""
        median, high = self.times.percentiles()
        hours, minutes = divmod(int(self.uptime) // 60, 60)
        counted = ("visitors", "strokes", "restarts")
        return {f"status_{name}": str(self.totals.get(name, 0)) for name in counted} | {
            "status_frame": f"{median:.1f} / {high:.1f} ms",
            "status_uptime": f"{hours}:{minutes:02d}",
        }
