"""How a window stands, as text: there and back; whatever else the text holds is refused, or left out."""

import contextlib
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.inputs.strokes import Base, Drawing, Similarity, Stroke
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.lab_commands import LONGEST_LAYOUT
from nnvis3d.tools.kept_drawing import MOST_POINTS, KeptDrawing, KeptNumbers, KeptStroke
from nnvis3d.tools.window_layout import KeptPose, WindowLayout, layout_text, read_layout

places = st.floats(-2, 2, width=32)
names = st.text(min_size=1, max_size=12)
colors = st.tuples(*[st.integers(0, 255)] * 3)
strokes = st.builds(
    lambda points, width, kind, color: Stroke(np.array(points, np.float32), width, kind, color),
    st.lists(st.tuples(places, places), min_size=1, max_size=6),
    st.floats(0.01, 0.2),
    st.sampled_from(["pen", "eraser"]),
    colors,
)
bases = st.builds(
    lambda side, seed, grey, name: Base(
        np.random.default_rng(seed).random((side, side + 3), np.float32),
        None if grey else np.random.default_rng(seed).integers(0, 256, (side, side + 3, 3), np.uint8),
        name,
    ),
    st.integers(2, 9),
    st.integers(0, 99),
    st.booleans(),
    names,
)
drawings = st.builds(
    lambda strokes, base, degrees, scale, paper: replace(
        Drawing(tuple(strokes), base, paper=paper),
        placement=Similarity.about((0.5, 0.5), (0.1, -0.2), degrees, scale),
    ),
    st.lists(strokes, max_size=3),
    st.none() | bases,
    st.floats(-180, 180),
    st.floats(0.2, 5),
    colors,
)
poses = st.builds(
    CameraPose,
    st.tuples(*[st.floats(-1e4, 1e4)] * 3),
    st.floats(1, 1e5),
    st.floats(-9999, 9999),
    st.floats(-60, 85),
    st.floats(1.5, 60),
)
layouts = st.builds(
    WindowLayout,
    tab=st.sampled_from(["train", "layers", "images", "steer", "past"]),
    layer=names,
    filter=st.none() | st.integers(0, 999),
    standing=st.booleans(),
    view=st.sampled_from(["3d", "2d"]),
    camera=st.none() | poses.map(KeptPose.of),
    hidden=st.lists(names, max_size=4).map(tuple),
    styles=st.dictionaries(names, st.sampled_from(["row", "stack", "fold"]), max_size=4),
    folds=st.none() | st.lists(names, max_size=3).map(tuple),
    pinned=st.lists(st.just("conv1:0:3:4"), max_size=4).map(tuple),
    drawing=st.none() | drawings.map(KeptDrawing.of),
    held=st.none() | st.integers(1, 9).map(lambda n: KeptNumbers.of(np.full((1, n, n), 0.5, np.float32))),
)


@settings(max_examples=100)
@given(layouts)
def test_a_layout_comes_back_from_its_text(layout):
    assert read_layout(layout_text(layout)) == layout


@given(drawings)
def test_a_drawing_comes_back_as_it_lay(drawing):
    again = KeptDrawing.of(drawing).drawing
    assert again.paper == drawing.paper
    assert again.placement == drawing.placement
    for now, then in zip(again.placed_strokes, drawing.placed_strokes, strict=True):
        np.testing.assert_allclose(now.points, then.points, atol=1e-4)
        assert (now.width, now.kind, now.color) == (then.width, then.kind, then.color)
    assert (again.base is None) == (drawing.base is None)
    if drawing.base is not None:
        np.testing.assert_allclose(again.base.pixels, drawing.base.pixels, atol=1 / 1024)
        assert again.base.name == drawing.base.name
        assert np.array_equal(again.base.colors, drawing.base.colors) or drawing.base.color is None


@given(poses)
def test_a_pose_looks_the_same_way(pose):
    again = KeptPose.of(pose).pose
    np.testing.assert_allclose(again.eye, pose.eye, atol=1e-3 + 1e-5 * pose.distance)
    assert abs(again.heading) <= 180


def test_what_this_version_does_not_know_is_left_out():
    assert read_layout('{"tab": "past", "hologram": {"on": true}}') == WindowLayout(tab="past")


POSE = '"heading": 0, "pitch": 0, "fov": 28'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "[" * 200_000,
        '{"tab": "attic"}',
        '{"filter": -1}',
        '{"source": 3}',
        f'{{"camera": {{"target": [0, 0, NaN], "distance": 1, {POSE}}}}}',
        f'{{"camera": {{"target": [0, 0, 1e999], "distance": 1, {POSE}}}}}',
        f'{{"camera": {{"target": [0, 0, 0], "distance": 1e12, {POSE}}}}}',
        f'{{"camera": {{"target": [0, 0, 0], "distance": -1, {POSE}}}}}',
        '{"hidden": ["' + "x" * 2000 + '"]}',
        '{"selected": "conv1"}',
        '{"drawing": {"strokes": [{"points": [], "width": 1}]}}',
        '{"drawing": {"strokes": [{"points": [[1e6, 0]], "width": 1}]}}',
        '{"held": {"shape": [1, 9999, 9999], "kind": "f2", "packed": ""}}',
        '"' + "x" * LONGEST_LAYOUT + '"',
    ],
)
def test_what_is_no_layout_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        read_layout(text)


@settings(max_examples=200)
@given(st.text(max_size=100) | st.recursive(st.none() | st.floats() | names, st.lists).map(str))
def test_no_text_does_more_than_raise(text):
    with contextlib.suppress(ValueError):
        read_layout(text)


@pytest.mark.parametrize(
    "numbers",
    [
        KeptNumbers(shape=(2, 2), kind="f2", packed=b"rubbish"),
        KeptNumbers(shape=(2, 2), kind="f2", packed=zlib.compress(b"\0" * 7)),
        KeptNumbers(shape=(2, 2), kind="f2", packed=zlib.compress(b"\0" * (1 << 28), 9)),  # a bomb
        KeptNumbers(shape=(1, 2), kind="f2", packed=zlib.compress(np.array([np.nan, 0], "<f2").tobytes())),
        KeptNumbers(shape=(1, 2), kind="f2", packed=zlib.compress(np.array([-1, 2], "<f2").tobytes())),
        KeptNumbers(shape=(2, 2), kind="u1", packed=zlib.compress(b"\0" * 4)),
    ],
)
def test_numbers_that_are_none_are_refused(numbers):
    with pytest.raises(ValueError, match="a picture"):
        _ = numbers.floats


def test_a_drawing_that_is_too_much_is_not_kept_and_none_makes_the_text_too_long():
    many = Stroke(np.zeros((MOST_POINTS + 1, 2), np.float32))
    assert KeptDrawing.of(Drawing((many,))) is None
    assert KeptDrawing.of(Drawing((Stroke(np.full((1, 2), 500, np.float32)),))) is None
    with pytest.raises(ValueError, match="points"):
        half = KeptStroke(points=[(0.0, 0.0)] * (MOST_POINTS // 2 + 1), width=0.1)
        _ = KeptDrawing(strokes=[half, half]).drawing
    with pytest.raises(ValueError, match="scale"):
        _ = KeptDrawing(turn=(0.0, 0.0)).drawing
    large = KeptNumbers(shape=(1, 1, 1), kind="f2", packed=b"x" * LONGEST_LAYOUT)
    text = layout_text(WindowLayout(tab="past", held=large, drawing=KeptDrawing(sample=1)))
    assert read_layout(text) == WindowLayout(tab="past")
