"""The one way in for what a person does: pointer, wheel, keys, text, dropped files, the window itself."""

from __future__ import annotations

import contextlib
import sys
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import panda3d.core as p3d

from nnvis3d.scene import input_events as events
from nnvis3d.scene.pointer_order import Press, Sample, interleave, presses
from nnvis3d.scene.window_events import changes, named_events, pump, samples

if TYPE_CHECKING:
    from nnvis3d.scene.drop_target import DropTarget

_BUTTONS = {"mouse1": 0, "mouse2": 1, "mouse3": 2}
_WHEELS = {"wheel_up": (0, 1), "wheel_down": (0, -1), "wheel_left": (-1, 0), "wheel_right": (1, 0)}
_MODIFIERS = frozenset({"shift", "control", "alt", "meta"})
_SIDED = frozenset(side + name for side in "lr" for name in _MODIFIERS)  # sent beside "shift", "control", ...
_CLOSE = "nnvis3d-close-request"


class InputLayer:
    """Collects events until they are polled, from a window, from `inject`, or from both.

    A window's keyboard and mouse are read directly, not through Panda's data graph: that keeps every position
    between two ticks, where the data graph keeps the last one. Panda's queue of named events is read to its
    end in each poll, for the one that tells of the close button. ShowBase's tasks "dataLoop" and
    "eventManager" would take both away: run neither.
    """

    def __init__(self, window: p3d.GraphicsWindow | None = None, engine: p3d.GraphicsEngine | None = None):
        """
        Args:
            window: None, or an offscreen one, which has no mouse and no keyboard: only injected events come.
            engine: to ask the window system for news in `poll`. None: only what came with the last picture.
        """
        self.pointer = (0.0, 0.0)
        """Its last known place."""
        self.keys: set[str] = set()
        """Names of the keys that are held down."""
        self.buttons: set[int] = set()
        """Buttons that are held down."""
        self._over = False  # whether the pointer is over the window, or drags
        self._queue: deque[events.Event] = deque()
        self._window = window if isinstance(window, p3d.GraphicsWindow) else None
        self._engine = engine
        self._device: p3d.InputDevice | None = None
        self._drops: DropTarget | None = None
        self._size, self._focused = (0, 0), True
        if self._window is not None:
            self._attach(self._window)

    def _attach(self, window: p3d.GraphicsWindow) -> None:
        properties = window.get_properties()
        self._size, self._focused = tuple(properties.size), properties.foreground
        if window.get_num_input_devices():
            self._device = window.get_input_device(0)
            self._device.enable_pointer_events()
        window.set_close_request_event(_CLOSE)

    def accept_files(self) -> None:
        """Hear of files that are dropped on the window, where it is one of an X server."""
        handle = self._window.get_window_handle() if self._window is not None else None
        if handle is not None and sys.platform.startswith("linux"):
            # Without it one can do everything but this: no reason to open no window.
            with contextlib.suppress(ImportError, OSError):
                from nnvis3d.scene.drop_target import DropTarget

                self._drops = DropTarget(handle.get_int_handle())

    def close(self) -> None:
        """Listen no longer."""
        if self._drops is not None:
            self._drops.close()
        self._device = self._window = self._drops = None

    def inject(self, event: events.Event) -> None:
        """As if a person had done this."""
        self._queue.append(event)

    def poll(self) -> list[events.Event]:
        """What happened since the last poll, in order."""
        if self._engine is not None and self._device is not None:
            pump(self._engine)
        found: list[events.Event] = []
        # Lazily: what is held down now decides what the next press means.
        for event in chain(self._from_window(), self._injected()):
            found += self._tracked(event)
        return found

    def _injected(self) -> Iterator[events.Event]:
        while self._queue:
            yield self._queue.popleft()

    def _from_window(self) -> Iterator[events.Event]:
        if self._window is None:
            return
        if self._window.is_closed():  # from outside, without asking
            self.close()
            yield events.CloseRequested()
            return
        properties = self._window.get_properties()
        if tuple(properties.size) != self._size:
            self._size = tuple(properties.size)
            yield events.WindowResized(*self._size)
        turned = properties.foreground != self._focused
        self._focused = properties.foreground
        if turned and self._focused:
            yield events.FocusChanged(True)
        if self._device is not None:
            yield from self._from_device(self._device)
        if turned and not self._focused:
            yield events.FocusChanged(False)
        if self._drops is not None:
            yield from map(events.FilesDropped, self._drops.poll())
        if _CLOSE in named_events():
            yield events.CloseRequested()

    def _from_device(self, device: p3d.InputDevice) -> Iterator[events.Event]:
        for sample, press in interleave(samples(device), presses(changes(device)), self.pointer):
            if not self._within(sample):
                if self._over:
                    yield events.PointerLeft()
            elif not self._over or (sample.x, sample.y) != self.pointer:
                yield events.PointerMoved(sample.x, sample.y)
            if press is not None:
                yield from self._pressed(press, sample.x, sample.y)

    def _within(self, sample: Sample) -> bool:
        """A drag counts as within, wherever it leads; keys tell of the pointer wherever it is."""
        width, height = self._size
        return bool(self.buttons) or (sample.inside and 0 <= sample.x < width and 0 <= sample.y < height)

    def _pressed(self, press: Press, x: float, y: float) -> Iterator[events.Event]:
        repeat = any(change.kind == "down" and change.name in self.keys for change in press)
        for change in press:
            down = change.kind == "down"
            if change.kind == "text":
                yield events.TextTyped(change.name, repeat)
            elif change.kind.startswith("raw") or change.name in _SIDED:
                continue
            elif change.name in _BUTTONS:
                yield events.ButtonChanged(_BUTTONS[change.name], down, x, y)
            elif change.name in _WHEELS and down:
                yield events.Wheel(*_WHEELS[change.name], x, y)
            elif not change.is_mouse:
                modifiers = (self.keys & _MODIFIERS) - {change.name}
                yield events.KeyChanged(change.name, down, down and repeat, frozenset(modifiers))

    def _tracked(self, event: events.Event) -> Iterator[events.Event]:
        """The event, with the state that follows from it; a lost focus lets go of everything first."""
        match event:
            case events.PointerMoved() | events.Wheel():
                self.pointer, self._over = (event.x, event.y), True
            case events.PointerLeft():
                self._over = False
            case events.ButtonChanged():
                self.pointer = (event.x, event.y)
                if event.down == (event.button in self.buttons):
                    return  # the release came with a lost focus, before the finger was lifted
                (self.buttons.add if event.down else self.buttons.discard)(event.button)
            case events.KeyChanged():
                if not event.down and event.name not in self.keys:
                    return
                (self.keys.add if event.down else self.keys.discard)(event.name)
            case events.FocusChanged(focused=False):
                yield from self._let_go()
        yield event

    def _let_go(self) -> Iterator[events.Event]:
        for button in sorted(self.buttons):
            yield events.ButtonChanged(button, False, *self.pointer)
        for key in sorted(self.keys):
            yield events.KeyChanged(key, False)
        self.buttons.clear()
        self.keys.clear()
