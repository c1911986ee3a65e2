"""Means of maps at coarser and coarser levels, against numpy's own mean."""

import numpy as np
import pytest

from nnvis3d.network.means import MeanPlan, mean_levels, mean_strengths
from tests.networks import network

SPEC = network((3, 17, 12), (5, 8, 8), (4, 8, 8), (2, 7, 7), (40,), (10,))


@pytest.fixture(params=[np.uint8, np.uint16])
def texels(request):
    most = np.iinfo(request.param).max
    return np.random.default_rng(3).integers(0, most, SPEC.neurons, request.param)


def test_a_level_is_the_mean_of_four_texels(texels):
    plan = MeanPlan(SPEC)
    means = mean_levels(plan, texels)
    for layer in SPEC.layers:
        maps = texels[SPEC.offsets[layer.name] :][: layer.neurons].reshape(layer.map_shape)
        for level in plan.levels[layer.name][1:]:
            if (level.height, level.width) == (1, 1):
                expected = maps.astype(float).mean(axis=(1, 2), keepdims=True)
                found = means[level.first : level.first + len(maps)].reshape(expected.shape)
                assert np.abs(found - expected).max() <= 0.5
                assert layer.map_shape[1] - 1 >> level.shift == layer.map_shape[2] - 1 >> level.shift == 0
                continue
            maps = np.pad(maps, ((0, 0), (0, maps.shape[1] % 2), (0, maps.shape[2] % 2)), mode="edge")
            four = maps.reshape(len(maps), maps.shape[1] // 2, 2, maps.shape[2] // 2, 2)
            expected = four.astype(float).mean(axis=(2, 4))
            found = means[level.first : level.first + level.texels(len(maps))].reshape(expected.shape)
            assert found.dtype == texels.dtype
            assert np.abs(found - expected).max() <= 0.5
            maps = found


def test_levels_lie_behind_one_another_and_end_with_few_cells():
    plan = MeanPlan(SPEC)
    later = [(level, layer) for layer in SPEC.layers for level in plan.levels[layer.name][1:]]
    places = sorted((level.first, level.first + level.texels(layer.map_shape[0])) for level, layer in later)
    assert [end for _, end in places] == [*(start for start, _ in places[1:]), plan.length]
    assert all((levels[-1].height, levels[-1].width) == (1, 1) for levels in plan.levels.values())


def test_what_is_not_finite_is_not_averaged_away(texels):
    plan, strange = MeanPlan(SPEC), int(np.iinfo(texels.dtype).max)
    texels[SPEC.layers[0].index(SPEC.layers[0].neuron(100))] = strange
    means = mean_levels(plan, texels, strange)
    for level in plan.levels["input"][1:]:
        found = means[level.first : level.first + level.texels(3)]
        assert (found == strange).sum() == 1


def test_strengths_are_mean_magnitudes():
    plan = MeanPlan(SPEC)
    texels = np.full(SPEC.neurons, 51, np.uint8)
    strengths = mean_strengths(plan, texels, mean_levels(plan, texels))
    assert strengths == pytest.approx(0.2)
