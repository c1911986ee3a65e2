"""What the panels that ask a neuron are told: inspector, find box, step controls."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnvis3d.scene.hud.state import Picture


@dataclass(frozen=True)
class InspectorPicture:
    """One picture of an inspector, with what it is."""

    caption: str
    picture: "Picture"
    marked: tuple[float, float, float, float] | None = None
    """(left, top, right, bottom) of a frame drawn over it, as shares of the picture."""


@dataclass(frozen=True)
class InspectorState:
    """One neuron's card. Says "inspector_pin", "inspector_copy", "inspector_save", "inspector_close" (id)."""

    id: str
    """Names it from tick to tick: "conv1:3:12:7"."""
    title: str
    subtitle: str = ""
    pictures: tuple[InspectorPicture, ...] = ()
    """Up to three: inputs, weights, products."""
    lines: tuple[tuple[str, str], ...] = ()
    """The calculation: (what, number); a `what` that begins with "=" is the result."""
    pinned: bool = False
    note: str = ""


@dataclass(frozen=True)
class FindState:
    """The find box. Says "find_query" (text), "find_choose" (index), "find_go" (index), "find_close"."""

    query: str = ""
    results: tuple[tuple[str, str], ...] = ()
    """(name, what it is)."""
    chosen: int = 0
    """Index of the result that Enter goes to."""
    serial: int = field(default=0)
    """Raised each time that the box is opened: then it takes the keyboard."""


@dataclass(frozen=True)
class StepperState:
    """Step controls. Says "step_play", "step_back", "step_forward", "step_speed" (float), "step_close"."""

    title: str
    """"conv1 · map 3: row 12, column 7"."""
    running: str = ""
    """The sum so far, large: "0.31 × 0.20 + … = 1.274"."""
    playing: bool = False
    position: int = 0
    count: int = 0
    """Steps done and steps in all."""
    speed: float = 1.0
    """Steps a second, relative to the usual."""
    speed_range: tuple[float, float] = (0.25, 8.0)


@dataclass(frozen=True)
class StripState:
    """Keyframes on a line of time."""

    times: tuple[float, ...] = ()
    """Seconds, rising."""
    selected: int = -1
    now: float | None = None
    """Where a tour that plays is, seconds."""
    playing: bool = False
    recording: bool = False
    """Whether what the person does is being written down."""
    filming: bool = False
    """Whether what is seen is being written into a video."""
    file: str = ""
    """Where it is kept."""
