"""What the lab's panels are told. Frozen; compared with == to see whether anything changed."""

from dataclasses import dataclass, field

from nnvis3d.network.lab_snapshot import LabSnapshot

TABS = ("train",)
"""In the order in which they stand."""
SOURCES = ("drawing", "sample", "hold")
"""What the network on the stage is shown."""


@dataclass(frozen=True)
class LabState:
    """All that the lab's panels show in one tick."""

    snapshot: LabSnapshot = field(compare=False)
    serial: int
    """Of the snapshot: another number means that something may have changed."""
    tab: str = "train"
    """One of `TABS`."""
    tabs: tuple[str, ...] = ("train",)
    """Those that there is something for."""
    source: str = "drawing"
    """One of `SOURCES`."""
    seen: str = ""
    """What the network on the stage is shown, for people: "training image of a 7"."""
