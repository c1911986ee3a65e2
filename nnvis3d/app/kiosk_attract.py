"""What plays while nobody is there: the hand that draws digits, and the exhibit's tours, in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnvis3d.errors import UserError
from nnvis3d.kiosk.config import KioskConfig
from nnvis3d.resources import resource
from nnvis3d.tools.kiosk_attract import AttractHand
from nnvis3d.tour.compiling import compile_tour
from nnvis3d.tour.reading import read_tour
from nnvis3d.tour.timeline import Timeline

if TYPE_CHECKING:
    from nnvis3d.app.app import App

HAND = "hand"
"""What the config calls the hand."""
DIGITS = 4
"""That it draws before a tour follows."""


class Attract:
    """Runs the programme of the config in a circle; stops at once."""

    def __init__(self, app: App, config: KioskConfig):
        """
        Raises:
            UserError: a tour that cannot be read; names its file and line.
        """
        self.app, self._exhibit = app, config.exhibit
        self.hand = AttractHand(app.pad.show_live, lambda: app.invoke("clear"))
        self._programme = [None if n == HAND else timeline_of(config, n) for n in config.exhibit.tours] or [
            None
        ]
        self._index, self._until = 0, 0
        app.touring.words_shown = False  # the screens say what to do, in the visitor's language

    @property
    def touring(self) -> bool:
        """Whether a tour plays: the pad then stands in the scene."""
        return self.app.touring.playing

    def restart(self) -> None:
        """From the first of the programme."""
        self._index = -1
        self._go_on()

    def stop(self) -> None:
        """Somebody has come: the stage is theirs, within this tick."""
        if self.touring:
            self.app.touring.stop()
        else:
            self.hand.stop()
        self._restore()

    def _restore(self) -> None:
        """What a tour may have changed."""
        app, network = self.app, self._exhibit.network
        app.show.docked = True
        if app.show.theme_name != self._exhibit.theme:
            app.invoke("toggle_theme", self._exhibit.theme)
        shown = app.show.network.spec.name if app.show.network is not None else network
        if shown != network and app.runner is not None and not app.answering.loader.pending:
            app.answering.request(network)

    def update(self, dt: float) -> bool:
        """Let `dt` seconds pass; True in the tick in which the hand has finished a digit."""
        if self._programme[self._index] is not None:
            player = self.app.touring.player
            if player is not None and player.rounds and len(self._programme) > 1:
                self.app.touring.stop()  # one that loops has come round
            if not self.touring:
                self._go_on()
            return False
        finished = self.hand.update(dt)
        if len(self._programme) > 1 and self.hand.digits_drawn >= self._until and self.hand.pen is not None:
            self.hand.stop()
            self._go_on()
        return finished

    def _go_on(self) -> None:
        self._index = (self._index + 1) % len(self._programme)
        timeline = self._programme[self._index]
        if timeline is None:
            self._restore()
            self.app.show.framing.go_home()
            self._until = self.hand.digits_drawn + DIGITS
            self.hand.restart()
            return
        try:
            self.app.touring.play(timeline)
        except UserError as error:
            self.app.panels.messages.error(str(error))
            self._programme[self._index] = None  # the hand in its place


def timeline_of(config: KioskConfig, name: str) -> Timeline:
    """
    Raises:
        UserError: there is no such tour, or it is wrong.
    """
    path = config.path(name) if name.endswith(".toml") else resource("assets", f"tours/{name}.toml")
    timeline = compile_tour(read_tour(path))
    if timeline.stage.lab is not None:
        raise UserError(f"{path}, line {timeline.stage.lab.line}: a tour of the lab, which no exhibit has")
    return timeline
