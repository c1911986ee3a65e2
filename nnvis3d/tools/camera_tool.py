"""Moves the camera: by pointer, wheel and keys, and in flights to where something is."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from nnvis3d.network import poses
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.poses import Limits
from nnvis3d.scene import input_events as events
from nnvis3d.tools.smoothing import SmoothPose

WHEEL_FACTOR = 0.86
"""Of the view height, for one notch of the wheel."""
FOCUS_FILL = 0.45
"""Share of the picture's height that a focused thing takes."""
CROSSING_TIME = 5.0
"""Seconds in which flying crosses the scene."""
_FASTER = 4.0  # with shift
_STICK_SPEED = 0.7  # picture heights a second that a full stick moves or turns
_CLICK = 4.0  # pixels: less than this between press and release is a click, not a drag
_FLY_KEYS = {
    "d": np.array([1, 0, 0]),
    "a": np.array([-1, 0, 0]),
    "w": np.array([0, 1, 0]),
    "s": np.array([0, -1, 0]),
    "e": np.array([0, 0, 1]),
    "q": np.array([0, 0, -1]),
}  # to the right, into the picture, up


@dataclass(frozen=True)
class _Flight:
    start: CameraPose
    end: CameraPose
    seconds: float
    elapsed: float = 0.0

    @property
    def pose(self) -> CameraPose:
        return poses.interpolate(self.start, self.end, poses.ease(self.elapsed / self.seconds))


@dataclass
class _Drag:
    button: int
    x: float
    y: float
    depth: float
    """Of what was under the pointer when it began, scene units."""
    moved: bool = False


class CameraTool:
    """Turns events into a pose. `goal` is where the camera is sent; `pose`, where it is, follows smoothly.

    Modes: "orbit" (left drag turns, right or middle drag pans, wheel zooms at what is under the pointer),
    "fly" (W A S D Q E move, shift faster, any drag looks), "flat" (any drag pans, wheel zooms).
    """

    def __init__(
        self,
        pose: CameraPose,
        limits: Limits,
        size: tuple[int, int] = (1280, 720),
        point_at: Callable[[float, float], np.ndarray | None] = lambda x, y: None,
        home: Callable[[], CameraPose] | None = None,
    ):
        """Start at rest.

        Args:
            size: pixels of the picture.
            point_at: the scene point (3,) shown at a pixel, None where there is only background.
            home: the first view, asked for whenever it is flown to; None: `pose`.
        """
        self.goal = pose
        self.led_away = False
        """Whether a person has sent the camera elsewhere since it was sent home."""
        self.limits = limits
        self._smooth = SmoothPose(pose)
        self._size = size
        self._point_at = point_at
        self._home = home or (lambda: pose)
        self._flight: _Flight | None = None
        self._drag: _Drag | None = None
        self._held: set[str] = set()
        self._flying = False
        self._flat = False

    @property
    def pose(self) -> CameraPose:
        """Where the camera is."""
        return self._smooth.pose

    @property
    def mode(self) -> str:
        """ "orbit", "fly" or "flat"."""
        return "flat" if self._flat else "fly" if self._flying else "orbit"

    @property
    def dragging(self) -> bool:
        """Whether a drag (not a click so far) moves the camera."""
        return self._drag is not None and self._drag.moved

    def set_flat(self, flat: bool) -> None:
        """Whether the 2d arrangement is shown, where turning would only confuse."""
        self._flat = flat
        self._smooth.turn_about(self.mode == "fly")

    def set_fly(self, flying: bool) -> None:
        """Fly or orbit, at once in 3d, else when 3d comes back."""
        if self._flying and not flying and not self._flat:
            self.jump(poses.retarget(self.pose, self.limits))
        self._flying = flying
        self._smooth.turn_about(self.mode == "fly")

    def fly_to(self, pose: CameraPose, seconds: float = 0.35) -> None:
        """Go there from wherever the camera is, also out of another flight, without a jerk."""
        self._flight = _Flight(self.goal, pose, seconds)

    def jump(self, pose: CameraPose) -> None:
        """Be there in this tick."""
        self._flight = None
        self.goal = pose
        self._smooth.jump(pose)

    def home(self, seconds: float = 0.5) -> None:
        self.led_away = False
        self.fly_to(self._home(), seconds)

    def focus(self, point: np.ndarray, size: float, heading: float | None = None) -> None:
        """Look at a thing of `size` scene units at a scene point (3,), from `heading` degrees if given."""
        height = min(max(size / FOCUS_FILL, self.limits.nearest), self.limits.farthest)
        distance = height / (2 * poses.half_tangent(self.goal.fov))
        x, y, z = (float(v) for v in point)
        heading = self.goal.heading if heading is None else heading
        pose = replace(self.goal, target=(x, y, z), distance=distance, heading=heading)
        self.led_away = True
        self.fly_to(poses.clamp(pose, self.limits), 0.4)

    def update(self, dt: float) -> bool:
        """Move on by `dt` seconds; False when the camera is at rest."""
        if self._flight is not None:
            self._flight = replace(self._flight, elapsed=self._flight.elapsed + dt)
            self.goal = self._flight.pose
            if self._flight.elapsed >= self._flight.seconds:
                self._flight = None
        moving = self._flight is not None
        flying = [_FLY_KEYS[key] for key in self._held & _FLY_KEYS.keys()] if self.mode == "fly" else []
        if flying:
            self._fly(np.sum(flying, axis=0), dt)
            moving = True
        return self._smooth.follow(self.goal, dt) or moving

    def steer(self, move: tuple[float, float, float], turn: tuple[float, float], dt: float) -> None:
        """Move (right, forward, up) and turn (right, up), each -1 to 1, for `dt` seconds, as sticks ask."""
        if not any(move) and not any(turn):
            return
        pixels = _STICK_SPEED * self._size[1] * dt
        if self.mode == "fly":
            self._fly(np.array(move), dt)
            self._send(poses.look(self.goal, turn[0] * pixels, -turn[1] * pixels, self._size))
            return
        self._send(poses.pan(self.goal, -move[0] * pixels, move[2] * pixels, self._size))
        middle = np.array(self.goal.target)
        self._send(poses.zoom(self.goal, WHEEL_FACTOR ** (8 * move[1] * dt), middle, self.limits))
        self._drag_by(-turn[0] * pixels, turn[1] * pixels, self.mode == "flat")

    def handle(self, event: events.Event) -> bool:
        """True if the event was meant for the camera."""
        match event:
            case events.ButtonChanged():
                return self._press(event) if event.down else self._release(event)
            case events.PointerMoved():
                return self._move(event)
            case events.Wheel():
                return self._zoom(event)
            case events.KeyChanged():
                return self._key(event)
            case events.FocusChanged(focused=False):
                self._held.clear()
                self._drag = None
            case events.WindowResized():
                self._size = max(event.width, 1), max(event.height, 1)
        return False

    def _press(self, event: events.ButtonChanged) -> bool:
        if self._drag is None:
            depth = self.pose.distance
            point = self._point_at(event.x, event.y) if self.mode != "fly" else None
            if point is not None:
                depth = float((point - self.pose.eye) @ poses.axes(self.pose)[1])
            self._drag = _Drag(event.button, event.x, event.y, depth)
        return True

    def _release(self, event: events.ButtonChanged) -> bool:
        if self._drag is None or self._drag.button != event.button:
            return False
        self._drag = None
        return True

    def _move(self, event: events.PointerMoved) -> bool:
        drag = self._drag
        if drag is None:
            return False
        dx, dy = event.x - drag.x, event.y - drag.y
        if not drag.moved and dx * dx + dy * dy < _CLICK**2:
            return True
        drag.x, drag.y, drag.moved = event.x, event.y, True
        if self.mode == "fly":
            self._send(poses.look(self.goal, dx, dy, self._size))
        else:
            pans = self._flat or drag.button != 0 or "shift" in self._held
            self._drag_by(dx, dy, pans, drag.depth)
        return True

    def _drag_by(self, dx: float, dy: float, pans: bool, depth: float | None = None) -> None:
        if pans:
            self._send(poses.pan(self.goal, dx, dy, self._size, depth))
        else:
            self._send(poses.orbit(self.goal, dx, dy, self._size))

    def _zoom(self, event: events.Wheel) -> bool:
        anchor = self._point_at(event.x, event.y)
        if anchor is None:
            anchor = poses.at_target_depth(self.pose, event.x, event.y, self._size)
        self._send(poses.zoom(self.goal, WHEEL_FACTOR**event.dy, anchor, self.limits))
        if event.dx:
            self._drag_by(-40 * event.dx, 0, self._flat)
        return True

    def _key(self, event: events.KeyChanged) -> bool:
        if not event.down:
            self._held.discard(event.name)
            return False
        if event.name == "shift":
            self._held.add(event.name)
        if self.mode != "fly" or event.name not in _FLY_KEYS or event.modifiers - {"shift"}:
            return False
        self._held.add(event.name)
        return True

    def _fly(self, direction: np.ndarray, dt: float) -> None:
        extent = float(np.linalg.norm(self.limits.upper - self.limits.lower))
        step = extent / CROSSING_TIME * (_FASTER if "shift" in self._held else 1.0) * dt
        self._send(poses.fly(self.goal, *(direction * step)))

    def _send(self, pose: CameraPose) -> None:
        """A person's hand ends a flight where its goal is; the follower keeps its speed, so nothing jerks."""
        self._flight = None
        self.led_away = True
        clamp = poses.clamp_flight if self.mode == "fly" else poses.clamp
        self.goal = clamp(pose, self.limits)
