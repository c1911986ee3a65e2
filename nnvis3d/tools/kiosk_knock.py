"""The way into the service menu: a corner touched several times, then a PIN. No clock."""

import hmac

from nnvis3d.kiosk.config import Service

CORNER_SHARE = 0.12
"""Of the picture's shorter side: how large the corner is."""
KNOCK_SECONDS = 4.0
"""Within which the corner must be touched so often."""
PIN_SECONDS = 30.0
"""Without a figure, and the keys go away again."""
MENU_SECONDS = 180.0
"""Without a touch, and the menu goes away again."""
FREE_TRIES = 3
WAITS = (30.0, 60.0, 300.0, 900.0)
"""Seconds after each wrong PIN beyond the free ones: ten thousand PINs take a year."""


class Knock:
    """Counts touches of one corner."""

    def __init__(self, service: Service):
        self._service = service
        self._since: list[float] = []

    def touch(self, x: float, y: float, size: tuple[int, int]) -> bool:
        """A touch at a pixel; True if it was the last of enough in the right corner."""
        if not self._service.pin or not self._inside(x, y, size):
            self._since = []
            return False
        self._since.append(0.0)
        if len(self._since) >= self._service.taps:
            self._since = []
            return True
        return False

    def update(self, dt: float) -> None:
        self._since = [age + dt for age in self._since if age + dt <= KNOCK_SECONDS]

    def _inside(self, x: float, y: float, size: tuple[int, int]) -> bool:
        side = CORNER_SHARE * min(size)
        vertical, _, horizontal = self._service.corner.partition("-")
        near_x = x < side if horizontal == "left" else x >= size[0] - side
        near_y = y < side if vertical == "top" else y >= size[1] - side
        return near_x and near_y


class ServiceDoor:
    """Which of keys, menu, test picture is shown; whether the PIN is right."""

    def __init__(self, service: Service):
        self._pin = service.pin
        self.shown = ""
        """ "" (closed), "pin", "menu" or "calibration"."""
        self.entered = ""
        self.locked = 0.0
        """Seconds for which no PIN is taken."""
        self.sure = ""
        """The action that was touched once and wants a second touch."""
        self.marks: tuple[tuple[float, float], ...] = ()
        """Pixels that were touched on the test picture."""
        self._wrong = 0
        self._idle = 0.0

    def open(self) -> None:
        if self._pin:
            self.shown, self.entered, self._idle = "pin", "", 0.0

    def close(self) -> None:
        self.shown, self.entered, self.sure, self.marks = "", "", "", ()

    def touched(self) -> None:
        self._idle = 0.0

    def key(self, key: str) -> None:
        """A figure, "<" takes one back, "x" closes."""
        if key == "x":
            self.close()
        elif self.shown != "pin" or self.locked > 0:
            return
        elif key == "<":
            self.entered = self.entered[:-1]
        elif key.isascii() and key.isdigit() and len(key) == 1:
            self.entered += key
            if len(self.entered) >= len(self._pin):
                self._judge()

    def _judge(self) -> None:
        right = hmac.compare_digest(self.entered, self._pin)
        self.entered = ""
        if right:
            self.shown, self._wrong = "menu", 0
            return
        self._wrong += 1
        if self._wrong >= FREE_TRIES:
            self.locked = WAITS[min(self._wrong - FREE_TRIES, len(WAITS) - 1)]

    def confirm(self, action: str) -> bool:
        """Whether this was the second touch of the same action."""
        sure, self.sure = self.sure == action, action
        return sure

    def calibrate(self) -> None:
        self.shown, self.marks = "calibration", ()

    def mark(self, x: float, y: float) -> None:
        self.marks = (*self.marks, (x, y))[-30:]

    def back(self) -> None:
        """From the test picture to the menu, from there out."""
        if self.shown == "calibration":
            self.shown, self.marks = "menu", ()
        else:
            self.close()

    def update(self, dt: float) -> None:
        self.locked = max(0.0, self.locked - dt)
        self._idle += dt
        if self.shown and self._idle > (PIN_SECONDS if self.shown == "pin" else MENU_SECONDS):
            self.close()
