"""What a person has open and chosen in the lab: tab, layer and filter, embeddings, what the network sees."""

from pathlib import Path

from nnvis3d.network.lab_snapshot import LabSnapshot
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.scene.hud.lab_state import BARS, SOURCES, TABS, LabState

PLAY_SECONDS = 0.12
"""From one kept step to the next while the past is played."""


def weighted_layers(spec: NetworkSpec) -> tuple[str, ...]:
    """Those that can be steered, in order."""
    return tuple(layer.name for layer in spec.layers if layer.parameters and layer.kind in ("conv", "linear"))


class LabDesk:
    """A state machine; what the panels are told of it, `state` says."""

    def __init__(self):
        self.tab = "train"
        self.source = "drawing"
        self.seen = ""
        """What the network on the stage sees, for people."""
        self.answers = True
        """Whether the network on the stage answers what is drawn."""
        self.failed = False
        """Whether it was said that the lab has ended."""
        self.layer = ""
        self.filter: int | None = None
        self.alone = False
        """Whether the sliders of the training set the chosen layer alone."""
        self.bars = "none"
        self.points: tuple[tuple[str, str], ...] = ()
        self.classes = False
        self.standing = False
        """Whether open embeddings stand in the scene, and not in the dock."""
        self.pointed: tuple[str, int] | None = None
        """(layer, filter) under the pointer."""
        self.playing = False
        self.folder: Path | None = None
        """Where the lab is saved; None: nowhere yet."""
        self._layers: tuple[str, ...] = ()
        self._waited = 0.0

    def open_tab(self, name: str) -> None:
        """
        Raises:
            ValueError: there is none of that name.
        """
        self.tab = _one_of("tab", name, TABS)

    def choose_source(self, name: str | None) -> None:
        """Show the network this from now on; None: the next of them.

        Raises:
            ValueError: there is none of that name.
        """
        name = name or SOURCES[(SOURCES.index(self.source) + 1) % len(SOURCES)]
        self.source = _one_of("source", name, SOURCES)

    def choose_bars(self, kind: str) -> None:
        """Let the bars on the feature maps say this; raises as `open_tab`."""
        self.bars = _one_of("bars", kind, BARS)

    def begin(self, snapshot: LabSnapshot) -> None:
        """The first snapshot of a lab: what was open in it when it was saved is open again."""
        self.points = tuple((view.layer, view.kind) for view in snapshot.embeddings)
        self.classes = snapshot.classes is not None
        if snapshot.elsewhere:
            self.choose_source("sample")

    def follow(self, snapshot: LabSnapshot) -> None:
        """Layers and filters may have come and gone."""
        spec = snapshot.shown.spec
        self._layers = weighted_layers(spec)
        if self.layer not in self._layers:
            self.choose(self._layers[0] if self._layers else "")
        if self.filter is not None and self.filter >= spec.by_name[self.layer].shape[0]:
            self.filter = None
        if self.pointed is not None:
            layer, filter = self.pointed
            if layer not in self._layers or filter >= spec.by_name[layer].shape[0]:
                self.pointed = None

    @property
    def layers(self) -> tuple[str, ...]:
        """Those that can be chosen."""
        return self._layers

    def choose(self, layer: str, filter: int | None = None) -> None:
        """What is steered."""
        self.layer, self.filter = layer, filter

    def filter_at(self, spec: NetworkSpec, neuron: NeuronId | None) -> tuple[str, int] | None:
        """(layer, filter) that a neuron belongs to: a pooled one to the filter that it pools."""
        while neuron is not None and neuron.layer not in self._layers:
            layer = spec.by_name[neuron.layer]
            one = len(layer.sources) == 1 and layer.kind.endswith("pool")
            neuron = NeuronId(layer.sources[0], neuron.channel) if one else None
        return None if neuron is None else (neuron.layer, neuron.channel)

    def toggle_points(self, item: tuple[str, str]) -> None:
        """Open an embedding (layer, kind), or close it."""
        kept = tuple(known for known in self.points if known != item)
        self.points = kept if len(kept) < len(self.points) else (*self.points, item)

    def play_on(self, dt: float, snapshot: LabSnapshot) -> int | None:
        """The kept step to show next, when it is time for it; None: not yet. Stops at the newest."""
        self._waited += dt
        if not self.playing or self._waited < PLAY_SECONDS:
            return None
        self._waited = 0.0
        later = snapshot.history.steps[snapshot.history.steps > (snapshot.viewing or 0)]
        if snapshot.viewing is None or not len(later):
            self.playing = False
            return None
        return int(later[0])

    def state(self, snapshot: LabSnapshot) -> LabState:
        """What the panels are told."""
        return LabState(
            snapshot,
            snapshot.serial,
            tab=self.tab,
            source=self.source,
            seen=self.seen,
            answers=self.answers,
            layers=self._layers,
            layer=self.layer,
            filter=self.filter,
            alone=self.alone,
            bars=self.bars,
            points=self.points,
            classes=self.classes,
            pointed=self.pointed,
            playing=self.playing,
            standing=self.standing,
        )


def _one_of(what: str, name: str, names: tuple[str, ...]) -> str:
    if name not in names:
        raise ValueError(f"{what}: expected one of {', '.join(names)}, got {name!r}")
    return name
