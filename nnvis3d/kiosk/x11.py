"""The little of Xlib that the curtain needs, by ctypes: no toolkit that could fail, nothing to install."""

import ctypes
import ctypes.util
from collections.abc import Iterator
from dataclasses import dataclass

from nnvis3d.errors import UserError
from nnvis3d.kiosk.outputs import Outputs
from nnvis3d.kiosk.pointers import Pointers

_LONG, _ULONG, _INT, _UINT = ctypes.c_long, ctypes.c_ulong, ctypes.c_int, ctypes.c_uint
_POINTER = ctypes.c_void_p
_OVERRIDE_REDIRECT = 1 << 9
_BACKGROUND_PIXEL = 1 << 1
_STRUCTURE, _SUBSTRUCTURE, _VISIBILITY = 1 << 17, 1 << 19, 1 << 16
_ASYNC = 1
_Z_PIXMAP = 2
VISIBILITY_NOTIFY, MAP_NOTIFY, CONFIGURE_NOTIFY, REPARENT_NOTIFY, CREATE_NOTIFY = 15, 19, 22, 21, 16
_RESULTS = {
    "XOpenDisplay": _POINTER,
    "XDefaultVisual": _POINTER,
    "XCreateImage": _POINTER,
    "XDefaultGC": _POINTER,
    "XDefaultRootWindow": _ULONG,
    "XCreateWindow": _ULONG,
    "XCreatePixmap": _ULONG,
    "XCreateBitmapFromData": _ULONG,
    "XCreatePixmapCursor": _ULONG,
}


class _Attributes(ctypes.Structure):
    """Xlib's XSetWindowAttributes."""

    _fields_ = (
        ("background_pixmap", _ULONG),
        ("background_pixel", _ULONG),
        ("border_pixmap", _ULONG),
        ("border_pixel", _ULONG),
        ("bit_gravity", _INT),
        ("win_gravity", _INT),
        ("backing_store", _INT),
        ("backing_planes", _ULONG),
        ("backing_pixel", _ULONG),
        ("save_under", _INT),
        ("event_mask", _LONG),
        ("do_not_propagate_mask", _LONG),
        ("override_redirect", _INT),
        ("colormap", _ULONG),
        ("cursor", _ULONG),
    )


class _Color(ctypes.Structure):
    _fields_ = (
        ("pixel", _ULONG),
        ("red", ctypes.c_ushort),
        ("green", ctypes.c_ushort),
        ("blue", ctypes.c_ushort),
        ("flags", ctypes.c_char),
        ("pad", ctypes.c_char),
    )


class _Event(ctypes.Union):
    """XEvent: its type, and room for the rest."""

    _fields_ = (("type", _INT), ("longs", _LONG * 24))


@dataclass(frozen=True)
class Geometry:
    """Pixels of the screen."""

    width: int
    height: int


class Screen:
    """A connection to the X server, and one window over everything on its default screen.

    The window asks no window manager (override-redirect): none can move, cover, iconify or close it. The
    exhibit's own window is made inside it, and so is as safe.
    """

    def __init__(self):
        """
        Raises:
            UserError: there is no X server that we may use.
        """
        try:
            self._x = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
        except OSError as error:
            raise UserError(f"libX11 is missing ({error}); on Debian: apt-get install libx11-6") from error
        for name, result in _RESULTS.items():
            getattr(self._x, name).restype = result
        connection = self._x.XOpenDisplay(None)
        if not connection:
            raise UserError("the display cannot be opened: is its X server running, and may we use it?")
        self._display = _POINTER(connection)
        # A window of ours, or the exhibit's, may be gone before a request about it arrives: no reason to die.
        self._ignore = ctypes.CFUNCTYPE(_INT, _POINTER, _POINTER)(lambda *_: 0)
        self._x.XSetErrorHandler(self._ignore)
        self._root = self._x.XDefaultRootWindow(self._display)
        self._x.XSelectInput(self._display, _ULONG(self._root), _LONG(_STRUCTURE | _SUBSTRUCTURE))
        self.outputs = Outputs(self._display, self._root)
        self.pointers = Pointers(self._display)
        self.size = self.geometry()
        self.window = self._open()

    @property
    def fileno(self) -> int:
        """To wait for news on."""
        return self._x.XConnectionNumber(self._display)

    def geometry(self) -> Geometry:
        """Of the whole screen, as it is now."""
        root, x, y = _ULONG(), _INT(), _INT()
        width, height, border, depth = _UINT(), _UINT(), _UINT(), _UINT()
        values = (root, x, y, width, height, border, depth)
        self._x.XGetGeometry(self._display, _ULONG(self._root), *(ctypes.byref(v) for v in values))
        return Geometry(width.value, height.value)

    def _open(self) -> int:
        attributes = _Attributes(
            background_pixel=0x131A28,
            override_redirect=1,
            event_mask=_STRUCTURE | _SUBSTRUCTURE | _VISIBILITY,
            cursor=self._no_cursor(),
        )
        mask = _BACKGROUND_PIXEL | _OVERRIDE_REDIRECT | 1 << 11 | 1 << 14  # event mask, cursor
        window = self._x.XCreateWindow(
            *(self._display, _ULONG(self._root), 0, 0, self.size.width, self.size.height, 0),
            *(0, 1, _POINTER(0), _ULONG(mask), ctypes.byref(attributes)),
        )
        self._x.XStoreName(self._display, _ULONG(window), b"nnvis3d kiosk")
        self._x.XMapRaised(self._display, _ULONG(window))
        self._x.XSetScreenSaver(self._display, 0, 0, 0, 0)
        self._x.XSync(self._display, 0)
        return window

    def _no_cursor(self) -> int:
        dot = self._x.XCreateBitmapFromData(self._display, _ULONG(self._root), b"\0" * 8, 8, 8)
        black = _Color()
        colors = ctypes.byref(black), ctypes.byref(black)
        bitmap = _ULONG(dot)
        return self._x.XCreatePixmapCursor(self._display, bitmap, bitmap, *colors, 0, 0)

    def hold_keyboard(self) -> bool:
        """Take every key, so that no window manager hears its shortcuts; False if another program has it."""
        window = _ULONG(self.window)
        return self._x.XGrabKeyboard(self._display, window, 0, _ASYNC, _ASYNC, _ULONG(0)) == 0

    def paint(self, pixels: bytes) -> None:
        """What the window shows where nothing covers it: BGRA, rows from the top, as large as the screen."""
        width, height = self.size.width, self.size.height
        if len(pixels) != width * height * 4:
            return  # the screen has changed meanwhile; painted again for the new size
        screen = self._x.XDefaultScreen(self._display)
        depth = self._x.XDefaultDepth(self._display, screen)
        visual = _POINTER(self._x.XDefaultVisual(self._display, screen))
        buffer = ctypes.create_string_buffer(pixels, len(pixels))
        image = self._x.XCreateImage(
            *(self._display, visual, depth, _Z_PIXMAP, 0, buffer, width, height, 32, 4 * width)
        )
        pixmap = self._x.XCreatePixmap(self._display, _ULONG(self.window), width, height, depth)
        context = _POINTER(self._x.XDefaultGC(self._display, screen))
        place = 0, 0, 0, 0, width, height
        self._x.XPutImage(self._display, _ULONG(pixmap), context, _POINTER(image), *place)
        self._x.XSetWindowBackgroundPixmap(self._display, _ULONG(self.window), _ULONG(pixmap))
        self._x.XFreePixmap(self._display, _ULONG(pixmap))
        self._x.XClearWindow(self._display, _ULONG(self.window))
        self._x.XFree(_POINTER(image))  # the structure; the pixels are ours
        self._x.XSync(self._display, 0)

    def follow(self, size: Geometry) -> None:
        """The screen is so large now: cover it, with what is inside."""
        self.size = size
        self._resize(self.window)
        for child in self._children():
            self._resize(child)
        self._x.XSync(self._display, 0)

    def fit_children(self) -> None:
        """Have the exhibit's window fill ours."""
        for child in self._children():
            self._resize(child)
        self._x.XFlush(self._display)

    def rise(self) -> None:
        """Be on top again."""
        self._x.XRaiseWindow(self._display, _ULONG(self.window))
        self._x.XFlush(self._display)

    def news(self) -> Iterator[int]:
        """Types of the events that wait."""
        event = _Event()
        while self._x.XPending(self._display):
            self._x.XNextEvent(self._display, ctypes.byref(event))
            yield event.type

    def _resize(self, window: int) -> None:
        size = self.size.width, self.size.height
        self._x.XMoveResizeWindow(self._display, _ULONG(window), 0, 0, *size)

    def _children(self) -> list[int]:
        root, parent, count = _ULONG(), _ULONG(), _UINT()
        children = ctypes.POINTER(_ULONG)()
        found = (root, parent, children, count)
        if not self._x.XQueryTree(self._display, _ULONG(self.window), *(ctypes.byref(v) for v in found)):
            return []
        windows = [children[k] for k in range(count.value)]
        if windows:
            self._x.XFree(children)
        return windows
