"""Which lab is asked for: plain values, so that they can be sent to another process."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MODELS = ("cnn", "mlp", "cifar3", "resnet20")
"""Networks of the lab's."""
DIGITS = "digits"
"""Those that ship, as data."""


@dataclass(frozen=True)
class Wanted:
    """One lab."""

    model: str = "cnn"
    """One of `MODELS`, or "package.module:factory"."""
    data: str = DIGITS
    options: Mapping[str, object] = field(default_factory=dict)
    """Of `open_lab`."""
    folder: str | None = None
    """A saved lab to go on with; then `data` and `options` are not used."""
    moved: str | None = None
    """Where the saved lab's data is now, as `data`; None: where it was."""
    shape: tuple[int, int, int] | None = None
    """(C, H, W) of the input of a network of the user's own."""
