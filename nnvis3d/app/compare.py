"""Two branches' networks on the stage, fed by the same pad.

It sees both sides. The other branch's network comes in `LabSnapshot.compared`; it runs
here, on every picture that the first one is shown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.app.following import Following, News
from nnvis3d.network import wording
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.lab_snapshot import LabSnapshot, ShownNetwork
from nnvis3d.network.poses import project
from nnvis3d.network.spec import NeuronId
from nnvis3d.scene.hud.compare import ComparedNetwork, CompareState
from nnvis3d.scene.hud.state import Tooltip
from nnvis3d.tools.hud_presenter import answer_state
from nnvis3d.tools.latest import Latest

if TYPE_CHECKING:
    from nnvis3d.app.show import Show
    from nnvis3d.lab.mirror import MirrorRunner
    from nnvis3d.lab.trainer import BaseFactory


_CLOSE = 1.02
"""Nobody sees that a colour stands for so much more."""


class Comparison:
    """The network that is beside the first one, if any is."""

    def __init__(self, show: Show, base: BaseFactory | None):
        self._show, self._base = show, base
        self._following = Following(base)
        self._answered: ActivationFrame | None = None
        """The first network's frame with whose picture this one has run."""
        self.shown: ShownNetwork | None = None
        self.frame: ActivationFrame | None = None
        """What it says of the picture that the first network sees."""
        self.outshines = False
        """Whether the first network has to be asked again, as its colours stand for less than these."""
        self._first: tuple[str, int] = ("", 0)
        self._middles: Latest[tuple[float, float]] = Latest()

    def follow(self, snapshot: LabSnapshot, first: MirrorRunner | None) -> None:
        """Show what is compared now; `first`: who runs the network that it is compared with."""
        self._first = snapshot.branch, snapshot.shown.step
        if first is not None:
            first.partner = None
        self.shown = snapshot.compared
        if self.shown is None:
            self._end()
            return
        news = self._following.take(self.shown)
        if news is not News.NOTHING:
            self._answered = None
        mirror = self._following.mirror
        if news is News.NETWORK and mirror is not None:
            self._show.set_beside(mirror.runner.spec)
        if mirror is not None and first is not None:
            first.partner, mirror.runner.partner = mirror.runner, first

    def _end(self) -> None:
        if self._show.beside is not None:
            self._show.set_beside(None)
        self._following, self._answered, self.frame = Following(self._base), None, None

    def update(
        self, dt: float, frame: ActivationFrame | None, ease: bool, chosen: tuple[NeuronId, ...]
    ) -> bool:
        """Run on the picture that the first network saw; True if anything in the scene has changed.

        Args:
            frame: the first network's.
            ease: whether what is shown eases to the new values.
            chosen: neurons of the first network that are ringed.
        """
        mirror, show = self._following.mirror, self._show
        if show.beside is None or show.arrangement is None or mirror is None:
            return False
        if frame is not None and frame is not self._answered and show.arrangement.spec == frame.spec:
            self._answered = frame
            self.frame = mirror.runner.run(frame.image, frame.blank)
            self.outshines = _outshines(self.frame, frame)
            show.beside.network.show(self.frame, ease)
        show.beside.mark(show.arrangement, chosen)
        return show.beside.marks.update(dt)

    # what the panels are told

    @property
    def names(self) -> tuple[str, ...]:
        """Of the upper and the lower network; none: nothing is compared."""
        if self.shown is None or self._show.beside is None:
            return ()
        return self.shown.branch, self._first[0]

    def state(self, frame: ActivationFrame | None, right: float) -> CompareState | None:
        """Names and answers; None: nothing is compared.

        Args:
            right: pixels that something else takes at the right edge of the picture.
        """
        if self.shown is None or self._show.beside is None:
            return None
        upper, lower = self._middles_now()
        other = ComparedNetwork(self.shown.branch, self.shown.step, answer_state(self.frame), upper, False)
        first = ComparedNetwork(*self._first, answer_state(frame), lower, True)
        return CompareState((other, first), right)

    def _middles_now(self) -> tuple[float, float]:
        """Pixels from the picture's upper edge to the middles of both in the first view: upper, lower."""
        show = self._show
        assert show.arrangement is not None and show.beside is not None
        goals = show.beside.goal(show.arrangement), show.arrangement.goal

        def middles() -> tuple[float, float]:
            points = np.array([(goal.lower + goal.upper) / 2 for goal in goals])
            pixels, _ = project(show.framing.home(), points, show.rig.size)
            return float(pixels[0, 1]), float(pixels[1, 1])

        return self._middles.of((show.rig.size, show.framing.room, show.scale), goals, middles)

    def tooltip(self, tooltip: Tooltip | None, x: float, y: float) -> Tooltip | None:
        """With what this network's neuron at the same place says, too."""
        beside, frame = self._show.beside, self.frame
        if beside is None or beside.pointed is None or frame is None or self.shown is None:
            return tooltip
        neuron, name = beside.pointed, self.shown.branch
        if neuron.layer not in frame.spec.by_name:
            return tooltip
        value = _value(frame, neuron)
        if tooltip is None:
            title = wording.title(frame.spec.by_name[neuron.layer], neuron)
            return Tooltip(title, f"{name} {value}", x, y, f"{self._first[0]} has no such neuron")
        return replace(tooltip, value=f"{self._first[0]} {tooltip.value} · {name} {value}")


def _outshines(frame: ActivationFrame, first: ActivationFrame) -> bool:
    """Whether full brightness stands for more in a layer of `frame` than in that of the same name."""
    scales = dict(zip((layer.name for layer in first.spec.layers), first.scales.tolist(), strict=True))
    return any(
        scale > _CLOSE * scales.get(layer.name, scale)
        for layer, scale in zip(frame.spec.layers, frame.scales.tolist(), strict=True)
    )


def _value(frame: ActivationFrame, neuron: NeuronId) -> str:
    value = wording.number(frame.value(neuron))
    if neuron.layer == frame.spec.output.name and frame.probabilities is not None:
        value += f" · {wording.percent(float(frame.probabilities[neuron.channel]))}"
    return value
