"""Asking neurons: the tool that knows what is asked, and the views that show the answer.

It puts scene and tools together, and sees no torch.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from nnvis3d.app.show import Show
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.layout import Layout
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.scene.edge_view import EdgeView
from nnvis3d.scene.mark_rows import Box, on_pad
from nnvis3d.scene.marks_view import MarksView
from nnvis3d.scene.theme import THEMES
from nnvis3d.tools.actions import Actions
from nnvis3d.tools.ask_actions import AskPorts, connect_ask
from nnvis3d.tools.ask_answers import AskAnswers
from nnvis3d.tools.ask_tool import AskTool
from nnvis3d.tools.clipboard import copy_text
from nnvis3d.tools.explaining import Explains
from nnvis3d.tools.find_box import Target
from nnvis3d.tools.pad_tool import PadTool
from nnvis3d.tools.scene_edges import EdgesInScene
from nnvis3d.tools.wave import Wave

_ORIGIN = np.zeros((1, 3))
_CELLS_AROUND = 14
"""Neurons across the picture when the camera flies to one of a feature map."""


class Asking:
    """Hover, selection, inspectors, edges, steps, search and wave."""

    def __init__(self, show: Show, pad: PadTool, say: Callable[[str], None]):
        self.show = show
        self.pad = pad
        self.say = say
        self.tool = AskTool()
        self.answers = AskAnswers(self.tool)
        self.wave = Wave()
        self.edges = EdgeView(show.still.front, show.shaders)
        self.edges.budget_ms = self.edges.budget_ms if show.host.software else None
        self.marks = MarksView(show.still.front, show.shaders)
        self._selected: NeuronId | None = None
        self._lines = EdgesInScene(self.answers, self.wave)
        self.restyle()

    def connect(self, actions: Actions, save_card: Callable[[str], None]) -> None:
        """Register what can be asked; `save_card` writes the card with an id as a picture."""
        ports = AskPorts(
            layout=lambda: self.show.arrangement.goal if self.show.arrangement else None,
            fly_to=self.fly_to,
            say=self.say,
            card_text=lambda card: self.answers.card_text(self.show.colors, card),
            copy=lambda text: copy_text(text, Path.cwd()),
            save=save_card,
        )
        connect_ask(actions, self.tool, self.wave, ports)

    def set_network(self, spec: NetworkSpec, explainer: Explains) -> None:
        """Ask this network from now on."""
        word = self.tool.set_network(spec, explainer)
        self.wave.set_network(spec)
        self.edges.clear()
        if word:
            self.say(word)

    def restyle(self) -> None:
        """Theme, colour map or picture size are other ones now."""
        light = self.show.theme_name == "light"
        self.edges.set_colors(self.show.colors, light)
        self.edges.resize(*self.show.rig.size)
        self.marks.set_theme(THEMES[self.show.theme_name])
        self.marks.resize(*self.show.rig.size)

    def fly_to(self, target: Target) -> None:
        """Bring a layer, by name, or a neuron into the picture."""
        if self.show.arrangement is None:
            return
        name = target.layer if isinstance(target, NeuronId) else target
        self.show.reveal(name)
        layout = self.show.arrangement.goal
        layer = layout.layers[name]
        heading = None if self.show.arrangement.flat else layer.placement.heading
        if isinstance(target, NeuronId):
            size = max(_CELLS_AROUND * layer.pitch, 1.3 * layer.map_extent[1])
            self.show.camera.focus(layout.position(target), size, heading)
        else:
            self.show.camera.focus(layer.placement.to_scene(_ORIGIN)[0], 1.15 * layer.extent[1], heading)

    def follow_selection(self) -> None:
        """The neuron that is selected now opens no block."""
        self._selected = self.tool.selected

    def update(self, dt: float, frame: ActivationFrame | None) -> bool:
        """Let `dt` seconds pass; True if anything in the scene has changed."""
        tool, show = self.tool, self.show
        if tool.hidden != show.hidden:
            word = tool.set_hidden(show.hidden)
            if word:
                self.say(word)
        tool.hover(show.pointing.hover.neuron if show.pointing.hover is not None else None)
        changed = tool.update(dt, frame)
        if tool.selected != self._selected:
            self._selected = tool.selected
            self.edges.pulse()
            if tool.selected is not None:
                show.reveal(tool.selected.layer)
        waves = self.wave.follow(self.pad.finished_strokes, self.pad.stroking)
        if show.arrangement is not None:
            self.wave.leave_out(frozenset(show.arrangement.layout.away))
        waves |= self.wave.update(dt)
        if waves and show.network is not None:
            show.network.set_wave(self.wave.brightness())
        changed |= waves
        if show.arrangement is not None:
            self._draw(show.arrangement.layout)
        changed |= self.edges.update(dt)
        changed |= self.marks.update(dt)
        return changed

    def _draw(self, layout: Layout) -> None:
        """Hand edges and marks to their views where they are other ones than before."""
        lines = self._lines.changed(layout)
        if lines is not None:
            self.edges.show(*lines)
        self.marks.show(self.answers.marks(self.show.colors), layout, self.show.unseen, self._pad_frame())

    def _pad_frame(self) -> Box | None:
        """The receptive field on the pad: only there where the drawing is seen just as it lies."""
        tool = self.tool
        if (
            self.show.docked
            or self.pad.normalize
            or tool.spec is None
            or tool.explainer is None
            or tool.subject is None
        ):
            return None
        return on_pad(tool.spec, tool.explainer.receptive_field(tool.subject))
