"""Which touch screens and mice an X server hears: so that the log tells when one is gone, or back."""

import ctypes
import ctypes.util

_SLAVE_POINTER = 3
_ALL = 0
_INT, _POINTER = ctypes.c_int, ctypes.c_void_p


class _Device(ctypes.Structure):
    """XInput2's XIDeviceInfo."""

    _fields_ = (
        ("deviceid", _INT),
        ("name", ctypes.c_char_p),
        ("use", _INT),
        ("attachment", _INT),
        ("enabled", _INT),
        ("num_classes", _INT),
        ("classes", _POINTER),
    )


class Pointers:
    """Asks the server; without libXi there are none to tell of."""

    def __init__(self, display: ctypes.c_void_p):
        self._display = display
        self._xi: ctypes.CDLL | None = None
        try:
            self._xi = ctypes.CDLL(ctypes.util.find_library("Xi") or "libXi.so.6")
        except OSError:
            return
        self._xi.XIQueryDevice.restype = ctypes.POINTER(_Device)
        major, minor = _INT(2), _INT(2)
        if self._xi.XIQueryVersion(self._display, ctypes.byref(major), ctypes.byref(minor)):
            self._xi = None

    @property
    def names(self) -> tuple[str, ...]:
        """Of those that are plugged in, switched on, and move the pointer."""
        if self._xi is None:
            return ()
        count = _INT()
        found = self._xi.XIQueryDevice(self._display, _ALL, ctypes.byref(count))
        if not found:
            return ()
        devices = [found[k] for k in range(count.value)]
        names = [d.name.decode("utf-8", "replace") for d in devices if d.use == _SLAVE_POINTER and d.enabled]
        self._xi.XIFreeDeviceInfo(found)
        return tuple(sorted(names))
