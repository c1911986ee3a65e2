"""The program in a window of its own, in a process of its own, that answers questions about itself.

    with Watched(display) as window:
        window.key("b")
        window.until("app.runner.spec.name == 'mlp'")

Its loop is the program's own, `App.run`; questions are expressions, looked at between two ticks. A person's
side, the X server and what it shows, is this process's business: a pointer of another process moves there.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from PIL import ImageGrab

from nnvis3d.network import poses
from tests.xvfb import Display

SIZE = (1280, 720)
PATIENCE = 60.0
"""Seconds after which what was waited for is missing, however busy the machine is."""


class Person:
    """Sits in front of a window: sees the screen, moves the pointer, presses keys."""

    def __init__(self, screen: Display, window: int):
        self.display = screen
        self.window = window
        """Its X11 id."""

    def screen(self) -> np.ndarray:
        """int (H, W, 3), 0-255: what is to be seen where the window is when it has its size."""
        width, height = SIZE
        grabbed = ImageGrab.grab(xdisplay=self.display.name)
        return np.asarray(grabbed.convert("RGB"))[:height, :width].astype(int)

    def hand(self, *words: object) -> None:
        """Do what xdotool is told by these."""
        self.display.do(*words)

    def key(self, *keys: str) -> None:
        self.hand("key", "--delay", 5, *keys)

    def at(self, x: float, y: float) -> tuple:
        """For `hand`: move to a pixel of the window."""
        return "mousemove", "--window", self.window, round(x), round(y)

    def path(self, pixels: np.ndarray, pause: float = 0.008) -> list:
        """For `hand`: move along pixels (n, 2), with so many seconds after each."""
        words: list = []
        for x, y in pixels.tolist():
            words += [*self.at(x, y), "sleep", pause]
        return words

    def drag(self, pixels: np.ndarray, button: int = 1) -> None:
        """Press at the first of the pixels (n, 2), let go at the last."""
        self.hand(*self.at(*pixels[0]), "mousedown", button, *self.path(pixels[1:]), "mouseup", button)


class Watched(Person):
    """A person, and the program that is before them."""

    def __init__(self, screen: Display, **options: object):
        """
        Args:
            options: of the program.
        """
        self._connection, theirs = Pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.watched", str(theirs.fileno()), repr(options)],
            env=screen.environment,
            cwd=Path(__file__).parents[1],
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        self.until("app.runner and app.frame")
        super().__init__(screen, int(screen.do("search", "--onlyvisible", "--name", "^nnvis3d$")))
        self.hand("windowfocus", "--sync", self.window)

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    # what the program says

    def ask(self, expression: str, /, **names: object) -> object:
        """The value of `expression` in the program: `app`, numpy as `np`, and `names` are known there."""
        self._connection.send((expression, names))
        assert self._connection.poll(PATIENCE), f"no answer to {expression}"
        value, error = self._connection.recv()
        assert not error, f"{expression}: {error}"
        return value

    def until(self, expression: str, /, **names: object) -> object:
        """Wait until it is true, and return it."""
        return wait_for(lambda: self.ask(expression, **names), expression)

    def pass_ticks(self, count: int) -> None:
        self.until(f"app.ticks > {self.ask('app.ticks') + count}")

    def rest(self) -> None:
        """Wait until nothing moves any more."""
        self.pass_ticks(3)
        self.until("app.still > 3")

    @contextmanager
    def each_tick(self, expression: str) -> Iterator[list]:
        """Yields a list that holds, afterwards, the value after each tick."""
        values: list = []
        self.ask("watch(what)", what=expression)
        yield values
        values += self.ask("watch('')")

    # where things are

    def project(self, points: np.ndarray) -> np.ndarray:
        """Pixels (n, 2) of scene points (n, 3)."""
        return poses.project(self.ask("app.show.camera.pose"), points, SIZE)[0]

    def pad_pixels(self, points: np.ndarray) -> np.ndarray:
        """Pixels (n, 2) of places (n, 2) on the pad that stands in the scene."""
        return self.project(self.ask("app.show.arrangement.layout").on_pad(points))

    def neuron_pixels(self, layer: str) -> np.ndarray:
        """Pixels int (n, 2) of a layer's neurons."""
        place = self.ask("app.show.arrangement.layout").layers[layer]
        return self.project(place.cells(np.arange(place.spec.neurons))).round().astype(int)

    # what the person does with it

    def draw(self, *strokes: np.ndarray) -> None:
        """Strokes (n, 2) in pad units, with the pointer."""
        for points in strokes:
            before = self.ask("app.pad.finished_strokes")
            self.drag(self.pad_pixels(points))
            self.until(f"app.pad.finished_strokes == {before + 1} and app.frame and not app.pad.stroking")

    def click(self, name: str) -> None:
        """Press what the panels call so."""
        left, top, right, bottom = self.until(f"app.panels.hud.places.get({name!r})")
        self.hand(*self.at((left + right) / 2, (top + bottom) / 2), "click", 1)
        self.pass_ticks(4)


def wait_for(condition: Callable[[], object], what: str) -> object:
    """Until it is true; its value."""
    patience = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < patience, f"still not {what}"
        time.sleep(0.01)
    return value


def _main(connection: Connection, options: dict) -> None:
    """The program's side."""
    from nnvis3d.app.app import App, Options
    from nnvis3d.scene.host import Host

    class Counting(App):
        """Knows how many ticks there were, and how many since anything moved."""

        ticks = still = 0

        def tick(self, dt: float, draw: bool = True) -> bool:
            changed = super().tick(dt, draw)
            self.ticks += 1
            self.still = 0 if changed else self.still + 1
            return changed

    app = Counting(Host(SIZE, offscreen=False), Options(size=SIZE, **options))
    app.input.accept_files()
    watching, seen = "", []

    def watch(expression: str) -> list:
        nonlocal watching, seen
        values, watching, seen = seen, expression, []
        return values

    names = {"app": app, "np": np, "watch": watch}

    def answer() -> bool:
        if watching:
            seen.append(eval(watching, names))
        while connection.poll():
            expression, more = connection.recv()
            try:
                connection.send((eval(expression, {**names, **more}), ""))
            except Exception as error:
                connection.send((None, repr(error)))
        return False

    try:
        app.run(until=answer)
    finally:
        app.close()


if __name__ == "__main__":
    _main(Connection(int(sys.argv[1])), eval(sys.argv[2]))
