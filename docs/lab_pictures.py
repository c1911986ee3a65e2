"""What pictures of the lab begin and end with."""

import time
from collections.abc import Callable
from pathlib import Path

from nnvis3d.app.app import App
from nnvis3d.app.lab import LabOpener
from nnvis3d.lab.process import LabProcess
from nnvis3d.lab.wanted import Wanted
from nnvis3d.network import lab_commands as commands
from nnvis3d.options import Options
from nnvis3d.scene.host import Host

SIZE = (1280, 720)
TICK = 0.04


def opened() -> App:
    """A new lab of `cnn` on the digits that ship, without a window."""
    lab = LabOpener(lambda: LabProcess(Wanted("cnn", "digits")).open())
    app = App(Host(SIZE, offscreen=True), Options(model="cnn", size=SIZE), lab=lab)
    until(app, lambda: app.lab.snapshot is not None and app.frame is not None)
    return app


def until(app: App, true: Callable[[], object]) -> None:
    while not true():
        app.tick(TICK, draw=False)
        time.sleep(0.002)


def train(app: App, steps: int) -> None:
    end = app.lab.snapshot.step + steps
    app.lab.send(commands.Start(steps))
    until(app, lambda: app.lab.snapshot.step == end and not app.lab.snapshot.running)


def rest(app: App, ticks: int) -> None:
    """Let everything come to its place."""
    for _ in range(ticks):
        app.tick(TICK, draw=False)


def save(app: App, name: str) -> None:
    """Write pictures/NAME, and end."""
    app.panels.messages.dismiss()
    app.tick(TICK)
    app.show.keep(moved=True, drawn=True)
    app.host.render()
    app.host.save_picture(Path(__file__).parent / "pictures" / name)
    app.close()
