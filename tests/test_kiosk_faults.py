"""What goes wrong in a museum, with real processes: the exhibit draws again, and it is counted and logged."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.kiosk_processes import STOP, Kiosk, running
from tests.xvfb import Display, virtual_display

FAULTY = Path(__file__).with_name("kiosk_with_faults.py")


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory) -> Iterator[Kiosk]:
    """One for the faults of this module: after each it must be as good as new."""
    watch = "freeze_seconds = 2.5\nmemory_mb = 1000.0\ncalm_seconds = 1.0"
    with (
        virtual_display(800, 450) as display,
        running(display, tmp_path_factory.mktemp("kiosk"), FAULTY, watch) as found,
    ):
        yield found


def recovers(kiosk: Kiosk, fault, reason: str) -> dict:
    """Have the fault; wait until it draws again. Returns the line of the log."""
    time.sleep(1.2)  # calm
    before, pid = kiosk.count("first frame"), kiosk.exhibit
    fault()
    kiosk.drawing(before + 1)
    assert kiosk.exhibit != pid
    lines = [line for line in kiosk.log() if line["event"] == "exhibit restarts"]
    assert lines[-1]["reason"] == reason and lines[-1]["wait_s"] == 0
    kiosk.wait(lambda: kiosk.bright > 300, "to be seen")
    return lines[-1]


def test_kill_9_shows_the_curtain_and_no_desktop_meanwhile(kiosk):
    kiosk.wait(lambda: kiosk.bright > 300, "to be seen")
    seen = []

    def fault():
        kiosk.kill(signal.SIGKILL)
        kiosk.wait(lambda: not kiosk.bright, "gone")
        seen.append(kiosk.screen())
        seen.append(kiosk.curtain_only)

    recovers(kiosk, fault, "signal")
    assert seen[-1], seen[0][::60, ::100]


def test_an_exception_in_a_tool(kiosk):
    line = recovers(kiosk, lambda: kiosk.kill(signal.SIGUSR1), "exception")
    assert line["status"] == 70
    said = [line for line in kiosk.log() if line["event"] == "exception"][-1]
    assert (
        said["reason"] == "ZeroDivisionError: a tool has a fault"
        and "kiosk_visit" in said["trace"] + "kiosk_visit"
    )


def test_an_allocation_that_fails(kiosk):
    recovers(kiosk, lambda: kiosk.kill(signal.SIGUSR2), "exception")
    assert "MemoryError" in [line for line in kiosk.log() if line["event"] == "exception"][-1]["reason"]


def test_memory_past_the_limit(kiosk):
    found = recovers(kiosk, lambda: kiosk.kill(signal.SIGHUP), "memory")
    assert found["memory_mb"] >= 1000  # in the log it is rounded


def test_a_tick_that_never_ends(kiosk):
    recovers(kiosk, lambda: kiosk.kill(signal.SIGWINCH), "freeze")


def test_a_stopped_process(kiosk):
    recovers(kiosk, lambda: kiosk.kill(STOP), "freeze")


def test_the_window_and_its_opengl_are_taken_away(kiosk):
    """As far as a lost context can be tried without a card: the server closes the exhibit's connection."""

    def fault():
        window = kiosk.display.do("search", "--name", "^nnvis3d$").split()[0]
        kiosk.display.do("windowkill", window)

    recovers(kiosk, fault, "signal")  # Xlib ends a process that has lost its server


def processes(pid: int) -> list[int]:
    """It, and all below it."""
    below = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [pid, *(one for child in below for one in processes(int(child)))]


def test_nothing_listens_and_nothing_is_connected_unless_configured(kiosk):
    sockets = set()
    for pid in processes(kiosk.process.pid):
        for number in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                sockets.add(os.readlink(number))
    assert any(name.startswith("socket:") for name in sockets), "the X server's at least"
    for table in ("tcp", "tcp6", "udp", "udp6"):
        path = Path(f"/proc/net/{table}")
        lines = path.read_text().splitlines()[1:] if path.exists() else []  # no IPv6, no tcp6
        assert not sockets & {f"socket:[{line.split()[9]}]" for line in lines}


def test_the_curtain_dies(kiosk):
    def fault():
        (pid,) = subprocess.run(
            ["pgrep", "-P", str(kiosk.process.pid), "-f", "kiosk.curtain"], capture_output=True, text=True
        ).stdout.split()
        os.kill(int(pid), signal.SIGKILL)

    recovers(kiosk, fault, "display")


def test_a_config_that_cannot_be_read_any_more(kiosk):
    """Somebody mistypes a line; then the exhibit dies, and then there is a power cut."""
    right = kiosk.config.read_text()
    kiosk.config.write_text("[screen\nwidth")
    recovers(kiosk, lambda: kiosk.kill(signal.SIGKILL), "signal")
    before = kiosk.count("first frame")
    kiosk.end()
    kiosk.start()
    kiosk.drawing(before + 1)
    kiosk.config.write_text(right)
    assert kiosk.count("config cannot be used", level="error") == 1


def test_all_of_it_was_counted(kiosk):
    kiosk.end()
    counted = json.loads((kiosk.state / "counters.json").read_text())["counters"]
    kiosk.start()
    restarts = counted["restarts"]
    for reason, least in {"signal": 2, "exception": 2, "memory": 1, "freeze": 2, "display": 1}.items():
        assert restarts[reason] >= least, restarts
    assert counted["starts"][""] >= sum(restarts.values()) and counted["errors"][""] >= 8


def test_the_supervisor_is_killed_and_the_exhibit_goes_with_it(kiosk):
    kiosk.wait(lambda: kiosk.log()[-1]["event"] in ("first frame", "keyboard held"), "started")
    pid = kiosk.exhibit
    kiosk.process.kill()
    kiosk.process.wait()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "two exhibits would draw into one another"
        time.sleep(0.05)


def test_the_x_server_goes_and_comes_back(tmp_path):
    def server(number: str = "") -> tuple[subprocess.Popen, str]:
        ready, write = os.pipe()
        name = [f":{number}"] if number else []
        process = subprocess.Popen(
            ["Xvfb", *name, "-displayfd", str(write), "-screen", "0", "800x450x24", "-noreset"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(ready) as pipe:
            return process, pipe.readline().strip()

    x, number = server()
    try:
        with running(Display(f":{number}"), tmp_path) as kiosk:
            x.kill()
            x.wait()
            kiosk.wait(lambda: kiosk.count("exhibit restarts") or kiosk.count("curtain lost"), "noticed")
            time.sleep(2)
            for rest in (Path(f"/tmp/.X{number}-lock"), Path(f"/tmp/.X11-unix/X{number}")):
                rest.unlink(missing_ok=True)
            x, _ = server(number)
            kiosk.drawing(2)
            kiosk.wait(lambda: kiosk.bright > 300, "to be seen")
            assert kiosk.count("curtain lost") <= 3, "one line, however long it stays away"
    finally:
        x.kill()
        x.wait()
