"""Who takes a finger on the exhibit's screen, before anybody else in the program sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnvis3d.scene import input_events as events

if TYPE_CHECKING:
    from nnvis3d.app.kiosk import Exhibit


class Touches:
    """Lets through what a visitor may do; keeps all else."""

    def __init__(self, exhibit: Exhibit):
        self._exhibit = exhibit
        self._swallowing = False
        """Whether the finger that is down did its work already."""

    def take(self, event: events.Event) -> bool:
        """Keys, wheel, other buttons, a wish to close: nobody's. A touch first answers what is asked."""
        match event:
            case events.WindowResized() | events.FocusChanged():
                return False
            case events.ButtonChanged(button=0, down=True):
                return self._pressed(event.x, event.y)
            case events.ButtonChanged(button=0, down=False):
                swallowed, self._swallowing = self._swallowing, False
                return swallowed
            case events.PointerMoved() if 0 in self._exhibit.app.input.buttons and not self._swallowing:
                self._exhibit.visit.idle = 0.0
                return False
        return True

    def _pressed(self, x: float, y: float) -> bool:
        one, app = self._exhibit, self._exhibit.app
        warned, on_button = one.visit.left is not None, one.front.touched(x, y)
        one.visit.touch()
        one.door.touched()
        if one.knock.touch(x, y, app.host.size):
            one.door.open()
            self._swallowing = True
        elif one.door.shown == "calibration":
            one.door.mark(x, y)
        elif one.door.shown:
            pass
        elif one.closed or warned:
            self._swallowing = True
        elif one.code is not None:
            one.code, self._swallowing = None, True
        elif not one.visit.visiting and not on_button:
            app.invoke("kiosk_begin")
            self._swallowing = (
                app.show.pointing.to_pad(x, y, False) is None
            )  # on the pad one may draw at once
        return self._swallowing
