"""Gives memory back between visits: what the busiest visitor needed is not to be kept for months."""

import ctypes
import gc
import sys
from collections.abc import Callable
from contextlib import suppress


def _trimmer() -> Callable[[int], object] | None:
    """glibc's malloc_trim(3), which hands free pages back to the system; None where there is none."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            return ctypes.CDLL("libc.so.6").malloc_trim
    return None


_TRIM = _trimmer()


def give_back() -> None:
    """A few milliseconds; for moments in which nobody looks closely."""
    gc.collect()
    if _TRIM is not None:
        _TRIM(0)
