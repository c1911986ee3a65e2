"""The smaller tools: history, invitation, arrangement, messages, labels, what panels are told, docking."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from nnvis3d.network import catalog, poses, wording
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.home_view import home_pose
from nnvis3d.network.layer_bodies import OUTPUT_BAR_LENGTH
from nnvis3d.network.layout import arrange
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.network.wording import percent
from nnvis3d.scene.docking import Dock, dock
from nnvis3d.scene.hud.places import hud_margins
from nnvis3d.scene.theme import DARK
from nnvis3d.tools import hud_presenter as presenter
from nnvis3d.tools.arrangement import SECONDS, Arrangement
from nnvis3d.tools.history import History
from nnvis3d.tools.invitation import FADE_SECONDS, RESTING_SECONDS, TIMES, WRITING_SECONDS, Invitation
from nnvis3d.tools.messages import MOST, Messages
from nnvis3d.tools.pad_tool import BRUSHES, PadTool
from nnvis3d.tools.scene_labels import NAME_LETTERS, layer_labels, letters, name_room, output_labels
from tests import networks

SIZE = (1280, 720)
TICK = 1 / 60


# History.


@given(st.lists(st.one_of(st.integers(), st.sampled_from(["undo", "redo"])), max_size=40), st.integers(1, 6))
def test_history_is_a_list_with_a_finger_on_it(steps, most):
    history, values, at = History(0, most), [0], 0
    for step in steps:
        if step == "undo":
            assert history.undo() == (at > 0)
            at = max(0, at - 1)
        elif step == "redo":
            assert history.redo() == (at + 1 < len(values))
            at = min(len(values) - 1, at + 1)
        else:
            history.push(step)
            values = [*values[: at + 1], step][-most:]
            at = len(values) - 1
        assert history.now == values[at]
        assert (history.can_undo, history.can_redo) == (at > 0, at + 1 < len(values))


# The invitation on an empty pad.


def after(invitation: Invitation, seconds: float, wanted: bool = True) -> list[int]:
    """How much ink is to be seen, tick by tick, while so much time passes."""
    ink = []
    for _ in range(round(seconds / TICK)):
        invitation.update(TICK, wanted)
        ink.append(int((invitation.canvas.pixels > 128).sum()))
    return ink


def test_the_invitation_writes_itself_twice_and_then_rests():
    invitation = Invitation(96)
    turn = WRITING_SECONDS + RESTING_SECONDS
    first, second, rest = after(invitation, turn), after(invitation, turn), after(invitation, 1.0)
    for ink in (first, second):
        writing = ink[: round(WRITING_SECONDS / TICK) - 1]
        assert ink[1] < ink[-1] / 5 and writing[len(writing) // 2] < 0.8 * ink[-1]
        assert (np.diff(writing[2:]) >= -2).all()
        assert len(set(ink[-round(RESTING_SECONDS / TICK) + 2 :])) == 1
    assert TIMES == 2 and set(rest) == {first[-1]}
    version = invitation.canvas.version
    assert not any(invitation.update(TICK, True) for _ in range(100)) and invitation.canvas.version == version


def test_the_invitation_is_a_whole_digit_inside_the_pad():
    invitation = Invitation(96)
    after(invitation, 20.0)
    rows, columns = np.nonzero(invitation.canvas.pixels)
    assert 3 < rows.min() < 30 and 66 < rows.max() < 93
    assert columns.min() > 3 and columns.max() < 93 and 38 < (columns.min() + columns.max()) / 2 < 58


def test_the_invitation_gives_way_to_a_drawing_and_comes_back_from_the_start():
    invitation = Invitation(96)
    after(invitation, 1.0)
    assert invitation.strength == 1.0
    after(invitation, FADE_SECONDS / 2, wanted=False)
    assert 0.3 < invitation.strength < 0.7
    after(invitation, FADE_SECONDS, wanted=False)
    assert invitation.strength == 0.0
    assert not any(invitation.update(TICK, False) for _ in range(50))
    ink = after(invitation, WRITING_SECONDS)
    assert invitation.strength == 1.0 and ink[1] < ink[-1] / 5


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0, 1.5), st.booleans()), max_size=25))
def test_the_invitation_says_when_it_changes(steps):
    invitation = Invitation(48)
    for dt, wanted in steps:
        strength, pixels = invitation.strength, invitation.canvas.pixels.copy()
        changed = invitation.update(dt, wanted)
        same = invitation.strength == strength and np.array_equal(invitation.canvas.pixels, pixels)
        assert changed or same
        assert 0 <= invitation.strength <= 1


# Between 3d and flat.


def positions(arrangement: Arrangement) -> np.ndarray:
    """float64 (layers + 1, 4): where layers and pad stand, and how they are turned."""
    layout = arrangement.layout
    places = [layout.pad, *(layer.placement for layer in layout.layers.values())]
    return np.array([(*place.position, place.heading) for place in places])


def test_an_arrangement_goes_over_in_its_time_and_rests():
    arrangement = Arrangement(networks.cnn())
    start = positions(arrangement)
    assert (
        not arrangement.update(1.0) and arrangement.flatness == 0 and arrangement.layout.arrangement == "3d"
    )
    arrangement.set_flat(True)
    assert arrangement.goal.arrangement == "2d" and arrangement.moving
    flatness, steps = [0.0], []
    while arrangement.update(TICK):
        flatness.append(arrangement.flatness)
        steps.append(positions(arrangement))
    assert len(steps) == pytest.approx(SECONDS / TICK, abs=1)
    assert (np.diff(flatness) > 0).all() and flatness[-1] == 1
    assert arrangement.layout is arrangement.goal and not arrangement.moving
    assert arrangement.layout.arrangement == "2d"
    paths = np.array([start, *steps])
    assert np.abs(np.diff(paths, axis=0)).max() < 0.04 * np.ptp(paths, axis=0).max()
    low, high = np.minimum(paths[0], paths[-1]) - 1e-9, np.maximum(paths[0], paths[-1]) + 1e-9
    assert (paths >= low).all() and (paths <= high).all()


def test_turning_back_half_way_takes_half_the_time_and_does_not_jump():
    arrangement = Arrangement(networks.mlp(), flat=True)
    assert arrangement.flatness == 1
    start = positions(arrangement)
    arrangement.set_flat(False)
    for _ in range(round(SECONDS / 2 / TICK)):
        arrangement.update(TICK)
    half = positions(arrangement)
    arrangement.set_flat(True)
    arrangement.update(TICK)
    assert np.abs(positions(arrangement) - half).max() < 0.05 * np.abs(half - start).max()
    more = 1
    while arrangement.update(TICK):
        more += 1
    assert more == pytest.approx(SECONDS / 2 / TICK, abs=2)
    assert arrangement.layout is arrangement.goal and arrangement.layout.arrangement == "2d"


@given(st.lists(st.tuples(st.booleans(), st.floats(0.001, 0.4)), max_size=20))
def test_an_arrangement_moves_if_it_says_so_and_arrives(steps):
    arrangement = Arrangement(networks.mlp())
    for flat, dt in steps:
        arrangement.set_flat(flat)
        layout = arrangement.layout
        assert arrangement.update(dt) or arrangement.layout is layout
        assert 0 <= arrangement.flatness <= 1
        assert arrangement.moving or arrangement.layout is arrangement.goal
    arrangement.update(SECONDS)
    assert arrangement.layout is arrangement.goal and not arrangement.moving


# Messages.


def texts(messages: Messages) -> list[str]:
    return [message.text for message in messages.shown]


def test_a_message_stays_then_fades_then_is_gone():
    messages = Messages()
    assert not messages.update(1.0) and not messages.dismiss()
    messages.say("saved", seconds=2.0)
    alphas = []
    while messages.shown:
        alphas.append(messages.shown[0].alpha)
        changed = messages.update(0.1)
        assert changed == (not messages.shown or messages.shown[0].alpha != alphas[-1])
    assert len(alphas) == pytest.approx(20, abs=1)
    assert set(alphas[:15]) == {1.0} and alphas[-1] < 0.35 and (np.diff(alphas) <= 0).all()
    assert not messages.update(0.1)


def test_errors_stay_longer_and_are_marked():
    messages = Messages()
    messages.say("saved")
    messages.error("broken")
    assert [message.kind for message in messages.shown] == ["info", "error"]
    messages.update(5.0)
    assert texts(messages) == ["broken"] and messages.shown[0].alpha == 1


def test_few_at_a_time_the_newest_last_none_twice():
    messages = Messages()
    for number in range(MOST + 2):
        messages.say(str(number))
    assert texts(messages) == [str(number) for number in range(2, MOST + 2)]
    messages.update(3.0)
    messages.say("3")
    assert texts(messages)[-1] == "3" and texts(messages).count("3") == 1
    messages.update(3.0)
    assert texts(messages) == ["3"], "its time begins anew"


def test_the_newest_is_dismissed_first():
    messages = Messages()
    messages.error("first")
    messages.error("second")
    assert messages.dismiss() and texts(messages) == ["first"]
    assert messages.dismiss() and not messages.dismiss() and messages.shown == ()


# Labels in the scene.


def projection(pose: CameraPose, size: tuple[int, int] = SIZE):
    """What CameraRig.project does, without a scene."""

    def project(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        pixels, depth = poses.project(pose, points, size)
        return pixels, (depth > 0) & (pixels >= 0).all(axis=1) & (pixels <= size).all(axis=1)

    return project


def home(layout, size: tuple[int, int] = SIZE):
    return projection(home_pose(layout, size[0] / size[1], (0.02, 0.02, 0.1, 0.15)), size)


def frame_of(spec: NetworkSpec, probabilities: np.ndarray | None) -> ActivationFrame:
    values = np.zeros(spec.neurons, np.float32)
    scales = np.full(len(spec.layers), 2.0, np.float32)
    return ActivationFrame(spec, 1, values, values.astype(np.uint16), scales, probabilities)


@pytest.mark.parametrize("spec", [networks.cnn(), networks.mlp()], ids=["cnn", "mlp"])
@pytest.mark.parametrize("arrangement", ["3d", "2d"])
def test_every_layer_has_its_title_above_it(spec, arrangement):
    layout = arrange(spec, arrangement)
    project = home(layout)
    labels = {label.key: label for label in layer_labels(layout, project, (), 1.0)}
    assert list(labels) == [*(f"layer/{layer.name}" for layer in spec.layers), "pad"]
    for name, layer in layout.layers.items():
        label = labels[f"layer/{name}"]
        cells, _ = project(layer.cells(np.arange(layer.spec.neurons)))
        assert label.y < cells[:, 1].min() and label.y > cells[:, 1].min() - 60
        assert cells[:, 0].min() - 80 < label.x < cells[:, 0].max() + 80
        assert " ".join(label.lines[: label.head]) == layer.spec.title
        assert label.lines[label.head :] == (" × ".join(map(str, layer.spec.shape)),)


def test_hidden_layers_are_muted_and_a_docked_pad_has_no_title():
    layout = arrange(networks.mlp())
    labels = layer_labels(layout, home(layout), {"layer1"}, 1.0, pad=False)
    assert {label.key: label.role for label in labels} == {
        "layer/input": "text",
        "layer/layer1": "muted",
        "layer/layer2": "text",
        "layer/layer3": "text",
    }


def test_what_is_not_in_the_picture_is_not_labelled():
    layout = arrange(networks.cnn())
    away = projection(CameraPose((0, -900, 90), 300.0, heading=180.0))
    assert layer_labels(layout, away, (), 1.0) == []
    spec = networks.cnn()
    assert output_labels(spec, layout.layers["layer7"], frame_of(spec, np.full(10, 0.1)), away) == []


def test_shapes_are_written_closer_where_neighbours_are_near():
    spec = catalog.entry("cnn").spec()
    layout = arrange(spec)
    wide, small = (
        {label.key: label.lines[-1] for label in layer_labels(layout, home(layout, size), (), 1.0, pad=False)}
        for size in ((1280, 720), (640, 360))
    )
    assert wide["layer/conv1"] == "6 × 28 × 28" and small["layer/conv1"] == "6×28×28"
    assert wide["layer/input"] == small["layer/input"] == "1 × 32 × 32"


def test_titles_are_broken_where_neighbours_are_near():
    spec = catalog.entry("cnn").spec()
    layout = arrange(spec)
    longest = []
    for size in ((2560, 1440), (1280, 720), (640, 360)):
        labels = layer_labels(layout, home(layout, size), (), 1.0, pad=False)
        assert all(label.head <= 2 and len(label.lines) == label.head + 1 for label in labels)
        for label, layer in zip(labels, spec.layers, strict=True):
            title = " ".join(label.lines[: label.head])
            assert title in (layer.title, wording.shorter(layer.title))
        longest.append(max(len(line) for label in labels for line in label.lines[: label.head]))
    assert longest[0] == len("Fully connected 1") and longest[0] > longest[1] >= longest[2]


def test_classes_stand_left_and_shares_right_of_their_neurons_and_the_best_is_marked():
    spec = networks.mlp()
    layer = arrange(spec, "2d").layers["layer3"]
    project = home(arrange(spec, "2d"))
    shares = np.array([0.004, 0.0, 0.2, 0.7, 0.05, 0.026, 0.02, 0.0, 0.0, 0.0], np.float32)
    labels = {label.key: label for label in output_labels(spec, layer, frame_of(spec, shares), project)}
    cells, _ = project(layer.cells(np.arange(10)))
    ends, _ = project(layer.cells(np.arange(10)) + np.array([layer.pitch * 0.62 + OUTPUT_BAR_LENGTH, 0, 0]))
    for k in range(10):
        name = labels[f"class/{k}"]
        assert name.lines == (str(k),) and name.x < cells[k, 0] and abs(name.y - cells[k, 1]) <= 1
        assert name.role == ("accent" if k == 3 else "muted")
        share = labels.get(f"share/{k}")
        assert (share is not None) == (shares[k] >= 0.005)
        if share:
            assert share.x > ends[k, 0] and abs(share.y - cells[k, 1]) <= 1 and share.align[0] == 0.0
    assert labels["share/3"].lines == ("70.0\u2009%",) and labels["share/3"].role == "text"


def test_without_a_guess_there_are_no_shares_and_no_best():
    spec = networks.mlp()
    layout = arrange(spec)
    for frame in (None, frame_of(spec, None)):
        labels = output_labels(spec, layout.layers["layer3"], frame, home(layout))
        assert [label.key for label in labels] == [f"class/{k}" for k in range(10)]
        assert {label.role for label in labels} == {"text"}


def test_names_of_classes_are_no_higher_than_the_rows_they_stand_in():
    spec = networks.cnn()
    layout = arrange(spec)
    layer, sizes = layout.layers["layer7"], []
    for height in range(200, 2200, 40):
        project = home(layout, (16 * height // 9, height))
        pitch = float(np.diff(project(layer.cells(np.arange(2)))[0][:, 1])[0])
        for scale in (0.75, 1.0, 1.5, 3.0):
            size = output_labels(spec, layer, None, project, scale)[0].size
            sizes.append(size)
            line = 1.3 * DARK.scaled(scale).em(size)  # as Kit.line has it
            assert size == "small" or line <= pitch + 1.5
    assert {"small", "body", "large"} == set(sizes)


def test_names_of_classes_end_before_what_stands_at_their_left():
    names = ("airplane", "automobile", *"abcdefgh")
    spec = networks.network((3, 32, 32), *[(16, 16, 16)] * 30, (10,), labels=names)
    layout, whole = arrange(spec), []
    layer = layout.layers["layer31"]
    for height in (200, 400, 720, 2000):
        project = home(layout, (16 * height // 9, height))
        room = name_room(layout, layer, project)
        labels = output_labels(spec, layer, None, project, 1.0, room)
        others = np.concatenate([one.corners() for one in layout.layers.values() if one is not layer])
        left = max(x for x in project(others)[0][:, 0] if x < labels[0].x)
        shown = labels[1].lines[0]
        fits = (labels[1].x - left) / NAME_LETTERS[labels[1].size]
        assert letters(shown) <= fits + 0.1 or len(shown) == 4
        assert shown == names[1] or letters(names[1][: len(shown)]) + 1 > fits - 0.1
        assert names[1].startswith(shown.rstrip("…")) and labels[2].lines == ("a",)
        whole.append(shown == names[1])
    assert not whole[0] and whole[-1]


def test_outputs_that_are_no_classes_have_no_names():
    spec = networks.network((1, 8, 8), (10,), labels=())
    layout = arrange(spec)
    assert output_labels(spec, layout.layers["layer1"], None, home(layout)) == []


@given(st.floats(0, 1))
@example(0.99999)
@example(1e-9)
def test_a_share_is_never_rounded_to_certainty(share):
    shown = float(percent(share, 1).removesuffix("\u2009%"))
    assert abs(shown - 100 * share) < 0.1001
    assert (shown == 0) == (share == 0) and (shown == 100) == (share == 1)


# What panels are told.


def test_the_answer_card_invites_until_there_is_something():
    spec = networks.mlp()
    assert presenter.answer_state(None).blank
    shares = np.array([0, 0.1, 0, 0.6, 0, 0, 0, 0.3, 0, 0], np.float32)
    state = presenter.answer_state(frame_of(spec, shares))
    assert not state.blank
    assert state.guesses == (("3", pytest.approx(0.6)), ("7", pytest.approx(0.3)))
    blank = frame_of(spec, None)
    object.__setattr__(blank, "blank", True)
    assert presenter.answer_state(blank).blank
    unsure = presenter.answer_state(frame_of(spec, None))
    assert not unsure.blank and unsure.guesses == ()


def test_the_toolbar_shows_what_the_pad_is():
    pad = PadTool(lambda x, y, outside: (x, y), 32)
    state = presenter.pad_state(pad, False, None)
    assert (state.can_undo, state.can_redo, state.can_clear, state.transformed) == (False,) * 4
    assert (state.tool, state.sample, state.normalize, state.docked) == ("pen", "", True, False)
    pad.step_sample(1)
    pad.transform(move=(0.1, 0))
    pad.choose("hand")
    pad.set_normalize(False)
    state = presenter.pad_state(pad, True, (10, 20, 300))
    assert (state.can_undo, state.can_redo, state.can_clear, state.transformed) == (True, False, True, True)
    assert (state.tool, state.normalize, state.docked) == ("hand", False, True)
    assert state.sample.endswith(" 1") and state.place == (10, 20, 300)
    pad.undo()
    assert presenter.pad_state(pad, True, None).can_redo


def test_where_nothing_can_be_drawn_there_are_no_tools_but_it_is_said_why():
    pad, vector = PadTool(lambda x, y, outside: (x, y), 32), networks.without_image((8,), (16,), (3,))
    assert presenter.pad_state(pad, False, None, vector) is None
    assert "no image" in presenter.no_pad(vector)
    assert presenter.pad_state(pad, False, None, networks.mlp()) is not None
    assert presenter.no_pad(networks.mlp()) == presenter.no_pad(None) == ""


@given(st.floats(*BRUSHES))
def test_the_brush_goes_to_the_panel_and_back(width):
    pad = PadTool(lambda x, y, outside: None, 32)
    pad.set_brush(width)
    state = presenter.pad_state(pad, False, None)
    assert state.brush_range[0] <= state.brush + 0.01 and state.brush <= state.brush_range[1] + 0.01
    assert presenter.brush_from_panel(state.brush) == pytest.approx(width, abs=1e-4)
    for end, brush in zip(state.brush_range, BRUSHES, strict=True):
        assert presenter.brush_from_panel(end) == pytest.approx(brush)


def test_every_layer_is_a_row_and_hidden_ones_say_so():
    rows = presenter.layer_rows(networks.cnn(), {"layer2"})
    assert [row.name for row in rows] == [layer.name for layer in networks.cnn().layers]
    assert [row.name for row in rows if not row.visible] == ["layer2"]
    assert rows[1].shape == "6 × 28 × 28" and rows[5].shape == "120"


def test_the_legend_has_both_tables_or_the_one_of_a_layer_with_its_numbers():
    spec = networks.mlp()
    colors = color_maps()[0]
    legend = presenter.LegendPresenter(colors)
    frame = frame_of(spec, None)
    for states in (legend.states(None, spec.output), legend.states(frame, None)):
        assert [state.lut.pixels is table for state, table in zip(
            states, (colors.sequential, colors.diverging), strict=True
        )] == [True, True]  # fmt: skip
        assert [(state.low, state.high) for state in states] == [(0.0, 1.0), (-1.0, 1.0)]
    frame.scales[:] = 1.0, 2.5, 3.0, 12.0
    (state,) = legend.states(frame, spec.by_name["layer1"])
    assert (state.low, state.high, state.title) == (0.0, 2.5, "Layer1") and "2.5" in state.note
    assert state.lut.pixels is colors.sequential
    assert len(legend.states(frame, networks.cnn().by_name["layer6"])) == 2, "of the network before"
    other = color_maps(light=True)[1]
    legend.set_colors(other)
    assert legend.states(None, None)[0].lut.pixels is other.sequential
    assert legend.states(None, None)[0] == legend.states(None, None)[0]


# The docked pad.

sizes = st.tuples(st.integers(320, 3840), st.integers(180, 2160))


@given(sizes, st.floats(0.5, 3))
def test_the_docked_pad_is_in_the_picture_and_clear_of_the_toolbar(size, scale):
    margins = hud_margins(*size, scale)
    assume(margins[2] < 0.3 and margins[0] < 0.2)
    place = dock(size, margins)
    assert place.left > 0 and place.left + place.side < size[0]
    assert place.top > 0 and place.top + place.side < (1 - margins[2]) * size[1]


@given(st.floats(0, 900), st.floats(0, 500), st.floats(20, 500), st.floats(-1, 2), st.floats(-1, 2))
def test_pixels_of_the_docked_pad_and_pad_coordinates_agree(left, top, side, u, v):
    place = Dock(left, top, side)
    x, y = left + u * side, top + v * side
    found = place.to_pad(x, y, True)
    assert found == pytest.approx((u, v), abs=1e-6)
    within = 0.001 < u < 0.999 and 0.001 < v < 0.999
    beyond = not (-0.001 < u < 1.001 and -0.001 < v < 1.001)
    assert not within or place.to_pad(x, y, False) == found
    assert not beyond or place.to_pad(x, y, False) is None


cameras = st.builds(
    CameraPose,
    st.tuples(*[st.floats(-300, 300)] * 3),
    st.floats(1, 2000),
    st.floats(-180, 180),
    st.floats(-60, 85),
    st.floats(1, 90),
)


@given(cameras, sizes, st.floats(0.01, 50))
def test_the_docked_pad_is_held_where_its_pixels_are(pose, size, near):
    """Whatever the camera does: the held square's corners project to the dock's."""
    place = dock(size, hud_margins(*size, 1.0))
    centre, side = place.in_scene(pose, size, near)
    right, _, up = poses.axes(pose)
    corners = np.array(
        [centre + side / 2 * (a * right + b * up) for a, b in ((-1, 1), (1, 1), (1, -1), (-1, -1))]
    )
    pixels, depth = poses.project(pose, corners, size)
    left, top, wide = place.left, place.top, place.side
    expected = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * wide + (left, top)
    assert np.allclose(depth, near, rtol=1e-6, atol=1e-6)
    assert np.abs(pixels - expected).max() < 0.05
    for (x, y), (u, v) in zip(pixels.tolist(), ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        assert place.to_pad(x, y, True) == pytest.approx((u, v), abs=1e-3)
