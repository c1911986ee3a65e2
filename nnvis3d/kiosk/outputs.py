"""Lights a screen that is plugged in but dark: in a session without a desktop nobody else does.

An X server that starts before its screen is switched on, or loses it, has no output that shows anything; when
the screen comes, the server says so, and leaves it to its clients to choose a mode.
"""

import ctypes
import ctypes.util
import shutil
import subprocess
from contextlib import suppress

PATIENCE = 10.0
"""Seconds for xrandr, which asks the screen what it can do."""
_POINTER, _ULONG, _INT = ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int


class _Resources(ctypes.Structure):
    """The beginning of Xrandr's XRRScreenResources."""

    _fields_ = (
        ("timestamp", _ULONG),
        ("config_timestamp", _ULONG),
        ("ncrtc", _INT),
        ("crtcs", ctypes.POINTER(_ULONG)),
    )


class _Crtc(ctypes.Structure):
    """The beginning of Xrandr's XRRCrtcInfo."""

    _fields_ = (
        ("timestamp", _ULONG),
        ("x", _INT),
        ("y", _INT),
        ("width", ctypes.c_uint),
        ("height", ctypes.c_uint),
        ("mode", _ULONG),
    )


class Outputs:
    """What of an X server's outputs shows anything. Without libXrandr it is taken for granted."""

    def __init__(self, display: ctypes.c_void_p, root: int):
        self._display, self._root = display, root
        self._randr: ctypes.CDLL | None = None
        try:
            self._randr = ctypes.CDLL(ctypes.util.find_library("Xrandr") or "libXrandr.so.2")
        except OSError:
            return
        self._randr.XRRGetScreenResourcesCurrent.restype = ctypes.POINTER(_Resources)
        self._randr.XRRGetCrtcInfo.restype = ctypes.POINTER(_Crtc)
        event, error = _INT(), _INT()
        if not self._randr.XRRQueryExtension(self._display, ctypes.byref(event), ctypes.byref(error)):
            self._randr = None

    @property
    def lit(self) -> bool:
        """Whether any output shows a picture."""
        if self._randr is None:
            return True
        found = self._randr.XRRGetScreenResourcesCurrent(self._display, _ULONG(self._root))
        if not found:
            return True
        crtcs = [found.contents.crtcs[k] for k in range(found.contents.ncrtc)]
        shown = not crtcs or any(self._shows(found, crtc) for crtc in crtcs)
        self._randr.XRRFreeScreenResources(found)
        return shown

    def _shows(self, resources: object, crtc: int) -> bool:
        info = self._randr.XRRGetCrtcInfo(self._display, resources, _ULONG(crtc))  # type: ignore[union-attr]
        if not info:
            return False
        mode = info.contents.mode
        self._randr.XRRFreeCrtcInfo(info)  # type: ignore[union-attr]
        return bool(mode)


def light() -> str:
    """Have every screen that is plugged in show what it likes best; what went wrong with that, or ""."""
    program = shutil.which("xrandr")
    if program is None:
        return "xrandr is missing: apt-get install x11-xserver-utils"
    with suppress(subprocess.TimeoutExpired, OSError):
        done = subprocess.run([program, "--auto"], capture_output=True, text=True, timeout=PATIENCE)
        return done.stderr.strip()
    return "xrandr does not answer"
