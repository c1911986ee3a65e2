"""A tour as its file says it: what may stand there, and of which type. docs/tours.md says what it means."""

from typing import Any

import msgspec

Words = str | dict[str, str]
"""Text, or by language: { en = "...", de = "..." }."""
VERBS = ("look_at", "pose", "orbit", "draw", "hover", "caption", "title", "do")
"""A cue has exactly one of these."""
EASES = ("smooth", "linear", "in", "out")
PLACES = ("bottom", "top")
LAB_STEPS = 30.0
"""Training steps a second of a tour of the lab: what changes can be followed."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Unknown keys are mistakes."""


class Pose(_Strict, frozen=True):
    """A camera pose, as network.layout.CameraPose."""

    target: tuple[float, float, float]
    """Scene units."""
    distance: float
    heading: float = 0.0
    """Degrees."""
    pitch: float = 0.0
    fov: float = 28.0


class Pen(_Strict, frozen=True):
    """What is drawn: somebody's digit that ships, or points."""

    digit: int | None = None
    writer: int | None = None
    """Number of the person whose digit it is; none: the seed chooses."""
    strokes: list[list[list[float]]] | None = None
    """By stroke, points [x, y] in pad units, or [x, y, t] with seconds since the first one's start."""
    width: float | None = None
    """Of the pen, pad units."""
    size: float | None = None
    """Of a digit, share of the pad."""


class Cue(_Strict, frozen=True):
    """One thing that happens."""

    at: float | str | None = None
    """Seconds since its scene began; "+1.5": since the cue before it began."""
    after: float | None = None
    """Seconds since all cues before it in its scene had ended."""
    over: float | None = None
    """Seconds that it takes."""

    look_at: str | list[str] | None = None
    pose: Pose | None = None
    orbit: float | None = None
    """Degrees; positive: to the right."""
    side: str = ""
    fill: float | None = None
    heading: float | None = None
    pitch: float | None = None
    zoom: float | None = None
    ease: str = ""
    flow: bool = False
    """Whether the camera goes on from the move before it without stopping."""

    draw: int | Pen | None = None
    hover: str | None = None

    caption: Words | None = None
    title: Words | None = None
    subtitle: Words | None = None
    place: str = ""

    do: str | None = None
    with_: Any = msgspec.field(default=None, name="with")

    @property
    def verb(self) -> str:
        """What it does, one of VERBS.

        Raises:
            ValueError: nothing, or more than one thing.
        """
        found = [verb for verb in VERBS if getattr(self, verb) is not None]
        if len(found) != 1:
            which = f"not both {found[0]} and {found[1]}" if found else f"one of {', '.join(VERBS)}"
            raise ValueError(f"a cue says one thing, {which}")
        return found[0]


class Scene(_Strict, frozen=True):
    """Some cues with a beginning and an end of their own."""

    name: str = ""
    start: float | None = None
    """Seconds since the tour began; none: when the scene before it ends."""
    length: float | None = None
    """Seconds; none: until its last cue has ended."""
    cues: list[Cue] = []


class Video(_Strict, frozen=True):
    """How it is recorded if the command line does not say otherwise."""

    size: str = "1280x720"
    fps: float = 30.0


class Lab(_Strict, frozen=True):
    """What a tour of the lab trains, from the beginning."""

    model: str = "cnn"
    data: str = "digits"
    seed: int = 1
    """Of the weights and the order of the images."""
    steps: float = LAB_STEPS
    """Training steps a second."""


class TourFile(_Strict, frozen=True):
    """The whole file."""

    name: Words = ""
    network: str = ""
    """Empty: "cnn", or what the lab trains."""
    lab: Lab | None = None
    view: str = "3d"
    theme: str = "dark"
    colormap: str = ""
    panels: str = "few"
    """"all", "few" (what answers: no tools, no bars) or "none"."""
    labels: bool = True
    seed: int = 0
    loop: bool = False
    language: str = "en"
    """Of words that are plain text."""
    video: Video = Video()
    scene: list[Scene] = []
    cues: list[Cue] = []
    """A tour without scenes: their times are seconds since the tour began."""
