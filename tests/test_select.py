"""Addresses of neurons on the command line."""

import pytest

from nnvis3d.commands.snapshot import neuron_of
from nnvis3d.errors import UserError
from nnvis3d.network.spec import LayerSpec, NetworkSpec, NeuronId, Preprocessing

SPEC = NetworkSpec(
    "odd",
    "Odd",
    tuple(
        LayerSpec(name, "other", shape, name)
        for name, shape in (("a", (2, 3, 4)), ("a:1", (9,)), ("s:0:b", (2, 3, 4)))
    ),
    Preprocessing((2, 3, 4)),
)


def test_a_layers_name_may_hold_colons():
    assert neuron_of(SPEC, "a:1:2:3") == NeuronId("a", 1, 2, 3)
    assert neuron_of(SPEC, "a:1:7") == NeuronId("a:1", 7)
    assert neuron_of(SPEC, "a:1:7:0:0") == NeuronId("a:1", 7)
    assert neuron_of(SPEC, "s:0:b:1:2:3") == NeuronId("s:0:b", 1, 2, 3)


@pytest.mark.parametrize("address", ["a", "a:1:9:9", "s:0:b:7", "a:x:0:0", "nothing:1:2:3"])
def test_what_is_no_address_is_said(address):
    with pytest.raises(UserError, match=r"no such neuron|has no layer"):
        neuron_of(SPEC, address)
