"""Terms of every kind of layer of networks that somebody else made: against PyTorch's numbers and slopes."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.explanation import SUMMING
from nnvis3d.network.spec import NeuronId
from nnvis3d.runtime.explain import Explainer
from nnvis3d.runtime.registry import load_network
from nnvis3d.runtime.tracing.runner import TracedRunner
from nnvis3d.tools.inspector_text import inspector_state
from tests.terms import asked, edges_between

MAPS, PLACES, TOKENS, SLICES = (1, 4, 6, 5), (1, 4, 11), (1, 6, 8), (1, 4, 3, 6, 5)
AFFINE = {
    "conv1d": (nn.Conv1d(4, 6, 3, 2, padding=2, groups=2, dilation=2), PLACES),
    "conv1d, same": (nn.Conv1d(4, 3, 4, padding="same", padding_mode="circular"), PLACES),
    "transposed": (nn.ConvTranspose2d(4, 6, (3, 4), (2, 3), (1, 2), output_padding=(1, 0), groups=2), MAPS),
    "transposed, dilated": (nn.ConvTranspose2d(4, 2, 3, dilation=(2, 1), bias=False), MAPS),
    "transposed 1d": (nn.ConvTranspose1d(4, 6, 4, 2, 1, groups=2), PLACES),
    "linear, tokens": (nn.Linear(8, 5), TOKENS),
    "linear, channels last": (nn.Linear(5, 3), MAPS),
    "average 1d": (nn.AvgPool1d(3, 2, 1), PLACES),
    "adaptive": (nn.AdaptiveAvgPool2d((4, 2)), MAPS),
    "adaptive, one": (nn.AdaptiveAvgPool2d(1), MAPS),
    "adaptive 1d": (nn.AdaptiveAvgPool1d(4), PLACES),
    "repeated": (nn.Upsample(scale_factor=2), MAPS),
    "interpolated": (nn.Upsample(scale_factor=2, mode="bilinear"), MAPS),
    "interpolated, corners": (nn.Upsample((9, 7), mode="bilinear", align_corners=True), MAPS),
    "zeros": (nn.ZeroPad2d((1, 2, 0, 3)), MAPS),
    "mirror": (nn.ReflectionPad2d((2, 1, 1, 2)), MAPS),
    "edge": (nn.ReplicationPad1d(2), PLACES),
    "pixel shuffle": (nn.PixelShuffle(2), MAPS),
    "pixel unshuffle": (nn.PixelUnshuffle(2), (1, 2, 6, 4)),
    "channel shuffle": (nn.ChannelShuffle(2), MAPS),
    "flatten": (nn.Flatten(), MAPS),
    "volumes": (nn.Conv3d(4, 6, (2, 3, 3), (1, 2, 1), (1, 1, 0), groups=2), SLICES),
    "volumes, same": (nn.Conv3d(4, 2, 3, padding="same", bias=False), SLICES),
    "volumes, dilated": (nn.Conv3d(4, 4, (1, 2, 2), dilation=(1, 3, 2), groups=4), SLICES),
    "volumes, mirror": (nn.Conv3d(4, 2, 3, padding=1, padding_mode="reflect"), SLICES),
    "volumes, transposed": (
        nn.ConvTranspose3d(4, 6, (2, 3, 4), (2, 1, 2), 1, output_padding=(1, 0, 0), groups=2),
        (1, 4, 2, 3, 4),
    ),
    "volumes, average": (nn.AvgPool3d((2, 3, 2), 2, (1, 1, 0), ceil_mode=True), SLICES),
    "volumes, repeated": (nn.Upsample(scale_factor=(2, 1, 2)), SLICES),
    "volumes, zeros": (nn.ZeroPad3d((1, 0, 2, 1, 0, 1)), SLICES),
    "volumes, mirrored": (nn.ReflectionPad3d((1, 2, 1, 1, 2, 1)), SLICES),
    "volumes, average inside": (nn.AvgPool3d(3, 1, 1, count_include_pad=False), SLICES),
}
BENT = {
    "batch norm": (nn.BatchNorm2d(4), MAPS),
    "batch norm 1d": (nn.BatchNorm1d(4), PLACES),
    "batch norm, no gamma": (nn.BatchNorm2d(4, affine=False), MAPS),
    "layer norm": (nn.LayerNorm(8), TOKENS),
    "layer norm of maps": (nn.LayerNorm([6, 5]), MAPS),
    "group norm": (nn.GroupNorm(2, 4), MAPS),
    "instance norm": (nn.InstanceNorm2d(4, affine=True), MAPS),
    "rms norm": (nn.RMSNorm(8), TOKENS),
    "maximum 1d": (nn.MaxPool1d(3, 2, 1), PLACES),
    "maximum of volumes": (nn.MaxPool3d((2, 3, 2), (1, 2, 2), (1, 1, 0), ceil_mode=True), SLICES),
    "batch norm of volumes": (nn.BatchNorm3d(4), SLICES),
    "instance norm of volumes": (nn.InstanceNorm3d(4, affine=True), SLICES),
    "leaky": (nn.LeakyReLU(0.3), MAPS),
    "prelu": (nn.PReLU(4), MAPS),
    **{
        kind.__name__: (kind(), MAPS)
        for kind in (nn.ReLU6, nn.GELU, nn.SiLU, nn.Mish, nn.ELU, nn.SELU, nn.Softplus, nn.Softsign)
    },
    **{
        kind.__name__: (kind(), MAPS)
        for kind in (nn.Hardswish, nn.Hardsigmoid, nn.Hardtanh, nn.LogSigmoid, nn.Tanhshrink)
    },
    "gelu, tanh": (nn.GELU("tanh"), MAPS),
}


class Joined(nn.Module):
    """Two ways that come together."""

    def __init__(self, join, way: nn.Module | None = None):
        super().__init__()
        self.a, self.b = nn.Conv2d(4, 4, 3, padding=1), way or nn.Conv2d(4, 4, 1)
        self.join = join

    def forward(self, x):
        return self.join(self.a(x), self.b(x))


def _gate() -> nn.Module:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 4, 1), nn.Sigmoid())


JOINS = {
    "add": (lambda a, b: a + b, None),
    "subtract": (lambda a, b: a - b, None),
    "scaled": (lambda a, b: a + 0.1 * b, None),
    "both scaled": (lambda a, b: 0.25 * a - 3 * b, None),
    "gate added": (lambda a, b: a + b, _gate()),
    "multiply": (lambda a, b: a * b, None),
    "gate": (lambda a, b: a * b, _gate()),
    "divide": (lambda a, b: a / (b.abs() + 1), nn.Sequential(nn.Conv2d(4, 4, 1), nn.Softplus())),
    "channels": (lambda a, b: torch.cat([a, b], 1), nn.Conv2d(4, 2, 1)),
    "rows": (lambda a, b: torch.cat([a, b], 2), None),
    "columns": (lambda a, b: torch.cat([b, a], 3), nn.Conv2d(4, 4, (1, 4))),
}


def _asked(module: nn.Module, example: torch.Tensor):
    """The network, its explainer and a frame of it."""
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.running_mean.uniform_(-1, 1), part.running_var.uniform_(0.5, 2)
        for parameter in part.parameters(recurse=False):
            with torch.no_grad():
                parameter.uniform_(-1, 1)
    return asked(module, example)


def _adds_up(explainer, frame, layer) -> str:
    """Of every neuron the terms make the value; the kind that the explanations are of."""
    kinds = set()
    for k in range(layer.neurons):
        explanation = explainer.explain(frame, layer.neuron(k))
        kinds.add(explanation.kind)
        assert abs(explanation.activated() - explanation.result) <= explanation.tolerance + 2e-6, layer.name
        assert explanation.total() == explanation.pre_activation
        if explanation.kind in SUMMING:
            total = explanation.products.sum() + explanation.bias
            assert total == pytest.approx(explanation.pre_activation, abs=1e-9)
    assert len(kinds) == 1
    return kinds.pop()


@pytest.mark.parametrize(("module", "shape"), AFFINE.values(), ids=AFFINE)
def test_terms_of_what_is_linear_are_its_slopes(module, shape):
    torch.manual_seed(5)
    example = torch.rand(shape) - 0.5
    spec, explainer, frame = _asked(nn.Sequential(module), example)
    assert _adds_up(explainer, frame, spec.by_name["0"]) != "other"
    slopes = torch.autograd.functional.jacobian(lambda x: module(x).flatten(), example)
    inward, outward = edges_between((spec, explainer, frame), "0", "input", "weight")
    assert np.allclose(inward, slopes.flatten(1), atol=1e-5) and np.allclose(outward, inward, atol=1e-6)
    contributions, back = edges_between((spec, explainer, frame), "0", "input", "contribution")
    assert np.allclose(contributions, slopes.flatten(1) * example.flatten(), atol=1e-5)
    assert np.allclose(back, contributions, atol=1e-6)


@pytest.mark.parametrize(("module", "shape"), BENT.values(), ids=BENT)
def test_terms_of_norms_and_functions_make_the_value(module, shape):
    torch.manual_seed(6)
    spec, explainer, frame = _asked(nn.Sequential(module), 6 * torch.rand(shape) - 3)
    assert _adds_up(explainer, frame, spec.by_name["0"]) in ("norm", "elementwise", "maxpool")
    inward, outward = edges_between((spec, explainer, frame), "0", "input", "contribution")
    assert inward.any() and np.allclose(outward, inward, atol=1e-6)


@pytest.mark.parametrize(("join", "way"), JOINS.values(), ids=JOINS)
def test_terms_of_what_comes_together_reach_both_and_are_its_slopes(join, way):
    torch.manual_seed(7)
    module = Joined(join, way)
    spec, explainer, frame = _asked(module, torch.rand(MAPS))
    parts = sorted(spec.output.sources)
    assert len(parts) == 2
    if join is JOINS["divide"][0]:
        assert explainer.explain(frame, spec.output.neuron(3)).kind == "other"  # a divisor that nobody shows
        return
    assert _adds_up(explainer, frame, spec.output) in ("add", "multiply", "copy")
    explainer.explain(frame, spec.output.neuron(0))
    alike = {spec.by_name[part].map_shape[1:] for part in parts} == {spec.output.map_shape[1:]}
    field = explainer.receptive_field(spec.output.neuron(spec.output.neurons - 1))
    assert field == ((4, 3, 6, 5) if alike else (0, 0, 6, 5))
    values = [torch.from_numpy(frame.layer(part).copy())[None] for part in parts]
    values = [v.reshape(1, *spec.by_name[p].map_shape) for v, p in zip(values, parts, strict=True)]
    slopes = torch.autograd.functional.jacobian(lambda *v: join(*v).flatten(), tuple(values))
    for part, slope in zip(parts, slopes, strict=True):
        inward, outward = edges_between((spec, explainer, frame), spec.output.name, part, "weight")
        assert np.allclose(inward, slope.flatten(1), atol=1e-4), part
        assert np.allclose(outward, inward, atol=1e-6)


def test_functions_and_modules_of_other_peoples_making_are_guessed_and_proved():
    class Own(nn.Module):
        """Functions of the network itself, maps read as tokens, a turned matrix, and a norm written anew."""

        class RmsNorm(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight, self.eps = nn.Parameter(torch.rand(6)), 1e-5

            def forward(self, x):
                return self.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)

        class Turned(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight, self.bias = nn.Parameter(torch.rand(6, 5)), nn.Parameter(torch.rand(5))

            def forward(self, x):
                return torch.addmm(self.bias, x.view(-1, 6), self.weight).view(1, -1, 5)

        class Swish(nn.Module):
            def forward(self, x):
                return x / (1 + torch.exp(-x))

        def __init__(self):
            super().__init__()
            self.conv, self.tokens = nn.Conv2d(3, 6, 3), nn.Linear(6, 6)
            self.swish, self.norm, self.turned = self.Swish(), self.RmsNorm(), self.Turned()

        def forward(self, x):
            x = F.max_pool2d(F.gelu(self.conv(x)), 2)
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = self.swish(self.tokens(x.flatten(2).mT))
            return self.turned(self.norm(x)).mean(1)

    torch.manual_seed(8)
    spec, explainer, frame = _asked(Own(), torch.rand(1, 3, 10, 10))
    found = {layer.name: _adds_up(explainer, frame, layer) for layer in spec.layers[1:]}
    assert found == {
        "conv": "conv",
        "gelu": "elementwise",
        "maxpool": "maxpool",
        "upsample": "copy",
        "tokens": "linear",
        "swish": "elementwise",
        "norm": "norm",
        "turned": "linear",
        "avgpool": "avgpool",
    }


def test_every_layer_of_a_network_of_volumes_has_terms_and_says_what_its_window_is():
    torch.manual_seed(10)
    conv = nn.Conv3d(2, 4, (2, 3, 3), padding=(0, 1, 1))
    deep = nn.Sequential(conv, nn.BatchNorm3d(4), nn.ReLU(), nn.MaxPool3d(2), nn.Conv3d(4, 5, 1))
    head = nn.Sequential(nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(5, 3))
    spec, explainer, frame = _asked(nn.Sequential(deep, head), torch.rand(1, 2, 5, 8, 6))
    for layer in spec.layers[1:]:
        assert _adds_up(explainer, frame, layer) != "other", layer.name
    card = inspector_state(explainer.explain(frame, NeuronId("0.0", 1, 9, 3)), color_maps()[0])
    assert card.subtitle == "looks at a 2 × 3 × 3 window of all 2 maps of the input"
    # The second slice's second row, fourth column: two slices of three by three, in both maps.
    assert len(explainer.incoming(frame, NeuronId("0.0", 1, 9, 3))[0]) == 36
    path = explainer.path(frame, spec.output.neuron(1), most=20)
    assert path[0].source == "input" and path[-1].target == spec.output.name


def test_maps_that_are_read_as_tokens_and_back_have_terms_in_the_right_places():
    class Patches(nn.Module):
        def __init__(self):
            super().__init__()
            self.patch, self.norm, self.mix = nn.Conv2d(3, 4, 2, 2), nn.LayerNorm(4), nn.Linear(4, 5)

        def forward(self, x):
            return self.mix(self.norm(self.patch(x).flatten(2).mT))

    torch.manual_seed(9)
    module = Patches()
    spec, explainer, frame = _asked(module, torch.rand(1, 3, 6, 8))
    assert _adds_up(explainer, frame, spec.by_name["norm"]) == "norm"
    explanation = explainer.explain(frame, NeuronId("norm", 0, 7, 2))  # the eighth patch, its third unit
    assert explanation.read(0) == NeuronId("patch", 2, 1, 3)
    inward, outward = edges_between((spec, explainer, frame), "norm", "patch", "weight")
    assert np.allclose(inward, outward) and (np.count_nonzero(inward, axis=1) == 1).all()
    assert set(inward[inward != 0]) == {float(g) for g in module.norm.weight}


def test_a_guess_that_does_not_make_the_numbers_is_not_believed():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(6, 5), nn.Linear(6, 5)

        def forward(self, x):
            return self.a(x).flip(-1) * 1.5 + self.b(x).square()

    spec, explainer, frame = _asked(Odd(), torch.rand(1, 6))
    explanation = explainer.explain(frame, spec.output.neuron(2))
    assert explanation.kind == "other" and explainer.incoming(frame, spec.output.neuron(2)) == ()
    assert all(explainer.outgoing(frame, NeuronId("a", k)) == () for k in range(5))


def test_an_embedding_says_which_row_of_its_table_it_took():
    module = nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 2))
    spec, explainer, frame = _asked(module, torch.tensor([[3, 0, 8]]))
    assert _adds_up(explainer, frame, spec.by_name["0"]) == "lookup"
    explanation = explainer.explain(frame, NeuronId("0", 0, 2, 1))
    assert explanation.shown[0] == 8 and explanation.weights[0] == module[0].weight[8, 1]
    assert len(explainer.outgoing(frame, spec.input.neuron(1))[0]) == 4


def test_every_layer_of_resnet20_has_terms_and_paths_and_fields():
    network = load_network("resnet20")
    runner = TracedRunner(network.trace)
    frame = runner.run(np.random.default_rng(2).random((3, 32, 32), np.float32))
    explainer = Explainer(network.module, network.spec)
    for layer in network.spec.layers[1:]:
        for index in (0, layer.neurons // 2 + 3, layer.neurons - 1):
            index = min(index, layer.neurons - 1)
            explanation = explainer.explain(frame, layer.neuron(index))
            assert explanation.kind not in ("other", "input"), layer.name
            assert abs(explanation.activated() - explanation.result) <= 4 * explanation.tolerance + 1e-6
            assert (
                sum(map(len, explainer.incoming(frame, layer.neuron(index)))) > 0
                or not explanation.inputs.any()
            )
    path = explainer.path(frame, network.spec.output.neuron(3), most=20)
    assert {"input"} <= {edges.source for edges in path} and path[-1].target == network.spec.output.name
    added = next(layer for layer in network.spec.layers if layer.kind == "add")
    assert {edges.source for edges in path if edges.target == added.name} <= set(added.sources)
    assert explainer.receptive_field(network.spec.by_name[added.name].neuron(16 * 32 + 16))[2:] > (4, 4)
