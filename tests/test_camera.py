"""Cameras: what stays under the pointer, what never happens, and whether Panda's lens agrees."""

import math
import time
from dataclasses import replace

import numpy as np
import panda3d.core as p3d
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.network import poses
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.layout import arrange
from nnvis3d.scene.camera_rig import CameraRig
from nnvis3d.scene.input_events import ButtonChanged, FocusChanged, KeyChanged, PointerMoved, Wheel
from nnvis3d.tools.camera_tool import CameraTool
from tests.networks import cnn

SIZE = (1280, 720)
MARGINS = (0.03, 0.03, 0.05, 0.08)
TICK = 1 / 60
LAYOUT = arrange(cnn())
LIMITS = poses.Limits.around(LAYOUT)
HOME = home_pose(LAYOUT, 16 / 9, MARGINS)
FLAT = home_pose(arrange(cnn(), "2d"), 16 / 9, MARGINS)

pixels = st.tuples(st.floats(1, 1279), st.floats(1, 719))
drags = st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000))
cameras = st.builds(
    CameraPose,
    st.tuples(st.floats(-200, 200), st.floats(-200, 200), st.floats(20, 200)),
    st.floats(20, 900),
    st.floats(-400, 400),
    st.floats(0, 80),
    st.floats(1.5, 60),
)


def run(tool: CameraTool, seconds: float) -> list[CameraPose]:
    return [(tool.update(TICK), tool.pose)[1] for _ in range(round(seconds / TICK))]


def held(tool: CameraTool, point: np.ndarray) -> np.ndarray:
    return poses.project(tool.pose, point[None], SIZE)[0][0]


def drag(tool: CameraTool, button: int, start, end) -> None:
    tool.handle(ButtonChanged(button, True, *start))
    tool.handle(PointerMoved(*((np.array(start) + end) / 2)))
    tool.handle(PointerMoved(*end))
    tool.handle(ButtonChanged(button, False, *end))


# The arithmetic and Panda3D agree.


@given(cameras, pixels)
@settings(deadline=None)
def test_rays_and_projection_agree_with_pandas_lens(pose, pixel):
    rig = CameraRig(p3d.NodePath("scene"))
    rig.show(pose)
    near, far = p3d.Point3(), p3d.Point3()
    ndc = p3d.Point2(2 * pixel[0] / 1280 - 1, 1 - 2 * pixel[1] / 720)
    assert rig.lens.extrude(ndc, near, far)
    scene = rig.node.get_parent()
    origin, direction = rig.ray(*pixel)
    theirs = np.array(scene.get_relative_vector(rig.node, far - near))
    assert direction == pytest.approx(theirs / np.linalg.norm(theirs), abs=2e-6)
    assert origin == pytest.approx(np.array(rig.node.get_pos()), abs=2e-3)
    point = origin + direction * pose.distance
    seen = p3d.Point2()
    assert rig.lens.project(rig.node.get_relative_point(scene, p3d.Point3(*point)), seen)
    ours, visible = rig.project(point[None])
    assert ours[0] == pytest.approx(pixel, abs=1e-6) and visible.all()


def _pandas_pixel(rig: CameraRig, point: np.ndarray) -> tuple[float, float]:
    seen = p3d.Point2()
    local = rig.node.get_relative_point(rig.node.get_parent(), p3d.Point3(*point))
    rig.lens.project(local, seen)
    return (seen.x + 1) / 2 * rig.size[0], (1 - seen.y) / 2 * rig.size[1]


@pytest.mark.parametrize("size", [SIZE, (1920, 1080), (400, 900), (1, 1)])
@pytest.mark.parametrize("pose", [HOME, FLAT], ids=["3d", "2d"])
def test_labels_stand_where_panda_draws_what_they_name(pose, size):
    rig = CameraRig(p3d.NodePath("scene"))
    rig.resize(*size)
    rig.enclose(LAYOUT.lower, LAYOUT.upper)
    rig.show(pose)
    points = np.concatenate([layer.cells(np.arange(5)) for layer in LAYOUT.layers.values()])
    ours, _ = rig.project(points)
    theirs = [_pandas_pixel(rig, point) for point in points]
    # From 7,000 units away, Panda's float32 cannot tell places closer than 0.0005 units apart.
    assert ours == pytest.approx(np.array(theirs), abs=1e-3 if pose is HOME else 5e-3)


def test_what_is_behind_or_beside_the_picture_is_not_visible():
    rig = CameraRig(p3d.NodePath("scene"))
    rig.show(CameraPose((0.0, 0.0, 50.0), 100.0))
    points = np.array([[0, 0, 50], [0, -150, 50], [500, 0, 50], [0, 0, 300]])
    assert rig.project(points)[1].tolist() == [True, False, False, False]


@pytest.mark.parametrize("pose", [HOME, FLAT], ids=["3d", "2d"])
def test_the_planes_enclose_the_scene_closely(pose):
    rig = CameraRig(p3d.NodePath("scene"))
    rig.enclose(LAYOUT.lower, LAYOUT.upper)
    rig.show(pose)
    _, depths = poses.project(pose, np.array([LAYOUT.lower, LAYOUT.upper]), SIZE)
    assert 0 < rig.lens.near < depths.min() and depths.max() < rig.lens.far
    assert rig.lens.far / rig.lens.near < 6


def test_projecting_two_hundred_labels_takes_a_tenth_of_a_millisecond():
    rig = CameraRig(p3d.NodePath("scene"))
    points = np.random.default_rng(0).normal(size=(200, 3)) * 100
    times = []
    for _ in range(50):
        started = time.perf_counter()
        rig.project(points)
        times.append(time.perf_counter() - started)
    assert sorted(times)[25] < 1e-4


# What the pose operations promise.


@given(cameras, drags)
def test_the_axes_are_a_level_right_handed_frame(pose, by):
    right, forward, up = poses.axes(poses.orbit(pose, *by, SIZE))
    assert right[2] == 0 and up[2] > 0
    assert np.cross(right, forward) == pytest.approx(up, abs=1e-12)


@given(cameras, drags)
def test_orbiting_keeps_target_and_distance_and_panning_the_direction(pose, by):
    turned = poses.orbit(pose, *by, SIZE)
    assert turned.target == pose.target and turned.distance == pose.distance
    panned = poses.pan(pose, *by, SIZE)
    assert (panned.heading, panned.pitch, panned.distance) == (pose.heading, pose.pitch, pose.distance)


def test_the_scene_follows_the_pointer():
    near = np.array([[HOME.target[0], HOME.target[1] - 40, HOME.target[2]]])
    before, _ = poses.project(HOME, near, SIZE)
    after, _ = poses.project(poses.orbit(HOME, 30, 20, SIZE), near, SIZE)
    assert (after > before).all()  # to the right and down, as the drag went


@given(cameras, pixels, drags)
def test_panning_keeps_what_was_under_the_pointer_there(pose, start, by):
    point = poses.at_target_depth(pose, *start, SIZE)
    seen, _ = poses.project(poses.pan(pose, *by, SIZE), point[None], SIZE)
    assert seen[0] == pytest.approx(np.array(start) + by, abs=1e-5)


@given(cameras, pixels, st.floats(0.1, 10), st.floats(0.3, 3))
def test_zooming_keeps_what_is_under_the_pointer_there_at_any_depth(pose, pixel, factor, depth):
    origin, direction = poses.ray(pose, *pixel, SIZE)
    anchor = origin + direction * pose.distance * depth
    zoomed = poses.zoom(pose, factor, anchor, LIMITS)
    seen, _ = poses.project(zoomed, anchor[None], SIZE)
    assert seen[0] == pytest.approx(pixel, abs=1e-5)
    assert LIMITS.nearest * 0.999 <= zoomed.view_height <= LIMITS.farthest * 1.001


@given(cameras, drags)
def test_looking_around_keeps_the_eye(pose, by):
    assert poses.look(pose, *by, SIZE).eye == pytest.approx(pose.eye, abs=1e-6)


@given(cameras, drags, st.floats(-3000, 3000), st.floats(1e-4, 1e4))
def test_no_way_leads_under_the_floor_or_inside_out(pose, by, up, factor):
    anchor = np.array(pose.target) + np.array([0, 5, 0])
    for moved in (
        poses.orbit(pose, *by, SIZE),
        poses.pan(pose, *by, SIZE),
        poses.fly(pose, *by, up),
        poses.zoom(pose, factor, anchor, LIMITS),
    ):
        allowed = poses.clamp(moved, LIMITS)
        assert allowed.eye[2] > 1.9 and allowed.distance > 0
        assert poses.clamp(allowed, LIMITS) == replace(allowed, distance=pytest.approx(allowed.distance))
        flying = poses.clamp_flight(moved, LIMITS)
        assert flying.eye[2] > 1.9 and flying.heading == moved.heading


@pytest.mark.parametrize("aspect", [0.5, 1.0, 16 / 9, 3.0])
@pytest.mark.parametrize("arrangement", ["3d", "2d"])
def test_the_first_view_is_an_allowed_one(aspect, arrangement):
    layout = arrange(cnn(), arrangement)
    home = home_pose(layout, aspect, MARGINS)
    allowed = poses.clamp(home, poses.Limits.around(layout))
    assert allowed.eye == pytest.approx(home.eye) and allowed.pitch == home.pitch


@given(cameras, cameras, st.floats(0.001, 0.999))
def test_between_two_poses_nothing_turns_over_and_the_ends_are_exact(start, end, share):
    assert poses.interpolate(start, end, 0.0) is start and poses.interpolate(start, end, 1.0) is end
    between = poses.interpolate(start, end, share)
    heights = sorted((start.view_height, end.view_height))
    assert heights[0] * 0.999 <= between.view_height <= heights[1] * 1.001
    assert abs(between.heading - start.heading) <= 180 + 1e-6
    assert poses.axes(between)[0][2] == 0 and between.eye[2] > 0


@given(st.floats(0.01, 0.99))
def test_between_3d_and_2d_the_picture_keeps_its_size(share):
    between = poses.interpolate(HOME, FLAT, share)
    heights = sorted((HOME.view_height, FLAT.view_height))
    assert heights[0] <= between.view_height <= heights[1]
    assert FLAT.fov < between.fov < HOME.fov


def test_flying_the_same_way_back_is_the_same_way():
    for share in np.linspace(0, 1, 11):
        there, back = poses.interpolate(HOME, FLAT, share), poses.interpolate(FLAT, HOME, 1 - share)
        assert there.eye == pytest.approx(back.eye, rel=1e-6)


# The tool.


def test_a_camera_at_rest_says_so_and_stays():
    tool = CameraTool(HOME, LIMITS)
    assert not tool.update(TICK) and tool.pose is HOME


def test_a_left_drag_turns_and_comes_to_rest_exactly():
    tool = CameraTool(HOME, LIMITS)
    drag(tool, 0, (600, 300), (700, 320))
    assert tool.update(TICK) and tool.pose.heading != HOME.heading
    run(tool, 1.0)
    assert tool.pose == tool.goal and not tool.update(TICK)
    assert tool.pose.heading == pytest.approx(HOME.heading - 100 * poses.DEGREES_PER_PICTURE / 720)


@pytest.mark.parametrize("button", [1, 2])
def test_right_and_middle_drags_pan_with_what_was_grabbed(button):
    tool = CameraTool(HOME, LIMITS)
    point = poses.at_target_depth(HOME, 600, 300, SIZE)
    drag(tool, button, (600, 300), (660, 280))
    run(tool, 1.0)
    assert held(tool, point) == pytest.approx((660, 280), abs=1e-3)


def test_what_was_grabbed_far_behind_follows_the_pointer_too():
    origin, direction = poses.ray(HOME, 600, 300, SIZE)
    far = origin + direction * HOME.distance * 1.5
    tool = CameraTool(HOME, LIMITS, point_at=lambda x, y: far)
    drag(tool, 2, (600, 300), (640, 310))
    run(tool, 1.0)
    assert held(tool, far) == pytest.approx((640, 310), abs=1e-3)


@pytest.mark.parametrize("pose", [HOME, FLAT], ids=["3d", "2d"])
def test_the_wheel_zooms_at_the_pointer_in_every_tick_on_the_way(pose):
    tool = CameraTool(pose, LIMITS)
    tool.set_flat(pose is FLAT)
    point = poses.at_target_depth(pose, 400, 500, SIZE)
    for _ in range(5):
        assert tool.handle(Wheel(0, 1, 400, 500))
        run(tool, 0.05)
        assert held(tool, point) == pytest.approx((400, 500), abs=0.05)
    run(tool, 1.0)
    assert tool.pose.view_height == pytest.approx(pose.view_height * 0.86**5, rel=1e-6)


def test_a_click_does_not_shake_the_camera():
    tool = CameraTool(HOME, LIMITS)
    tool.handle(ButtonChanged(0, True, 600, 300))
    tool.handle(PointerMoved(602, 301))
    assert not tool.dragging
    tool.handle(ButtonChanged(0, False, 602, 301))
    assert not tool.update(TICK)


def test_flat_never_turns():
    tool = CameraTool(FLAT, LIMITS)
    tool.set_flat(True)
    drag(tool, 0, (600, 300), (700, 350))
    run(tool, 1.0)
    assert (tool.pose.heading, tool.pose.pitch) == (FLAT.heading, FLAT.pitch)
    assert tool.pose.target != FLAT.target


def test_flying_moves_while_keys_are_held_and_stops_softly():
    tool = CameraTool(HOME, LIMITS)
    assert not tool.handle(KeyChanged("w", True))  # in orbit mode the key is nobody's
    tool.set_fly(True)
    assert tool.handle(KeyChanged("w", True))
    steps = np.diff([pose.eye @ poses.axes(HOME)[1] for pose in run(tool, 0.5)])
    assert (np.diff(steps[:12]) > 0).all()  # speeds up evenly, no jump
    tool.handle(KeyChanged("w", False))
    run(tool, 1.0)
    assert not tool.update(TICK)
    assert tool.pose.heading == HOME.heading


def test_shift_flies_faster_and_a_lost_focus_stops():
    slow, fast = (CameraTool(HOME, LIMITS) for _ in range(2))
    for tool in (slow, fast):
        tool.set_fly(True)
        tool.handle(KeyChanged("d", True))
    fast.handle(KeyChanged("shift", True))
    paths = [run(tool, 0.3)[-1].eye - HOME.eye for tool in (slow, fast)]
    assert np.linalg.norm(paths[1]) == pytest.approx(4 * np.linalg.norm(paths[0]), rel=0.01)
    fast.handle(FocusChanged(False))
    run(fast, 1.0)
    assert not fast.update(TICK)


def test_looking_around_in_flight_keeps_the_eye_still():
    tool = CameraTool(HOME, LIMITS)
    tool.set_fly(True)
    drag(tool, 0, (600, 300), (900, 250))
    eyes = [pose.eye for pose in run(tool, 0.5)]
    assert np.abs(np.array(eyes) - HOME.eye).max() < 1e-3
    assert tool.pose.heading < HOME.heading  # to the right, with the pointer


def test_from_flying_to_orbiting_the_picture_stays():
    tool = CameraTool(HOME, LIMITS)
    tool.set_fly(True)
    drag(tool, 0, (600, 300), (700, 300))
    run(tool, 1.0)
    before = tool.pose
    tool.set_fly(False)
    assert tool.pose.eye == pytest.approx(before.eye, abs=1e-6)
    assert poses.axes(tool.pose)[1] == pytest.approx(poses.axes(before)[1])
    run(tool, 0.5)
    assert tool.pose.eye == pytest.approx(before.eye, abs=1e-6)


def test_a_flight_arrives_exactly_and_eases_at_both_ends():
    tool = CameraTool(HOME, LIMITS)
    tool.fly_to(FLAT, 1.0)
    path = run(tool, 2.0)
    assert tool.pose == FLAT and not tool.update(TICK)
    fovs = np.array([pose.fov for pose in path])
    steps = -np.diff(fovs)
    assert (steps >= -1e-9).all() and steps[0] < 0.1 * steps.max()


@given(st.floats(0.02, 0.98), st.floats(0.02, 0.6))
@settings(deadline=None, max_examples=30)
def test_a_flight_can_be_turned_around_without_a_jerk(first, second):
    tool = CameraTool(HOME, LIMITS)
    numbers = []

    def fly(pose, seconds):
        tool.fly_to(pose, 1.0)
        numbers.extend((p.view_height, p.heading, p.fov, *p.target) for p in run(tool, seconds))

    fly(FLAT, first)
    fly(HOME, second)
    fly(FLAT, 2.0)
    assert tool.pose == FLAT
    path = np.array(numbers)
    span = np.ptp(path, axis=0) + 1e-6
    jerk = np.abs(np.diff(path, 2, axis=0)) / span  # change of the step, as a share of the way
    assert jerk.max() < 0.05


def test_a_hand_on_the_camera_ends_a_flight():
    tool = CameraTool(HOME, LIMITS)
    tool.fly_to(FLAT, 1.0)
    run(tool, 0.4)
    tool.handle(Wheel(0, 1, 640, 360))
    run(tool, 1.0)
    assert not tool.update(TICK) and tool.pose.fov > FLAT.fov + 1


def test_home_takes_the_short_way_round():
    tool = CameraTool(replace(HOME, heading=HOME.heading + 350), LIMITS, home=lambda: HOME)
    tool.home()
    headings = [pose.heading for pose in run(tool, 1.5)]
    assert tool.pose == HOME
    assert all(abs(math.remainder(h - HOME.heading, 360)) <= 10.001 for h in headings)


def test_focus_brings_a_thing_to_the_middle_at_a_good_size():
    tool = CameraTool(HOME, LIMITS)
    thing = LAYOUT.layers["layer1"].cells(np.array([500]))[0]
    tool.focus(thing, 30.0)
    run(tool, 1.5)
    assert held(tool, thing) == pytest.approx((640, 360), abs=1e-6)
    assert tool.pose.view_height == pytest.approx(30 / 0.45)


def test_sticks_move_in_every_mode_and_rest_when_let_go():
    for mode in ("orbit", "fly", "flat"):
        tool = CameraTool(FLAT if mode == "flat" else HOME, LIMITS)
        tool.set_flat(mode == "flat")
        tool.set_fly(mode == "fly")
        start = tool.pose
        for _ in range(20):
            tool.steer((0.5, 0.5, 0.0), (0.3, 0.2), TICK)
            tool.update(TICK)
        assert tool.pose != start
        run(tool, 1.0)
        tool.steer((0.0, 0.0, 0.0), (0.0, 0.0), TICK)
        assert not tool.update(TICK), mode
