"""The catalogue says of each built-in network what its module really is."""

import pytest
import torch

from nnvis3d.network import catalog
from nnvis3d.runtime.registry import BUILTINS


@pytest.mark.parametrize("name", catalog.NETWORKS)
def test_parameters_are_those_of_the_module(name):
    module = BUILTINS[name].factory()
    for layer in catalog.network_spec(name).layers[1:]:
        if layer.kind == "add":  # no module: two tensors are added
            assert layer.parameters == 0
            continue
        assert layer.parameters == sum(p.numel() for p in module.get_submodule(layer.name).parameters())
    assert catalog.network_spec(name).parameters == sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("name", catalog.NETWORKS)
def test_the_output_has_the_catalogues_shape(name):
    spec = catalog.network_spec(name)
    logits = BUILTINS[name].factory()(torch.zeros(1, *spec.preprocessing.shape))
    assert tuple(logits.shape[1:]) == spec.output.shape
    assert len(spec.labels) == spec.output.neurons
