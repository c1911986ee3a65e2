"""A screen that nobody sees, and a hand that moves its pointer.

    from tests.xvfb import display  # noqa: F401 (a fixture)

    def test_it(display):
        display.do("mousemove", 100, 100, "click", 1)

A machine without Xvfb or xdotool fails these tests: they are the ones that count.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class Display:
    """An X display."""

    def __init__(self, name: str):
        self.name = name
        """As in $DISPLAY: ":7"."""

    @property
    def environment(self) -> dict[str, str]:
        """For a program that should open its windows here."""
        return {**os.environ, "DISPLAY": self.name, "XAUTHORITY": os.devnull}

    def do(self, *arguments: object) -> str:
        """Have xdotool do this; what it printed."""
        command = ["xdotool", *map(str, arguments)]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=30, check=True
        )
        return done.stdout.strip()

    def ask_to_close(self, window: int) -> None:
        """What a window manager does when a person clicks on the cross: ask the window to close itself."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.restype = ctypes.c_ulong
        connection = ctypes.c_void_p(x11.XOpenDisplay(self.name.encode()))
        protocols, delete = (
            x11.XInternAtom(connection, name, False) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW")
        )
        message = _ClientMessage(type=33, window=window, message_type=protocols, format=32)
        message.data[0] = delete
        x11.XSendEvent(connection, ctypes.c_ulong(window), False, ctypes.c_long(0), ctypes.byref(message))
        x11.XCloseDisplay(connection)


class _ClientMessage(ctypes.Structure):
    """Xlib's XClientMessageEvent, as long as an XEvent."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("_padding", ctypes.c_long * 12),
    )


@contextmanager
def virtual_display(width: int = 1280, height: int = 720) -> Iterator[Display]:
    """Xvfb on the first free display number, until the end of the block."""
    ready, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-noreset"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(ready) as pipe:
            number = pipe.readline().strip()  # Xvfb writes it once it answers; nothing, if it died
        assert number, f"Xvfb ended with status {server.wait()}"
        yield Display(f":{number}")
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    """One for the tests of a module."""
    with virtual_display() as found:
        yield found
