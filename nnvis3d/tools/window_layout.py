"""How the window of a lab stands, as text: what it keeps with the lab, and finds again when that is opened.

The text comes from a file, so nothing in it is believed before it was checked.
"""

import math
from typing import Annotated, Literal

import msgspec

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.lab_commands import LONGEST_LAYOUT
from nnvis3d.tools.kept_drawing import KeptDrawing, KeptNumbers, Struct

MOST_NAMES = 10_000
"""Layers in one list: more than any network that is trained here has."""

Name = Annotated[str, msgspec.Meta(max_length=1000)]
Names = Annotated[tuple[Name, ...], msgspec.Meta(max_length=MOST_NAMES)]
Styles = Annotated[dict[Name, Name], msgspec.Meta(max_length=MOST_NAMES)]
Neuron = Annotated[str, msgspec.Meta(max_length=1040, pattern=r"^.+:\d{1,9}:\d{1,9}:\d{1,9}$")]
"""As `str(NeuronId)`."""
Unit = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]
"""Scene units."""


class KeptPose(Struct, frozen=True):
    """As `CameraPose`."""

    target: tuple[Unit, Unit, Unit]
    distance: Annotated[float, msgspec.Meta(ge=1e-3, le=1e9)]
    heading: Annotated[float, msgspec.Meta(ge=-360, le=360)]
    pitch: Annotated[float, msgspec.Meta(ge=-89, le=89)]
    fov: Annotated[float, msgspec.Meta(ge=0.5, le=120)]

    @classmethod
    def of(cls, pose: CameraPose) -> "KeptPose":
        values = *pose.target, pose.distance, math.remainder(pose.heading, 360), pose.pitch, pose.fov
        x, y, z, distance, heading, pitch, fov = (round(float(value), 4) for value in values)
        return cls(target=(x, y, z), distance=distance, heading=heading, pitch=pitch, fov=fov)

    @property
    def pose(self) -> CameraPose:
        return CameraPose(self.target, self.distance, self.heading, self.pitch, self.fov)


class WindowLayout(Struct, frozen=True):
    """Everything. What is missing is as in a new window."""

    tab: Literal["train", "layers", "images", "steer", "past"] = "train"
    layer: Name = ""
    """The one that is chosen."""
    filter: Annotated[int, msgspec.Meta(ge=0)] | None = None
    alone: bool = False
    """Whether the sliders of the training set that layer alone."""
    bars: Literal["none", "activation", "gradient", "change"] = "none"
    standing: bool = False
    """Whether open embeddings stand in the scene."""
    viewing: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """The step of the past that is shown; None: now."""

    source: Literal["drawing", "sample", "hold"] = "drawing"
    held: KeptNumbers | None = None
    """The picture that is held, (C, H, W)."""
    drawing: KeptDrawing | None = None
    """What is on the pad; None: it could not be kept."""
    normalize: bool = True
    docked: bool = False

    view: Literal["3d", "2d"] = "3d"
    flying: bool = False
    camera: KeptPose | None = None
    """None: the first view, in whatever window."""
    theme: Literal["dark", "light"] = "dark"
    colors: Name = ""
    """The colour map; "": the first."""
    labels: bool = True
    layers_open: bool = False

    hidden: Names = ()
    styles: Styles = msgspec.field(default_factory=dict)
    """By layer that is not in a grid."""
    folds: Names | None = None
    """Blocks that are folded; None: as in the first view."""
    shows: Literal["strongest", "mean"] = "strongest"

    selected: Neuron | None = None
    inspected: bool = False
    """Whether the card of the selected neuron is open."""
    pinned: Annotated[tuple[Neuron, ...], msgspec.Meta(max_length=4)] = ()
    """Neurons whose cards are."""


def layout_text(layout: WindowLayout) -> str:
    """JSON, at most LONGEST_LAYOUT characters: what is too large for that is left out."""
    text = msgspec.json.encode(layout).decode()
    if len(text) <= LONGEST_LAYOUT:
        return text
    return msgspec.json.encode(msgspec.structs.replace(layout, drawing=None, held=None)).decode()


def read_layout(text: str) -> WindowLayout:
    """The inverse of `layout_text`. What this version does not know is left out.

    Raises:
        ValueError: it is no layout, or one with numbers that make no sense.
    """
    if len(text) > LONGEST_LAYOUT:
        raise ValueError(f"{len(text):,} characters, where at most {LONGEST_LAYOUT:,} are expected")
    try:
        return msgspec.json.decode(text, type=WindowLayout)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from error
