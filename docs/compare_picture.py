"""Makes pictures/compare.png: two branches of one training on one stage (make_pictures.sh calls it)."""

import time
from collections.abc import Callable
from pathlib import Path

from nnvis3d.app import App
from nnvis3d.app_lab import LabOpener
from nnvis3d.lab.process import LabProcess
from nnvis3d.lab.wanted import Wanted
from nnvis3d.network import lab_commands as commands
from nnvis3d.options import Options
from nnvis3d.scene.host import Host

SIZE = (1280, 720)
TICK = 0.04


def until(app: App, true: Callable[[], object]) -> None:
    while not true():
        app.tick(TICK, draw=False)
        time.sleep(0.002)


def train(app: App, steps: int) -> None:
    end = app.lab.snapshot.step + steps
    app.lab.send(commands.Start(steps))
    until(app, lambda: app.lab.snapshot.step == end and not app.lab.snapshot.running)


def main() -> None:
    host = Host(SIZE, offscreen=True)
    lab = LabOpener(lambda: LabProcess(Wanted("cnn", "digits")).open())
    app = App(host, Options(model="cnn", size=SIZE), lab=lab)
    until(app, lambda: app.lab.snapshot is not None and app.frame is not None)
    app.invoke("lab_tab", "past")
    train(app, 60)
    app.invoke("lab_branch", None)
    until(app, lambda: app.lab.snapshot.branch == "branch 2")
    app.invoke("lab_add", "conv1")
    app.invoke("lab_add", "conv1")
    app.invoke("lab_option", ("optimizer", "adam"))
    app.invoke("lab_option", ("learning_rate", 0.002))
    train(app, 240)
    app.invoke("lab_evaluate")
    app.invoke("lab_compare", "main")
    app.pad.step_sample(2)
    until(app, lambda: app.lab.comparison.frame is not None)
    for _ in range(100):
        app.tick(TICK, draw=False)
    app.panels.messages.dismiss()
    app.tick(TICK)
    app.show.keep(moved=True, drawn=True)
    host.render()
    host.save_picture(Path(__file__).parent / "pictures" / "compare.png")
    app.close()


if __name__ == "__main__":
    main()
