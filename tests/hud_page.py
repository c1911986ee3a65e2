"""A HudState with everything in it, and an offscreen picture to show it in."""

from dataclasses import dataclass, replace

import numpy as np

from nnvis3d.network.layer_styles import STYLES
from nnvis3d.scene.host import Host
from nnvis3d.scene.hud.ask_state import FindState, InspectorPicture, InspectorState, StepperState
from nnvis3d.scene.hud.hud import Hud
from nnvis3d.scene.hud.state import (
    AnswerState,
    Choice,
    HelpRow,
    HudState,
    Invocation,
    LayerRow,
    LegendState,
    Message,
    PadState,
    Picture,
    SceneLabel,
    Tooltip,
)
from nnvis3d.scene.overlay import Overlay
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.theme import DARK, Theme, interface_scale

_RAMP = Picture(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
_PATCH = Picture(np.arange(75, dtype=np.uint8).reshape(5, 5, 3) * 3)
INSPECTOR = InspectorState(
    "conv1:3:12:7",
    "conv1 · map 3 · row 12 · column 7",
    "5 × 5 window of the input, ReLU",
    tuple(InspectorPicture(caption, _PATCH) for caption in ("inputs", "weights", "products")),
    (("Σ input × weight", "1.2210"), ("+ bias", "0.0531"), ("= activation", "1.2741")),
)
FIND = FindState("co", (("conv1", "convolution"), ("conv2", "convolution")), 0, 1)
STEPPER = StepperState("conv1 · map 3", "0.31 × 0.20 + 1.140 = 1.202", True, 14, 25, 1.5)


def first_view(**changes) -> HudState:
    """What the program shows when a 3 is drawn."""
    state = HudState(
        networks=(Choice("mlp", "MLP"), Choice("cnn", "CNN")),
        network="cnn",
        answer=AnswerState((("3", 0.9912), ("8", 0.006)), False),
        pad=PadState(can_undo=True, can_redo=True, can_clear=True, transformed=True),
        legends=(LegendState("ember", _RAMP, 0.0, 4.2, "conv1", "0 to the layer's maximum"),),
        fold_shows="strongest",
        layers=(
            LayerRow("conv1", "Convolution 1", "6 × 28 × 28", style="fold", styles=STYLES),
            LayerRow("fc1", "Dense 1", "120", False),
        ),
        help_rows=(HelpRow("Drawing", "P", "pen"), HelpRow("Camera", "Home", "the first view")),
        labels=tuple(SceneLabel((f"layer {k}", "10"), 300 + 90 * k, 110) for k in range(8)),
        keys={"pen": "P", "undo": "Ctrl+Z"},
    )
    return replace(state, **changes)


def everything(**changes) -> HudState:
    """All panels at once."""
    state = first_view(
        layers_open=True,
        help_open=True,
        tooltip=Tooltip("conv1 · map 3", "1.27", 500, 300, "5 × 5"),
        messages=(Message("photo.txt: no image", "error"), Message("saved")),
        loading="Loading PyTorch…",
        loading_share=0.4,
        inspectors=(INSPECTOR,),
        find=FIND,
        stepper=STEPPER,
    )
    return replace(state, **changes)


@dataclass
class Page:
    """A Hud over an empty scene."""

    host: Host
    overlay: Overlay
    hud: Hud
    theme: Theme

    def show(self, state: HudState, ticks: int = 1, dt: float = 0.1) -> list[Invocation]:
        """So many ticks of `state`; returns all that was asked for."""
        asked: list[Invocation] = []
        for _ in range(ticks):
            asked += self.hud.update(dt, self.host.size, state, self.theme)
        return asked

    def click(self, state: HudState, name: str) -> list[Invocation]:
        """Press the middle of the thing `name` and let it go."""
        left, top, right, bottom = self.hud.places[name]
        self.overlay.pointer((left + right) / 2, (top + bottom) / 2)
        asked = self.show(state)
        self.overlay.button(0, True)
        asked += self.show(state)
        self.overlay.button(0, False)
        return asked + self.show(state, 3)

    def picture(self, state: HudState) -> np.ndarray:
        """uint8 (H, W, 3) of `state` when everything has come to rest."""
        self.show(state, 12)
        self.host.render()
        return self.host.picture()


def open_page(host: Host, theme: Theme = DARK) -> Page:
    """A page over all of `host`'s picture; destroy its overlay afterwards."""
    host.output.set_clear_color(tuple(value / 255 for value in theme.backdrop))
    scaled = theme.scaled(interface_scale(*host.size))
    overlay = Overlay(host.output, ShaderLibrary(host.gsg))
    return Page(host, overlay, Hud(overlay, scaled), scaled)
