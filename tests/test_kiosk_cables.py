"""A screen and a touch screen that are unplugged, turned, and back: Xorg with a dummy card, real processes.

Its outputs are switched by xrandr, as a cable would. A server lets nobody take its test pointer away; so the
touch screen is the mouse of Xephyr, which a screen around it moves; xinput takes it away and gives it back.
"""

import os
import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kiosk_processes import Kiosk, running
from tests.xvfb import Display, virtual_display

CONFIG = """
Section "ServerFlags"
    Option "AutoAddDevices" "false"
EndSection
Section "Device"
    Identifier "card"
    Driver "dummy"
EndSection
Section "Monitor"
    Identifier "monitor"
    HorizSync 5.0-1000.0
    VertRefresh 5.0-200.0
    Modeline "800x450" 30.0 800 816 896 992 450 451 454 465
    Modeline "450x800" 30.0 450 466 546 600 800 801 804 815
EndSection
Section "Screen"
    Identifier "screen"
    Device "card"
    Monitor "monitor"
    DefaultDepth 24
    SubSection "Display"
        Depth 24
        Modes "800x450" "450x800"
        Virtual 1024 1024
    EndSubSection
EndSection
"""
OUTPUT, POINTER = "DUMMY0", "Xephyr virtual mouse"


@contextmanager
def server(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[Display]:
    """On the first free display number, until the end of the block."""
    ready, write = os.pipe()
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            [*command, "-displayfd", str(write), "-noreset", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=said,
            cwd=folder,
            env=environment,
        )
    os.close(write)
    try:
        with os.fdopen(ready) as pipe:
            number = pipe.readline().strip()
        assert number, (folder / "said").read_text()
        yield Display(f":{number}")
    finally:
        process.terminate()
        process.wait(10)


class Cabled:
    """An exhibit on such a screen, and somebody at its cables."""

    def __init__(self, kiosk: Kiosk, hand: Display, port: int):
        """
        Args:
            hand: the display on which the pointer moves.
        """
        self.kiosk, self.display, self.hand, self._port = kiosk, kiosk.display, hand, port

    def do(self, *command: str) -> str:
        return subprocess.run(
            command, env=self.display.environment, capture_output=True, text=True, check=True, timeout=30
        ).stdout

    def counted(self, name: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
            return int(re.search(rf"^nnvis3d_{name}_total (\d+)", answer.read().decode(), re.M)[1])  # type: ignore[index]

    def touch(self) -> None:
        width, height = self.size
        self.hand.do("mousemove", width // 2, height // 3, "click", 1)

    @property
    def size(self) -> tuple[int, int]:
        """Of the exhibit's own window, which is to be the screen's."""
        window = self.display.do("search", "--name", "^nnvis3d$").split()[0]
        shape = self.display.do("getwindowgeometry", "--shell", window)
        return int(re.search(r"WIDTH=(\d+)", shape)[1]), int(re.search(r"HEIGHT=(\d+)", shape)[1])  # type: ignore[index]

    def fills(self, width: int, height: int) -> None:
        """Wait until the exhibit is drawn on all of a screen of this size, and answers."""
        self.kiosk.wait(lambda: self.size == (width, height), f"{width}x{height}")
        self.kiosk.wait(lambda: self.kiosk.screen().shape[:2] == (height, width), "as large as the screen")
        self.kiosk.wait(lambda: self.kiosk.bright > 300, "to be seen")
        self.answers()

    def answers(self) -> None:
        before = self.counted("touches")
        self.touch()
        self.kiosk.wait(lambda: self.counted("touches") > before, "answering a touch")


@contextmanager
def cabled(display: Display, hand: Display, folder: Path) -> Iterator[Cabled]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with running(display, folder, watch=f"\n[network]\nmetrics_port = {port}") as kiosk:
        yield Cabled(kiosk, hand, port)
        assert not kiosk.count("exhibit restarts"), "none of this needs a new process"


@pytest.fixture(scope="module")
def screen(tmp_path_factory) -> Iterator[Cabled]:
    folder = tmp_path_factory.mktemp("xorg")
    (folder / "xorg.conf").write_text(CONFIG)
    command = ["Xorg", "-config", str(folder / "xorg.conf"), "-logfile", str(folder / "log")]
    with server(command, folder, dict(os.environ)) as display, cabled(display, display, folder) as found:
        yield found


def test_a_screen_that_is_turned_and_turned_back(screen):
    before = screen.counted("screen_changes")
    for width, height in ((450, 800), (800, 450)):
        screen.do("xrandr", "--output", OUTPUT, "--mode", f"{width}x{height}")
        screen.fills(width, height)
    assert screen.counted("screen_changes") >= before + 2
    assert screen.kiosk.count("screen size", width=450, height=800)


def test_a_screen_that_is_dark_is_lit_again_by_nobody_else(screen):
    screen.do("xrandr", "--output", OUTPUT, "--off")
    screen.kiosk.wait(lambda: screen.kiosk.count("screen dark, asked for a picture"), "asked for a picture")
    screen.fills(800, 450)
    screen.kiosk.wait(lambda: screen.kiosk.count("screen shows a picture"), "lit")


def test_a_touch_screen_that_is_gone_and_back_in_the_middle_of_a_touch(tmp_path):
    with (
        virtual_display(800, 450) as around,
        server(["Xephyr", "-screen", "800x450"], tmp_path, around.environment) as display,
        cabled(display, around, tmp_path) as found,
    ):
        found.answers()
        lines, before = found.kiosk.count("touch devices"), found.counted("touch_changes")
        around.do("mousemove", 200, 200, "mousedown", 1)
        found.do("xinput", "disable", POINTER)
        found.kiosk.wait(lambda: found.counted("touch_changes") > before, "missing it")
        (lost,) = [line for line in found.kiosk.log() if line["event"] == "touch devices" and line["reason"]]
        assert lost["level"] == "error" and lost["reason"] == POINTER
        around.do("mouseup", 1)
        found.do("xinput", "enable", POINTER)
        found.kiosk.wait(lambda: found.counted("touch_changes") > before + 1, "finding it")
        assert found.kiosk.count("touch devices") == lines + 2
        # What was let go of while its mouse was away, Xephyr takes for held until it is let go of again.
        around.do("click", 1)
        found.answers()
