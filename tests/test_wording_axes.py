"""Where a neuron is, in its layer's own words."""

from nnvis3d.network import wording
from nnvis3d.network.spec import LayerSpec, NeuronId


def test_axes_with_names_are_called_by_them():
    heads = LayerSpec("attention", "attention", (3, 197, 197), "Attention", axes=("head", "query", "key"))
    assert wording.where(heads, NeuronId("attention", 2, 5, 7)) == "head 2 · query 5 · key 7"
    state = LayerSpec("lstm", "lstm", (64, 20, 1), "LSTM", axes=("unit", "step", ""))
    assert wording.where(state, NeuronId("lstm", 9, 4, 0)) == "unit 9 · step 4"
    maps = LayerSpec("conv", "conv", (6, 28, 28), "Convolution")
    assert wording.where(maps, NeuronId("conv", 1, 2, 3)) == "map 1 · row 2 · column 3"
