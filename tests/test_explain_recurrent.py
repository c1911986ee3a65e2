"""Terms and edges of recurrent layers and cells: against PyTorch's own numbers and slopes."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.spec import NeuronId
from nnvis3d.tools.inspector_text import as_text, inspector_state
from nnvis3d.tools.step_tool import StepTool
from tests.terms import asked, edges_between, kinds_that_add_up, slopes_of

INSIDE, UNITS, STEPS = 5, 4, 6
LAYERS = {
    "rnn": (nn.RNN, {}),
    "rnn, relu": (nn.RNN, {"nonlinearity": "relu", "bias": False}),
    "rnn, levels": (nn.RNN, {"num_layers": 3}),
    "rnn, relu, levels": (nn.RNN, {"nonlinearity": "relu", "num_layers": 2}),
    "lstm": (nn.LSTM, {}),
    "lstm, no bias": (nn.LSTM, {"bias": False, "batch_first": True}),
    "lstm, levels": (nn.LSTM, {"num_layers": 2, "batch_first": True}),
    "lstm, both ways": (nn.LSTM, {"bidirectional": True}),
    "gru": (nn.GRU, {"batch_first": True}),
    "gru, no bias": (nn.GRU, {"bias": False}),
    "gru, levels, both ways": (nn.GRU, {"num_layers": 2, "bidirectional": True, "batch_first": True}),
}


class Sequence(nn.Module):
    """Numbers that a layer before made are read step by step."""

    def __init__(self, kind: type[nn.RNNBase], options: dict):
        super().__init__()
        self.before = nn.Linear(INSIDE, INSIDE)
        self.recurrent = kind(INSIDE, UNITS, **options)

    def forward(self, x):
        return self.recurrent(self.before(x))[0]


def _sequence(kind, options) -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(3)
    example = torch.randn(1, STEPS, INSIDE)
    return Sequence(kind, options), example if options.get("batch_first") else example.transpose(0, 1)


@pytest.mark.parametrize(("kind", "options"), LAYERS.values(), ids=LAYERS)
def test_every_step_of_every_unit_adds_up_to_what_pytorch_computed(kind, options):
    module, example = _sequence(kind, options)
    spec, explainer, frame = asked(module, example)
    layer = spec.by_name["recurrent"]
    assert kinds_that_add_up(explainer, frame, layer) == {"recurrent" if kind is nn.RNN else "gated"}
    with torch.no_grad():
        expected = module(example).squeeze().numpy()
    np.testing.assert_allclose(frame.layer("recurrent")[0], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("kind", "options"), LAYERS.values(), ids=LAYERS)
def test_edges_into_a_step_are_the_slopes_of_that_step(kind, options):
    module, example = _sequence(kind, options)
    found = asked(module, example)
    frame = found[2]
    inward, outward = edges_between(found, "recurrent", "before")
    own, own_outward = edges_between(found, "recurrent", "recurrent")
    assert np.allclose(inward, outward, atol=1e-6) and np.allclose(own, own_outward, atol=1e-6)
    each = len(inward) // STEPS
    plain = kind is nn.RNN and not options.get("num_layers")
    wanted = np.zeros((STEPS, each, STEPS, INSIDE))
    for step in range(STEPS):
        wanted[step, :, step] = _slopes(module.recurrent, frame.layer("before")[0], step, plain)
    assert np.allclose(inward, wanted.reshape(inward.shape), atol=1e-5) and inward.any() and own.any()


def _slopes(layer: nn.RNNBase, inputs: np.ndarray, step: int, plain: bool) -> np.ndarray:
    """(units, INSIDE): of one step's output, the states before it being as they are."""
    if plain:
        return layer.weight_ih_l0.numpy()
    dirs, doubled = 1 + layer.bidirectional, copy.deepcopy(layer).double()
    sequence = torch.from_numpy(inputs.astype(np.float64))[:, None]
    out = []
    through = None
    for level in range(layer.num_layers):
        rows, slopes = [], []
        for d in range(dirs):
            one = type(layer)(sequence.shape[2], UNITS, bias=layer.bias).double()
            if isinstance(layer, nn.RNN):
                one.nonlinearity, one.mode = layer.nonlinearity, layer.mode
            suffix = f"_l{level}" + "_reverse" * d
            for name, weight in one.named_parameters():
                weight.data = getattr(doubled, name.replace("_l0", suffix))
            forward = sequence.flip(0) if d else sequence
            at = STEPS - 1 - step if d else step
            state = one(forward[:at])[1] if at else None
            rows.append(one(forward)[0].flip(0) if d else one(forward)[0])
            slopes += slopes_of(lambda x, one=one, state=state: one(x[None, None], state)[0], forward[at, 0])
        here = np.concatenate(slopes)
        through = here if through is None else here @ through
        sequence = torch.cat(rows, 2).detach()
        out.append(here)
    return through


class Cells(nn.Module):
    """A cell that is called by the network, step by step; a second one reads what the first says."""

    def __init__(self, kind: type[nn.RNNCellBase], backward: bool = False, bias: bool = True):
        super().__init__()
        self.before, self.first = nn.Linear(INSIDE, INSIDE), kind(INSIDE, UNITS, bias=bias)
        self.second, self.backward = kind(UNITS, 3, bias=bias), backward

    def forward(self, x):
        x, states = self.before(x), [None, None]
        for step in range(x.shape[1]):
            step = x.shape[1] - 1 - step if self.backward else step
            states[0] = self.first(x[:, step], states[0])
            states[1] = self.second(self._out(states[0]), states[1])
        return self._out(states[1])

    @staticmethod
    def _out(state):
        return state[0] if isinstance(state, tuple) else state


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_a_cell_that_is_called_step_by_step_adds_up_in_every_call(kind, backward):
    torch.manual_seed(4)
    spec, explainer, frame = asked(Cells(kind, backward, bias=not backward), torch.randn(1, 4, INSIDE))
    for cell, source in (("first", "before"), ("second", "first")):
        for call in ("", "#2", "#3", "#4"):
            layer = spec.by_name[cell + call]
            assert kinds_that_add_up(explainer, frame, layer) == {
                "recurrent" if kind is nn.RNNCell else "gated"
            }
            read = {edges.source for edges in explainer.incoming(frame, layer.neuron(1))}
            own = {"#2": cell, "#3": f"{cell}#2", "#4": f"{cell}#3"}.get(call)
            assert read == {source if cell == "first" else source + call, *([own] if own else [])}
    inward, outward = edges_between((spec, explainer, frame), "first#3", "first#2")
    assert inward.any() and np.allclose(inward, outward, atol=1e-6)


def test_a_decoder_goes_on_from_the_encoders_last_state_or_says_that_it_does_not_know():
    class Translator(nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.embed = nn.Embedding(9, INSIDE)
            self.encoder = kind(INSIDE, UNITS, batch_first=True)
            self.decoder = kind(INSIDE, UNITS, batch_first=True)
            self.head = nn.Linear(UNITS, 9)

        def forward(self, ids):
            words = self.embed(ids)
            return self.head(self.decoder(words.flip(1), self.encoder(words)[1])[0])

    class Given(nn.Module):
        """The decoder's first state is another layer's last."""

        def __init__(self, kind):
            super().__init__()
            self.encoder, self.read = kind(INSIDE, UNITS, batch_first=True), nn.Linear(INSIDE, INSIDE)
            self.decoder = kind(INSIDE, UNITS, batch_first=True)

        def forward(self, x):
            return self.decoder(self.read(x), self.encoder(x)[1])[0]

    torch.manual_seed(5)
    for kind, known in ((nn.GRU, {"gated"}), (nn.RNN, {"recurrent"})):
        spec, explainer, frame = asked(Given(kind), torch.randn(1, STEPS, INSIDE))
        assert kinds_that_add_up(explainer, frame, spec.by_name["decoder"]) == known
        read = {edges.source for edges in explainer.incoming(frame, NeuronId("decoder", 0, 0, 1))}
        assert read == {"read", "encoder"}
    spec, explainer, frame = asked(Given(nn.LSTM), torch.randn(1, STEPS, INSIDE))  # its cell nobody shows
    assert explainer.explain(frame, NeuronId("decoder", 0, 2, 1)).kind == "other"
    spec, explainer, frame = asked(Translator(nn.GRU), torch.tensor([[3, 1, 4, 1, 5, 8]]))  # read from behind
    assert explainer.explain(frame, NeuronId("decoder", 0, 2, 1)).kind == "other"


def test_a_cell_goes_on_from_what_another_layer_says():
    class Begun(nn.Module):
        def __init__(self):
            super().__init__()
            self.start, self.read = nn.Linear(INSIDE, UNITS), nn.Linear(INSIDE, INSIDE)
            self.cell = nn.GRUCell(INSIDE, UNITS)

        def forward(self, x):
            state, words = self.start(x[:, 0]), self.read(x)
            for step in range(x.shape[1]):
                state = self.cell(words[:, step], state)
            return state

    torch.manual_seed(8)
    spec, explainer, frame = asked(Begun(), torch.randn(1, 3, INSIDE))
    for name in ("cell", "cell#2", "cell#3"):
        assert kinds_that_add_up(explainer, frame, spec.by_name[name]) == {"gated"}
    read = {edges.source for edges in explainer.incoming(frame, NeuronId("cell", 1))}
    assert read == {"read", "start"}


def test_a_first_state_that_was_learned_is_not_taken_for_zero():
    class Learned(nn.Module):
        def __init__(self):
            super().__init__()
            self.start, self.gru = nn.Parameter(torch.full((1, 1, UNITS), 0.7)), nn.GRU(INSIDE, UNITS)

        def forward(self, x):
            return self.gru(x, self.start)[0]

    torch.manual_seed(6)
    spec, explainer, frame = asked(Learned(), torch.randn(20, 1, INSIDE))
    kinds = [explainer.explain(frame, spec.output.neuron(k)).kind for k in range(spec.output.neurons)]
    assert kinds == ["other"] * UNITS + ["gated"] * 19 * UNITS


def test_states_that_are_projected_have_a_value_and_no_terms():
    module, example = _sequence(nn.LSTM, {"proj_size": 2})
    spec, explainer, frame = asked(module, example)
    assert explainer.explain(frame, spec.output.neuron(3)).kind == "other"


def test_rows_or_columns_of_maps_and_packed_sequences_are_steps():
    class Rows(nn.Module):
        def __init__(self, turn: bool):
            super().__init__()
            self.conv, self.turn, self.gru = nn.Conv2d(1, 1, 3), turn, nn.GRU(6, UNITS, batch_first=True)

        def forward(self, x):
            maps = self.conv(x)[:, 0]
            return self.gru(maps.mT if self.turn else maps)[0][:, -1]

    class Packed(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(INSIDE, UNITS, batch_first=True)

        def forward(self, x):
            lengths = torch.tensor([x.shape[1]])
            return self.lstm(pack_padded_sequence(x, lengths, batch_first=True))[1][0]

    torch.manual_seed(7)
    for turn, shape in ((False, (1, 1, 9, 8)), (True, (1, 1, 8, 9))):
        spec, explainer, frame = asked(Rows(turn), torch.rand(shape))
        assert kinds_that_add_up(explainer, frame, spec.by_name["gru"]) == {"gated"}
        (edges, _) = explainer.incoming(frame, NeuronId("gru", 0, 3, 1))
        _, rows, columns = np.unravel_index(edges.sources, spec.by_name["conv"].map_shape)
        assert set(columns if turn else rows) == {3}
    spec, explainer, frame = asked(Packed(), torch.randn(1, STEPS, INSIDE))
    assert kinds_that_add_up(explainer, frame, spec.by_name["lstm"]) == {"gated"}


def test_what_a_neuron_sees_ends_with_its_step_unless_there_is_a_way_back():
    for options, last in (({"batch_first": True}, 3), ({"batch_first": True, "bidirectional": True}, STEPS)):
        module, example = _sequence(nn.GRU, options)
        _, explainer, frame = asked(module, example)
        explainer.explain(frame, NeuronId("recurrent", 0, 2, 1))
        explainer.explain(frame, NeuronId("before", 0, 2, 1))
        assert explainer.receptive_field(NeuronId("recurrent", 0, 2, 1)) == (0, 0, last, INSIDE)
        path = explainer.path(frame, NeuronId("recurrent", 0, 2, 1), most=10)
        assert {edges.source for edges in path} == {"input", "before", "recurrent"}


def test_a_card_says_each_gate_and_what_they_let_through():
    module, example = _sequence(nn.LSTM, {"batch_first": True})
    _, explainer, frame = asked(module, example)
    explanation = explainer.explain(frame, NeuronId("recurrent", 0, 0, 1))
    card = inspector_state(explanation, color_maps()[0])
    assert card.subtitle == "gates over its step of before and the state before"
    assert card.note == "the state before the first step is zero"
    words, numbers = zip(*card.lines, strict=True)
    assert [w.partition(" = ")[0] for w in words[:4]] == [
        "input gate i",
        "forget gate f",
        "new value g",
        "output gate o",
    ]
    i, f, g, o, before, cell, output = (float(text.replace("−", "-")) for text in numbers)
    assert before == 0 and cell == pytest.approx(f * before + i * g, abs=1e-3)
    assert output == pytest.approx(o * np.tanh(cell), abs=1e-3)
    assert output == pytest.approx(frame.value(explanation.neuron), abs=1e-4)
    rows = as_text(explanation, card).splitlines()
    assert rows[-1].split("\t")[0] == "padding" and rows[-1].endswith("output gate o")
    assert "gates" in StepTool().start(explanation.layer, lambda _: explanation)


def test_gru_cards_add_up_as_they_are_printed():
    module, example = _sequence(nn.GRU, {"batch_first": True, "num_layers": 2})
    _, explainer, frame = asked(module, example)
    explanation = explainer.explain(frame, NeuronId("recurrent", 0, 4, 2))
    lines = inspector_state(explanation, color_maps()[0]).lines
    r, z, n, before, output = (float(text.replace("−", "-")) for _, text in lines)
    assert output == pytest.approx((1 - z) * n + z * before, abs=1e-3) and 0 < r < 1
    assert "layer l0:4:0" in as_text(explanation, inspector_state(explanation, color_maps()[0]))
