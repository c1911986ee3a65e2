"""The kiosk as it runs: supervisor, curtain, exhibit, each a process of its own, under Xvfb."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ImageGrab

from tests.program import CHECKOUT
from tests.watched import PATIENCE
from tests.xvfb import Display

CONFIG = """
[screen]
width_mm = 400.0
height_mm = 225.0
[service]
pin = "2718"
[watch]
{watch}
"""


class Kiosk:
    """`nnvis3d kiosk`, and what it notes down."""

    def __init__(self, display: Display, folder: Path, program: Path | None = None, watch: str = ""):
        """
        Args:
            program: what to start instead of main.py; it gets the same arguments.
            watch: lines of the config's table.
        """
        self.display, self.folder = display, folder
        self.config = folder / "kiosk.toml"
        self.config.write_text(CONFIG.format(watch=watch), encoding="utf-8")
        self.state = folder / "state"
        self._command = [sys.executable, str(program or CHECKOUT / "main.py"), "kiosk"]
        self._command += ["--config", str(self.config), "--folder", str(self.state)]
        self.start()

    def start(self) -> None:
        environment = {
            **self.display.environment,
            "PYTHONPATH": str(CHECKOUT),
            "XDG_STATE_HOME": str(self.folder),
        }
        self.process = subprocess.Popen(
            self._command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE)

    # what it notes down

    def log(self) -> list[dict]:
        lines: list[dict] = []
        for path in sorted(self.state.glob("kiosk.log*"), reverse=True):
            lines += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return lines

    def count(self, event: str, **values: object) -> int:
        wanted = {"event": event, **values}
        return sum(all(line.get(k) == v for k, v in wanted.items()) for line in self.log())

    def wait(self, condition: Callable[[], object], what: str) -> None:
        patience = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.process.stderr.read().decode()  # type: ignore[union-attr]
            assert time.monotonic() < patience, f"still not {what}: {self.log()[-5:]}"
            time.sleep(0.02)

    def drawing(self, times: int = 1) -> None:
        """Wait until it was started so often, and draws."""
        self.wait(lambda: self.count("first frame") >= times, f"drawing for the {times}. time")

    @property
    def exhibit(self) -> int:
        """The exhibit's process."""
        return int(next(line["pid"] for line in reversed(self.log()) if line["event"] == "exhibit started"))

    def kill(self, number: int) -> None:
        os.kill(self.exhibit, number)

    # what is to be seen

    def screen(self) -> np.ndarray:
        return np.asarray(ImageGrab.grab(xdisplay=self.display.name).convert("RGB")).astype(int)

    @property
    def bright(self) -> int:
        """Pixels of the inviting button's colour: the exhibit is there, the curtain has none."""
        return int((np.abs(self.screen() - (104, 226, 196)).max(axis=2) < 45).sum())

    @property
    def curtain_only(self) -> bool:
        """Dark-branded: the ground in the corners, no button, no desktop."""
        picture = self.screen()
        corners = picture[[3, 3, -3, -3], [3, -3, 3, -3]]
        return bool((np.abs(corners - (19, 26, 40)).max() <= 2) and not self.bright)


@contextmanager
def running(display: Display, folder: Path, program: Path | None = None, watch: str = "") -> Iterator[Kiosk]:
    kiosk = Kiosk(display, folder, program, watch)
    try:
        kiosk.drawing()
        yield kiosk
    finally:
        if kiosk.process.poll() is None:
            kiosk.end()
        kiosk.process.stderr.close()  # type: ignore[union-attr]


STOP, CONTINUE = signal.SIGSTOP, signal.SIGCONT
