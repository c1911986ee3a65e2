"""What can go wrong with somebody else's network: each with one clear line, and nothing lost."""

import numpy as np
import pytest
import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.network.frame import CODES
from nnvis3d.network.spec import NeuronId, Preprocessing
from nnvis3d.runtime.explain import Explainer
from nnvis3d.runtime.tracing import limits, transforms
from nnvis3d.runtime.tracing.runner import TracedRunner
from nnvis3d.runtime.tracing.trace import trace
from tests.traced.oracle import plain_outputs
from tests.traced.zoo import ZOO
from tests.traced.zoo_further import FURTHER


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(4 * 14 * 14, 5)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).flatten(1))


class Nest(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Sequential(Block())

    def forward(self, x):
        return self.layer1(x)


def one_line(error) -> str:
    text = str(error.value)
    assert "\n" not in text and len(text) < 700
    return text


def test_a_wrong_input_shape_names_the_layer_and_the_shape():
    with pytest.raises(UserError) as error:
        trace(Nest(), torch.zeros(1, 3, 20, 20))
    assert "layer1.0.fc (Linear): fails on input (1, 3, 20, 20) with RuntimeError" in one_line(error)


def test_so_does_an_input_of_another_type():
    with pytest.raises(UserError) as error:
        trace(nn.Sequential(nn.Embedding(5, 3)), torch.zeros(1, 4))
    assert "0 (Embedding): fails on input (1, 4)" in one_line(error)


@pytest.mark.parametrize("example", [None, "image", {}, (), [1, 2]])
def test_an_example_without_a_tensor_is_refused(example):
    with pytest.raises(UserError, match="give one tensor, a tuple, or a dict"):
        trace(Nest(), example)


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.look, self.read, self.out = nn.Linear(6, 4), nn.Embedding(9, 4), nn.Linear(4, 2)

    def forward(self, picture, words=None, *, scale=1.0):
        return self.out(self.look(picture) * self.read(words).sum(1) * scale)


def test_a_module_that_needs_two_inputs_says_so_and_takes_them():
    picture, words = torch.rand(1, 6), torch.tensor([[1, 2, 3]])
    with pytest.raises(UserError, match=r"read \(Embedding\): fails on input \(1, 6\)"):
        trace(TwoInputs(), picture)
    module = TwoInputs()
    expected = module.eval()(picture, words, scale=0.5).detach().numpy()
    for example in ((picture, words), {"picture": picture, "words": words, "scale": 0.5}):
        traced = trace(module, example)
        inputs = [layer for layer in traced.spec.layers if layer.kind == "input"]
        assert [layer.name for layer in inputs] == ["input", "input.words"]
        assert inputs[1].title == "Input words" and traced.spec.by_name["read"].sources == ("input.words",)
        frame = TracedRunner(traced).run()
        assert np.array_equal(frame.layer("input.words"), [1, 2, 3])
    assert np.allclose(frame.layer(traced.spec.output.name), expected[0], atol=1e-6)


class Answers(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.a, self.b, self.make = nn.Linear(4, 3), nn.Linear(4, 2), make

    def forward(self, x):
        return self.make(self.a(x), self.b(x))


@pytest.mark.parametrize(
    ("make", "last"),
    [
        (lambda a, b: {"logits": a, "hidden": b}, "a"),
        (lambda a, b: {"hidden": b, "logits": a}, "a"),
        (lambda a, b: (a, (b, None, 3)), "a"),
        (lambda a, b: [b, a], "b"),
        (lambda a, b: {"deep": {"out": b * 2}}, "output.deep.out"),
        (lambda a, b: (a + 1, b), "output.0"),
        (lambda a, b: b[:, :1], "output"),
    ],
)
def test_an_output_may_be_a_dict_or_a_tuple(make, last):
    traced = trace(Answers(make), torch.rand(1, 4))
    assert traced.spec.output.name == last
    frame = TracedRunner(traced).run()
    assert frame.skipped == () and {"a", "b"} <= set(traced.spec.by_name)


@pytest.mark.parametrize("make", [lambda a, b: None, lambda a, b: "done", lambda a, b: 3.0])
def test_an_output_without_numbers_leaves_the_layers(make):
    assert [layer.name for layer in trace(Answers(make), torch.rand(1, 4)).spec.layers] == ["input", "a", "b"]


def test_a_module_that_computes_nothing_is_refused():
    class Nothing(nn.Module):
        def forward(self, x):
            return None

    with pytest.raises(UserError, match="nothing to show"):
        trace(Nothing(), torch.rand(1, 4))


class Depends(nn.Module):
    def __init__(self):
        super().__init__()
        self.step, self.bright, self.dark, self.out = (nn.Linear(4, 4) for _ in range(4))

    def forward(self, x):
        for _ in range(int(x.sum().round())):
            x = self.step(x)
        x = self.bright(x) if x[0, 0] > 0 else self.dark(x)
        return self.out(x)


def test_another_way_through_the_network_leaves_layers_out_and_says_which():
    torch.manual_seed(1)
    module = Depends()
    with torch.no_grad():
        module.step.weight.copy_(torch.eye(4))
        module.step.bias.zero_()
    runner = TracedRunner(trace(module, torch.full((1, 4), 0.75)))  # three steps, bright
    assert {"step", "step#2", "step#3", "bright"} <= set(runner.spec.by_name)
    assert "dark" not in runner.spec.by_name
    assert runner.run().skipped == ()
    runner._inputs = runner._inputs.with_first(torch.tensor([[-1.0, 1.5, 0.5, 0.0]]))  # one step, dark
    frame = runner.run()
    assert frame.skipped == ("step#2", "step#3", "bright")
    assert not frame.layer("step#2").any() and not frame.layer("bright").any()
    assert np.allclose(frame.layer("step"), [-1.0, 1.5, 0.5, 0.0])
    with torch.no_grad():
        expected = module(torch.tensor([[-1.0, 1.5, 0.5, 0.0]]))
    assert np.allclose(frame.layer("out"), expected.numpy(), atol=1e-6)


def test_a_module_called_twice_is_two_layers():
    spec = trace(*_of("Siamese")).spec
    assert "tower.0#2" in spec.by_name and spec.by_name["tower.1#2"].sources == ("tower.0#2",)
    assert spec.by_name["tower.3"].parameters > 0 and spec.by_name["tower.3#2"].parameters == 0


def test_tied_weights_are_counted_once():
    module, example = _of("GPT")
    assert trace(module, example).spec.parameters == sum(p.numel() for p in module.parameters())


def test_in_place_operations_do_not_overwrite_what_is_shown():
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Conv2d(2, 2, 3), nn.Sigmoid())
    frame = TracedRunner(trace(module, torch.rand(1, 1, 8, 8))).run()
    assert (frame.layer("0") < 0).any() and (frame.layer("1") >= 0).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions(dtype):
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3)).to(dtype)
    runner = TracedRunner(trace(module, torch.rand(1, 3, 8, 8, dtype=dtype)))
    image = np.random.default_rng(3).random((3, 8, 8), dtype=np.float32)
    frame = runner.run(image)
    expected, _ = plain_outputs(module, (torch.from_numpy(image)[None].to(dtype),))
    for name, values in expected.items():
        assert np.allclose(frame.layer(name).reshape(-1), values, atol=1e-3), name


class Bad(nn.Module):
    def forward(self, x):
        y = x.clone()
        y[0, 0], y[0, 1], y[0, 2] = float("nan"), float("inf"), float("-inf")
        return y


def test_what_is_not_finite_is_counted_and_has_a_texel_of_its_own():
    runner = TracedRunner(trace(nn.Sequential(nn.Linear(6, 6), Bad(), nn.ReLU()), torch.rand(1, 6)))
    frame = runner.run()
    assert frame.strange.tolist() == [0, 0, 3, 2]  # the rectified negative infinity is zero
    start = runner.spec.offsets["1"]
    strange = CODES[frame.texels.dtype].strange
    assert (frame.texels[start : start + 6] == strange).tolist() == [True, True, True, False, False, False]
    assert np.isfinite(frame.scales).all() and np.isnan(frame.layer("1")[0])


class Moody(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1, self.angry = nn.Conv2d(1, 2, 3), False
        self.layer2 = nn.Sequential(nn.Flatten(), self.Temper(self), nn.Linear(2 * 36, 2))

    class Temper(nn.Module):
        def __init__(self, owner):
            super().__init__()
            object.__setattr__(self, "owner", owner)

        def forward(self, x):
            if self.owner.angry:
                raise ValueError("not today")
            return x

    def forward(self, x):
        return self.layer2(self.layer1(x))


def test_a_module_that_raises_is_named_and_the_next_pass_is_a_good_one():
    module = Moody()
    runner = TracedRunner(trace(module, torch.rand(1, 1, 8, 8)))
    image = np.full((1, 8, 8), 0.5, np.float32)
    before = runner.run(image)
    values = before.values.copy()
    module.angry = True
    with pytest.raises(UserError, match=r"layer2\.1 \(Temper\): fails on input .* ValueError: not today"):
        runner.run(image)
    assert np.array_equal(before.values, values)
    module.angry = False
    assert np.array_equal(runner.run(image).values, values)


def test_a_module_that_catches_its_own_errors_goes_on():
    class Careful(nn.Module):
        def __init__(self):
            super().__init__()
            self.wide, self.narrow = nn.Linear(9, 2), nn.Linear(4, 2)

        def forward(self, x):
            try:
                return self.wide(x)
            except RuntimeError:
                return self.narrow(x)

    traced = trace(Careful(), torch.rand(1, 4))
    assert [layer.name for layer in traced.spec.layers] == ["input", "narrow"]
    assert TracedRunner(traced).run().skipped == ()


def test_a_network_too_large_for_memory_is_refused_before_its_frame_is_made(monkeypatch):
    monkeypatch.setattr(limits, "available_memory", lambda: 40_000)
    with pytest.raises(UserError) as error:
        trace(nn.Sequential(nn.Conv2d(1, 1, 1), *(nn.ReLU() for _ in range(40))), torch.rand(1, 1, 16, 16))
    assert "activations, which take about" in one_line(error) and "--input-shape" in str(error.value)


def test_memory_that_cannot_be_had_is_said():
    class Vast(nn.Module):
        def forward(self, x):
            return x.new_empty(1 << 50)

    with pytest.raises(UserError) as error:
        trace(nn.Sequential(nn.Linear(2, 2), Vast()), torch.rand(1, 2))
    assert "1 (Vast): needs more memory than this machine has" in one_line(error)


def test_labels_that_are_too_few_are_refused():
    with pytest.raises(UserError, match="3 labels for 5 outputs"):
        trace(Nest(), torch.zeros(1, 3, 16, 16), labels=["a", "b", "c"])


def test_a_preprocessing_of_another_size_is_refused():
    with pytest.raises(UserError, match="the preprocessing makes"):
        trace(Nest(), torch.zeros(1, 3, 16, 16), preprocessing=Preprocessing((3, 8, 8)))


@pytest.mark.parametrize(
    "declared", [{"shape": (3,)}, {"shape": (3, 16, 16), "std": (0, 0, 0)}, 7, {"mean": 1}]
)
def test_a_declaration_that_makes_no_sense_is_refused(declared):
    module = Nest()
    module.nnvis3d_preprocessing = declared
    with pytest.raises(UserError, match=r"Nest\.nnvis3d_preprocessing: expected shape"):
        trace(module, torch.zeros(1, 3, 16, 16))


@pytest.mark.parametrize("batch", [1, 4])
def test_of_a_batch_the_first_item_is_shown(batch):
    torch.manual_seed(2)
    module, images = Nest(), torch.rand(batch, 3, 16, 16)
    frame = TracedRunner(trace(module, images)).run()
    assert frame.spec.input.shape == (3, 16, 16)
    assert np.allclose(frame.layer("layer1.0.fc"), module(images)[0].detach().numpy(), atol=1e-5)


def test_what_is_not_a_batch_is_shown_whole():
    assert trace(nn.LSTM(4, 3), torch.rand(7, 1, 4)).spec.output.shape == (1, 7, 3)
    assert trace(nn.Sequential(nn.Conv2d(3, 2, 3)), torch.rand(3, 16, 16)).spec.output.shape == (2, 14, 14)


def test_hooks_of_their_own_stay_and_what_they_change_is_shown():
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    calls = []
    module[0].register_forward_hook(lambda m, a, output: output * 10)
    module[1].register_forward_pre_hook(lambda m, args: calls.append(args))
    frame = TracedRunner(trace(module, x := torch.rand(1, 4))).run()
    assert np.allclose(
        frame.layer("0"), (nn.functional.linear(x, module[0].weight, module[0].bias) * 10)[0].detach()
    )
    assert len(calls) == 2 and len(module[0]._forward_hooks) == 1


def test_compiled_modules_are_looked_into():
    module = nn.Sequential(nn.Linear(4, 4), torch.compile(nn.Sequential(nn.ReLU(), nn.Linear(4, 2))))
    traced = trace(torch.compile(module), torch.rand(1, 4))
    assert [layer.name for layer in traced.spec.layers] == ["input", "0", "1.0", "1.1"]


def test_random_numbers_of_the_program_go_on_as_if_nothing_had_been_traced():
    module, example = _of("VAE")
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    trace(module, example)
    assert torch.equal(torch.rand(3), expected)


def test_frames_of_large_networks_are_eight_bits_and_their_memory_is_used_again():
    module = nn.Sequential(*(nn.Identity() for _ in range(5)))
    runner = TracedRunner(trace(module, torch.rand(1, 4, 480, 480)))
    assert runner.spec.neurons >= 4_000_000
    first = runner.run()
    place, values = first.values.ctypes.data, first.layer("3")
    second = runner.run()
    assert second.texels.dtype == np.uint8 and second.values.ctypes.data != place
    del first, second
    assert runner.run().values.ctypes.data != place  # somebody still looks at a part of it
    del values
    assert runner.run().values.ctypes.data == place


@pytest.mark.parametrize("name", sorted(ZOO))
def test_any_neuron_of_any_network_can_be_asked(name):
    module, example = _of(name)
    traced = trace(module, example)
    frame = TracedRunner(traced).run()
    explainer = Explainer(module, traced.spec, lenient=True)
    for layer in traced.spec.layers:
        neuron = layer.neuron(layer.neurons // 2)
        explanation = explainer.explain(frame, neuron)
        assert explanation.result == frame.value(neuron) or np.isnan(explanation.result)
        explainer.incoming(frame, neuron)
        explainer.outgoing(frame, neuron)
        explainer.receptive_field(neuron)
        if explanation.kind != "other" and explanation.activated() is not None:
            assert explanation.activated() == pytest.approx(explanation.result, rel=2e-3, abs=1e-4), (
                layer.name
            )
    explainer.path(frame, NeuronId(traced.spec.output.name, 0))


def _of(name: str) -> tuple[nn.Module, torch.Tensor]:
    module, args = ZOO[name]()
    return module, args[0]


def test_huge_values_are_at_full_brightness_and_nobody_is_warned(recwarn):
    class Huge(nn.Module):
        def forward(self, x):
            return torch.tensor([[3e38, -3e38, 1e30, 0.0, 1.0, -1.0]]) + 0 * x

    runner = TracedRunner(trace(nn.Sequential(Huge()), torch.rand(1, 6)))
    frame = runner.run()
    code = CODES[frame.texels.dtype]
    assert frame.texels[6:].tolist() == [code.full, 2 * code.zero - code.full, *[code.zero] * 4]
    assert frame.strange is None and not [w for w in recwarn if issubclass(w.category, RuntimeWarning)]


def _padded_encoder(mask: torch.Tensor) -> tuple[nn.Module, tuple]:
    class Padded(nn.Module):
        def __init__(self):
            super().__init__()
            layer = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True)
            self.encoder, self.out = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(8)), nn.Linear(8, 3)

        def forward(self, x, mask):
            return self.out(self.encoder(x, src_key_padding_mask=mask))

    torch.manual_seed(4)
    return Padded(), (torch.rand(1, 6, 8), mask)


@pytest.mark.parametrize("mask", [[0, 0, 0, 0, 1, 1], [0, 1, 0, 0, 0, 0], [0] * 6])
def test_tokens_that_pytorch_leaves_out_are_left_out_although_somebody_listens(mask):
    module, args = _padded_encoder(torch.tensor([mask], dtype=torch.bool))
    runner = TracedRunner(trace(module, args))
    with torch.no_grad():
        expected = module.eval()(*args)
    assert np.allclose(runner.run().layer("out").reshape(expected.shape[1:]), expected[0], atol=1e-5)
    assert "encoder.layers.1.self_attn.weights" in runner.spec.by_name


def test_a_transform_of_torch_func_is_one_layer_with_the_values_that_come_out_of_it():
    module, (x,) = FURTHER["Mapped"]()
    before = torch._functorch.apis.vmap_impl
    runner = TracedRunner(trace(module, x))
    assert [(layer.name, layer.kind) for layer in runner.spec.layers[1:]] == [
        ("concat", "concat"),
        ("vmap", "vmap"),
        ("out", "linear"),
    ]
    for image in (None, np.full((6,), 0.25, np.float32)[:, None, None]):
        frame = runner.run(image if runner.spec.drawable else None)
        expected = module.each(torch.cat([x, 2 * x, 3 * x])).detach().numpy()
        assert np.allclose(frame.layer("vmap").reshape(3, 5), expected, atol=1e-6)
    assert runner.spec.by_name["vmap"].sources == ("concat",)
    assert torch._functorch.apis.vmap_impl is before


def test_two_may_listen_to_transforms_at_once_and_leave_in_any_order():
    before, heard = torch._functorch.apis.vmap_impl, []

    def hear(who):
        return lambda name, function, args, kwargs: (heard.append((who, name)), function(*args, **kwargs))[1]

    first, second = transforms.hearing(hear(1)), transforms.hearing(hear(2))
    first.__enter__(), second.__enter__()
    torch.func.vmap(torch.sin)(torch.ones(2))
    first.__exit__(None, None, None)
    torch.func.vmap(torch.func.vmap(torch.sin))(torch.ones(2, 2))
    second.__exit__(None, None, None)
    torch.func.vmap(torch.sin)(torch.ones(2))
    assert heard == [(2, "vmap"), (1, "vmap"), (2, "vmap")]
    assert torch._functorch.apis.vmap_impl is before


def test_what_torchscript_compiled_is_one_block_with_its_name_in_every_pass():
    module, (x,) = FURTHER["Compiled"]()
    runner = TracedRunner(trace(module, x))
    assert [layer.name for layer in runner.spec.layers[1:3]] == ["loop", "flat"]
    assert runner.spec.by_name["loop"].title.startswith("Loop")
    for _ in range(4):  # it is compiled anew, and better, in its first passes
        frame = runner.run()
    assert frame.skipped == ()
    assert np.allclose(frame.layer("loop").reshape(3, 12, 12), module.loop(x)[0].detach(), atol=1e-5)
    whole = trace(torch.jit.script(nn.Sequential(nn.Linear(3, 2), nn.ReLU())), torch.rand(1, 3))
    assert [layer.name for layer in whole.spec.layers] == ["input", "sequential"]
    assert trace(torch.jit.script(nn.Linear(3, 2)), torch.rand(1, 3)).spec.output.kind == "linear"


def test_what_came_through_another_program_does_not_pretend_to_be_constant():
    class Detour(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 2)

        def forward(self, x):
            return self.b(torch.from_numpy(self.a(x).numpy() ** 2))

    spec = trace(Detour(), torch.rand(1, 4)).spec
    assert spec.by_name["b"].sources == () and "leads here from the input" in spec.by_name["b"].note


def test_an_example_of_another_size_than_declared_is_read_with_the_mean_that_is_declared():
    module = nn.Sequential(nn.Conv2d(3, 2, 3))
    module.default_cfg = {"input_size": (3, 224, 224), "mean": (0.25,) * 3, "std": (0.5,) * 3}
    traced = trace(module, torch.full((1, 3, 8, 10), 0.5))
    assert traced.spec.preprocessing == Preprocessing((3, 8, 10), (0.25,) * 3, (0.5,) * 3)
    image = np.random.default_rng(1).random((3, 8, 10), np.float32)
    expected = module((torch.from_numpy(image)[None] - 0.25) / 0.5)[0]
    assert np.allclose(TracedRunner(traced).run(image).layer("0"), expected.detach(), atol=1e-5)
