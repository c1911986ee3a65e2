"""Files that are dropped on a window of an X server: Panda3D 1.10 hears of none.

The XDND protocol, version 5 (freedesktop.org), lets a window name another one, its proxy, to which everything
about drops is sent instead. Ours belongs to a connection of our own, so that Panda3D's is left alone.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from Xlib.protocol.rq import Event

VERSION = 5
URIS = "text/uri-list"
MOST_FILES = 10_000


class DropTarget:
    """The window, as a place for files."""

    def __init__(self, window: int):
        """
        Args:
            window: its X11 number.

        Raises:
            OSError: there is no X server that lets us do so.
        """
        from Xlib import X, Xatom, display, error

        try:
            with contextlib.redirect_stdout(None):  # it prints that a display wants no authority
                self._display: Any = display.Display()
        except error.DisplayError as problem:
            raise OSError(str(problem)) from problem
        # The window, or the other program, may be gone before a request about it arrives: no reason to die.
        self._display.set_error_handler(lambda *_: None)
        self._proxy = self._display.screen().root.create_window(-1, -1, 1, 1, 0, 0, X.InputOnly)
        aware, proxy = self._atom("XdndAware"), self._atom("XdndProxy")
        for one in (self._display.create_resource_object("window", window), self._proxy):
            one.change_property(aware, Xatom.ATOM, 32, [VERSION])
            one.change_property(proxy, Xatom.WINDOW, 32, [self._proxy.id])
        self._target, self._source, self._wanted = window, 0, False
        self._display.flush()

    def poll(self) -> list[tuple[str, ...]]:
        """Paths of the files of each drop since this was last asked."""
        dropped: list[tuple[str, ...]] = []
        while self._display.pending_events():
            dropped += self._heard(self._display.next_event())
        return dropped

    def close(self) -> None:
        """The window takes no files any more."""
        with contextlib.suppress(OSError):
            self._display.close()

    def _heard(self, event: Event) -> list[tuple[str, ...]]:
        from Xlib import X

        if event.type == X.SelectionNotify:
            return self._received(event.property)
        if event.type != X.ClientMessage or event.data[0] != 32:
            return []
        about, numbers = self._display.get_atom_name(event.client_type), event.data[1]
        if about == "XdndEnter":
            self._target, self._source = event.window.id, numbers[0]
            self._wanted = self._atom(URIS) in self._offered(numbers)
        elif about == "XdndPosition":
            copy = self._atom("XdndActionCopy") if self._wanted else 0
            self._answer("XdndStatus", int(self._wanted), 0, 0, copy)
        elif about == "XdndDrop" and self._wanted:
            place, selection = self._atom("NNVIS3D_DROP"), self._atom("XdndSelection")
            self._proxy.convert_selection(selection, self._atom(URIS), place, numbers[2])
        elif about == "XdndDrop":
            self._answer("XdndFinished", 0, 0)
        return []

    def _offered(self, numbers: list[int]) -> set[int]:
        """Types that what is being dragged can be had in, as atoms."""
        from Xlib import Xatom

        if not numbers[1] & 1:
            return set(numbers[2:5])
        source = self._display.create_resource_object("window", self._source)
        more = source.get_full_property(self._atom("XdndTypeList"), Xatom.ATOM)
        return set(more.value) if more is not None else set()

    def _received(self, place: int) -> list[tuple[str, ...]]:
        """What the other program has put into our property `place`; 0: it would not."""
        from Xlib import X

        found = self._proxy.get_full_property(place, X.AnyPropertyType) if place else None
        paths = paths_of(found.value) if found is not None and found.format == 8 else ()
        if place:
            self._proxy.delete_property(place)
        self._answer("XdndFinished", int(bool(paths)), self._atom("XdndActionCopy") if paths else 0)
        return [paths] if paths else []

    def _answer(self, name: str, *numbers: int) -> None:
        """Tell the program from which something is being dragged."""
        from Xlib.protocol import event

        source = self._display.create_resource_object("window", self._source)
        data = (32, [self._target, *numbers, *[0] * (4 - len(numbers))])
        source.send_event(event.ClientMessage(window=source, client_type=self._atom(name), data=data))
        self._display.flush()

    def _atom(self, name: str) -> int:
        return self._display.intern_atom(name)


def paths_of(uris: bytes | str) -> tuple[str, ...]:
    """What a list of URIs names (RFC 2483, one a line): paths of files on this machine; others stay URIs."""
    lines = uris if isinstance(uris, str) else uris.decode("utf-8", "replace")
    named = [line.strip("\0 ") for line in lines.splitlines()[:MOST_FILES]]
    return tuple(_path_of(uri) for uri in named if uri and not uri.startswith("#"))


def _path_of(uri: str) -> str:
    with contextlib.suppress(ValueError):  # of an address with wrong brackets
        parts = urlsplit(uri)
        path = unquote(parts.path, errors="surrogateescape")
        here = parts.scheme == "file" and parts.netloc in ("", "localhost", os.uname().nodename)
        if here and path.startswith("/") and "\0" not in path:
            return path
    return uri
