"""What the steps of the guided path do with the scene."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.inputs.samples import sample_strokes
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.spec import LayerSpec, NeuronId
from nnvis3d.tools.kiosk_visit import Visit

if TYPE_CHECKING:
    from nnvis3d.app.app import App

LOOK_SECONDS = 0.8
"""Of the camera's way to what is explained."""
WATCH_SECONDS = 4.0
"""From one wave to the next while one watches."""
_WORDS = re.compile("[a-z]{2}")
_SAMPLE = 3  # of the shipped pen digits: what is looked at by who skips drawing


class Guide:
    """Follows the visit's steps: does what each needs, once or again and again."""

    def __init__(self, app: App, visit: Visit):
        self.app, self.visit = app, visit
        self._at: tuple[int, str, int] = (-1, "", -1)
        """Visit, screen and step that the scene is in."""
        self._since = 0.0

    def update(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        visit = self.visit
        at = (visit.serial, visit.screen, visit.step)
        if at != self._at:
            before, self._at = self._at, at
            self._leave(before)
            self._enter()
        self._since += dt
        watching = visit.screen == "guide" and visit.step == 1 and visit.moving
        if watching and self._since > WATCH_SECONDS:
            self.again()

    @property
    def asked(self) -> tuple[int, float] | None:
        """Of the selected neuron: how many values it reads, and what it says."""
        tool = self.app.asking.tool
        neuron, frame = tool.selected, self.app.frame
        if neuron is None or frame is None or tool.explainer is None:
            return None
        explanation = tool.explain(neuron)
        return (explanation.count, float(frame.value(neuron))) if explanation.kind != "input" else None

    @property
    def running(self) -> str:
        """The sum of the step that is shown."""
        stepper = self.app.asking.answers.stepper
        if stepper is None:
            return ""
        numbers = stepper.running.rpartition(":")[2].strip()
        return "" if _WORDS.search(numbers) else numbers  # what is said in English is for the desktop

    def again(self) -> None:
        """Once more what this step shows, or what it asks for done for the visitor."""
        self._since = 0.0
        step = self.visit.step
        if step == 1:
            self.app.invoke("wave")
        elif step == 2 and (neuron := self._brightest()) is not None:
            self.app.invoke("select", None)
            self.app.invoke("select", neuron)
        elif step == 3:
            self._convolve()

    def _leave(self, before: tuple[int, str, int]) -> None:
        """What one step opened is closed before the next."""
        if before[1] == "guide":
            self.app.invoke("step_close")
            self.app.invoke("select", None)
            self.app.invoke("home")

    def _enter(self) -> None:
        self._since = 0.0
        visit = self.visit
        if visit.screen == "challenge" or (visit.screen == "guide" and visit.step in (0, 4)):
            self.app.invoke("clear")
        elif visit.screen == "guide":
            if self.app.pad.drawing.empty:  # who skipped drawing has something to look at
                self.app.pad.put(sample_strokes()[_SAMPLE].drawing)
            if visit.step in (1, 3):
                self.again()

    def _convolve(self) -> None:
        layer = self._convolution()
        if layer is None or self.app.frame is None:
            return
        self._look_at(layer)
        self.app.invoke("step_close")
        self.app.invoke("step", self._brightest(layer) or layer.neuron(0))
        if not self.visit.moving:
            self.app.invoke("step_play")

    def _look_at(self, layer: LayerSpec) -> None:
        """Have the layer and what it reads fill what is left of the picture."""
        show = self.app.show
        if show.arrangement is None or show.framing.places is None:
            return
        width, height = show.rig.size
        both = (*layer.sources, layer.name)
        pose = home_pose(show.arrangement.goal, width / height, show.framing.places.margins, both)
        show.camera.fly_to(pose, LOOK_SECONDS)

    def _convolution(self) -> LayerSpec | None:
        """The first; of a network without one, its first layer that computes anything."""
        spec = self.app.runner.spec if self.app.runner is not None else None
        if spec is None:
            return None
        computed = [layer for layer in spec.layers if layer.kind != "input"]
        return next((layer for layer in computed if layer.kind == "conv"), computed[0] if computed else None)

    def _brightest(self, layer: LayerSpec | None = None) -> NeuronId | None:
        layer, frame = layer or self._convolution(), self.app.frame
        if layer is None or frame is None or layer.name not in frame.spec.by_name:
            return None
        return layer.neuron(int(np.argmax(np.nan_to_num(frame.layer(layer.name)))))
