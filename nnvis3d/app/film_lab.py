"""The lab of a film: it is there at once, and trains when the film says that time has passed.

It puts the lab's engine and the player's stage together.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nnvis3d.errors import UserError
from nnvis3d.lab.wanted import DIGITS, Wanted

if TYPE_CHECKING:
    from nnvis3d.lab.stepped import SteppedLab
    from nnvis3d.lab.trainer import BaseFactory
    from nnvis3d.tour.timeline import Timeline


class DirectOpener:
    """A lab that is open: as `LabOpener`, without a thread, so that it comes in the same tick every time."""

    words, data = "", DIGITS
    base: BaseFactory | None = None

    def __init__(self, session: SteppedLab):
        self.session = session

    def poll(self) -> SteppedLab:
        return self.session


def open_stepped(timeline: Timeline) -> DirectOpener | None:
    """The untrained lab that a tour asks for; None: it asks for none.

    Raises:
        UserError: it cannot be opened; names the line.
    """
    stage = timeline.stage.lab
    if stage is None:
        return None
    from nnvis3d.lab.opening import opened
    from nnvis3d.lab.stepped import SteppedLab

    try:
        lab = opened(Wanted(stage.model, stage.data, {"seed": stage.seed}))
    except UserError as error:
        raise UserError(f"{timeline.source}, line {stage.data_line}: {error}") from error
    return DirectOpener(SteppedLab(lab, stage.steps).open())


def has_data(name: str) -> bool:
    """Whether a lab could train on what has this name, as far as a glance tells."""
    return name == DIGITS or Path(name).exists()
