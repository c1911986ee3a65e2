"""What the panels are told and what they answer. Frozen; compared with == to see whether anything changed.

All places and sizes are pixels of the picture, x to the right, y down from the upper left corner.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.scene.hud.ask_state import FindState, InspectorState, StepperState, StripState
from nnvis3d.scene.hud.filter_card import FilterCard
from nnvis3d.scene.hud.lab_state import LabState

if TYPE_CHECKING:
    from nnvis3d.scene.hud.compare import CompareState


@dataclass(frozen=True)
class Invocation:
    """One thing that the person asked for. Panels only say it; who owns the action does it."""

    action: str
    """"undo", "brush_size", ...: the names of the table of keys."""
    argument: object = None


@dataclass(frozen=True)
class Choice:
    """One of several to choose from."""

    name: str
    title: str


@dataclass(frozen=True)
class AnswerState:
    """What the network says."""

    guesses: tuple[tuple[str, float], ...] = ()
    """(label, probability 0-1), likeliest first; empty: no guess."""
    blank: bool = True
    """Whether nothing is drawn: then the card invites to draw."""
    colored: bool = False
    """Whether the network sees colours: digits are not what it knows."""


@dataclass(frozen=True)
class PadState:
    """The toolbar of the pad."""

    tool: str = "pen"
    """"pen", "eraser" or "hand"."""
    brush: float = 16.0
    brush_range: tuple[float, float] = (6.0, 40.0)
    """Smallest and largest brush, in the unit of `brush`."""
    can_undo: bool = False
    can_redo: bool = False
    can_clear: bool = False
    normalize: bool = True
    """Whether the drawing is centred and scaled before the network sees it."""
    transformed: bool = False
    """Whether the drawing was moved, turned or scaled: then the toolbar offers the way back."""
    docked: bool = False
    sample: str = ""
    """What the shown picture is called: "MNIST test digit 12", "cat.jpg"; empty: it was drawn."""
    colored: bool = False
    """Whether the network sees colours: then the palette is there, and nothing to centre with."""
    palette: tuple[tuple[int, int, int], ...] = ()
    """Red, green, blue, 0 to 255."""
    color: tuple[int, int, int] = (255, 255, 255)
    """Of the pen."""
    place: tuple[float, float, float] | None = None
    """(x, y, width): where the toolbar hangs, under the pad; None: in the lower left corner."""


@dataclass(frozen=True, eq=False)
class Picture:
    """An array of colours. Equal if it is the same array with the same serial: contents are not compared."""

    pixels: np.ndarray
    """uint8 (height, width) grey, (height, width, 3) RGB, or a colour map (256, 3). Row 0 on top."""
    serial: int = 0
    """Raise it when `pixels` was written to in place."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Picture) and self.pixels is other.pixels and self.serial == other.serial

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class LegendState:
    """What the colours mean, for one layer or in general."""

    colormap: str
    """For people: "ember"."""
    lut: Picture
    """uint8 (256, 3): colours from `low` to `high`."""
    low: float
    high: float
    title: str = ""
    """Whose colours: "conv1"; empty: every layer's."""
    note: str = ""
    """How values become colours: "brightness: 0 to the layer's maximum"."""
    unit: str = ""
    """What stands behind the higher number."""


@dataclass(frozen=True)
class LayerRow:
    """One line of the layers panel."""

    name: str
    title: str
    shape: str
    """"6 × 28 × 28"."""
    visible: bool = True
    style: str = "grid"
    """How its maps stand: "grid", "row", "stack" or "fold"."""
    styles: tuple[str, ...] = ()
    """How they can stand; buttons are there for more than one."""
    depth: int = 0
    """How many blocks are around it."""
    block: bool = False
    """Whether it is a block of layers; then "fold" in its style says that it is folded."""


@dataclass(frozen=True)
class HelpRow:
    """One line of the help overlay."""

    group: str
    """"Drawing", "Camera", ..."""
    keys: str
    """"Ctrl+Z"."""
    text: str


@dataclass(frozen=True)
class SceneLabel:
    """Text in the scene, anchored at a pixel. Where two collide, the one of lower priority fades out."""

    lines: tuple[str, ...]
    x: float
    y: float
    align: tuple[float, float] = (0.5, 0.5)
    """Which point of the text stands at (x, y): shares of its width and height, (0, 0) is its upper left."""
    size: str = "small"
    """"small", "body" or "large"."""
    alpha: float = 1.0
    role: str = "text"
    """"text", "muted", "accent" or "selection"."""
    priority: float = 0.0
    bold: bool = False
    head: int = 1
    """How many of the lines say what it is; those after them say more, more quietly."""
    key: str = ""
    """Names the label from tick to tick, so that it can ease in and out; empty: its first line does."""
    backed: bool = False
    """Whether a ground in the stage's colour lies under it, that hides the lines which run there."""


@dataclass(frozen=True)
class Tooltip:
    """What is said about the neuron under the pointer."""

    title: str
    """"conv1 · map 3 · row 12 · column 7"."""
    value: str
    x: float
    y: float
    note: str = ""


@dataclass(frozen=True)
class Message:
    """A word at the foot of the picture; errors stay until dismissed or faded by whoever owns the time."""

    text: str
    kind: str = "info"
    """"info" or "error"."""
    alpha: float = 1.0


@dataclass(frozen=True)
class HudState:
    """All that the panels show in one tick."""

    networks: tuple[Choice, ...] = ()
    network: str = ""
    arrangement: str = "3d"
    """"3d" or "2d"."""
    camera: str = "orbit"
    """"orbit" or "fly"."""
    answer: AnswerState = AnswerState()
    pad: PadState | None = PadState()
    """None: nothing can be drawn for the network, so there are no tools to draw with."""
    no_pad: str = ""
    """Why, in the tools' place; empty: nothing is said there."""
    legends: tuple[LegendState, ...] = ()
    """One or two colour bars, the most important first."""
    layers: tuple[LayerRow, ...] = ()
    layers_open: bool = False
    preprocessing: tuple[str, ...] = ()
    """How an image becomes the network's input, line by line: the foot of the list of layers."""
    fold_shows: str = ""
    """What folded layers show, "strongest" or "mean"; empty: no layer is folded."""
    help_open: bool = False
    help_rows: tuple[HelpRow, ...] = ()
    labels: tuple[SceneLabel, ...] = ()
    labels_shown: bool = True
    blocked: tuple[tuple[float, float, float, float], ...] = ()
    """Left, top, right, bottom, pixels: what stands in the scene where no label should end."""
    tooltip: Tooltip | None = None
    filter_card: FilterCard | None = None
    """About the point of an embedding that is pointed at."""
    messages: tuple[Message, ...] = ()
    loading: str = ""
    """What is being waited for: "Loading PyTorch…"; empty: nothing."""
    strip: StripState | None = None
    """None: closed."""
    tools: bool = True
    """Whether bars, legends and remarks are shown; errors and answers always are."""
    rate: str = ""
    """At which rate a network runs that runs beside the picture: "network 7 /s"; empty: nothing runs."""
    loading_share: float | None = None
    """0-1 where it is known."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action name -> its key for people: {"undo": "Ctrl+Z"}; tooltips name it."""
    inspectors: tuple[InspectorState, ...] = ()
    find: FindState | None = None
    """None: closed."""
    stepper: StepperState | None = None
    """None: closed."""
    lab: LabState | None = None
    """None: nothing is trained here."""
    compare: "CompareState | None" = None
    """Two networks and their answers, instead of `answer`; None: there is one."""
