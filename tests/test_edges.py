"""Which edges are drawn, how strong, and from where to where."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nnvis3d.network.edges import EdgeSet, edge_set, strength, strongest, to_scene
from nnvis3d.network.layout import arrange
from tests.networks import cnn

VALUES = arrays.arrays(
    np.float32, st.integers(0, 60), elements=st.sampled_from([-2, -1, 0, 0.5, 1, 2, np.nan, np.inf])
)


@given(VALUES, st.none() | st.integers(0, 70))
def test_the_strongest_are_those_of_a_stable_sort(values, most):
    kept = strongest(values.copy(), most)
    ranked = np.where(np.isnan(values), np.inf, np.abs(values))
    expected = np.argsort(-ranked, kind="stable")[: len(values) if most is None else most]
    assert kept.tolist() == sorted(expected.tolist())


@given(VALUES)
def test_strength_is_a_share_of_the_largest(values):
    shares = strength(values)
    finite = np.isfinite(values)
    assert ((shares >= 0) & (shares <= 1)).all() and (shares[~finite] == 1).all()
    if finite.any() and np.abs(values[finite]).max() > 0:
        assert shares[finite].max() == 1
        assert np.allclose(shares[finite] * np.abs(values[finite]).max(), np.abs(values[finite]))


def test_selection_keeps_ends_and_values_together():
    values = np.array([0.5, -3, 0, 3, 1], np.float32)
    edges = edge_set(("a", "b"), np.arange(5) * 10, np.arange(5), values, "weight", 2)
    assert edges.sources.tolist() == [10, 30] and edges.targets.tolist() == [1, 3]
    assert edges.values.tolist() == [-3, 3] and edges.strength.tolist() == [1, 1]
    assert edges.peak == 3 and edges.by == "weight" and len(edges) == 2


def _edges(source: str, target: str, sources, targets, values) -> EdgeSet:
    return edge_set((source, target), np.array(sources), np.array(targets), np.array(values, np.float32))


@pytest.mark.parametrize("arrangement", ["3d", "2d"])
def test_edges_run_from_neuron_to_neuron(arrangement):
    layout = arrange(cnn(), arrangement)
    sets = (
        _edges("input", "layer1", [0, 1023, 33], [0, 4703, 800], [1, -4, 0]),
        _edges("layer4", "layer5", [399], [7], [np.nan]),
    )
    starts, ends, strengths, signs = to_scene(layout, sets)
    assert {a.dtype for a in (starts, ends, strengths, signs)} == {np.dtype(np.float32)}
    for k, (edges, i) in enumerate([(sets[0], 0), (sets[0], 1), (sets[0], 2), (sets[1], 0)]):
        source, target = layout.layers[edges.source].spec, layout.layers[edges.target].spec
        assert np.allclose(starts[k], layout.position(source.neuron(int(edges.sources[i]))), atol=1e-4)
        assert np.allclose(ends[k], layout.position(target.neuron(int(edges.targets[i]))), atol=1e-4)
    assert strengths.tolist() == [0.25, 1, 0, 1] and signs.tolist() == [1, -1, 0, 0]


def test_hidden_layers_and_nothing_at_all_give_no_edges():
    layout = arrange(cnn())
    sets = (_edges("input", "layer1", [1], [2], [3]), _edges("layer1", "layer2", [1], [2], [3]))
    assert len(to_scene(layout, sets, hidden={"input"})[0]) == 1
    for nothing in (to_scene(layout, ()), to_scene(layout, sets, hidden={"layer1"})):
        assert [a.shape for a in nothing] == [(0, 3), (0, 3), (0,), (0,)]
