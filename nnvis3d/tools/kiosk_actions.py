"""What a visitor, and who looks after the exhibit, can ask for: named actions without keys."""

from collections.abc import Callable
from dataclasses import dataclass

from nnvis3d.tools.actions import Action, Actions
from nnvis3d.tools.kiosk_knock import ServiceDoor
from nnvis3d.tools.kiosk_visit import Visit


@dataclass(frozen=True)
class KioskPorts:
    """What these actions need of the rest of the program."""

    visit: Visit
    door: ServiceDoor
    begin: Callable[[], None]
    finish: Callable[[], None]
    free: Callable[[], None]
    """Back to drawing freely."""
    clear: Callable[[], None]
    home: Callable[[], None]
    again: Callable[[], None]
    other: Callable[[], None]
    """Another challenge."""
    take_result: Callable[[], None]
    louder: Callable[[int], None]
    """By so many steps."""
    end: Callable[[bool], None]
    """End the program; True: to be started again."""


def connect_kiosk(actions: Actions, ports: KioskPorts) -> None:
    """Register all of them."""
    visit, door = ports.visit, ports.door

    def on(name: str, text: str, run: Callable[[object], None]) -> None:
        actions.register(Action(f"kiosk_{name}", "Kiosk", (), text, run))

    on("begin", "Begin a visit", lambda _: ports.begin())
    on("done", "End the visit", lambda _: ports.finish())
    on("language", "Speak the named language", lambda name: visit.speak(str(name)))
    on("guide", "The guided path", lambda _: visit.show("guide"))
    on("challenge", "Fool the network", lambda _: visit.show("challenge"))
    on("free", "Draw freely", lambda _: ports.free())
    on("next", "On along the path", lambda _: visit.go(1))
    on("back", "Back along the path", lambda _: visit.go(-1))
    on("again", "Once more", lambda _: ports.again())
    on("other", "Another challenge", lambda _: ports.other())
    on("clear", "Erase the drawing", lambda _: ports.clear())
    on("home", "The whole network", lambda _: ports.home())
    on("pause", "Stop what moves by itself, or go on", lambda _: setattr(visit, "moving", not visit.moving))
    on("result", "Take a picture home", lambda _: ports.take_result())
    on("pin", "A figure of the PIN", lambda key: door.key(str(key)))
    on("service", "What the service menu offers", lambda what: _serve(str(what), ports))


def _serve(what: str, ports: KioskPorts) -> None:
    """Nothing here without the PIN, whoever asks."""
    door = ports.door
    if door.shown not in ("menu", "calibration"):
        return
    if what in ("quit", "restart"):
        if door.confirm(what):
            ports.end(what == "restart")
        return
    door.sure = ""
    if what == "calibrate":
        door.calibrate()
    elif what in ("louder", "quieter"):
        ports.louder(1 if what == "louder" else -1)
    else:
        door.back()
