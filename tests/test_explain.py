"""What the explainer says, against PyTorch's own operations and gradients."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from nnvis3d.network.explanation import explain_softmax
from nnvis3d.network.spec import LayerSpec, NetworkSpec, NeuronId, Preprocessing
from nnvis3d.runtime.explain import Explainer
from nnvis3d.runtime.registry import LoadedNetwork, builtin
from nnvis3d.runtime.runner import Runner
from tests.chains import Chain, run

CONVOLUTIONS = {
    "plain": nn.Conv2d(3, 4, (3, 5)),
    "strided": nn.Conv2d(3, 4, (3, 4), stride=(2, 3), padding=(1, 2)),
    "dilated": nn.Conv2d(3, 4, 3, dilation=(2, 3), padding=(3, 1)),
    "grouped": nn.Conv2d(4, 6, 3, groups=2, padding=1),
    "depthwise": nn.Conv2d(3, 6, 3, groups=3, stride=2, bias=False),
    "same": nn.Conv2d(3, 2, (4, 3), padding="same", dilation=(1, 2)),
    "reflect": nn.Conv2d(3, 2, 5, padding=2, padding_mode="reflect"),
    "replicate": nn.Conv2d(3, 2, 3, padding=(1, 2), padding_mode="replicate"),
    "circular": nn.Conv2d(3, 2, 3, padding=2, stride=2, padding_mode="circular"),
}
POOLS = {
    "max": nn.MaxPool2d(2),
    "max overlapping": nn.MaxPool2d(3, 2, padding=1),
    "max dilated, ceil": nn.MaxPool2d((2, 3), (2, 2), dilation=(3, 1), ceil_mode=True),
    "average": nn.AvgPool2d(2),
    "average padded": nn.AvgPool2d(3, 2, padding=1),
    "average without padding": nn.AvgPool2d(3, 2, padding=1, count_include_pad=False),
    "average, ceil": nn.AvgPool2d(4, 3, padding=1, ceil_mode=True),
    "average, divisor": nn.AvgPool2d((2, 3), divisor_override=5),
}


def _case(*modules: nn.Module, shape=(3, 11, 13), rectified=(), seed=0, preprocessing=None):
    torch.manual_seed(seed)
    chain = Chain(*modules, rectified=rectified)
    spec = chain.spec(shape, preprocessing)
    frame = run(chain, spec, np.random.default_rng(seed).normal(size=shape).astype(np.float32))
    return chain, spec, frame, Explainer(chain, spec)


def _jacobian(module: nn.Module, x: torch.Tensor) -> np.ndarray:
    """(outputs, inputs): each output's weight of each input, from what PyTorch makes of single pixels."""
    if isinstance(module, nn.MaxPool2d):
        with torch.enable_grad():
            matrix = torch.autograd.functional.jacobian(lambda v: module(v)[0].flatten(), x[None])
        return matrix.reshape(matrix.shape[0], -1).numpy()
    pixels = torch.eye(x.numel()).reshape(-1, *x.shape)
    return (module(pixels) - module(torch.zeros(1, *x.shape))).flatten(1).T.numpy()


def _add(dense: np.ndarray, sets) -> np.ndarray:
    """Edges into (targets, sources), adding up those that run between the same two neurons."""
    for edges in sets:
        np.add.at(dense, (edges.targets, edges.sources), edges.values)
    return dense


@pytest.mark.parametrize("module", [*CONVOLUTIONS.values(), *POOLS.values()], ids=[*CONVOLUTIONS, *POOLS])
def test_every_term_is_pytorchs_and_they_add_up(module):
    shape = (4, 11, 13) if getattr(module, "groups", 1) == 2 else (3, 11, 13)
    chain, spec, frame, explainer = _case(module, shape=shape)
    jacobian = _jacobian(chain.layer1, torch.from_numpy(frame.image))
    target, source = spec.layers[1], spec.layers[0]
    inward, outward, contributions = (np.zeros(jacobian.shape) for _ in range(3))
    for index in range(target.neurons):
        neuron = target.neuron(index)
        _add(inward, explainer.incoming(frame, neuron, "weight"))
        _add(contributions, explainer.incoming(frame, neuron))
        explanation = explainer.explain(frame, neuron)
        assert explanation.total() == explanation.pre_activation
        assert abs(explanation.activated() - frame.value(neuron)) <= explanation.tolerance
        assert explanation.count == np.prod(explanation.grid)
    for index in range(source.neurons):
        _add(outward, explainer.outgoing(frame, source.neuron(index), "weight"))
    assert np.allclose(inward, jacobian, atol=1e-6)
    assert np.allclose(outward, jacobian, atol=1e-6)
    assert np.allclose(contributions, jacobian * frame.image.reshape(-1), atol=1e-5)


@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.sampled_from([1, 2]),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_any_convolution_agrees_with_autograd(kernel, stride, padding, dilation, groups, size, random):
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    assume(all(r <= s + 2 * p for r, s, p in zip(reach, size, padding, strict=True)))
    module = nn.Conv2d(2, 4, kernel, stride, padding, dilation, groups)
    chain, spec, frame, explainer = _case(module, shape=(2, *size))
    jacobian = _jacobian(chain.layer1, torch.from_numpy(frame.image))
    index = random.randrange(spec.layers[1].neurons)
    neuron = spec.layers[1].neuron(index)
    incoming = _add(np.zeros(jacobian.shape), explainer.incoming(frame, neuron, "weight"))
    assert np.allclose(incoming[index], jacobian[index], atol=1e-6)
    pixel = random.randrange(spec.input.neurons)
    outgoing = _add(np.zeros(jacobian.shape), explainer.outgoing(frame, spec.input.neuron(pixel), "weight"))
    assert np.allclose(outgoing[:, pixel], jacobian[:, pixel], atol=1e-6)
    explanation = explainer.explain(frame, neuron)
    assert abs(explanation.total() - frame.value(neuron)) <= explanation.tolerance
    _check_window(explanation, size)


def _check_window(explanation, size):
    """All that is read lies in the window; inside the map its corners are the first and last terms'."""
    top, left, bottom, right = explanation.window
    real = explanation.sources[explanation.sources >= 0]
    row, column = np.divmod(real % (size[0] * size[1]), size[1])
    assert ((row >= top) & (row < bottom) & (column >= left) & (column < right)).all()
    if top >= 0 and left >= 0 and bottom <= size[0] and right <= size[1]:
        assert not explanation.padded
        assert (row.min(), column.min(), row.max() + 1, column.max() + 1) == (top, left, bottom, right)


def _builtin(name: str, seed=0):
    torch.manual_seed(seed)
    network = builtin(name)
    module = network.factory().eval().requires_grad_(False)
    loaded = LoadedNetwork(network.spec(), module)
    image = np.random.default_rng(seed).random(network.preprocessing.shape, np.float32)
    return loaded, Runner(loaded).run(image), Explainer(module, loaded.spec)


@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_every_neuron_of_the_built_in_networks_adds_up(name):
    loaded, frame, explainer = _builtin(name)
    for layer in loaded.spec.layers:
        for index in range(0, layer.neurons, max(1, layer.neurons // 200)):
            neuron = layer.neuron(index)
            explanation = explainer.explain(frame, neuron)
            assert explanation.result == frame.value(neuron)
            assert abs(explanation.activated() - explanation.result) <= explanation.tolerance
            if layer is not loaded.spec.input:
                assert explanation.total() == explanation.pre_activation
                assert explanation.tolerance < 1e-4


def test_conv_and_flattened_linear_read_the_right_pixels_through_preprocessing():
    module = nn.Conv2d(3, 2, 3, stride=2, padding=1)
    linear = nn.Linear(2 * 6 * 7, 5)
    preprocessing = Preprocessing((3, 11, 13), (0.4, 0.5, 0.6), (0.2, 0.25, 0.3))
    chain, _, frame, explainer = _case(module, linear, rectified=("layer1",), preprocessing=preprocessing)
    explanation = explainer.explain(frame, NeuronId("layer1", 1, 2, 3))
    assert explanation.preprocessing is preprocessing
    grid = explanation.picture(explanation.shown)
    assert np.array_equal(grid, frame.image[:, 3:6, 5:8])
    expected = (frame.image[:, 3:6, 5:8] - np.array([0.4, 0.5, 0.6])[:, None, None]) / np.array(
        [0.2, 0.25, 0.3]
    )[:, None, None]
    assert np.allclose(explanation.picture(explanation.inputs), expected, atol=1e-5)
    assert np.array_equal(explanation.picture(explanation.weights), chain.layer1.weight[1].numpy())
    corner = explainer.explain(frame, NeuronId("layer1", 0, 0, 0))
    assert corner.padded == 3 * 5 and corner.window == (-1, -1, 2, 2)
    top = explainer.explain(frame, NeuronId("layer2", 4))
    assert np.array_equal(top.inputs, frame.layer("layer1").reshape(-1))
    assert np.array_equal(top.weights, chain.layer2.weight[4].double().numpy())
    assert top.grid == (2, 6, 7) and top.bias == float(chain.layer2.bias[4])


def test_pooling_names_its_winner_and_the_first_of_equals():
    _, _, frame, explainer = _case(nn.MaxPool2d(2), shape=(1, 4, 4))
    pooled = explainer.explain(frame, NeuronId("layer1", 0, 1, 0))
    assert pooled.inputs[pooled.winner] == frame.image[0, 2:, :2].max() == pooled.total()
    assert pooled.weights.sum() == 1
    frame.image[:] = 0.5
    assert explainer.explain(frame, NeuronId("layer1", 0, 0, 0)).winner == 0
    assert [len(s) for s in explainer.incoming(frame, NeuronId("layer1", 0, 0, 0))] == [4]
    edges = explainer.incoming(frame, NeuronId("layer1", 0, 0, 0), "weight")[0]
    assert edges.strength.tolist() == [1, 0, 0, 0]


def test_outputs_carry_logit_and_probability_and_softmax_steps_add_up():
    loaded, frame, explainer = _builtin("mlp")
    logits = frame.layer("output")
    for index in range(10):
        softmax = explainer.explain(frame, NeuronId("output", index)).softmax
        assert softmax.probability == pytest.approx(frame.probabilities[index], rel=1e-5)
        step = explain_softmax(loaded.spec.output, logits, index)
        assert step.result == step.activated() == softmax.probability
        assert step.total() == step.pre_activation
    assert explainer.explain(frame, NeuronId("fc2", 0)).softmax is None


def test_receptive_fields_are_where_gradients_are():
    modules = (
        nn.Conv2d(2, 3, 3, stride=2, padding=1),
        nn.AvgPool2d(2, 1),
        nn.Conv2d(3, 3, 3, dilation=2, padding=2, groups=3),
        nn.MaxPool2d(2),
        nn.Linear(3 * 3 * 4, 4),
    )
    chain, spec, _, explainer = _case(*modules, shape=(2, 14, 17))
    for parameter in chain.parameters():
        parameter.abs_()
    for layer in spec.layers[1:]:
        for index in range(layer.neurons):
            neuron = layer.neuron(index)
            image = torch.rand(1, *spec.input.shape, requires_grad=True)
            chain.outputs(image)[layer.name].flatten()[index].backward()
            touched = np.argwhere(image.grad[0].abs().sum(dim=0).numpy() > 0)
            top, left, bottom, right = explainer.receptive_field(neuron)
            if layer.name in ("layer1", "layer2", "layer3"):
                # positive weights and no maximum: the gradient's own box, to the pixel
                assert (top, left) == tuple(touched.min(axis=0)) and (bottom, right) == tuple(
                    touched.max(axis=0) + 1
                )
            assert (touched >= (top, left)).all() and (touched < (bottom, right)).all()


def test_a_neuron_that_sees_only_padding_has_an_empty_field():
    _, _, frame, explainer = _case(nn.Conv2d(1, 1, 1, padding=2), shape=(1, 3, 3))
    assert explainer.receptive_field(NeuronId("layer1", 0, 0, 0)) == (0, 0, 0, 0)
    assert explainer.receptive_field(NeuronId("layer1", 0, 3, 2)) == (1, 0, 2, 1)
    assert explainer.receptive_field(NeuronId("input", 0, 1, 2)) == (1, 2, 2, 3)
    assert not len(explainer.incoming(frame, NeuronId("layer1", 0, 0, 0))[0])


def test_outgoing_is_incoming_seen_from_the_other_side():
    loaded, frame, explainer = _builtin("cnn")
    for layer, reader in (("input", "conv1"), ("conv1", "pool1"), ("pool1", "conv2"), ("pool2", "fc1")):
        spec = loaded.spec.by_name[layer]
        for index in (0, spec.neurons // 2 + 3, spec.neurons - 1):
            for by in ("weight", "contribution"):
                (edges,) = explainer.outgoing(frame, spec.neuron(index), by)
                assert edges.target == reader and (edges.sources == index).all()
                for target, value in list(zip(edges.targets, edges.values, strict=True))[::7]:
                    (back,) = explainer.incoming(frame, loaded.spec.by_name[reader].neuron(int(target)), by)
                    assert back.values[back.sources == index] == pytest.approx([value], rel=1e-6)
    assert explainer.outgoing(frame, NeuronId("output", 3)) == ()
    assert explainer.incoming(frame, NeuronId("input", 0, 3, 3)) == ()


def test_activation_edges_carry_the_far_ends_value_as_shown():
    _, frame, explainer = _builtin("cnn")
    (incoming,) = explainer.incoming(frame, NeuronId("conv1", 2, 3, 4), "activation")
    assert np.array_equal(incoming.values, frame.image[0, 3:8, 4:9].reshape(-1))
    (outgoing,) = explainer.outgoing(frame, NeuronId("fc1", 7), "activation", most=20)
    assert np.array_equal(outgoing.values, frame.layer("fc2")[outgoing.targets]) and len(outgoing) == 20


@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_a_path_is_made_of_incoming_edges_and_hangs_together(name):
    loaded, frame, explainer = _builtin(name)
    names = [layer.name for layer in loaded.spec.layers]
    for layer in loaded.spec.layers:
        neuron = layer.neuron(int(np.abs(frame.layer(layer.name)).argmax()))
        path = explainer.path(frame, neuron, most=30)
        assert [edges.source for edges in path] == sorted((e.source for e in path), key=names.index)
        reached = {layer.name: {layer.index(neuron)}}
        middle = names.index(layer.name)
        back = [edges for edges in path if names.index(edges.target) <= middle]
        for edges in [*back[::-1], *(e for e in path if e not in back)]:
            near, far = (edges.targets, edges.sources) if edges in back else (edges.sources, edges.targets)
            here, there = (edges.target, edges.source) if edges in back else (edges.source, edges.target)
            assert 0 < len(edges) <= 30 and edges.values.all()
            assert set(near.tolist()) <= reached[here]
            reached.setdefault(there, set()).update(far.tolist())
            for source, target, value in zip(edges.sources, edges.targets, edges.values, strict=True):
                (incoming,) = explainer.incoming(frame, loaded.spec.by_name[edges.target].neuron(int(target)))
                assert incoming.values[incoming.sources == source] == pytest.approx([value], rel=1e-5)
        assert layer.name == "output" or path[-1].target == "output"
        assert layer.name == "input" or path[0].source == "input"


def test_a_path_takes_the_strongest_of_each_step():
    loaded, frame, explainer = _builtin("mlp")
    path = explainer.path(frame, NeuronId("output", 4), most=10)
    contributions = loaded.module.output.weight[4].numpy() * frame.layer("fc2")
    best = np.sort(np.argsort(-np.abs(contributions))[:10])
    assert np.array_equal(np.sort(path[-1].sources), best)
    matrix = np.abs(loaded.module.fc2.weight.numpy()[best] * frame.layer("fc1"))
    assert np.allclose(np.sort(np.abs(path[-2].values))[::-1], np.sort(matrix.reshape(-1))[::-1][:10])


def test_nothing_crashes_on_what_is_not_a_number():
    modules = (
        nn.Conv2d(3, 4, 3, padding=1),
        nn.MaxPool2d(3, 2, padding=1),
        nn.AvgPool2d(2),
        nn.Linear(36, 5),
    )
    _, spec, frame, explainer = _case(*modules)
    for bad in (np.nan, np.inf, -np.inf):
        values = frame.values.copy()
        values[::3] = bad
        broken = replace(frame, values=values)
        for layer in spec.layers:
            for index in (0, layer.neurons // 2):
                neuron = layer.neuron(index)
                explainer.explain(broken, neuron).activated()
                sets = (
                    *explainer.incoming(broken, neuron, most=5),
                    *explainer.outgoing(broken, neuron, most=5),
                    *explainer.path(broken, neuron, most=20),
                )
                for edges in sets:
                    assert ((edges.strength >= 0) & (edges.strength <= 1)).all()


def test_pooling_over_nan_and_infinity_does_as_pytorch():
    _, _, frame, explainer = _case(nn.MaxPool2d(3, 2, padding=1), shape=(1, 6, 6))
    frame.image[0, 0, 0] = np.inf
    frame.image[0, 3, 3] = np.nan
    frame.image[0, 4:, 4:] = -np.inf
    expected = nn.MaxPool2d(3, 2, padding=1)(torch.from_numpy(frame.image)[None])[0, 0].numpy()
    for row in range(3):
        for column in range(3):
            explanation = explainer.explain(frame, NeuronId("layer1", 0, row, column))
            assert explanation.pre_activation == pytest.approx(expected[row, column], nan_ok=True)
            assert explanation.sources[explanation.winner] >= 0


def test_what_is_not_there_or_not_known_is_said():
    class Odd(nn.Module):
        def forward(self, x):
            return x.flip(1)

    _, spec, frame, explainer = _case(nn.Conv2d(3, 3, 1), Odd(), nn.ReLU())
    with pytest.raises(LookupError, match="no layer 'conv9'"):
        explainer.explain(frame, NeuronId("conv9", 0))
    with pytest.raises(LookupError, match="layer1:3:0:0"):
        explainer.incoming(frame, NeuronId("layer1", 3, 0, 0))
    with pytest.raises(ValueError, match="by: expected one of weight, activation, contribution, got 'size'"):
        explainer.incoming(frame, NeuronId("layer1", 0, 0, 0), "size")
    other = NeuronId("layer2", 1, 2, 3)
    assert explainer.explain(frame, other).kind == "other"
    assert explainer.incoming(frame, other) == () and explainer.receptive_field(other) == (0, 0, 11, 13)
    assert [edges.target for edges in explainer.path(frame, other)] == ["layer3"] or frame.value(other) == 0
    rectified = explainer.explain(frame, NeuronId("layer3", 1, 2, 3))
    assert rectified.activation == "relu" and rectified.activated() == rectified.result
    wrong = NetworkSpec(
        "wrong",
        "Wrong",
        (spec.input, LayerSpec("layer1", "conv", (5, 11, 13), "", ("input",))),
        spec.preprocessing,
    )
    with pytest.raises(ValueError, match="layer1: expected channels"):
        Explainer(Chain(nn.Conv2d(3, 3, 1)), wrong).explain(frame, NeuronId("layer1", 0, 0, 0))


def test_weights_are_read_once_until_told_that_they_changed():
    chain, _, frame, explainer = _case(nn.Conv2d(3, 2, 3), nn.Linear(2 * 9 * 11, 4))
    before = explainer.explain(frame, NeuronId("layer1", 0, 0, 0)).weights
    chain.layer1.weight.mul_(2)
    assert np.array_equal(explainer.explain(frame, NeuronId("layer1", 0, 0, 0)).weights, before)
    explainer.invalidate("layer2")
    assert np.array_equal(explainer.explain(frame, NeuronId("layer1", 0, 0, 0)).weights, before)
    explainer.invalidate("layer1")
    assert np.array_equal(explainer.explain(frame, NeuronId("layer1", 0, 0, 0)).weights, 2 * before)
    chain.layer1.weight.mul_(2)
    explainer.invalidate()
    assert np.array_equal(explainer.explain(frame, NeuronId("layer1", 0, 0, 0)).weights, 4 * before)


@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_a_hover_costs_less_than_a_millisecond_and_a_path_less_than_four(name):
    loaded, frame, explainer = _builtin(name)
    for layer in loaded.spec.layers:
        neuron = layer.neuron(layer.neurons // 2)
        assert _best_ms(lambda n=neuron: (explainer.explain(frame, n), explainer.incoming(frame, n))) < 1
        assert _best_ms(lambda n=neuron: explainer.outgoing(frame, n)) < 1
        assert _best_ms(lambda n=neuron: explainer.path(frame, n)) < 4


def _best_ms(call) -> float:
    """The fastest of some: cores are shared, and what others did in between says nothing about the code."""
    took = []
    for _ in range(25):
        started = time.perf_counter()
        call()
        took.append((time.perf_counter() - started) * 1000)
    return min(took)
