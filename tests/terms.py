"""What explainers say of a whole layer: shared by the tests of terms."""

import numpy as np
import torch
from torch import nn

from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import LayerSpec, NetworkSpec
from nnvis3d.runtime.explain import Explainer
from nnvis3d.runtime.tracing.runner import TracedRunner
from nnvis3d.runtime.tracing.trace import trace

Asked = tuple[NetworkSpec, Explainer, ActivationFrame]


def asked(module: nn.Module, example) -> Asked:
    """The network, its explainer and a frame of it."""
    module.eval().requires_grad_(False)
    traced = trace(module, example)
    return traced.spec, Explainer(module, traced.spec, lenient=True), TracedRunner(traced).run()


def kinds_that_add_up(explainer: Explainer, frame: ActivationFrame, layer: LayerSpec) -> set[str]:
    """Of every neuron the terms make the value; the kinds that the explanations are of."""
    kinds, made, wanted = set(), [], []
    for k in range(layer.neurons):
        explanation = explainer.explain(frame, layer.neuron(k))
        kinds.add(explanation.kind)
        assert explanation.total() == explanation.pre_activation
        made.append(explanation.activated())
        wanted.append(explanation.result)
    np.testing.assert_allclose(made, wanted, rtol=1e-4, atol=2e-6, err_msg=layer.name)
    assert np.array_equal(np.array(wanted, np.float32), frame.layer(layer.name).reshape(-1))
    return kinds


def edges_between(asked: Asked, target: str, source: str, by: str = "weight"):
    """What `incoming` and `outgoing` say of the edges between two layers, (targets, sources) each."""
    spec, explainer, frame = asked
    ends, starts = spec.by_name[target], spec.by_name[source]
    inward, outward = (np.zeros((ends.neurons, starts.neurons)) for _ in range(2))
    for k in range(ends.neurons):
        for edges in explainer.incoming(frame, ends.neuron(k), by):
            if edges.source == source:
                np.add.at(inward, (edges.targets, edges.sources), edges.values)
    for k in range(starts.neurons):
        for edges in explainer.outgoing(frame, starts.neuron(k), by):
            if edges.target == target:
                np.add.at(outward, (edges.targets, edges.sources), edges.values)
    return inward, outward


def slopes_of(function, *values: np.ndarray) -> list[np.ndarray]:
    """(outputs, inputs) of each of `values`, by PyTorch, in float64."""
    tensors = tuple(torch.from_numpy(np.asarray(v, np.float64)) for v in values)
    found = torch.autograd.functional.jacobian(lambda *v: function(*v).flatten(), tensors)
    return [slope.flatten(1).numpy() for slope in found]
