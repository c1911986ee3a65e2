"""The wave: layers in order, edges with it, and an end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnvis3d.network.edges import edge_set, to_scene
from nnvis3d.network.layout import arrange
from nnvis3d.network.spec import NeuronId
from nnvis3d.tools.scene_edges import EdgesInScene
from nnvis3d.tools.wave import SECONDS, Wave
from tests.asking import Asking
from tests.networks import cnn

TICK = 1 / 60


def _brightest(wave: Wave) -> list[float]:
    """For each layer the time at which it is brightest."""
    history = []
    wave.start()
    while wave.update(TICK) and wave.running:
        history.append(list(wave.brightness().values()))
    peaks = np.array(history)
    assert (peaks.max(axis=0) > 0.9).all() and peaks.min() >= 0 and peaks.max() <= 1
    return list(peaks.argmax(axis=0) * TICK)


def test_layers_light_up_in_order_all_of_them_evenly():
    times = _brightest(Wave(cnn()))
    gaps = np.diff(times)
    assert (gaps > 0).all() and gaps.max() - gaps[1:].min() < 4 * TICK


def test_it_lasts_as_long_as_it_says_and_then_rests():
    wave = Wave(cnn())
    assert not wave.running and not wave.update(TICK)
    wave.start()
    ticks = 0
    while wave.running:
        assert wave.update(TICK)
        ticks += 1
    assert ticks * TICK == pytest.approx(SECONDS, abs=1.5 * TICK)
    assert not wave.update(TICK) and set(wave.brightness().values()) == {0.0}
    assert set(wave.reached().values()) == {1.0} and wave.edge_alpha == 0


@given(st.lists(st.floats(0.001, 0.3), max_size=30))
def test_what_it_has_reached_never_goes_back(steps):
    wave = Wave(cnn())
    wave.start()
    before = np.zeros(len(cnn().layers))
    for dt in steps:
        wave.update(dt)
        reached = np.array(list(wave.reached().values()))
        assert (reached >= before).all() and (np.diff(reached) <= 0).all()
        before = reached


def test_edges_grow_from_layer_to_layer_and_fade_at_the_end():
    case = Asking()
    sets = case.answers.answer_path()
    assert [edges.target for edges in sets][-1] == "output" and sets[0].source == "input"
    edges = to_scene(case.layout, sets)
    wave = Wave(case.spec)
    assert len(wave.grown(sets, edges)[0]) == 0
    wave.start()
    counts, alphas = [], []
    while wave.update(TICK) and wave.running:
        starts, ends, strengths, signs = wave.grown(sets, edges)
        assert len(starts) == len(ends) == len(strengths) == len(signs)
        counts.append(len(starts))
        alphas.append(wave.edge_alpha)
    assert counts == sorted(counts) and len(set(counts)) == len(sets) + 1
    assert counts[-1] == len(edges[0]) and alphas[0] == 1 and alphas[-1] < 0.1
    assert ends == pytest.approx(edges[1], abs=1e-4) and signs.dtype == np.float32


def test_an_edge_between_its_ends_ends_where_the_wave_is():
    case = Asking()
    none = np.zeros(1, np.int64)
    sets = (edge_set(("input", "conv1"), none, none, np.ones(1)),)
    edges = to_scene(case.layout, sets)
    wave = Wave(case.spec)
    wave.start()
    while not 0.3 < wave.edge_share(sets[0]) < 0.7:
        wave.update(TICK)
    _, ends, _, _ = wave.grown(sets, edges)
    share = wave.edge_share(sets[0])
    assert ends == pytest.approx(edges[0] + share * (edges[1] - edges[0]), abs=1e-3)


def test_the_scene_is_told_of_edges_only_when_they_change():
    case = Asking()
    wave = Wave(case.spec)
    edges = EdgesInScene(case.answers, wave)
    assert edges.changed(case.layout) is None  # none before, none now
    case.ask.hover(NeuronId("fc1", 3))
    assert len(edges.changed(case.layout)[0]) == 64 and edges.changed(case.layout) is None
    assert edges.changed(arrange(case.spec, "2d")) is not None
    wave.start()
    wave.update(0.6)
    growing = edges.changed(case.layout)
    wave.update(0.3)
    assert len(edges.changed(case.layout)[0]) > len(growing[0]) > 64
    wave.stop()
    assert len(edges.changed(case.layout)[0]) == 64
    case.ask.hover(None)
    assert len(edges.changed(case.layout)[0]) == 0 and edges.changed(case.layout) is None


def test_after_a_stroke_only_if_wanted_and_a_new_one_ends_it():
    wave = Wave(cnn())
    assert not wave.follow(0, False) and not wave.follow(1, False) and not wave.running
    assert wave.toggle()
    assert not wave.follow(1, True) and not wave.running
    assert wave.follow(2, False) and wave.running
    assert not wave.follow(2, False) and wave.running
    assert wave.follow(2, True) and not wave.running
    assert wave.follow(3, False) and not wave.toggle() and wave.running


def test_strokes_from_before_it_was_asked_start_nothing():
    wave = Wave(cnn(), after_strokes=True)
    assert not wave.follow(7, False) and not wave.running


def test_a_network_of_one_layer_and_none_at_all():
    wave = Wave()
    wave.start()
    assert not wave.running and wave.brightness() == {} and not wave.update(TICK)
    spec = cnn()
    wave.set_network(spec)
    wave.start()
    wave.set_network(spec)
    assert not wave.running
    alone = Wave(type(spec)("one", "One", spec.layers[:1], spec.preprocessing))
    alone.start()
    assert alone.update(TICK) and 0 <= alone.brightness()["input"] <= 1
    arrange(spec)


def test_it_does_not_stand_still_where_layers_are_folded_away() -> None:
    from nnvis3d.network.catalog import network_spec

    spec = network_spec("cnn", None)
    away = frozenset(layer.name for layer in spec.layers[1:-1])
    wave = Wave(spec)
    wave.leave_out(away)
    wave.start()
    brightest = []
    while wave.running:
        glow = wave.brightness()
        assert glow.keys() == {layer.name for layer in spec.layers}
        assert not any(glow[name] for name in away)
        brightest.append(max(glow.values()))
        wave.update(1 / 60)
    assert wave.front == 1.0
