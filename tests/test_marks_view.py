"""Marks: on the cells that they name, as wide near as far, in front of everything, gone when cleared."""

import resource
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.strokes import Drawing, Stroke
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.layout import Layout, arrange
from nnvis3d.network.marks import NO_MARKS, ROLES, CellMarks, Flight, Marks, MarkSpec
from nnvis3d.scene import theme
from nnvis3d.scene.camera_rig import CameraRig
from nnvis3d.scene.host import Host
from nnvis3d.scene.mark_rows import LOOKS, mark_rows, on_pad
from nnvis3d.scene.marks_view import MOST, MarksView
from nnvis3d.scene.shaders import ShaderLibrary
from tests.networks import cnn, mlp
from tests.panel import panel

SIZE = (320, 240)
MAP = "layer3"  # 16 maps of 10 x 10
LAYOUT = arrange(cnn())
GREEN = (0.0, 1.0, 0.0)


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
    yield rig
    host.output.remove_display_region(region)
    rig.node.remove_node()


@pytest.fixture
def view(host: Host, rig: CameraRig) -> Iterator[MarksView]:
    view = MarksView(host.root, ShaderLibrary(host.gsg))
    view.resize(*SIZE)
    view.set_theme(replace(theme.DARK, shadow=(0, 0, 0, 0)))
    yield view
    view.path.remove_node()


def mark(channel=5, row=3, column=7, rows=1, columns=1, style="fill", role="drop", **more) -> MarkSpec:
    more = {"color": GREEN, **more}
    return MarkSpec(MAP, channel, row, column, row + rows, column + columns, role, style, **more)


def corners(rig: CameraRig, one: MarkSpec, layout: Layout = LAYOUT) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in pixels of what is marked, found by way of LayerLayout.cells."""
    layer = layout.layers[one.layer]
    _, height, width = layer.spec.map_shape
    first = one.channel * height * width
    ends = [one.top * width + one.left, (one.bottom - 1) * width + one.right - 1]
    middle = layer.placement.to_local(layer.cells(first + np.array(ends, int)))
    half = np.array([layer.pitch / 2, 0, -layer.pitch / 2])
    pixels, _ = rig.project(layer.placement.to_scene(middle + np.stack([-half, half])))
    return (*pixels[0], *pixels[1])


def look_at(rig: CameraRig, one: MarkSpec, distance: float, heading: float | None = None) -> None:
    """Straight at the mark, or from `heading` degrees."""
    layer = LAYOUT.layers[one.layer]
    target = layer.cells(np.array([one.channel * layer.spec.map_shape[1] * layer.spec.map_shape[2] + 55]))[0]
    straight = layer.placement.heading
    rig.show(CameraPose(tuple(target), distance, straight if heading is None else heading, 0.0))


def drawn(host: Host, view: MarksView, *marks: MarkSpec, **more) -> np.ndarray:
    """int (H, W): how green the picture is."""
    view.show(more.pop("marks", Marks(marks)), more.pop("layout", LAYOUT), **more)
    view.update(1.0)
    host.render()
    return host.picture()[..., 1].astype(int)


def extent(picture: np.ndarray, least: int = 128) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is lit, the last two exclusive."""
    rows, columns = np.nonzero(picture >= least)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize("place", [(0, 0, 0), (5, 3, 7), (15, 9, 9)])
def test_a_filled_cell_is_where_its_neuron_is(host, rig, view, place):
    one = mark(*place)
    look_at(rig, one, 60.0)
    assert extent(drawn(host, view, one)) == pytest.approx(corners(rig, one), abs=1.1)


def test_a_fully_connected_neuron_is_marked_where_it_is(host, rig, view):
    one = MarkSpec("layer5", 77, 0, 0, 1, 1, "drop", "fill", GREEN)
    rig.show(CameraPose(tuple(LAYOUT.layers["layer5"].cells(np.array([77]))[0]), 60.0, 10.0))
    assert extent(drawn(host, view, one)) == pytest.approx(corners(rig, one), abs=1.5)


@pytest.mark.parametrize("heading", [None, 50.0])
def test_a_frame_is_just_inside_and_a_ring_just_outside(host, rig, view, heading):
    for style, inward in (("frame", 0.0), ("ring", -2.5)):
        one = mark(rows=4, columns=3, style=style, role="window")
        look_at(rig, one, 50.0, heading)
        picture = drawn(host, view, one)
        left, top, right, bottom = corners(rig, one)
        found = extent(picture)
        # What is near looks larger: seen from the side, its corners are not level.
        assert found[::2] == pytest.approx((left + inward, right - inward), abs=1.6)
        assert found[1::2] == pytest.approx((top + inward, bottom - inward), abs=6.0 if heading else 1.6)
        assert picture[round((top + bottom) / 2), round((left + right) / 2)] == 0


def test_a_window_may_stand_over_the_edge_of_its_map(host, rig, view):
    one = mark(row=-2, column=-2, rows=5, columns=5, style="frame", role="window")
    look_at(rig, one, 60.0)
    inside = mark(row=0, column=0)
    left, top, right, bottom = extent(drawn(host, view, one))
    cell_left, cell_top, cell_right, _ = corners(rig, inside)
    pitch = cell_right - cell_left
    assert (left, top) == pytest.approx((cell_left - 2 * pitch, cell_top - 2 * pitch), abs=1.6)
    assert (right - left, bottom - top) == pytest.approx((5 * pitch, 5 * pitch), abs=2.1)


def test_lines_are_as_wide_near_as_far(host, rig, view):
    widths = []
    for distance in (20.0, 60.0):
        one = mark(rows=3, columns=3, style="frame", role="window")
        look_at(rig, one, distance)
        picture = drawn(host, view, one)
        left, top, right, bottom = corners(rig, one)
        row = picture[round((top + bottom) / 2), : round((left + right) / 2)]
        widths.append(row.sum() / 255)
    expected = LOOKS["window"].line * 0.75  # the least scale: the picture is small
    assert widths == pytest.approx([expected, expected], abs=0.35)


@pytest.mark.parametrize("role", ["hover", "selected", "target", "winner"])
def test_a_neuron_too_far_to_be_seen_still_has_a_ring_to_see(host, rig, view, role):
    one = mark(style="ring", role=role)
    look_at(rig, one, 4000.0)
    left, top, right, bottom = extent(drawn(host, view, one), least=90)
    assert right - left >= 8 * 0.75 and bottom - top >= 8 * 0.75


def test_lines_are_seen_through_what_stands_in_front_and_fills_only_on_their_own_panel(host, rig, view):
    layer = LAYOUT.layers[MAP]
    shade = panel(host.root, 300)
    shade.set_h(layer.placement.heading)
    look_at(rig, mark(), 60.0)
    for style, before, seen in (("ring", 0, True), ("ring", 8, True), ("fill", 0, True), ("fill", 8, False)):
        shade.set_pos(*layer.placement.to_scene(np.array([[0, -before, 0]]))[0])
        assert (drawn(host, view, mark(style=style, role="selected")).max() > 200) == seen, (style, before)
    shade.remove_node()


def test_roles_have_colours_of_the_theme(host, rig, view):
    assert set(LOOKS) == set(ROLES)
    one = mark(role="selected", color=None, rows=3, columns=3)
    look_at(rig, one, 60.0)
    for look in (theme.DARK, theme.LIGHT):
        view.set_theme(look)
        drawn(host, view, one)
        left, top, right, bottom = corners(rig, one)
        found = host.picture()[round((top + bottom) / 2), round((left + right) / 2)]
        assert found.tolist() == pytest.approx(look.selection[:3], abs=2)


def test_cells_have_colours_of_their_own(host, rig, view):
    cells = np.array([5 * 100 + 22, 5 * 100 + 67])
    colors = np.array([(1, 0, 0), (0, 0, 1)], np.float32)
    look_at(rig, mark(), 60.0)
    drawn(host, view, marks=Marks(cells=(CellMarks(MAP, cells, "product", colors),)))
    picture = host.picture()
    for (row, column), color in (((2, 2), [255, 0, 0]), ((6, 7), [0, 0, 255])):
        left, top, right, bottom = corners(rig, mark(row=row, column=column))
        assert picture[round((top + bottom) / 2), round((left + right) / 2)].tolist() == color


def test_a_flight_starts_and_ends_at_its_cells(host, rig, view):
    start, end = mark(row=1, column=1), mark(row=8, column=8)
    look_at(rig, start, 60.0)
    seen = []
    for share in (0.0, 0.5, 1.0):
        left, top, right, bottom = extent(
            drawn(host, view, marks=Marks(flights=(Flight(start, end, share),)))
        )
        seen.append(((left + right) / 2, (top + bottom) / 2))
    for found, one in ((seen[0], start), (seen[2], end)):
        left, top, right, bottom = corners(rig, one)
        assert found == pytest.approx(((left + right) / 2, (top + bottom) / 2), abs=1.5)
    assert seen[0][0] < seen[1][0] < seen[2][0]


def test_marks_of_hidden_layers_are_left_out(host, rig, view):
    one = mark()
    look_at(rig, one, 60.0)
    assert drawn(host, view, one).max() > 200
    assert drawn(host, view, one, hidden={MAP}).max() == 0
    flight = Flight(one, replace(one, layer="layer4"), 0.0)
    assert drawn(host, view, marks=Marks(flights=(flight,)), hidden={MAP}).max() == 0


def test_marks_move_with_their_layers(host, rig, view):
    one = mark(rows=2, columns=2)
    flat = arrange(cnn(), "2d")
    rig.show(CameraPose(tuple(flat.layers[MAP].placement.position), 260.0))
    found = extent(drawn(host, view, one, layout=flat))
    assert found == pytest.approx(corners(rig, one, flat), abs=1.1)


def test_it_rests_and_clear_removes(host, rig, view):
    one = mark()
    look_at(rig, one, 60.0)
    marks = Marks((one,))
    assert drawn(host, view, marks=marks).max() > 200
    assert not view.update(0.1)
    view.show(marks, LAYOUT)  # as every tick does
    assert not view.update(0.1)
    view.show(NO_MARKS, LAYOUT)
    assert view.update(1.0)
    host.render()
    assert host.picture().max() == 0
    assert not view.update(0.1)
    view.show(marks, LAYOUT)
    view.clear()
    view.update(1.0)
    view.show(marks, LAYOUT)  # the same ones may come again
    assert view.update(1.0) and view.count == 1


def test_of_too_many_the_lines_are_kept():
    cells = CellMarks(MAP, np.zeros(MOST, int), "product")
    rows = mark_rows(Marks((mark(style="ring"),), (cells,)), LAYOUT, theme.DARK)
    assert len(rows) == MOST + 1
    assert rows[-MOST:][-1, 0, 3] == 2  # a ring


@pytest.mark.parametrize("spec", [cnn(), mlp()], ids=["32x32", "28x28"])
@pytest.mark.parametrize("at", [(0.2, 0.3), (0.5, 0.5), (0.85, 0.6)])
def test_a_region_of_the_input_is_found_on_the_pad(spec, at):
    dot = Drawing(strokes=(Stroke(np.array([at], np.float32), 0.06),))
    seen = reduce_drawing(dot, spec.preprocessing.shape, normalize=False).image[0]
    rows, columns = np.nonzero(seen)
    top, left, bottom, right = on_pad(spec, (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1))
    assert left < at[0] < right and top < at[1] < bottom
    assert right - left < 0.2 and bottom - top < 0.2


def test_nothing_is_marked_on_the_pad_for_its_margin_or_all_of_it():
    assert on_pad(cnn(), (0, 0, 2, 32)) is None
    assert on_pad(cnn(), (0, 0, 32, 32)) is None
    assert on_pad(cnn(), (-3, 0, 16, 16)) == pytest.approx((0, 0, 0.5, 0.5))


def test_the_frame_on_the_pad_is_where_it_says(host, rig, view):
    rig.show(CameraPose(tuple(LAYOUT.pad.position), 200.0, LAYOUT.pad.heading))
    found = extent(drawn(host, view, marks=NO_MARKS, pad=(0.25, 0.5, 0.75, 1.0)))
    size = LAYOUT.pad_size
    ends = LAYOUT.pad.to_scene(np.array([(0, 0, 0.25), (0.5, 0, -0.25)]) * size)
    pixels, _ = rig.project(ends)
    assert found == pytest.approx(pixels.ravel(), abs=1.6)


def test_showing_them_again_and_again_takes_no_memory(host, rig, view):
    def times(count: int) -> int:
        for turn in range(count):
            many = CellMarks(MAP, np.arange(1 + turn % 50), "product")
            view.show(Marks((mark(row=turn % 9),), (many,)), LAYOUT)
            view.update(1 / 60)
            host.render()
            host.output.get_screenshot()  # without reading back, drivers put off what they free
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = times(300)
    assert times(2000) - before < 1000  # kB
