"""What `nnvis3d.watch` costs a training that a viewer in another process looks at."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import nnvis3d
from nnvis3d.lab.watch import Watch

_TURN = 500
"""Steps of a turn: two snapshots, each of them made and sent within the turn in which it was taken."""
_VIEWER = """
import sys
from nnvis3d.lab.attach import Attached
attached, seen = Attached("127.0.0.1", int(sys.argv[1])).open(), 0
while sys.stdin.readable():
    seen += attached.wait(0.2)
    if seen:
        print(seen, flush=True)
"""


def measure_watch(step: Callable[[], tuple], model, optimizer, turns: int) -> dict[str, float]:
    """Steps a second of a loop and of the same loop with `watch.step`, in turns; `share` of the latter, and
    how many `snapshots` the viewer got.

    Args:
        step: one training step; gives its loss and its images.
    """
    watch = nnvis3d.watch(model, optimizer, port=0)
    assert isinstance(watch, Watch)
    spent = {"bare": 0.0, "watched": 0.0}
    with _viewer(watch.port) as snapshots:
        _train(step, watch.step, _TURN)  # the model is traced
        for _ in range(turns):
            for name, tell in (("bare", lambda *_: None), ("watched", watch.step)):
                spent[name] += _train(step, tell, _TURN)
        seen = snapshots()
    watch.close()
    rates = {name: turns * _TURN / seconds for name, seconds in spent.items()}
    return {**rates, "share": rates["watched"] / rates["bare"], "snapshots": seen}


def _train(step: Callable[[], tuple], tell: Callable, steps: int) -> float:
    """Seconds that so many steps take."""
    started = time.perf_counter()
    for _ in range(steps):
        tell(*step())
    return time.perf_counter() - started


@contextmanager
def _viewer(port: int) -> Iterator[Callable[[], int]]:
    """A viewer in a process of its own; gives a function that ends it and tells what it has seen."""
    process = subprocess.Popen([sys.executable, "-c", _VIEWER, str(port)], stdout=subprocess.PIPE, text=True)

    def ended() -> int:
        process.terminate()
        lines = process.communicate()[0].split()
        return int(lines[-1]) if lines else 0

    try:
        yield ended
    finally:
        process.kill()
        process.wait()
