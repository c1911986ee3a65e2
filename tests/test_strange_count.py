"""How many activations are no finite numbers is said in words."""

from dataclasses import replace

import numpy as np

from nnvis3d.network import wording
from nnvis3d.network.catalog import network_spec
from nnvis3d.network.frame import ActivationFrame


def test_the_count_and_the_first_layer_are_said() -> None:
    spec = network_spec("cnn", None)
    counts = np.zeros(len(spec.layers), np.int64)
    blank = np.zeros(spec.neurons)
    frame = ActivationFrame(spec, 1, blank, blank, np.ones(len(spec.layers)), None)
    assert wording.strange(frame) == ""
    counts[2] = 3
    said = wording.strange(replace(frame, strange=counts))
    assert said.startswith("3 activations are NaN or infinite") and said.endswith("(3)")
    counts[4] = 1000
    assert wording.strange(replace(frame, strange=counts)).startswith("1,003 activations")
