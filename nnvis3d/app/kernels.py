"""The kernels of the neuron that is asked, on their edges: what they are, where they stand, how they come.

It puts what is asked and the view of standing pictures together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnvis3d.network.kernels import KernelPlaces, Kernels, stand_kernels
from nnvis3d.scene import bins
from nnvis3d.scene.fading import Fade
from nnvis3d.scene.kernel_rows import kernel_rows
from nnvis3d.scene.stands_view import StandsView
from nnvis3d.scene.theme import THEMES
from nnvis3d.tools.latest import Latest

if TYPE_CHECKING:
    from nnvis3d.app.show import Show
    from nnvis3d.tools.ask_answers import AskAnswers

_SHEET = "kernels"


class KernelsOnEdges:
    """Stay while they are asked for; what is asked for no more fades."""

    def __init__(self, show: Show, answers: AskAnswers):
        self._show, self._answers = show, answers
        self.view = StandsView(show.still.front, show.shaders, bins.KERNELS)
        self._fade = Fade()
        self._places: Latest[KernelPlaces | None] = Latest()
        self.shown: tuple[Kernels, KernelPlaces] | None = None
        """What is drawn; the last that was, while it fades."""

    def update(self, dt: float) -> bool:
        """Ease by `dt` seconds; True if anything that is drawn has changed."""
        before, wanted = self.shown, self._wanted()
        self._fade.wanted = wanted is not None
        self.shown = wanted or before
        faded = self._fade.update(dt)
        if self.shown is None or not (faded or _others(self.shown, before)):
            return False
        kernels, places = self.shown
        self.view.set_pictures({_SHEET: kernels.sheet})
        theme = THEMES[self._show.theme_name]
        self.view.draw(kernel_rows(places, self.view.places[_SHEET], theme, self._fade.value), theme)
        if self._fade.gone:
            self.shown = None
        return True

    def _wanted(self) -> tuple[Kernels, KernelPlaces] | None:
        arrangement = self._show.arrangement
        kernels = self._answers.kernels(self._show.colors)
        if arrangement is None or kernels is None or kernels.source in self._show.hidden:
            return None
        layout = arrangement.layout
        places = self._places.of((), (kernels, layout), lambda: stand_kernels(kernels, layout))
        return None if places is None else (kernels, places)


def _others(now: tuple[Kernels, KernelPlaces], before: tuple[Kernels, KernelPlaces] | None) -> bool:
    return before is None or any(a is not b for a, b in zip(now, before, strict=True))
