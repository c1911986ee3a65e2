"""Edges: on the line between two neurons and nowhere else, sign as colour, strength as width, one pulse."""

import resource
from collections.abc import Iterator

import numpy as np
import pytest

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.colormaps import color_maps
from nnvis3d.scene.camera_rig import CameraRig
from nnvis3d.scene.edge_view import PULSE_SECONDS, EdgeView
from nnvis3d.scene.host import Host
from nnvis3d.scene.ribbons import SEGMENTS, STRAIGHT, prepare
from nnvis3d.scene.shaders import ShaderLibrary
from tests.panel import panel

SIZE = (240, 160)
POSE = CameraPose((0.0, 0.0, 0.0), 200.0)
LEVEL = ((-60.0, 0.0, 0.0), (60.0, 0.0, 0.0))
UP = np.array((0.0, 0.0, 15.0))
RISING = ((-50.0, 0.0, -30.0), (50.0, 0.0, 30.0))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    host = Host(SIZE, offscreen=True)
    host.output.set_clear_color((0, 0, 0, 1))
    yield host
    host.close()


@pytest.fixture
def rig(host: Host) -> Iterator[CameraRig]:
    rig = CameraRig(host.root, SIZE)
    region = host.output.make_display_region()
    region.set_camera(rig.node)
    rig.show(POSE)
    yield rig
    host.output.remove_display_region(region)
    rig.node.remove_node()


@pytest.fixture
def view(host: Host, rig: CameraRig) -> Iterator[EdgeView]:
    view = EdgeView(host.root, ShaderLibrary(host.gsg), most=64)
    view.set_colors(color_maps()[0], light=False)
    yield view
    view.path.remove_node()


def arrays(*edges) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of edges given as (start, end, strength, sign)."""
    starts, ends, strengths, signs = zip(*edges, strict=True) if edges else ((), (), (), ())
    points = [np.array(points, np.float32).reshape(-1, 3) for points in (starts, ends)]
    return *points, np.array(strengths, np.float32), np.array(signs, np.float32)  # type: ignore[return-value]


def drawn(host: Host, view: EdgeView, *edges) -> np.ndarray:
    """int (H, W, 3): the picture of these edges when they have come."""
    view.resize(*SIZE)
    view.show(*arrays(*edges))
    view.update(1.0)
    host.render()
    return host.picture().astype(int)


def on_the_way(rig: CameraRig, edge, share: float) -> tuple[int, int]:
    """Row and column of the picture, `share` of the way along a straight edge."""
    start, end = np.array(edge[0]), np.array(edge[1])
    (x, y), _ = (found[0] for found in rig.project((start + share * (end - start))[None]))
    return int(y), int(x)


def test_an_edge_is_on_its_line_and_not_beside_it(host, rig, view):
    picture = drawn(host, view, (*LEVEL, 1.0, 1.0))
    for share in (0.1, 0.5, 0.85):
        row, column = on_the_way(rig, LEVEL, share)
        column_light = picture[:, column].sum(axis=1)
        assert column_light[row - 2 : row + 3].max() > 150
        assert column_light[: row - 7].max() == 0
        assert column_light[row + 8 :].max() == 0
    first, last = (on_the_way(rig, LEVEL, share)[1] for share in (0, 1))
    assert picture[:, : first - 4].max() == 0
    assert picture[:, last + 5 :].max() == 0


@pytest.mark.parametrize("budget_ms", [None, 0.02])
def test_curved_and_straight_edges_start_and_end_at_their_neurons(host, rig, view, budget_ms):
    view.budget_ms = budget_ms
    picture = drawn(host, view, (*RISING, 1.0, 1.0))
    lit = picture.sum(axis=2) > 30
    for share in (0.02, 0.5, 0.85):
        row, column = on_the_way(rig, RISING, share)
        near = lit[row - 8 : row + 9, column - 8 : column + 9]
        assert near.any(), share


def test_sign_is_colour(host, rig, view):
    row, column = on_the_way(rig, LEVEL, 0.5)
    seen = {}
    for sign in (1.0, -1.0, 0.0):
        picture = drawn(host, view, (*LEVEL, 1.0, sign))
        around = picture[row - 4 : row + 5, column]
        seen[sign] = around[around.sum(axis=1).argmax()]
    assert seen[1.0][0] > seen[1.0][2] + 50  # warm
    assert seen[-1.0][2] > seen[-1.0][0] + 50  # cold
    assert np.ptp(seen[0.0]) < 60  # neither


def test_strength_is_width_and_brightness(host, view):
    light = [drawn(host, view, (*LEVEL, strength, 1.0)).sum() for strength in (0.1, 0.4, 0.7, 1.0)]
    assert (np.diff(light) > 0.2 * light[-1] / 4).all()


def test_stronger_edges_lie_over_weaker_ones(host, rig, view):
    view.set_colors(color_maps(light=True)[0], light=True)  # there they cover
    row, column = on_the_way(rig, LEVEL, 0.5)
    for strong, order in ((1.0, 1), (-1.0, 1), (1.0, -1), (-1.0, -1)):
        edges = [(*LEVEL, 0.9, -strong), (*LEVEL, 1.0, strong)][::order]
        around = drawn(host, view, *edges)[row - 3 : row + 4, column]
        color = around[around.sum(axis=1).argmax()]
        assert (color[0] > color[2]) == (strong > 0)


def test_many_edges_are_no_solid_mass(host, view):
    one = drawn(host, view, (*LEVEL, 1.0, 1.0)).sum()
    spread = [((-60.0, 0.0, z), (60.0, 0.0, z), 1.0, 1.0) for z in np.linspace(-40, 40, 64)]
    assert drawn(host, view, *spread).sum() < 0.7 * 64 * one


def test_clear_removes_them_and_rests(host, view):
    assert drawn(host, view, (*LEVEL, 1.0, 1.0)).max() > 100
    view.clear()
    assert view.update(0.05)
    host.render()
    assert host.picture().max() > 50  # it fades
    assert view.update(1.0)
    host.render()
    assert host.picture().max() == 0
    assert not view.update(1.0)


def test_no_edges_are_none(host, view):
    assert drawn(host, view).max() == 0
    drawn(host, view, (*LEVEL, 1.0, 1.0))
    assert drawn(host, view).max() == 0
    assert not view.update(0.1)


def test_it_rests_once_they_have_come(host, view):
    view.show(*arrays((*LEVEL, 1.0, 1.0)))
    assert view.update(0.1)
    assert view.update(0.2)
    assert not view.update(0.1)


@pytest.mark.parametrize("forward", [True, False])
def test_a_pulse_runs_once_in_the_direction_of_the_flow(host, rig, view, forward):
    edge = LEVEL if forward else LEVEL[::-1]
    rest = drawn(host, view, (*edge, 0.5, 1.0)).sum(axis=(0, 2))
    view.pulse()
    brightest = []
    for _ in range(3):
        assert view.update(PULSE_SECONDS / 4)
        host.render()
        brightest.append(int((host.picture().astype(int).sum(axis=(0, 2)) - rest).argmax()))
    order = brightest if forward else brightest[::-1]
    assert order == sorted(order)
    assert order[2] - order[0] > 40
    assert view.update(PULSE_SECONDS)
    assert not view.update(0.1)
    host.render()
    assert (host.picture().astype(int).sum(axis=(0, 2)) == rest).all()


def test_of_too_many_the_strongest_are_drawn(host, rig, view):
    weak = [((-60.0, 0.0, z), (60.0, 0.0, z), 0.3, 1.0) for z in np.linspace(-40, -10, 100)]
    picture = drawn(host, view, *weak[:50], ((-60.0, 0, 30.0), (60.0, 0, 30.0), 1.0, -1.0), *weak[50:])
    assert view.count <= 64
    row, column = on_the_way(rig, ((-60, 0, 30), (60, 0, 30)), 0.5)
    assert picture[row - 3 : row + 4, column].max() > 80


def test_what_is_not_finite_is_left_out(host, view):
    good = (*LEVEL, 1.0, 1.0)
    alone = drawn(host, view, good)
    bad = [((np.nan, 0, 0), LEVEL[1], 1.0, 1.0), (LEVEL[0], (np.inf, 0, 0), 1.0, 1.0), (*LEVEL, np.nan, 1.0)]
    assert (drawn(host, view, *bad[:2], good, bad[2]) == alone).all()
    assert view.count == 1


@pytest.mark.parametrize("heading", [0.0, 75.0, 180.0, -110.0])
@pytest.mark.parametrize("target", [(0.0, 0.0, 0.0), (300.0, 40.0, 20.0)])
def test_they_are_drawn_from_wherever_one_looks(host, rig, view, heading, target):
    rig.show(CameraPose(target, 120.0, heading, 10.0))
    far = np.array(target) - UP, np.array(target) + UP
    picture = drawn(host, view, (*far, 1.0, 1.0), (*LEVEL, 0.5, 1.0))
    row, column = on_the_way(rig, far, 0.5)
    assert picture[row - 2 : row + 3, column - 6 : column + 7].max() > 80


@pytest.mark.parametrize(("y", "seen"), [(10.0, True), (0.0, True), (-20.0, False)])
def test_panels_in_front_hide_them_but_not_those_they_start_on(host, rig, view, y, seen):
    shade = panel(host.root, 30)
    shade.set_y(y)
    row, column = on_the_way(rig, LEVEL, 0.5)
    for view.budget_ms in (None, 0.02):  # curved, straight
        picture = drawn(host, view, (*LEVEL, 1.0, 1.0))
        assert (picture[row - 3 : row + 4, column, 0].max() > 60) == seen
    shade.remove_node()


def test_few_are_curved_many_are_straight_and_the_strongest():
    count = 2000
    generator = np.random.default_rng(1)
    starts, ends = generator.normal(0, 40, (2, count, 3)).astype(np.float32)
    strengths = generator.random(count).astype(np.float32)
    signs = np.ones(count, np.float32)
    few = prepare((starts[:20], ends[:20], strengths[:20], signs[:20]), 8192, 2.5)
    assert few.segments == SEGMENTS[0] and len(few.rows) == 20 and few.exposure == 1
    many = prepare((starts, ends, strengths, signs), 8192, 2.5)
    assert many.segments == STRAIGHT and len(many.rows) < count and many.exposure < 1
    assert (np.diff(many.rows[:, 0, 3]) >= 0).all()
    fewer = prepare((starts, ends, strengths, signs), 8192, 0.02)
    assert fewer.segments == STRAIGHT and 0 < len(fewer.rows) < 10
    least = np.sort(strengths)[-len(many.rows)]
    assert (starts[strengths >= least][:, 0].sum() - many.rows[:, 0, 0].sum()) == pytest.approx(0, abs=0.05)
    unhurried = prepare((starts, ends, strengths, signs), 8192, None)
    assert unhurried.segments == SEGMENTS[0] and len(unhurried.rows) > len(many.rows)


def test_showing_them_again_and_again_takes_no_memory(host, view):
    edges = arrays(*[((-60.0, 0.0, z), (60.0, 0.0, z), 0.5, 1.0) for z in range(20)])

    def times(count: int) -> int:
        for turn in range(count):
            view.show(*(part[: 1 + turn % 20] for part in edges))
            view.update(1 / 60)
            host.render()
            host.output.get_screenshot()  # without reading back, drivers put off what they free
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = times(300)
    assert times(2000) - before < 1000  # kB
