"""A gamepad's sticks and buttons, fed by hand."""

import subprocess
import sys

import numpy as np
import pytest

from nnvis3d.network import poses
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.layout import arrange
from nnvis3d.tools.actions import Actions
from nnvis3d.tools.camera_tool import CameraTool
from nnvis3d.tools.gamepad import PAD_BUTTONS, Gamepad
from nnvis3d.tools.key_bindings import BINDINGS
from tests.networks import mlp

TICK = 1 / 60
LAYOUT = arrange(mlp())
HOME = home_pose(LAYOUT, 16 / 9, (0.03, 0.03, 0.05, 0.08))


@pytest.fixture
def asked() -> list:
    return []


@pytest.fixture
def gamepad(asked) -> Gamepad:
    actions = Actions()
    for binding in BINDINGS:
        actions.on(binding.action, lambda _, name=binding.action: asked.append(name))
    camera = CameraTool(HOME, poses.Limits.around(LAYOUT))
    camera.set_fly(True)
    return Gamepad(camera, actions)


def fly(gamepad: Gamepad, **axes: float) -> np.ndarray:
    """How far the eye went to the right, forward and up in half a second."""
    camera = gamepad._camera
    start = camera.pose
    for _ in range(30):
        gamepad.feed(axes, set(), TICK)
        camera.update(TICK)
    right, forward, _ = poses.axes(start)
    moved = camera.pose.eye - start.eye
    return np.array([moved @ right, moved @ forward, moved[2]])


def test_every_button_invokes_an_action_of_the_key_table():
    assert set(PAD_BUTTONS.values()) <= {binding.action for binding in BINDINGS}


def test_the_left_stick_moves(gamepad):
    moved = fly(gamepad, left_x=1.0, left_y=0.0)
    assert moved[0] > 10 and abs(moved[1]) < 1e-6
    assert fly(gamepad, left_y=1.0)[1] > 10


def test_triggers_sink_and_rise(gamepad):
    assert fly(gamepad, right_trigger=1.0)[2] > 10
    gamepad._camera.jump(HOME)
    assert fly(gamepad, left_trigger=1.0)[2] < -10


def test_the_right_stick_looks(gamepad):
    moved = fly(gamepad, right_x=1.0, right_y=0.5)
    assert np.abs(moved).max() < 1e-3
    pose = gamepad._camera.pose
    assert pose.heading < HOME.heading and pose.pitch < HOME.pitch  # to the right, and up


def test_a_stick_that_does_not_come_back_to_zero_moves_nothing(gamepad):
    assert not np.any(fly(gamepad, left_x=0.1, right_y=-0.12))
    assert not gamepad._camera.update(TICK)


def test_a_button_acts_once_while_it_is_held(gamepad, asked):
    for held in ({"face_a"}, {"face_a"}, {"face_a", "start"}, set(), {"face_a"}, {"dpad_up"}):
        gamepad.feed({}, held, TICK)
    assert asked == ["home", "toggle_help", "home"]


def test_without_a_gamepad_nothing_is_said_and_nothing_happens():
    program = (
        "from nnvis3d.tools.gamepad import _manager\n"
        "manager = _manager()\n"
        "if manager is not None: manager.update()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""
