"""What happens when: the events of a tour, in order, with times since it began."""

from dataclasses import dataclass, field
from typing import Any

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.tour.framing import Aim
from nnvis3d.tour.pen import PenPath

FADE_SECONDS = 0.4
"""In which words come and go."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happens."""

    start: float
    """Seconds since the tour began."""
    seconds: float = 0.0
    """How long it goes on."""
    line: int = 0
    """Of the file."""

    @property
    def end(self) -> float:
        return self.start + self.seconds


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A camera move relative to where the camera is."""

    degrees: float
    """Around what it looks at; positive: to the right."""
    rise: float = 0.0
    """Degrees."""
    zoom: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Move(Event):
    """The camera goes somewhere."""

    goal: Aim | CameraPose | Turn
    ease: str = "smooth"
    flow: bool = False
    """Whether it goes on from the move before it, which then does not stop."""


@dataclass(frozen=True, kw_only=True)
class Draw(Event):
    """A pen writes on the pad."""

    path: PenPath


@dataclass(frozen=True, kw_only=True)
class Hover(Event):
    """The pointer rests on a neuron from now on."""

    neuron: str
    """Its address; empty: the pointer goes away."""


@dataclass(frozen=True, kw_only=True)
class Words(Event):
    """Something is to be read."""

    text: dict[str, str]
    """By language."""
    below: dict[str, str] = field(default_factory=dict)
    """A second, smaller line, by language."""
    style: str = "caption"
    """"caption" or "title"."""
    place: str = "bottom"
    """"bottom" or "top"; a title stands in the middle."""

    def alpha(self, time: float) -> float:
        """How present it is, 0-1, `time` seconds after the tour began."""
        share = min(time - self.start, self.end - time) / min(FADE_SECONDS, max(self.seconds / 2, 1e-3))
        share = min(max(share, 0.0), 1.0)
        return share * share * (3 - 2 * share)

    def lines(self, language: str) -> tuple[str, str]:
        """Both, in this language or else in the first that there is."""
        return said(self.text, language), said(self.below, language)


@dataclass(frozen=True, kw_only=True)
class Invoke(Event):
    """A named action is invoked, as a key or a panel would."""

    action: str
    argument: Any = None


@dataclass(frozen=True)
class LabStage:
    """A training that begins with the tour."""

    model: str
    data: str
    seed: int
    steps: float
    """Training steps a second."""
    line: int = 0
    """Of the file, where it says the model."""
    data_line: int = 0


@dataclass(frozen=True)
class Stage:
    """How everything stands when a tour begins."""

    network: str = "cnn"
    view: str = "3d"
    theme: str = "dark"
    colormap: str = ""
    """Empty: the first."""
    panels: str = "few"
    labels: bool = True
    seed: int = 0
    lab: LabStage | None = None


@dataclass(frozen=True)
class Timeline:
    """A whole tour."""

    stage: Stage
    events: tuple[Event, ...]
    """By start; those of one moment in the file's order."""
    length: float
    """Seconds."""
    name: dict[str, str] = field(default_factory=dict)
    """What it is called, by language."""
    loop: bool = False
    """Whether its end is its beginning."""
    size: tuple[int, int] = (1280, 720)
    """Pixels, if nothing else is asked for."""
    fps: float = 30.0
    source: str = ""
    """The file."""

    def words_at(self, time: float) -> list[Words]:
        """What is to be read then."""
        return [e for e in self.events if isinstance(e, Words) and e.start <= time < e.end]


def said(text: dict[str, str], language: str) -> str:
    """`text` in this language, or else in the first that it is in; "" if it is in none."""
    return text.get(language) or next(iter(text.values()), "")
