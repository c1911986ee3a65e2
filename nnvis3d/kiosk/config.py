"""What an exhibit can be told: frozen dataclasses, one for each table of its file, checked when made."""

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from nnvis3d.kiosk.opening import DAYS, Timetable, span

LANGUAGES = ("en", "de", "fr", "es", "nl", "ja", "ar")
"""Those that ship."""
CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")


class ConfigError(ValueError):
    """A value that cannot be; begins with the key that it is about."""

    def __init__(self, key: str, reason: str):
        super().__init__(f"{key}: {reason}")
        self.key = key


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(name, f"expected {low:g} to {high:g}, got {value:g}")


@dataclass(frozen=True)
class Exhibit:
    """What is shown."""

    network: str = "cnn"
    """Name of a built-in network, or the path of one."""
    weights: str = ""
    """Another weights file than the one that ships; relative to this file."""
    theme: str = "dark"
    """"dark", or "light" for projectors and bright halls."""
    title: dict[str, str] = field(default_factory=dict)
    """Language -> the exhibit's name on the attract screen; those left out have ours."""
    logo: str = ""
    """A PNG, shown small on the attract screen and on the curtain; relative to this file."""
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    """Language -> key of a catalogue -> the text to show instead."""
    tours: tuple[str, ...] = ("hand", "attract")
    """What plays while nobody is there, in turn: "hand", tours that ship by name, or .toml files."""

    def __post_init__(self):
        if self.theme not in ("dark", "light"):
            raise ConfigError("theme", f'expected "dark" or "light", got {self.theme!r}')
        for key in ("title", "texts"):
            for language in getattr(self, key):
                if language not in LANGUAGES:
                    raise ConfigError(
                        f"{key}.{language}", f"no such language; there are {', '.join(LANGUAGES)}"
                    )


@dataclass(frozen=True)
class Screen:
    """The screen as it hangs there: every size on it is computed from this."""

    width_mm: float = 527.0
    """Of the picture, not of the case; 527 x 296 is a 24 inch screen."""
    height_mm: float = 296.0
    bottom_mm: float = 900.0
    """Height of the picture's lower edge above the floor."""
    reach_mm: tuple[float, float] = (381.0, 1219.0)
    """Lowest and highest place above the floor that everybody can touch (ADA 308)."""

    def __post_init__(self):
        _within("width_mm", self.width_mm, 150, 5000)
        _within("height_mm", self.height_mm, 100, 5000)
        _within("bottom_mm", self.bottom_mm, 0, 3000)
        if not 0 <= self.reach_mm[0] + 100 <= self.reach_mm[1] <= 3000:
            raise ConfigError("reach_mm", "expected [lowest, highest], at least 100 mm apart")
        low, high = self.reach
        if high - low < 90:
            raise ConfigError(
                "bottom_mm",
                f"only {max(0, high - low):.0f} mm of the screen are within reach_mm, 90 are needed",
            )

    @property
    def reach(self) -> tuple[float, float]:
        """The part of the picture that is within reach: mm above its lower edge, lowest and highest."""
        low, high = (edge - self.bottom_mm for edge in self.reach_mm)
        return max(0.0, low), min(self.height_mm, high)


@dataclass(frozen=True)
class Languages:
    """Languages of the exhibit."""

    offered: tuple[str, ...] = LANGUAGES
    """In the order in which they are shown."""
    default: str = "en"
    """What each visit begins with."""

    def __post_init__(self):
        for name in self.offered:
            if name not in LANGUAGES:
                raise ConfigError("offered", f"{name!r}: no such language; there are {', '.join(LANGUAGES)}")
        if not self.offered or len(set(self.offered)) < len(self.offered):
            raise ConfigError("offered", "expected at least one language, and none twice")
        if self.default not in self.offered:
            raise ConfigError("default", f"{self.default!r} is not offered")


@dataclass(frozen=True)
class Visit:
    """What a visitor can do, and for how long nothing may happen."""

    idle_seconds: float = 90.0
    """Without a touch, until the warning is over and the exhibit goes back to its beginning."""
    warning_seconds: float = 20.0
    """The last part of it: one touch dismisses the warning (WCAG 2.2.1 wants 20 s)."""
    pad_mm: float = 170.0
    """Side of the pad to draw on; made smaller where the screen has no room for it."""
    guide: bool = True
    """Offer the guided path."""
    challenges: tuple[tuple[int, int], ...] = ((4, 9), (3, 8), (1, 7), (5, 6))
    """What to draw, and what the network should take it for; none: no challenge is offered."""

    def __post_init__(self):
        _within("warning_seconds", self.warning_seconds, 20, 300)
        _within("idle_seconds", self.idle_seconds, self.warning_seconds + 10, 3600)
        _within("pad_mm", self.pad_mm, 60, 600)
        for drawn, taken in self.challenges:
            if not (0 <= drawn <= 9 and 0 <= taken <= 9) or drawn == taken:
                raise ConfigError("challenges", f"[{drawn}, {taken}]: expected two different digits")


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
        _within("dim", self.dim, 0, 1)
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
        _within("taps", self.taps, 3, 12)


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
        _within("freeze_seconds", self.freeze_seconds, 1, 10)
        _within("start_seconds", self.start_seconds, 5, 600)
        _within("memory_mb", self.memory_mb, 200, 1e6)
        _within("calm_seconds", self.calm_seconds, 1, 3600)
        _within("longest_wait_seconds", self.longest_wait_seconds, 1, 3600)


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
        _within("log_mb", self.log_mb, 0.01, 1000)
        _within("log_files", self.log_files, 1, 100)
        _within("drawings_mb", self.drawings_mb, 0.01, 10000)


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
            _within("metrics_port", self.metrics_port, 1024, 65535)
        _within("results_keep", self.results_keep, 1, 100000)
        if self.results and not (
            self.results_folder and self.results_url.startswith(("https://", "http://"))
        ):
            raise ConfigError(
                "results", "needs results_folder, and results_url beginning with https:// or http://"
            )


@dataclass(frozen=True)
class KioskConfig:
    """All of it."""

    exhibit: Exhibit = Exhibit()
    screen: Screen = Screen()
    languages: Languages = Languages()
    visit: Visit = Visit()
    hours: Hours = Hours()
    service: Service = Service()
    watch: Watch = Watch()
    files: Files = Files()
    network: Network = Network()
    base: str = "."
    """Folder that the file lies in, set when it is read."""

    def path(self, text: str) -> Path:
        """`text` as a path, seen from the file's folder."""
        return Path(self.base, text).expanduser()


def default_folder() -> Path:
    """Where logs and counters go if nobody says: systemd's StateDirectory, or the user's state folder."""
    if given := os.environ.get("STATE_DIRECTORY"):
        return Path(given.partition(":")[0])
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "nnvis3d-kiosk"
