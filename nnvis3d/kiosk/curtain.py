"""`python -m nnvis3d.kiosk.curtain`: the process that holds screen and keyboard, and never draws in OpenGL.

Its window covers the whole screen in the exhibit's colours; the exhibit's own window stands inside it. When
the exhibit dies, what is seen is this window and not a desktop, at once, painted by the X server itself. Its
first line on standard output is the window's number, as a message (`{"window": 4194308}`).
"""

import argparse
import json
import select
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from nnvis3d.errors import UserError
from nnvis3d.kiosk.brand import brand_picture
from nnvis3d.kiosk.outputs import light
from nnvis3d.kiosk.x11 import (
    CREATE_NOTIFY,
    MAP_NOTIFY,
    REPARENT_NOTIFY,
    VISIBILITY_NOTIFY,
    Geometry,
    Screen,
)

LOOK_SECONDS = 1.0
"""Between two looks at whether all is as it should be."""
DARK_LOOKS = 3
"""After so many without any picture the screen is asked for one, and after as many again."""
MOST_RISES = 5
"""A second: two programs that both want to be on top must not fight with all their might."""


class Curtain:
    """Keeps the window over everything, as large as the screen, and the keyboard in hand."""

    def __init__(self, screen: Screen, title: str, logo: Path | None, theme: str):
        self.screen = screen
        self._brand = (title, logo, theme)
        self._held = False
        self._rises = 0
        self._said: dict[str, str] = {}
        """Thing -> the state in which the log has it."""
        self._pointers: tuple[str, ...] | None = None
        """Touch screens and mice, as last listed."""
        self._dark = 0
        """Looks at which no output showed anything, one after the other."""
        self._paint()

    def _paint(self) -> None:
        size = self.screen.size
        self.screen.paint(brand_picture((size.width, size.height), *self._brand))

    def look(self, second: bool) -> None:
        """Answer what came; each `second` also look without being told."""
        covered = False
        for kind in self.screen.news():
            covered |= kind in (VISIBILITY_NOTIFY, MAP_NOTIFY)
            if kind in (CREATE_NOTIFY, REPARENT_NOTIFY):
                self.screen.fit_children()
        if second:
            self._rises = 0
            self._hold()
            self._light()
            self._list_pointers()
        if (size := self.screen.geometry()) != self.screen.size:
            self._follow(size)
        if covered and self._rises < MOST_RISES:
            self._rises += 1
            self.screen.rise()

    def _follow(self, size: Geometry) -> None:
        """The screen was turned, unplugged, or has come back."""
        self.screen.follow(size)
        self._paint()
        say({"log": "screen size", "width": size.width, "height": size.height})
        say({"count": "screen_changes"})

    def _light(self) -> None:
        """A screen that was plugged in, or switched on, shows nothing until somebody chooses its mode."""
        self._dark = 0 if self.screen.outputs.lit else self._dark + 1
        if self._dark and self._dark % DARK_LOOKS == 0:
            reason = light()
            state = f"dark: {reason}" if reason else "dark, asked for a picture"
            self._tell("screen", state, bool(reason))
            say({"count": "screen_changes"})
        elif not self._dark and "screen" in self._said:
            self._tell("screen", "shows a picture", False)

    def _list_pointers(self) -> None:
        """Touch screens come and go with their cable."""
        names = self.screen.pointers.names
        if names == self._pointers:
            return
        if self._pointers is not None:
            say({"count": "touch_changes"})
        lost = sorted(set(self._pointers or ()) - set(names))
        self._pointers = names
        level = "error" if lost else "info"
        say({"log": "touch devices", "level": level, "devices": names, "reason": ", ".join(lost)})

    def _hold(self) -> None:
        """Asking again for what one has is harmless, and brings it back where it was lost."""
        held = self.screen.hold_keyboard()
        self._tell("keyboard", "held" if held else "held by another program", not held)

    def _tell(self, what: str, state: str, wrong: bool) -> None:
        """Once, until it is another one."""
        if self._said.get(what) != state:
            self._said[what] = state
            say({"log": f"{what} {state}", "level": "error" if wrong else "info"})


def say(message: dict) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="nnvis3d-curtain", description=__doc__)
    parser.add_argument("--title", default="")
    parser.add_argument("--logo", type=Path)
    parser.add_argument("--theme", default="dark", choices=("dark", "light"))
    options = parser.parse_args(arguments)
    try:
        screen = Screen()
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    say({"window": screen.window})
    curtain = Curtain(screen, options.title, options.logo, options.theme)
    looked = -LOOK_SECONDS
    try:
        while True:
            second = time.monotonic() - looked >= LOOK_SECONDS
            looked = time.monotonic() if second else looked
            curtain.look(second)
            select.select([screen.fileno], [], [], LOOK_SECONDS)
    except (KeyboardInterrupt, BrokenPipeError):
        return 0


if __name__ == "__main__":
    sys.exit(main())
