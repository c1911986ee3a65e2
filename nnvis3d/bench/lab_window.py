"""How fast the lab trains while its window draws, and how long its frames take."""

import time

from nnvis3d.app.app import App
from nnvis3d.app.lab import LabOpener
from nnvis3d.bench.timing import Distribution, distribution
from nnvis3d.lab.process import LabProcess
from nnvis3d.lab.wanted import Wanted
from nnvis3d.network.lab_commands import KINDS
from nnvis3d.options import Options
from nnvis3d.scene.host import Host
from nnvis3d.tools.lab_desk import weighted_layers

SIZE = (1280, 720)
_WARM_SECONDS = 2.0


class TimedHost(Host):
    """Knows when it drew, and how long each picture took."""

    def __init__(self, size: tuple[int, int]):
        super().__init__(size, offscreen=True, finish=True)
        self.seconds: list[float] = []

    def render(self, draw: bool = True) -> None:
        started = time.perf_counter()
        super().render(draw)
        self.seconds.append(time.perf_counter() - started)


def measure_window(
    seconds: float, model: str = "cnn", data: str = "digits", embeddings: bool = False
) -> dict:
    """`examples_per_s` of the training, `frames_per_s` and `frame_ms` of the window, at 1280x720 offscreen,
    while both go on for so many seconds and nothing is touched.

    Args:
        embeddings: one of every layer is open, of all four kinds in turn.
    """
    host = TimedHost(SIZE)
    lab = LabOpener(lambda: LabProcess(Wanted(model, data)).open())
    app = App(host, Options(model=model, size=SIZE), lab=lab)
    try:
        _run(app, 60.0, ready=True)
        if embeddings:
            _open_embeddings(app)
        app.invoke("lab_toggle")
        _run(app, _WARM_SECONDS)
        host.seconds.clear()
        before, started = _examples(app), time.perf_counter()
        _run(app, seconds)
        passed = time.perf_counter() - started
        return {
            "examples_per_s": (_examples(app) - before) / passed,
            "frames_per_s": len(host.seconds) / passed,
            "frame_ms": _milliseconds(host.seconds),
        }
    finally:
        app.close()


def _open_embeddings(app: App) -> None:
    assert app.lab is not None and app.lab.snapshot is not None
    for index, layer in enumerate(weighted_layers(app.lab.snapshot.shown.spec)):
        app.invoke("lab_points", (layer, KINDS[index % len(KINDS)]))


def _run(app: App, seconds: float, ready: bool = False) -> None:
    """The window's own loop; `ready`: only until the lab has answered."""
    end = time.perf_counter() + seconds
    app.run(
        lambda: time.perf_counter() > end or (ready and app.lab is not None and app.lab.snapshot is not None)
    )


def _examples(app: App) -> int:
    assert app.lab is not None and app.lab.snapshot is not None
    return app.lab.snapshot.examples


def _milliseconds(seconds: list[float]) -> Distribution:
    return distribution([1000 * value for value in seconds])
