"""How the window stands is kept with its lab, and found again when that is opened.

The lab saves when it wants to; so it is told of the layout soon after that has
changed, and at the end. It keeps the text as it is: a lab without a window has it still when it is saved
again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.app.layout_again import stand_again
from nnvis3d.app.layout_now import layout_now
from nnvis3d.network.lab_commands import KeepLayout
from nnvis3d.network.lab_snapshot import LabSnapshot
from nnvis3d.tools.kept_drawing import LONGEST_SIDE, KeptDrawing, KeptNumbers
from nnvis3d.tools.latest import Latest
from nnvis3d.tools.window_layout import layout_text, read_layout

if TYPE_CHECKING:
    from nnvis3d.app.app import App
    from nnvis3d.app.lab import LabInApp
    from nnvis3d.inputs.strokes import Drawing

SECONDS = 2.0
"""Between two looks at whether something stands elsewhere."""


class KeptLayout:
    """Of one window."""

    def __init__(self, app: App, lab: LabInApp):
        self._app, self._lab = app, lab
        self.given: frozenset[str] = frozenset()
        """What the command line says, "view" or "theme": that counts, and not what was saved."""
        self._first: Drawing | None = None
        self._waited = 0.0
        self._told = ""
        self._drawing: Latest[KeptDrawing | None] = Latest()
        self._held: Latest[KeptNumbers] = Latest()

    def begin(self) -> None:
        """All that is on the pad now the program has put there."""
        self._first = self._app.pad.drawing

    def restore(self, snapshot: LabSnapshot) -> None:
        """The first snapshot is here, its network on the stage: stand as the window stood then."""
        if not snapshot.layout or snapshot.elsewhere:
            return
        drawn = self._app.pad.drawing is not self._first  # somebody was faster: what he has drawn stays
        try:
            stand_again(self._app, self._lab, snapshot, read_layout(snapshot.layout), self.given, drawn)
        except ValueError as error:
            reason = " ".join(str(error).split())[:160]
            self._app.panels.messages.error(f"The saved window cannot be read, so it opens as new ({reason})")
        self._told = snapshot.layout

    def text(self) -> str:
        """How the window stands now; "": nothing is there yet."""
        if self._lab.snapshot is None or self._app.show.arrangement is None:
            return ""
        return layout_text(layout_now(self._app, self._lab, self._kept_drawing(), self._kept_picture()))

    def update(self, dt: float) -> None:
        """Tell the lab, if it is kept somewhere and it is time."""
        self._waited += dt
        if self._waited >= SECONDS:
            self.tell()

    def tell(self) -> None:
        """Tell the lab now, if it is kept somewhere and there is something new."""
        self._waited = 0.0
        snapshot = self._lab.snapshot
        if snapshot is None or snapshot.saved_step is None:
            return
        text = self.text()
        if text and text != self._told:
            self._told = text
            self._lab.send(KeepLayout(text))

    def _kept_drawing(self) -> KeptDrawing | None:
        """None: it cannot be kept, or comes from a camera, which has another picture by then."""
        pad = self._app.pad
        if pad.watching:
            return None
        sample = pad.shipped
        return self._drawing.of((sample,), (pad.drawing,), lambda: KeptDrawing.of(pad.drawing, sample))

    def _kept_picture(self) -> KeptNumbers | None:
        """The one that is held; None: none is, or one that is too large."""
        held: np.ndarray | None = self._lab.held
        if self._lab.desk.source != "hold" or held is None or max(held.shape) > LONGEST_SIDE:
            return None
        return self._held.of((), (held,), lambda: KeptNumbers.of(held.clip(0, 1)))
