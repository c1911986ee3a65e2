"""What visitors meet: the tables [exhibit], [screen], [sound], [languages], [visit] of an exhibit's file."""

from dataclasses import dataclass, field

from nnvis3d.kiosk.config_check import ConfigError, within

LANGUAGES = ("en", "de", "fr", "es", "nl", "ja", "ar")
"""Those that ship."""


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
        within("width_mm", self.width_mm, 150, 5000)
        within("height_mm", self.height_mm, 100, 5000)
        within("bottom_mm", self.bottom_mm, 0, 3000)
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

    @property
    def turned(self) -> "Screen":
        """As it hangs after a quarter turn about its middle; itself, if nothing could be reached then."""
        wide, high = self.height_mm, self.width_mm
        try:
            return Screen(wide, high, max(0.0, self.bottom_mm + (self.height_mm - high) / 2), self.reach_mm)
        except ConfigError:
            return self


@dataclass(frozen=True)
class Sound:
    """What visitors hear: short quiet sounds for a touch, a stroke, a new guess, a beginning, a warning."""

    enabled: bool = False
    volume: float = 0.5
    """0 to 1; can be changed in the service menu."""
    remember: bool = True
    """Whether what was set there is kept over restarts, until `volume` is another one."""

    def __post_init__(self):
        within("volume", self.volume, 0, 1)


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
        within("warning_seconds", self.warning_seconds, 20, 300)
        within("idle_seconds", self.idle_seconds, self.warning_seconds + 10, 3600)
        within("pad_mm", self.pad_mm, 60, 600)
        for drawn, taken in self.challenges:
            if not (0 <= drawn <= 9 and 0 <= taken <= 9) or drawn == taken:
                raise ConfigError("challenges", f"[{drawn}, {taken}]: expected two different digits")
