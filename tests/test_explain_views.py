"""Terms of layers that read a part of another, or read it in another way than it is shown."""

import numpy as np
import pytest
import torch
from torch import nn

from nnvis3d.network.spec import NeuronId
from tests.terms import asked, edges_between, kinds_that_add_up


class Between(nn.Module):
    """What a network does between two layers without saying so."""

    def __init__(self, first: nn.Module, between, second: nn.Module):
        super().__init__()
        self.first, self.between, self.second = first, between, second

    def forward(self, x):
        return self.second(self.between(self.first(x)))


MAPS, PLACES, TOKENS = (1, 4, 6, 6), (1, 4, 12), (1, 6, 8)
VIEWS = {
    "last token": (nn.Linear(8, 5), lambda x: x[:, -1], nn.Linear(5, 3), TOKENS),
    "class token": (nn.Linear(8, 5), lambda x: x[:, 0], nn.LayerNorm(5), TOKENS),
    "last place": (nn.Conv1d(4, 5, 3), lambda x: x[:, :, -1], nn.Linear(5, 3), PLACES),
    "second half of the units": (nn.Linear(8, 6), lambda x: x.chunk(2, -1)[1], nn.Sigmoid(), TOKENS),
    "a third of the channels": (nn.Conv2d(4, 6, 1), lambda x: x[:, 2:4], nn.Conv2d(2, 3, 3), MAPS),
    "rows of pixels as maps": (
        nn.Linear(36, 36),
        lambda x: x.unflatten(-1, (6, 6)),
        nn.Conv2d(4, 2, 1),
        (1, 4, 36),
    ),
    "channels last": (nn.Conv2d(4, 5, 1), lambda x: x.permute(0, 2, 3, 1), nn.Linear(5, 3), MAPS),
    "channels first again": (nn.Linear(6, 5), lambda x: x.permute(0, 3, 1, 2), nn.Conv2d(5, 2, 3), MAPS),
}


@pytest.mark.parametrize(("first", "between", "second", "shape"), VIEWS.values(), ids=VIEWS)
def test_terms_follow_what_happens_between_two_layers(first, between, second, shape):
    torch.manual_seed(4)
    for parameter in second.parameters():
        nn.init.uniform_(parameter, -1, 1)
    module, example = Between(first, between, second), torch.randn(shape)
    found = asked(module, example)
    spec, explainer, frame = found
    assert "other" not in kinds_that_add_up(explainer, frame, spec.output)
    values = torch.from_numpy(frame.layer("first").copy()).reshape(first(example).shape)
    slopes = torch.autograd.functional.jacobian(lambda x: second(between(x)).flatten(), values).flatten(1)
    inward, outward = edges_between(found, "second", "first", "weight")
    assert np.allclose(inward, outward, atol=1e-6)
    read = np.abs(slopes.numpy()).max(axis=0) > 1e-7
    assert np.array_equal(inward.any(axis=0), read)  # those that it depends on, and no others
    if isinstance(second, nn.Linear | nn.Conv2d):
        assert np.allclose(inward, slopes, atol=1e-5)


def test_the_second_input_of_a_network_is_an_input_too():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Bilinear(3, 4, 2)

        def forward(self, x, y):
            return self.head(x, y)

    _, explainer, frame = asked(Two(), (torch.randn(1, 3), torch.randn(1, 4)))
    assert explainer.explain(frame, NeuronId("input.y", 2)).kind == "input"


@pytest.mark.parametrize(
    ("reduce", "kind"), [(lambda x: x.max(2)[0], "maxpool"), (lambda x: x.mean(-1), "avgpool")]
)
def test_what_all_places_are_reduced_to_is_a_layer_with_terms(reduce, kind):
    torch.manual_seed(5)
    module = Between(nn.Conv1d(3, 6, 1), reduce, nn.Linear(6, 2))
    spec, explainer, frame = asked(module, torch.randn(1, 3, 10))
    layer = spec.by_name[kind]
    assert layer.sources == ("first",) and layer.shape == (6,)
    assert kinds_that_add_up(explainer, frame, layer) == {kind}
    assert kinds_that_add_up(explainer, frame, spec.output) == {"linear"}


class Residual(nn.Module):
    """A way through other layers, added to what goes by."""

    def __init__(self, before: nn.Module, way: nn.Module, turn, back, scaled: int = 0):
        super().__init__()
        self.before, self.way, self.turn, self.back = before, way, turn, back
        self.gamma = nn.Parameter(torch.rand(scaled) + 0.5) if scaled else None

    def forward(self, x):
        x = self.before(x)
        found = self.way(self.turn(x))
        found = found if self.gamma is None else found * self.gamma
        return x + self.back(found)


RESIDUAL = {
    "channels last": (nn.Conv2d(4, 5, 1), nn.Linear(5, 5), (0, 2, 3, 1), (0, 3, 1, 2), 0),
    "channels last, scaled": (nn.Conv2d(4, 5, 1), nn.Linear(5, 5), (0, 2, 3, 1), (0, 3, 1, 2), 5),
    "tokens mixed": (nn.Linear(6, 7), nn.Linear(4, 4), (0, 2, 1), (0, 2, 1), 0),
    "scaled": (nn.Linear(6, 7), nn.Linear(7, 7), (0, 1, 2), (0, 1, 2), 7),
}


@pytest.mark.parametrize(("before", "way", "turn", "back", "scaled"), RESIDUAL.values(), ids=RESIDUAL)
def test_residual_ways_that_turn_or_scale_their_numbers_add_up(before, way, turn, back, scaled):
    torch.manual_seed(6)
    module = Residual(before, way, lambda x: x.permute(turn), lambda x: x.permute(back), scaled)
    found = asked(module, torch.randn(1, 4, 3, 3) if len(turn) == 4 else torch.randn(1, 4, 6))
    spec, explainer, frame = found
    assert kinds_that_add_up(explainer, frame, spec.output) == {"add"}
    inward, outward = edges_between(found, spec.output.name, "way")
    assert np.allclose(inward, outward) and (np.count_nonzero(inward, axis=0) == 1).all()
    factors = inward[inward != 0]
    wanted = module.gamma.numpy() if scaled else np.ones(1)
    assert np.allclose(np.unique(factors), np.unique(wanted))


def test_a_module_that_scales_channels_by_numbers_of_its_own_says_by_which():
    class LayerScale(nn.Module):
        def __init__(self, shape):
            super().__init__()
            self.gamma = nn.Parameter(torch.rand(shape) + 0.5)

        def forward(self, x):
            return x * self.gamma

    torch.manual_seed(7)
    for shape, example in (((5,), (1, 3, 5)), ((4, 1, 1), (1, 4, 3, 2))):
        module = nn.Sequential(nn.Identity(), LayerScale(shape))
        spec, explainer, frame = asked(module, torch.randn(example))
        assert kinds_that_add_up(explainer, frame, spec.output) == {"elementwise"}
        neurons = map(spec.output.neuron, range(spec.output.neurons))
        weights = {float(explainer.explain(frame, neuron).weights[0]) for neuron in neurons}
        assert weights == {float(g) for g in module[1].gamma.reshape(-1)}


def test_heads_that_stand_side_by_side_again_are_added_in_their_places():
    class Heads(nn.Module):
        def __init__(self):
            super().__init__()
            self.before, self.way = nn.Linear(6, 8), nn.Linear(4, 4)

        def forward(self, x):
            x = self.before(x)
            heads = self.way(x.unflatten(-1, (2, 4)).transpose(1, 2))
            return x + heads.transpose(1, 2).flatten(2)

    torch.manual_seed(8)
    found = asked(Heads(), torch.randn(1, 5, 6))
    spec, explainer, frame = found
    assert kinds_that_add_up(explainer, frame, spec.output) == {"add"}
    inward, _ = edges_between(found, spec.output.name, "way")
    read = inward.argmax(axis=1).reshape(5, 8)
    assert read[3, 6] == (1 * 5 + 3) * 4 + 2  # the fourth token's third unit of the second head
