"""A room in which nothing moves: it is drawn once, and nobody can tell. In a window: test_ask_window.py."""

from collections.abc import Iterator

import numpy as np
import pytest

from nnvis3d.app.app import TICK_SECONDS, App, Options
from nnvis3d.inputs.samples import sample_digits
from nnvis3d.network import poses
from nnvis3d.network.spec import NeuronId
from nnvis3d.scene.host import Host
from nnvis3d.scene.input_events import PointerMoved, WindowResized

SIZE = (640, 360)
READS = NeuronId("fc1", 40)
"""From behind, layers stand before the edges of this one."""


def opened(offscreen: bool, **options: object) -> App:
    app = App(Host(SIZE, offscreen), Options(**{"size": SIZE, "model": "cnn", **options}))
    app.answering.wait()
    app.pad.put(sample_digits()[2].drawing)
    settle(app)
    return app


def settle(app: App) -> None:
    """Until nothing moves any more, each frame drawn."""
    for _ in range(400):
        if not app.tick(TICK_SECONDS):
            return
    pytest.fail("it never comes to rest")


@pytest.fixture
def app() -> Iterator[App]:
    app = opened(offscreen=True)
    yield app
    app.close()


def point_at(app: App, neuron: NeuronId) -> None:
    assert app.show.arrangement is not None
    pixels, _ = app.show.rig.project(app.show.arrangement.layout.position(neuron)[None])
    app.input.inject(PointerMoved(*map(float, pixels[0])))
    settle(app)


def turn(app: App, degrees: float) -> None:
    camera = app.show.camera
    pixels = degrees / poses.DEGREES_PER_PICTURE * SIZE[1]
    camera.jump(poses.orbit(camera.pose, pixels, 0.0, SIZE))
    app.show.stale = True
    settle(app)


def as_ever(app: App) -> np.ndarray:
    """The same picture with all of its room drawn."""
    app.show.keep(moved=True, drawn=True)
    app.host.render()
    return app.host.picture()


def differ(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the pixels that differ by more than rounding."""
    return float((np.abs(one.astype(int) - other.astype(int)).max(axis=2) > 2).mean())


def check(app: App) -> None:
    """What is shown now comes from the kept room, and looks as if it were drawn."""
    kept, shown = app.show.still.kept, app.host.picture()
    assert kept and app.asking.edges.count > 10
    # A texture counts rows of pixels from the other end: edges that pass through centres round otherwise.
    assert differ(shown, as_ever(app)) < 1e-3


def test_a_pointer_over_a_still_room_sees_what_it_always_saw(app):
    point_at(app, READS)
    check(app)
    before = as_ever(app)
    point_at(app, NeuronId("conv1", 5, 2, 7))
    point_at(app, NeuronId("conv2", 5, 2, 7))
    check(app)
    assert differ(as_ever(app), before) > 0.01, "edges of another neuron stand in the picture"


@pytest.mark.parametrize("docked", [False, True])
def test_a_docked_pad_stays_before_the_edges(app, docked):
    if docked:
        app.invoke("toggle_dock")
    point_at(app, READS)
    check(app)


def test_layers_hide_the_edges_behind_them(app):
    turn(app, 150.0)
    point_at(app, READS)
    check(app)
    hidden = as_ever(app)
    app.asking.edges.path.set_depth_test(False)
    assert differ(hidden, as_ever(app)) > 0.003, "else this says nothing of depth"


def test_what_moves_in_the_room_is_seen_in_the_same_frame(app):
    point_at(app, READS)
    for change in ("toggle_theme", "toggle_layer", "next_colormap"):
        kept, before = app.show.still.kept, app.host.picture()
        app.invoke(change, "conv1" if change == "toggle_layer" else None)
        app.tick(TICK_SECONDS)
        assert kept and not app.show.still.kept, change
        settle(app)
        assert differ(app.host.picture(), before) > 0.01, change
        point_at(app, NeuronId("conv2", 5, 2, 7))
        point_at(app, READS)


def test_the_kept_room_follows_the_size_of_the_picture(app):
    point_at(app, READS)
    check(app)
    app.host.resize(500, 300)
    app.host.render()
    app.input.inject(WindowResized(500, 300))
    settle(app)
    point_at(app, NeuronId("conv2", 5, 2, 7))
    point_at(app, READS)
    assert app.host.picture().shape == (300, 500, 3)
    check(app)


def test_whoever_asks_for_full_quality_has_every_room_drawn():
    app = opened(offscreen=True, quality="full")
    try:
        point_at(app, READS)
        assert not app.show.still.kept
    finally:
        app.close()
