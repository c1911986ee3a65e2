"""Starts the exhibit, watches it, starts it again. Its loop is `step`; only `run` knows of time.

It owns the log, the counters, the curtain and the exhibit, draws nothing, and imports nothing that could take
it down: neither OpenGL nor PyTorch.
"""

import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from nnvis3d.kiosk.child import Child
from nnvis3d.kiosk.config import KioskConfig
from nnvis3d.kiosk.counters import GAUGES, HELP, Counters
from nnvis3d.kiosk.drawings import DrawingStore
from nnvis3d.kiosk.health import BackOff, Health
from nnvis3d.kiosk.kept import KeptVolume
from nnvis3d.kiosk.logs import Log
from nnvis3d.kiosk.messages import BROKEN, QUIT, RESTART, parse

STEP_SECONDS = 0.1
SAVE_SECONDS = 15.0
CURTAIN_WAIT = 0.5
"""Seconds between two attempts to open the screen: an X server that comes back is used at once."""
CURTAIN_PATIENCE = 10.0
"""Seconds for the curtain to say which window it has."""
ENVIRONMENT = "NNVIS3D_KIOSK"
"""In which the exhibit finds, as JSON, what it needs to know. Not in its arguments: everybody sees those."""


class Supervisor:
    """Keeps one exhibit on one screen."""

    def __init__(
        self,
        config: KioskConfig,
        settings: Callable[[], dict],
        log: Log,
        counters: Counters,
        drawings: DrawingStore,
        exhibit: Sequence[str],
        curtain: Sequence[str] | None,
        volume: KeptVolume | None = None,
    ):
        """
        Args:
            settings: what the exhibit is told at a start; window, last errors and counts are added.
            volume: keeps what the service menu sets; None: nobody does.
            exhibit, curtain: commands; without a curtain the exhibit opens a window of its own.
        """
        self.config, self.log, self.counters = config, log, counters
        self.exhibit: Child | None = None
        self.curtain: Child | None = None
        self.window: int | None = None
        self.status: int | None = None
        """How the program is to end; None: it goes on."""
        self.health = Health(config.watch)
        self._settings, self._commands, self._drawings = settings, (list(exhibit), curtain), drawings
        self._volume = volume
        self._back_off = BackOff(config.watch)
        self._wait = self._curtain_wait = self._curtain_age = 0.0
        self._unsaved = SAVE_SECONDS
        self._was_full = False
        self._curtain_said = ""
        """What it last complained of."""

    def run(self, stopped: Callable[[], bool]) -> int:
        """Until the service menu says quit, or `stopped`; the exit status."""
        self.log.write("supervisor started", pid=os.getpid())
        last = time.monotonic()  # the wall clock may jump; this one does not
        try:
            while self.status is None and not stopped():
                time.sleep(STEP_SECONDS)
                now = time.monotonic()
                self.step(now - last)
                last = now
        finally:
            self.close()
        return self.status or QUIT

    def close(self) -> None:
        """End both and note it down."""
        for child in (self.exhibit, self.curtain):
            if child is not None:
                child.end()
        self.counters.gauges["up"] = 0
        self.counters.save()
        self.log.write("supervisor ended")

    def step(self, seconds: float) -> None:
        """So much time has passed: look after everything once."""
        self._tend_curtain(seconds)
        if self.exhibit is not None:
            self._watch(seconds)
        elif self.ready:
            self._wait -= seconds
            if self._wait <= 0:
                self._start()
        self._unsaved += seconds
        if self._unsaved >= SAVE_SECONDS:
            self._save()

    @property
    def ready(self) -> bool:
        """Whether there is a screen for the exhibit."""
        return self._commands[1] is None or self.window is not None

    # the curtain

    def _tend_curtain(self, seconds: float) -> None:
        if self._commands[1] is None:
            return
        if self.curtain is None:
            self._curtain_wait -= seconds
            if self._curtain_wait <= 0:
                self.curtain, self._curtain_age = self._try(self._commands[1]), 0.0
                self._curtain_wait = CURTAIN_WAIT
            return
        self._curtain_age += min(seconds, 1.0)
        for line in self.curtain.said():
            message = parse(line) or {}
            if "window" in message:
                self.window = int(message["window"])
                self._curtain_said = ""
                self.counters.add("curtain_starts")
                self.log.write("curtain drawn", window=self.window)
            else:
                self._take(message)
        late = self.window is None and self._curtain_age > CURTAIN_PATIENCE
        if self.curtain.status is not None or late:
            self._lose_curtain()

    def _lose_curtain(self) -> None:
        """The exhibit's window was inside it: that is gone too."""
        assert self.curtain is not None
        had_window, self.window = self.window is not None, None
        status = self.curtain.end(0)
        reason = self.curtain.complaints
        self.curtain = None
        if reason != self._curtain_said:  # once, however long the X server stays away
            self._error("curtain lost", status=status, reason=reason)
        self._curtain_said = "" if had_window else reason
        if had_window and self.exhibit is not None:
            self._restart("display", at_once=True)

    # the exhibit

    def _start(self) -> None:
        told = {**self._settings(), "window": self.window, "errors": list(self.log.errors)}
        told["counters"] = {name: self.counters.total(name) for name in HELP}
        told["volume"] = self._volume.volume if self._volume is not None else None
        child = self._try(self._commands[0], {**os.environ, ENVIRONMENT: json.dumps(told)})
        if child is None:
            self._wait = self._back_off.after(0.0)
            return
        self.exhibit, self.health = child, Health(self.config.watch)
        self.counters.add("starts")
        self.log.write("exhibit started", pid=child.process.pid)

    def _try(self, command: Sequence[str], environment: dict[str, str] | None = None) -> Child | None:
        try:
            return Child(command, environment)
        except OSError as error:  # no memory, no process left: later, perhaps
            self._error("cannot start", command=command[0], reason=str(error))
            return None

    def _watch(self, seconds: float) -> None:
        assert self.exhibit is not None
        for line in self.exhibit.said():
            self._hear(line)
        self.health.memory_mb = self.exhibit.memory_mb
        self.health.pass_time(seconds)
        status = self.exhibit.status
        if status is not None:
            self._ended(status)
        elif verdict := self.health.verdict:
            self._restart(verdict)

    def _hear(self, line: bytes) -> None:
        message = parse(line)
        if message is None:
            self.counters.add("lost_messages")
        elif "frames" in message:
            if not self.health.frames:
                self.log.write("first frame", seconds=round(self.health.uptime, 1))
            self.health.frame(int(message["frames"]))
            for name in GAUGES:
                if name in message:
                    self.counters.gauges[name] = float(message[name])
        elif message.get("keep") == "volume":
            self._keep_volume(message.get("value"))
        elif "drawing" in message:
            self._drawings.keep(message["drawing"])
        else:
            self._take(message)

    def _keep_volume(self, value: object) -> None:
        if self._volume is not None and isinstance(value, float | int):
            self._volume.keep(float(value))

    def _ended(self, status: int) -> None:
        if status == QUIT:
            self.log.write("quit asked for in the service menu")
            self.status = QUIT
        elif status == RESTART:
            self._restart("service", at_once=True)
        else:
            for line in self.exhibit.said() if self.exhibit is not None else ():
                self._hear(line)
            self._restart("exception" if status == BROKEN else "exit" if status > 0 else "signal")

    def _restart(self, reason: str, at_once: bool = False) -> None:
        """End what is left of it, and start it again after a while, or with the next step."""
        assert self.exhibit is not None
        status = self.exhibit.end(2.0 if reason in ("service", "memory") else 0.0)
        self._wait = 0.0 if at_once else self._back_off.after(self.health.uptime)
        self.counters.add("restarts", reason)
        write = self.log.write if reason == "service" else self._error
        uptime = round(self.health.uptime, 1)
        write(
            "exhibit restarts",
            reason=reason,
            status=status,
            uptime_s=uptime,
            frames=self.health.frames,
            memory_mb=round(self.health.memory_mb),
            wait_s=self._wait,
            said=self.exhibit.complaints,
        )
        self.exhibit = None
        self.counters.gauges["up"] = 0

    # what is noted down

    def _take(self, message: dict) -> None:
        """What exhibit and curtain may both say: something to count, or a line for the log."""
        if "count" not in message:
            self._note(message)
            return
        with suppress(KeyError, ValueError, TypeError):
            self.counters.add(message["count"], str(message.get("label", "")), int(message.get("by", 1)))

    def _note(self, message: dict) -> None:
        if "log" not in message:
            return
        values = {str(k): v for k, v in message.items() if k not in ("log", "level", "event", "time")}
        write = self._error if message.get("level") == "error" else self.log.write
        write(str(message["log"]), **values)

    def _error(self, event: str, **values: object) -> None:
        self.counters.add("errors")
        self.log.write(event, "error", **values)

    def _save(self) -> None:
        self._unsaved = 0.0
        up = self.exhibit is not None and self.health.frames > 0
        gauges = {"up": float(up), "uptime_seconds": self.health.uptime, "memory_mb": self.health.memory_mb}
        self.counters.gauges.update({name: round(value, 1) for name, value in gauges.items()})
        saved = self.counters.save()
        if not saved and not self._was_full:
            self._error("counters cannot be saved", reason=str(self.counters.path))
        self._was_full = not saved
