"""What a person does, as data. Positions are pixels from the top left of the picture."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PointerMoved:
    x: float
    y: float


@dataclass(frozen=True)
class PointerLeft:
    """The pointer is no longer over the window, and drags nothing."""


@dataclass(frozen=True)
class ButtonChanged:
    button: int
    """0 left, 1 middle, 2 right."""
    down: bool
    x: float
    """Where the pointer was at that moment, wherever it went in the same tick."""
    y: float


@dataclass(frozen=True)
class Wheel:
    dx: float
    """Notches to the right."""
    dy: float
    """Notches away from the person."""
    x: float
    y: float


@dataclass(frozen=True)
class KeyChanged:
    name: str
    """What the key is without shift: "a", "/", "f1", "arrow_left", "enter", "shift" (either one)."""
    down: bool
    repeat: bool = False
    """Sent again because it is held down."""
    modifiers: frozenset[str] = frozenset()
    """Those of "shift", "control", "alt", "meta" that are held, the key itself left out."""


@dataclass(frozen=True)
class TextTyped:
    text: str
    """Printable, with shift and the keyboard's layout applied."""
    repeat: bool = False


@dataclass(frozen=True)
class WindowResized:
    width: int
    height: int


@dataclass(frozen=True)
class FocusChanged:
    focused: bool


@dataclass(frozen=True)
class FilesDropped:
    paths: tuple[str, ...]
    """At least one; what is no file of this machine is there as it was given, "https://..."."""


@dataclass(frozen=True)
class CloseRequested:
    """The person wants the window closed."""


Event = (
    PointerMoved
    | PointerLeft
    | ButtonChanged
    | Wheel
    | KeyChanged
    | TextTyped
    | WindowResized
    | FocusChanged
    | FilesDropped
    | CloseRequested
)
