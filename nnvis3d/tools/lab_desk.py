"""What a person has open and chosen in the lab: tab, and what the network on the stage sees."""

from nnvis3d.network.lab_snapshot import LabSnapshot
from nnvis3d.scene.hud.lab_state import SOURCES, TABS, LabState


class LabDesk:
    """A state machine; what the panels are told of it, `state` says."""

    def __init__(self):
        self.tab = "train"
        self.source = "drawing"
        self.seen = ""
        """What the network on the stage sees, for people."""
        self.failed = False
        """Whether it was said that the lab has ended."""

    def open_tab(self, name: str) -> None:
        """
        Raises:
            ValueError: there is none of that name.
        """
        if name not in TABS:
            raise ValueError(f"tab: expected one of {', '.join(TABS)}, got {name!r}")
        self.tab = name

    def choose_source(self, name: str | None) -> None:
        """Show the network this from now on; None: the next of them.

        Raises:
            ValueError: there is none of that name.
        """
        name = name or SOURCES[(SOURCES.index(self.source) + 1) % len(SOURCES)]
        if name not in SOURCES:
            raise ValueError(f"source: expected one of {', '.join(SOURCES)}, got {name!r}")
        self.source = name

    def state(self, snapshot: LabSnapshot) -> LabState:
        """What the panels are told."""
        return LabState(
            snapshot,
            snapshot.serial,
            tab=self.tab,
            tabs=TABS,
            source=self.source,
            seen=self.seen,
        )
