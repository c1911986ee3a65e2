"""What the kiosk's screens are told. Frozen; compared with == to see whether anything changed.

Texts are in reading order; whoever draws them joins and turns Arabic around. Lengths are millimetres.
"""

from dataclasses import dataclass

from nnvis3d.scene.hud.state import Choice, Invocation, Picture, SceneLabel


@dataclass(frozen=True)
class KioskButton:
    """Something large to press."""

    name: str
    """From tick to tick the same; a touch of it is found by this."""
    text: str
    icon: str
    says: Invocation
    inviting: bool = False
    """The one that most visitors want now: filled, and breathing."""
    on: bool = False
    large: bool = False
    """Wider, with larger letters: what the whole screen asks for."""


@dataclass(frozen=True)
class KioskAnswer:
    """What the network says, large."""

    before: str
    """"It looks like"; of an empty pad what to do."""
    digit: str = ""
    """Empty: no answer yet."""
    percent: str = ""
    second: str = ""


@dataclass(frozen=True)
class KioskWarning:
    """The question before a visit ends. Any touch answers it."""

    title: str
    text: str
    stay: str
    share: float
    """0-1: how much of the time for an answer is left."""


@dataclass(frozen=True)
class KioskService:
    """The menu for who looks after the exhibit; before that, its PIN."""

    title: str
    prompt: str = ""
    """Above the keys for the PIN; empty: the PIN was right."""
    entered: int = 0
    """Figures so far."""
    length: int = 4
    rows: tuple[tuple[str, str], ...] = ()
    """(what, how much)."""
    errors_title: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class KioskState:
    """All that one of the kiosk's screens shows."""

    screen: str
    """"attract", "draw", "guide", "challenge", "service", "calibration" or "closed"."""
    title: str = ""
    text: str = ""
    buttons: tuple[KioskButton, ...] = ()
    languages: tuple[Choice, ...] = ()
    language: str = "en"
    right_to_left: bool = False
    answer: KioskAnswer | None = None
    step: tuple[int, int] | None = None
    """Of the guided path: which, and of how many."""
    labels: tuple[SceneLabel, ...] = ()
    warning: KioskWarning | None = None
    service: KioskService | None = None
    pen: tuple[float, float] | None = None
    """Pad place of the pen that draws by itself: a finger is shown there."""
    breath: float = 0.0
    """0-1: how far the inviting button has breathed in."""
    moving: bool = True
    """Whether anything moves by itself."""
    dim: float = 0.0
    """0-1: how dark everything is."""
    code: Picture | None = None
    """The result's QR code."""
    code_text: str = ""
    marks: tuple[tuple[float, float], ...] = ()
    """Pixels that were touched on the test picture."""
    note: str = ""
    """A word that passes."""
