"""Keys and pointer by the XTEST extension, as quick as the server takes them."""

import ctypes
from collections.abc import Callable

from tests.xvfb import Display

_POINTER, _ULONG = ctypes.c_void_p, ctypes.c_ulong


class Hand:
    """Presses and releases on one display; what it presses it lets go again."""

    def __init__(self, display: Display):
        self._x = ctypes.CDLL("libX11.so.6")
        self._test = ctypes.CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = _POINTER
        self._x.XStringToKeysym.restype = _ULONG
        self._x.XKeysymToKeycode.restype = ctypes.c_ubyte
        self._display = _POINTER(self._x.XOpenDisplay(display.name.encode()))
        assert self._display.value, f"{display.name} cannot be opened"

    def keys(self, chord: str) -> None:
        """ "a", or "ctrl+alt+Delete": pressed in order, let go in reverse."""
        names = {"ctrl": "Control_L", "alt": "Alt_L", "super": "Super_L", "shift": "Shift_L"}
        codes = [self._code(names.get(part, part)) for part in chord.split("+")]
        for code, down in [*((c, True) for c in codes), *((c, False) for c in reversed(codes))]:
            self._test.XTestFakeKeyEvent(self._display, ctypes.c_uint(code), int(down), _ULONG(0))

    def hold(self, name: str, work: Callable[[], None]) -> None:
        """Do it with a key held."""
        for down in (True, False):
            self._test.XTestFakeKeyEvent(self._display, ctypes.c_uint(self._code(name)), int(down), _ULONG(0))
            if down:
                work()

    def move(self, x: int, y: int) -> None:
        self._test.XTestFakeMotionEvent(self._display, -1, x, y, _ULONG(0))

    def button(self, number: int, down: bool) -> None:
        self._test.XTestFakeButtonEvent(self._display, ctypes.c_uint(number), int(down), _ULONG(0))

    def click(self, number: int) -> None:
        self.button(number, True)
        self.button(number, False)

    def wait(self) -> None:
        """Until the server has taken all of it."""
        self._x.XSync(self._display, 0)

    def topmost(self) -> int:
        """The window that lies over all others."""
        self._x.XDefaultRootWindow.restype = _ULONG
        root, parent, count = _ULONG(), _ULONG(), ctypes.c_uint()
        children = ctypes.POINTER(_ULONG)()
        found = (ctypes.byref(value) for value in (root, parent, children, count))
        self._x.XQueryTree(self._display, _ULONG(self._x.XDefaultRootWindow(self._display)), *found)
        windows = [int(children[k]) for k in range(count.value)]
        self._x.XFree(children)
        return next(window for window in reversed(windows) if self._seen(window))

    def _seen(self, window: int) -> bool:
        """Whether it is mapped: map_state of XWindowAttributes, at byte 92 on 64-bit systems."""
        attributes = (ctypes.c_int * 40)()
        self._x.XGetWindowAttributes(self._display, _ULONG(window), ctypes.byref(attributes))
        return attributes[23] == 2

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)

    def _code(self, name: str) -> int:
        code = self._x.XKeysymToKeycode(self._display, _ULONG(self._x.XStringToKeysym(name.encode())))
        assert code, f"no key {name}"
        return code
