"""Networks of every kind, each traced and compared value for value with plain hooks."""

import numpy as np
import pytest
import torch

from nnvis3d.runtime.tracing.runner import TracedRunner
from nnvis3d.runtime.tracing.trace import trace
from tests.traced.oracle import JOINS, first, flat, leaves, plain_outputs
from tests.traced.zoo import ZOO
from tests.traced.zoo_further import FURTHER
from tests.traced.zoo_more import MORE

ALL = ZOO | MORE | FURTHER
PARTLY_JOINED = ("ConvLSTM", "Undulating", "Highway", "InPlace", "Experts", "VAE", "Channelwise", "Own")
PARTLY_JOINED += ("Encoder", "ViT", "Transformer", "Unheard")
PARTLY_JOINED += ("Energy", "Mapped", "Slopes", "Spiking", "Spectral", "Compiled")
PARTLY_JOINED += ("WindowAttention", "Mixer", "Perceiver", "Equilibrium")
"""What is joined there is not a layer as a whole, but a part or a multiple of one."""


@pytest.fixture(scope="module", params=sorted(ALL))
def zoo(request):
    """A network, its arguments, its trace, and a frame of it on its example."""
    module, args = ALL[request.param]()
    module.train()
    hooks = _hooks(module)
    traced = trace(module, args if len(args) > 1 else args[0], request.param)
    runner = TracedRunner(traced)
    torch.manual_seed(7)
    frame = runner.run()
    return module, args, traced, frame, hooks


def test_every_leaf_module_is_shown_with_the_values_that_it_computes(zoo):
    module, args, traced, frame, _ = zoo
    torch.manual_seed(7)
    expected, _ = plain_outputs(module, args)
    assert set(expected) <= set(traced.spec.by_name), set(expected) - set(traced.spec.by_name)
    for name, values in expected.items():
        found = frame.layer(name).reshape(-1)
        assert found.shape == values.shape, name
        assert np.allclose(found, values, rtol=1e-4, atol=1e-5), name


def test_the_last_layer_is_what_the_network_answers(zoo):
    module, args, traced, frame, _ = zoo
    torch.manual_seed(7)
    _, output = plain_outputs(module, args)
    assert np.allclose(frame.layer(traced.spec.output.name).reshape(-1), flat(first(output)), atol=1e-5)


def test_sources_are_what_a_layer_was_computed_from(zoo):
    """Every join is computed again from the values of the layers that it is said to read."""
    _, _, traced, frame, _ = zoo
    for layer in traced.spec.layers:
        for source in layer.sources:
            assert traced.spec.layers.index(traced.spec.by_name[source]) < traced.spec.layers.index(layer)
        assert layer.sources or layer.kind == "input" or layer.note, layer.name
    for layer in () if traced.spec.name in PARTLY_JOINED else traced.spec.layers:
        parts = [frame.layer(source).reshape(-1) for source in layer.sources]
        if layer.kind in JOINS and len(parts) == 2 and parts[0].size == parts[1].size == layer.neurons:
            assert np.allclose(JOINS[layer.kind](*parts), frame.layer(layer.name).reshape(-1), atol=1e-5), (
                layer.name
            )
        if layer.kind == "concat" and sum(part.size for part in parts) == layer.neurons:
            assert np.array_equal(
                np.sort(np.concatenate(parts)), np.sort(frame.layer(layer.name).reshape(-1))
            ), layer.name


def test_the_module_stays_as_it_was(zoo):
    module, _, _, _, hooks = zoo
    parts = [part for part in module.modules() if not isinstance(part, torch.jit.ScriptModule)]
    assert all(part.training for part in parts)
    assert _hooks(module) <= hooks  # lazy modules have some until they are run


def _hooks(module):
    return {
        (name, key)
        for name, part in leaves(module).items()
        for key in (*part._forward_hooks, *part._forward_pre_hooks)
    }
