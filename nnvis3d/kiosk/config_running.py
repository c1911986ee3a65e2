"""What keeps an exhibit running: its file's tables [hours], [service], [watch], [files], [network]."""

import re
from dataclasses import dataclass

from nnvis3d.kiosk.config_check import ConfigError, within
from nnvis3d.kiosk.opening import DAYS, Timetable, span

CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")


@dataclass(frozen=True)
class Hours:
    """Opening hours, local time; outside them the screen is dark. All left out: always open."""

    every_day: str = ""
    """"10:00-18:00"; the days below stand before it."""
    mon: str | None = None
    """"10:00-18:00"; "" is closed."""
    tue: str | None = None
    wed: str | None = None
    thu: str | None = None
    fri: str | None = None
    sat: str | None = None
    sun: str | None = None
    dim: float = 0.97
    """How dark it is while closed, 0 (as ever) to 1 (black)."""

    def __post_init__(self):
        within("dim", self.dim, 0, 1)
        for key in ("every_day", *DAYS):
            text = getattr(self, key)
            if text:
                try:
                    span(text)
                except ValueError as error:
                    raise ConfigError(key, str(error)) from error

    @property
    def timetable(self) -> Timetable:
        days = [getattr(self, day) for day in DAYS]
        if not self.every_day and all(day is None for day in days):
            return Timetable()
        texts = [self.every_day if day is None else day for day in days]
        return Timetable(tuple(span(text) if text else None for text in texts))


@dataclass(frozen=True)
class Service:
    """The menu for who looks after the exhibit."""

    pin: str = ""
    """4 to 8 figures. Without one the menu cannot be opened."""
    corner: str = "top-right"
    """Where it is knocked for."""
    taps: int = 5
    """How often, within four seconds."""

    def __post_init__(self):
        if self.pin and not re.fullmatch(r"[0-9]{4,8}", self.pin):
            raise ConfigError("pin", "expected 4 to 8 figures in quotes, or an empty text")
        if self.corner not in CORNERS:
            raise ConfigError("corner", f"expected one of {', '.join(CORNERS)}")
        within("taps", self.taps, 3, 12)


@dataclass(frozen=True)
class Watch:
    """When the supervisor restarts the exhibit."""

    freeze_seconds: float = 5.0
    """Without a frame."""
    start_seconds: float = 60.0
    """For the first frame, which waits for drivers."""
    memory_mb: float = 2500.0
    """Resident; more is taken for a leak."""
    calm_seconds: float = 60.0
    """After so long without a fault the next restart is at once again."""
    longest_wait_seconds: float = 60.0
    """Between two attempts, however often it failed."""

    def __post_init__(self):
        within("freeze_seconds", self.freeze_seconds, 1, 10)
        within("start_seconds", self.start_seconds, 5, 600)
        within("memory_mb", self.memory_mb, 200, 1e6)
        within("calm_seconds", self.calm_seconds, 1, 3600)
        within("longest_wait_seconds", self.longest_wait_seconds, 1, 3600)


@dataclass(frozen=True)
class Files:
    """What is written into the one folder that is written to (`--folder`)."""

    log_mb: float = 5.0
    """Of one log file."""
    log_files: int = 4
    """How many are kept."""
    store_drawings: bool = False
    """Whether what visitors draw is kept, as pen strokes in drawings.jsonl."""
    drawings_mb: float = 50.0
    """When it is so large, no more are kept."""

    def __post_init__(self):
        within("log_mb", self.log_mb, 0.01, 1000)
        within("log_files", self.log_files, 1, 100)
        within("drawings_mb", self.drawings_mb, 0.01, 10000)


@dataclass(frozen=True)
class Network:
    """What may be reached. Nothing, as it ships."""

    metrics_port: int = 0
    """Counters for Prometheus at http://127.0.0.1:PORT/metrics, this machine only; 0: none."""
    results: bool = False
    """Whether visitors may take a picture of their result with them, by a QR code."""
    results_folder: str = ""
    """Where those pictures are written; a web server of yours must publish it. Relative to this file."""
    results_url: str = ""
    """What the code says: this, and the picture's name. https://museum.example/r/"""
    results_keep: int = 200
    """How many pictures are kept."""

    def __post_init__(self):
        if self.metrics_port:
            within("metrics_port", self.metrics_port, 1024, 65535)
        within("results_keep", self.results_keep, 1, 100000)
        if self.results and not (
            self.results_folder and self.results_url.startswith(("https://", "http://"))
        ):
            raise ConfigError(
                "results", "needs results_folder, and results_url beginning with https:// or http://"
            )
