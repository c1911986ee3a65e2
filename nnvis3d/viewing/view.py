"""`nnvis3d.view(module, example_input)`: a window on a module that lives in this process."""

import atexit
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence

from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.network.spec import Preprocessing
from nnvis3d.runtime.tracing.runner import TracedRunner
from nnvis3d.runtime.tracing.trace import trace
from nnvis3d.viewing.opening import Opening
from nnvis3d.viewing.server import Server
from nnvis3d.viewing.sharing import FrameMemory


class View:
    """A window that is open. It answers from this process, so it lives no longer than this."""

    def __init__(self, process: subprocess.Popen, thread: threading.Thread):
        self._process, self._thread = process, thread

    @property
    def open(self) -> bool:
        return self._process.poll() is None

    def wait(self, timeout: float | None = None) -> bool:
        """Until the person closes the window, or for `timeout` seconds; whether it is closed."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return not self.open

    def close(self) -> None:
        """Close the window; nothing happens if it is closed already."""
        if self.open:
            self._process.terminate()
            self._process.wait()
        self._thread.join(5)

    def __enter__(self) -> "View":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<nnvis3d view, {'open' if self.open else 'closed'}>"


def view(
    module: nn.Module,
    example_input: object,
    labels: Sequence[str] = (),
    name: str = "",
    preprocessing: Preprocessing | None = None,
) -> View:
    """Open a window on any module, and return at once.

    The module runs here, in evaluation mode, on a thread of its own, whenever the window has something new
    for it; parameters, modes and hooks stay as they are. A script that ends leaves its window open, and ends
    when that is closed.

    Args:
        example_input: a tensor or array with a batch of one in front, a tuple of several, or a dict.
        labels: names of the output classes, in order.
        name: what the window calls it; "": the module's class.
        preprocessing: how a picture becomes the input; None: as the module says (see docs/networks.md), or
            values from 0 to 1.

    Raises:
        UserError: it cannot be run on the example, or no window can be opened.
    """
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        raise UserError(
            "view: there is no display (DISPLAY is not set); `nnvis3d snapshot` makes pictures without"
        )
    runner = TracedRunner(trace(module, example_input, name, labels, preprocessing), own_threads=False)
    opening = Opening(runner.spec.name, interruptible=not _interactive())
    # Not a daemon in a script: Python waits for such threads before it ends.
    thread = threading.Thread(
        target=_serve, args=(opening, runner), name=f"view-{runner.spec.name}", daemon=_interactive()
    )
    thread.start()
    try:
        opening.wait()
    except KeyboardInterrupt:
        opening.process.kill()
        raise
    if _interactive():  # nobody waits for the thread: the window goes with the session
        atexit.register(opening.process.terminate)
    return View(opening.process, thread)


def _serve(opening: Opening, runner: TracedRunner) -> None:
    memory = FrameMemory(runner.spec.neurons)
    try:
        connection = opening.connect((runner.spec, memory.name))
        if connection is not None:
            memory.hide()
            with connection:
                Server(runner, memory).serve(connection)
    finally:
        memory.close()


def _interactive() -> bool:
    """Whether Python goes on after the last line: at a prompt, in a notebook."""
    return hasattr(sys, "ps1") or bool(sys.flags.interactive) or "ipykernel" in sys.modules
