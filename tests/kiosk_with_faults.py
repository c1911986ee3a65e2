"""`main.py`, whose exhibit has a fault when it is sent a signal: an exception in a tool, no memory, a leak.

The exhibit's own command and loop, with the fault where a real one would be: in App.tick.
"""

import signal
import sys
from pathlib import Path

import numpy as np

FAULTS = {
    signal.SIGUSR1: "exception",
    signal.SIGUSR2: "memory",
    signal.SIGHUP: "leak",
    signal.SIGWINCH: "hang",
}


def exhibit() -> int:
    from nnvis3d.commands import kiosk_exhibit
    from nnvis3d.tools.kiosk_visit import Visit

    asked: list[str] = []
    kept: list[np.ndarray] = []
    for number, fault in FAULTS.items():
        signal.signal(number, lambda *_, fault=fault: asked.append(fault))
    update = Visit.update

    def faulty(self: Visit, dt: float) -> bool:
        fault = asked.pop() if asked else ""
        if fault == "exception":
            raise ZeroDivisionError("a tool has a fault")
        if fault == "memory":
            np.ones(1 << 50)
        if fault == "leak" or kept:
            kept.append(np.ones(1 << 26, np.uint8))
        if fault == "hang":
            while True:
                pass
        return update(self, dt)

    Visit.update = faulty  # type: ignore[method-assign]
    return kiosk_exhibit.main()


def main() -> int:
    from nnvis3d.kiosk import supervisor

    started = supervisor.Supervisor.__init__

    def init(self, *arguments, **named):
        values = list(arguments)
        values[5] = [sys.executable, str(Path(__file__)), "exhibit"]
        started(self, *values, **named)

    supervisor.Supervisor.__init__ = init  # type: ignore[method-assign]
    from nnvis3d.cli import main as program

    return program(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(exhibit() if sys.argv[1] == "exhibit" else main())
