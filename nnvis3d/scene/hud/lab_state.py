"""What the lab's panels are told. Frozen; compared with == to see whether anything changed."""

from dataclasses import dataclass, field

import numpy as np

from nnvis3d.network.lab_snapshot import LabSnapshot

TABS = ("train", "layers", "images", "steer", "past")
"""In the order in which they stand."""
SOURCES = ("drawing", "sample", "hold")
"""What the network on the stage is shown."""
BARS = ("none", "activation", "gradient", "change")
"""What the bar under each feature map says."""


def _grey() -> np.ndarray:
    return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)


@dataclass(frozen=True)
class LabState:
    """All that the lab's panels show in one tick."""

    snapshot: LabSnapshot = field(compare=False)
    serial: int
    """Of the snapshot: another number means that something may have changed."""
    tab: str = "train"
    """One of `TABS`."""
    source: str = "drawing"
    """One of `SOURCES`."""
    seen: str = ""
    """What the network on the stage is shown, for people: "training image of a 7"."""
    answers: bool = True
    """Whether it answers what is drawn; if not, it shows what its own lab computes."""
    layers: tuple[str, ...] = ()
    """Those with weights, in order."""
    layer: str = ""
    """The one that is chosen, of `layers`."""
    filter: int | None = None
    """The chosen filter or neuron of it."""
    alone: bool = False
    """Whether the sliders of the training set the chosen layer alone."""
    bars: str = "none"
    """One of `BARS`."""
    points: tuple[tuple[str, str], ...] = ()
    """Embeddings that are open: (layer, kind)."""
    classes: bool = False
    """Whether the class view is open."""
    pointed: tuple[str, int] | None = None
    """(layer, filter) that is pointed at, in the scene or in an embedding."""
    playing: bool = False
    """Whether the past is played."""
    standing: bool = False
    """Whether the open embeddings stand in the scene, and not in the dock."""
    colors: np.ndarray = field(default_factory=_grey, compare=False)
    """uint8 (256, 3): colours of weights, from negative to positive."""

    @property
    def tabs(self) -> tuple[str, ...]:
        """Those that there is something for."""
        return TABS[:1] if self.snapshot.elsewhere else TABS

    @property
    def sources(self) -> tuple[str, ...]:
        """Those of `SOURCES` that there are to choose from."""
        if not self.answers:
            return ()
        return SOURCES[:2] if self.snapshot.elsewhere else SOURCES

    @property
    def docked(self) -> bool:
        """Whether there is anything in the dock of embeddings."""
        return bool(self.points) or self.classes

    @property
    def filters(self) -> int:
        """How many the chosen layer has."""
        return self.snapshot.shown.spec.by_name[self.layer].shape[0] if self.layer else 0

    @property
    def thing(self) -> str:
        """What the chosen layer is made of: "filter" or "neuron"."""
        return "neuron" if len(self.snapshot.shown.spec.by_name[self.layer].shape) == 1 else "filter"
