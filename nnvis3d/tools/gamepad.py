"""A gamepad, where there is one: the left stick moves, the right one looks, the triggers sink and rise."""

import sys
from collections.abc import Mapping
from pathlib import Path

import panda3d.core as p3d

from nnvis3d.tools.actions import Actions
from nnvis3d.tools.camera_tool import CameraTool

DEAD_ZONE = 0.15
"""Share of a stick's way that counts as not touched; old sticks do not come back to zero."""
PAD_BUTTONS = {
    "face_a": "home",
    "face_b": "dismiss_message",
    "face_x": "toggle_fly",
    "face_y": "toggle_arrangement",
    "lshoulder": "previous_sample",
    "rshoulder": "next_sample",
    "back": "clear",
    "start": "toggle_help",
}
"""Button -> action."""
_AXES = {
    "left_x": p3d.InputDevice.Axis.left_x,
    "left_y": p3d.InputDevice.Axis.left_y,
    "right_x": p3d.InputDevice.Axis.right_x,
    "right_y": p3d.InputDevice.Axis.right_y,
    "left_trigger": p3d.InputDevice.Axis.left_trigger,
    "right_trigger": p3d.InputDevice.Axis.right_trigger,
}


class Gamepad:
    """Feeds gamepads into the camera and the actions. Plug them in and out at any time."""

    def __init__(self, camera: CameraTool, actions: Actions):
        self._camera = camera
        self._actions = actions
        self._held: set[str] = set()
        self._manager = _manager()

    def update(self, dt: float) -> None:
        """Read the gamepads that are there now; `dt` seconds since the last time."""
        if self._manager is None:
            return
        self._manager.update()
        axes: dict[str, float] = {}
        held: set[str] = set()
        for device in self._manager.get_devices(p3d.InputDevice.DeviceClass.gamepad):
            device.poll()
            axes |= _axes(device)
            held |= {button.handle.name for button in device.buttons if button.pressed}
        self.feed(axes, held, dt)

    def feed(self, axes: Mapping[str, float], held: set[str], dt: float) -> None:
        """Act on what a gamepad says.

        Args:
            axes: sticks from -1 (left, down) to 1, triggers from 0 to 1; one that is missing is at rest.
            held: names of the buttons that are down.
            dt: seconds.
        """
        value = {name: _live(axes.get(name, 0.0)) for name in _AXES}
        rise = value["right_trigger"] - value["left_trigger"]
        move = value["left_x"], value["left_y"], rise
        self._camera.steer(move, (value["right_x"], value["right_y"]), dt)
        for button in sorted(held - self._held):
            if button in PAD_BUTTONS:
                self._actions.invoke(PAD_BUTTONS[button])
        self._held = set(held)


def _live(value: float) -> float:
    """Without the dead zone, and gentle near it."""
    beyond = (abs(value) - DEAD_ZONE) / (1 - DEAD_ZONE)
    return 0.0 if beyond <= 0 else min(beyond, 1.0) ** 2 * (1 if value > 0 else -1)


def _axes(device: p3d.InputDevice) -> dict[str, float]:
    found = ((name, device.find_axis(axis)) for name, axis in _AXES.items())
    return {name: axis.value for name, axis in found if axis.known}


def _manager() -> p3d.InputDeviceManager | None:
    """Panda's, unless it would complain: it expects the folder where Linux keeps input devices."""
    if sys.platform.startswith("linux") and not Path("/dev/input").is_dir():
        return None
    return p3d.InputDeviceManager.get_global_ptr()
