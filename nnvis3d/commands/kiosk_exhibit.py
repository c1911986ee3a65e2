"""`python -m nnvis3d.commands.kiosk_exhibit`: the exhibit, as the supervisor starts it. Not for people.

What it needs to know stands in the environment, as JSON; what it says goes to standard output, as messages.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from nnvis3d.errors import UserError
from nnvis3d.kiosk.config import KioskConfig
from nnvis3d.kiosk.messages import BROKEN, QUIT, Outbox
from nnvis3d.kiosk.supervisor import ENVIRONMENT


def main() -> int:
    """Run it until it is told to end; the exit status says why (nnvis3d/kiosk/messages.py)."""
    told = json.loads(os.environ.get(ENVIRONMENT, "{}"))
    outbox = Outbox(sys.stdout.buffer)
    sys.stdout = sys.stderr  # nobody else's words among the messages
    try:
        return show(told, outbox)
    except KeyboardInterrupt:
        return QUIT
    except BaseException as error:
        # MemoryError, too: a process that starts anew is the only state that is known to be good.
        outbox.send({"log": "exception", "level": "error", "reason": _short(error), "trace": _trace(error)})
        sys.stderr.flush()
        # Python's own way out takes PyTorch and the driver apart first. On a busy machine that lasts seconds,
        # in which nothing is drawn, and which the supervisor would take for a freeze.
        os._exit(BROKEN)


def show(
    told: Mapping[str, Any], outbox: Outbox, each_tick: Callable[[object], None] = lambda exhibit: None
) -> int:
    """Open the window and run the exhibit in it.

    Args:
        each_tick: called with the Exhibit after every tick.

    Raises:
        UserError: there is no display, or the network cannot be loaded.
    """
    from nnvis3d.app.app import App
    from nnvis3d.app.kiosk import Exhibit
    from nnvis3d.options import Options
    from nnvis3d.scene.host import Host

    config = msgspec.convert(told.get("config", {}), KioskConfig)
    window, size = told.get("window"), tuple(told.get("size") or (1920, 1080))
    weights = config.path(config.exhibit.weights) if config.exhibit.weights else None
    options = Options(config.exhibit.network, size, theme=config.exhibit.theme, weights=weights)
    host = Host(size, offscreen=False, fullscreen=window is None, inside=window)
    app = App(host, options)
    exhibit = Exhibit(app, config, outbox, told=told)

    def after_tick() -> bool:
        exhibit.report.beat(app.tick_ms)
        each_tick(exhibit)
        if host.closed or not host.output.is_valid():
            raise UserError("the window is gone, or the graphics driver has lost it")
        if app.runner is None and not app.answering.loader.pending:
            raise UserError(app.panels.messages.shown[-1].text if app.panels.messages.shown else "no network")
        return False

    app.run(until=after_tick)
    exhibit.hearing.close()
    app.close()
    return exhibit.status


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if not isinstance(error, UserError) else str(error)


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-3000:]


if __name__ == "__main__":
    sys.exit(main())
