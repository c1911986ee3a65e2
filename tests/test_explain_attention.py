"""Terms and edges of attention: PyTorch's module, its function, and what networks write themselves."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.spec import NeuronId
from nnvis3d.network.wording import percent
from nnvis3d.runtime.tracing.runner import TracedRunner
from nnvis3d.runtime.tracing.trace import trace
from nnvis3d.tools.inspector_text import inspector_state
from tests.terms import asked, edges_between, kinds_that_add_up, slopes_of

TOKENS, UNITS, HEADS = 5, 8, 2


class Multihead(nn.Module):
    """Self-attention, or from one sequence to another one, behind a layer that makes the tokens."""

    def __init__(self, options: dict, mask: str = "", cross: str = ""):
        super().__init__()
        options = {"num_heads": HEADS, "batch_first": True, **options}
        self.before, self.other = nn.Linear(6, UNITS), nn.Linear(6, options.get("kdim", UNITS))
        self.attention = nn.MultiheadAttention(UNITS, **options)
        self.mask, self.cross, self.options = mask, cross, options

    def forward(self, x):
        tokens = self.before(x)
        keys = values = tokens
        if self.cross == "both":
            keys = values = self.other(x[:, :-1] if self.options["batch_first"] else x[:-1])
        elif self.cross:
            values = self.other(x)
        return self.attention(tokens, keys, values, **self._masks())[0]

    def _masks(self) -> dict:
        if self.mask == "causal":
            return {"attn_mask": nn.Transformer.generate_square_subsequent_mask(TOKENS)}
        if self.mask == "chosen":
            return {"attn_mask": torch.eye(TOKENS, dtype=torch.bool).flip(0)}
        if self.mask == "padding":
            return {"key_padding_mask": torch.tensor([[False] * (TOKENS - 2) + [True] * 2])}
        return {}


MULTIHEAD = {
    "plain": Multihead({}),
    "one head": Multihead({"num_heads": 1}),
    "second": Multihead({"batch_first": False}),
    "no bias": Multihead({"bias": False}),
    "causal": Multihead({}, "causal"),
    "chosen": Multihead({"num_heads": 4}, "chosen"),
    "padding": Multihead({}, "padding"),
    "cross": Multihead({}, cross="both"),
    "cross, widths": Multihead({"kdim": 6, "vdim": 6}, cross="both"),
    "values of another": Multihead({}, cross="value"),
}


def _example(module: nn.Module) -> torch.Tensor:
    torch.manual_seed(2)
    first = getattr(module, "options", {}).get("batch_first", True)
    example = torch.randn(1, TOKENS, 6)
    return example if first else example.transpose(0, 1)


@pytest.mark.parametrize("module", MULTIHEAD.values(), ids=MULTIHEAD)
def test_maps_and_output_of_multihead_attention_add_up_to_what_pytorch_computed(module):
    for parameter in module.parameters():  # biases begin as zero
        nn.init.uniform_(parameter, -0.6, 0.6)
    spec, explainer, frame = asked(module, _example(module))
    assert kinds_that_add_up(explainer, frame, spec.by_name["attention.weights"]) == {"attention"}
    assert kinds_that_add_up(explainer, frame, spec.output) == {"attended"}
    with torch.no_grad():
        expected = module(_example(module)).reshape(TOKENS, UNITS).numpy()
    np.testing.assert_allclose(frame.layer("attention")[0], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["plain", "no bias", "cross, widths", "values of another", "second"])
def test_edges_of_multihead_attention_reach_the_tokens_with_its_slopes(name):
    module = MULTIHEAD[name]
    found = asked(module, _example(module))
    spec, _, frame = found
    weights, attention = (
        torch.from_numpy(frame.layer("attention.weights").astype(np.float64)),
        module.attention,
    )
    source = spec.by_name["other" if module.cross else "before"]

    def output(values: torch.Tensor) -> torch.Tensor:
        """What it makes of other values, its weights being as they are."""
        fused, apart = attention.in_proj_weight, attention.v_proj_weight
        matrix = (apart if fused is None else fused[-UNITS:]).double()
        values = values.reshape(weights.shape[-1], -1) @ matrix.T
        values = values.reshape(-1, HEADS, UNITS // HEADS)
        joined = torch.einsum("hij,jhd->ihd", weights, values).flatten(1)
        return joined @ attention.out_proj.weight.double().T

    inward, outward = edges_between(found, "attention", source.name)
    assert np.allclose(inward, outward, atol=1e-6)
    assert np.allclose(inward, slopes_of(output, frame.layer(source.name))[0], atol=1e-5)


def test_edges_of_a_map_are_the_slopes_of_its_scores():
    module = Multihead({}, cross="both")
    found = asked(module, _example(module))
    frame, attention = found[2], module.attention
    q, k = (attention.in_proj_weight[at : at + UNITS].double() for at in (0, UNITS))
    bias = attention.in_proj_bias.double()

    def scores(query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        rows, columns = (query[0] @ q.T + bias[:UNITS]), (key[0] @ k.T + bias[UNITS : 2 * UNITS])
        split = [t.reshape(len(t), HEADS, -1) for t in (rows, columns)]
        return torch.einsum("ihd,jhd->hij", *split) / math.sqrt(UNITS // HEADS)

    wanted = slopes_of(scores, frame.layer("before"), frame.layer("other"))
    for name, slope in zip(("before", "other"), wanted, strict=True):
        inward, outward = edges_between(found, "attention.weights", name)
        assert np.allclose(inward, slope, atol=1e-5) and np.allclose(outward, inward, atol=1e-6)


class Function(nn.Module):
    """PyTorch's function, between linear layers, with queries, keys and values stored in one of many ways."""

    def __init__(self, split: str, options: dict | None = None, shared: int = 1):
        super().__init__()
        self.split, self.options, self.shared = split, options or {}, shared
        self.qkv = nn.Linear(6, 3 * UNITS)
        self.q = nn.Linear(6, UNITS)
        self.k, self.v = nn.Linear(6, UNITS // shared), nn.Linear(6, UNITS // shared)
        self.out = nn.Linear(UNITS, 3)

    def forward(self, x):
        q, k, v = self._three(x)
        options = {**self.options, "enable_gqa": True} if self.shared > 1 else self.options
        made = F.scaled_dot_product_attention(q, k, v, **options)
        return self.out(made.transpose(1, 2).flatten(2))

    def _three(self, x):
        if self.split == "apart":
            made = self.q(x), self.k(x), self.v(x)
            return [one.unflatten(-1, (-1, UNITS // HEADS)).transpose(1, 2) for one in made]
        if self.split == "chunks":
            return [
                one.unflatten(-1, (HEADS, -1)).transpose(1, 2) for one in self.qkv(x).split(UNITS, dim=-1)
            ]
        if self.split == "heads first":
            return self.qkv(x).unflatten(-1, (HEADS, 3, -1)).permute(3, 0, 2, 1, 4)
        return self.qkv(x).unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)


FUNCTIONS = {
    "apart": Function("apart"),
    "chunks": Function("chunks"),
    "heads first": Function("heads first"),
    "causal": Function("three", {"is_causal": True}),
    "scale": Function("apart", {"scale": 0.31}),
    "mask": Function("apart", {"attn_mask": torch.ones(TOKENS, TOKENS, dtype=torch.bool).tril(1)}),
    "grouped": Function("apart", shared=2),
}


@pytest.mark.parametrize("module", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_function_adds_up_however_queries_keys_and_values_are_stored(module):
    found = asked(module, _example(module))
    spec, explainer, frame = found
    assert kinds_that_add_up(explainer, frame, spec.by_name["weights"]) == {"attention"}
    assert kinds_that_add_up(explainer, frame, spec.by_name["attended"]) == {"matmul"}
    assert kinds_that_add_up(explainer, frame, spec.output) == {"linear"}  # heads side by side again
    values = "v" if module.split == "apart" else "qkv"
    inward, outward = edges_between(found, "attended", values)
    assert np.allclose(inward, outward, atol=1e-6)
    with torch.no_grad():
        v = module._three(_example(module))[2]
        v = v[0].repeat_interleave(module.shared, 0).numpy()
    wanted = np.einsum("hij,hjd->hid", frame.layer("weights"), v)
    contributions, _ = edges_between(found, "attended", values, "contribution")
    assert np.allclose(contributions.sum(axis=1), wanted.reshape(-1), atol=1e-5)


class Own(nn.Module):
    """Attention as networks write it: a product, a scale, a mask, a softmax, a product."""

    def __init__(self, scaled: str, causal: bool = False, module: bool = False):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(6, UNITS) for _ in range(3))
        self.scaled, self.causal = scaled, causal
        self.softmax = nn.Softmax(-1) if module else lambda scores: F.softmax(scores, dim=-1)

    def forward(self, x):
        q, k, v = (one(x).unflatten(-1, (HEADS, -1)).transpose(1, 2) for one in (self.q, self.k, self.v))
        scale = math.sqrt(UNITS // HEADS)
        if self.scaled == "einsum":
            shares = self.softmax(torch.einsum("bhid,bhjd->bhij", q, k) / scale)
            return torch.einsum("bhij,bhjd->bihd", shares, v).flatten(2)
        scores = (q / scale) @ k.mT if self.scaled == "before" else q @ k.mT / scale
        if self.causal:
            scores = scores.masked_fill(torch.ones(TOKENS, TOKENS).triu(1).bool(), -math.inf)
        return (self.softmax(scores) @ v).transpose(1, 2).flatten(2)


OWN = {
    "after": Own("after"),
    "before": Own("before"),
    "causal": Own("after", causal=True),
    "module": Own("before", module=True),
    "einsum": Own("einsum"),
}


@pytest.mark.parametrize("module", OWN.values(), ids=OWN)
def test_attention_that_a_network_writes_itself_adds_up_step_by_step(module):
    found = asked(module, _example(module))
    spec, explainer, frame = found
    kinds = {layer.name: layer for layer in spec.layers if layer.kind not in ("input", "linear")}
    made = [kinds_that_add_up(explainer, frame, layer) for layer in list(kinds.values())[:3]]
    assert made == [{"matmul"}, {"softmax"}, {"matmul"}]
    scores, shares = list(kinds)[:2]
    inward, outward = edges_between(found, scores, "q")
    assert inward.any() and np.allclose(inward, outward, atol=1e-6)
    inward, outward = edges_between(found, shares, scores)
    p = frame.layer(shares).astype(np.float64)
    scale = 1.0 if module.scaled == "before" else 1 / math.sqrt(UNITS // HEADS)
    slope = scale * (np.eye(TOKENS) * p[..., None] - p[..., None] * p[..., None, :])
    wanted = np.zeros((HEADS, TOKENS, TOKENS, HEADS, TOKENS, TOKENS))
    for m in range(HEADS):
        for i in range(TOKENS):
            wanted[m, i, :, m, i] = slope[m, i]
    assert np.allclose(inward, wanted.reshape(inward.shape), atol=1e-5)
    assert np.allclose(outward, inward, atol=1e-6)


@pytest.mark.parametrize("first", [False, True])
def test_every_layer_of_an_encoder_and_of_a_decoder_with_a_mask_has_terms(first):
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            options = {"dim_feedforward": 12, "batch_first": True, "norm_first": first}
            self.read = nn.Linear(6, UNITS)
            self.encoder = nn.TransformerEncoder(
                nn.TransformerEncoderLayer(UNITS, HEADS, **options), 2, enable_nested_tensor=False
            )
            self.decoder = nn.TransformerDecoderLayer(UNITS, HEADS, **options)

        def forward(self, x):
            mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
            read = self.read(x)
            return self.decoder(read, self.encoder(read, mask=mask, is_causal=True), tgt_mask=mask)

    torch.manual_seed(8)
    spec, explainer, frame = asked(Both(), torch.randn(1, TOKENS, 6))
    for layer in spec.layers[1:]:
        assert "other" not in kinds_that_add_up(explainer, frame, layer), layer.name
    path = explainer.path(frame, spec.output.neuron(3), most=20)
    assert "input" in {edges.source for edges in path}
    seen = explainer.incoming(frame, NeuronId("encoder.layers.0.self_attn", 0, 2, 1), most=None)
    tokens = {int(source) // UNITS for edges in seen for source in edges.sources[edges.values != 0]}
    assert tokens == {0, 1, 2}  # a mask leaves out all that come later


def test_a_bias_on_the_scores_that_nobody_shows_is_not_taken_for_something_else():
    class Biased(nn.Module):
        def __init__(self):
            super().__init__()
            self.qkv, self.bias = nn.Linear(6, 3 * UNITS), nn.Parameter(torch.randn(TOKENS, TOKENS))

        def forward(self, x):
            q, k, v = self.qkv(x).unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
            return F.scaled_dot_product_attention(q, k, v, attn_mask=self.bias)

    torch.manual_seed(9)
    spec, explainer, frame = asked(Biased(), torch.randn(1, TOKENS, 6))
    assert explainer.explain(frame, NeuronId("weights", 1, 2, 3)).kind == "other"
    assert explainer.incoming(frame, NeuronId("weights", 1, 2, 3)) == ()
    assert kinds_that_add_up(explainer, frame, spec.by_name["attended"]) == {"matmul"}


def test_another_frame_has_other_queries_keys_and_values():
    module = Multihead({})
    spec, explainer, frame = asked(module, _example(module))
    other = TracedRunner(trace(module, 2 * _example(module))).run()
    for layer in (spec.by_name["attention.weights"], spec.output):
        for shown in (frame, other, frame):
            assert kinds_that_add_up(explainer, shown, layer) <= {"attention", "attended"}


def test_cards_of_a_map_say_score_and_share_and_what_a_mask_left_out():
    module = Multihead({}, "causal")
    _, explainer, frame = asked(module, _example(module))
    explanation = explainer.explain(frame, NeuronId("attention.weights", 1, 3, 2))
    card = inspector_state(explanation, color_maps()[0])
    assert card.subtitle == "softmax over its keys, of query × key of before"
    lines = dict(card.lines)
    assert "= score" in lines and "sum of that over 5 keys, 1 of them masked" in lines
    assert lines["= softmax, the first by the second"] == percent(explanation.result)
    assert card.lines[0][0].startswith("key, at 2, ")
    masked = inspector_state(
        explainer.explain(frame, NeuronId("attention.weights", 1, 2, 3)), color_maps()[0]
    )
    assert masked.lines[-1] == ("= softmax, left out by the mask", "0")
    output = inspector_state(explainer.explain(frame, NeuronId("attention", 0, 3, 2)), color_maps()[0])
    assert output.subtitle == "5 tokens in 2 heads, by attention weight"
    assert output.lines[0][0].startswith("head ") and ", token " in output.lines[0][0]


@pytest.mark.parametrize("kind", [nn.Softmax, nn.LogSoftmax])
@pytest.mark.parametrize(("axis", "shape"), [(-1, (1, 7)), (1, (1, 3, 4, 5)), (-1, (1, 4, 20))])
def test_a_softmax_says_its_shares_along_its_own_axis(axis, shape, kind):
    module = nn.Sequential(nn.Identity(), kind(axis))
    torch.manual_seed(10)
    found = asked(module, 3 * torch.randn(shape))
    spec, explainer, frame = found
    assert kinds_that_add_up(explainer, frame, spec.output) == {"softmax"}
    explanation = explainer.explain(frame, spec.output.neuron(1))
    assert explanation.count == shape[axis]
    inward, outward = edges_between(found, "1", "0")
    slope = slopes_of(kind(axis), frame.layer("0").reshape(shape))[0]
    assert np.allclose(inward, slope, atol=1e-5) and np.allclose(outward, inward, atol=1e-6)
    lines = inspector_state(explanation, color_maps()[0]).lines
    end = ["= softmax, its own by the sum", *(["= logarithm of that"] if kind is nn.LogSoftmax else [])]
    assert len(lines) <= 19 and [words for words, _ in lines][-len(end) :] == end
