"""A block of memory that two processes see.

On Linux it has no file: one in /dev/shm may be larger than the room that a container leaves there (64 MB, as
a rule), which nobody says before it is written to, and the system ends the writer for it.
"""

import mmap
import os
import sys
from contextlib import suppress
from typing import Any, Protocol


class SharedBlock(Protocol):
    """Whoever made it gives its name to the other process, which opens it by that."""

    name: str

    @property
    def buffer(self) -> memoryview:
        """Its bytes, at least as many as were asked for."""

    def hide(self) -> None:
        """Take its name away, once both sides have it: then it is gone with them, however they end."""

    def close(self) -> None:
        """Let go of it. Arrays that still lie in it keep it where it is."""


def make_block(size: int) -> SharedBlock:
    """A new one, all zeros.

    Args:
        size: in bytes.

    Raises:
        OSError: there is not so much memory.
    """
    return _Nameless(size) if sys.platform == "linux" else _Named(size)


def open_block(name: str) -> SharedBlock:
    """The one that another process, which must still be there, has made.

    Raises:
        OSError: it is gone, or hidden.
    """
    return _Nameless(0, name) if name.startswith("/proc/") else _Named(0, name)


class _Nameless:
    """Of the kernel's; its name is where its maker's open files are listed."""

    def __init__(self, size: int, name: str = ""):
        if name:
            self._file = os.open(name, os.O_RDWR | os.O_CLOEXEC)
        else:
            self._file = os.memfd_create("nnvis3d")
        self.name = name or f"/proc/{os.getpid()}/fd/{self._file}"
        try:
            if not name:
                os.ftruncate(self._file, max(1, size))
            self._map = mmap.mmap(self._file, 0)
        except OSError:
            self.hide()
            raise

    @property
    def buffer(self) -> memoryview:
        return memoryview(self._map)

    def hide(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def close(self) -> None:
        with suppress(BufferError):
            self._map.close()
        self.hide()


class _Named:
    """Python's own, for the systems on which it is not a file in a small place."""

    def __init__(self, size: int, name: str = ""):
        from multiprocessing.shared_memory import SharedMemory

        self._memory = SharedMemory(name or None, create=not name, size=max(1, size))
        self._ours = not name
        if name:
            _leave_to_its_maker(self._memory)
        self.name = self._memory.name

    @property
    def buffer(self) -> memoryview:
        assert self._memory.buf is not None
        return self._memory.buf

    def hide(self) -> None:
        if self._ours:
            self._memory.unlink()
            self._ours = False

    def close(self) -> None:
        with suppress(BufferError):
            self._memory.close()
        self.hide()


def _leave_to_its_maker(memory: Any) -> None:
    """Whoever opens it is not who removes it; Python before 3.13 has every process but those that
    multiprocessing has started, which share their parent's list, remove at its end what it has opened."""
    from multiprocessing import parent_process, resource_tracker

    if os.name == "posix" and parent_process() is None:
        resource_tracker.unregister(memory._name, "shared_memory")
