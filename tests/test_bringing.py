"""Networks from outside: factories, weights, exported programs, ONNX files; and what is wrong with them."""

import json
import os
import pickle
import sys
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.runtime.bringing.bring import bring
from nnvis3d.runtime.bringing.examples import Wanted
from nnvis3d.runtime.tracing.runner import TracedRunner
from tests.traced.zoo import ZOO

CODE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4 * 30 * 30, 5)
    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).flatten(1))

class Tall(Net):
    nnvis3d_preprocessing = {"shape": (3, 32, 32), "mean": (0.5, 0.4, 0.3), "std": (0.2, 0.2, 0.2)}
    nnvis3d_labels = ["a", "b", "c", "d", "e"]

def with_example():
    return nn.LSTM(4, 3, batch_first=True), torch.zeros(1, 6, 4)

def broken():
    raise RuntimeError("no such dataset")

def number():
    return 3

def picky():
    class Picky(nn.Module):
        def forward(self, image, question):
            return image.sum() + question.sum()
    return Picky()

net = Net()
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder of a user's own, with a module of theirs that no other test has imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    name = f"theirs_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(CODE)
    yield name
    sys.modules.pop(name, None)


def test_a_factory_is_found_in_the_working_directory_and_its_input_by_trying(here):
    traced = bring(f"{here}:Net")
    assert traced.spec.name == "Net" and traced.spec.drawable
    assert traced.spec.preprocessing.shape == (3, 32, 32) and not traced.spec.preprocessing.declared
    assert [layer.name for layer in traced.spec.layers] == ["input", "conv", "relu", "fc"]


def test_what_a_module_declares_is_believed(here):
    traced = bring(f"{here}:Tall")
    assert traced.spec.preprocessing.declared and traced.spec.preprocessing.mean == (0.5, 0.4, 0.3)
    assert traced.spec.labels == ("a", "b", "c", "d", "e")
    image = np.full((3, 32, 32), 0.7, np.float32)
    frame = TracedRunner(traced).run(image)
    batch = (torch.full((1, 3, 32, 32), 0.7) - torch.tensor([0.5, 0.4, 0.3]).view(3, 1, 1)) / 0.2
    assert np.allclose(frame.layer("conv"), traced.module.conv(batch)[0].numpy(), atol=1e-5)
    assert np.array_equal(frame.image, image) and frame.guesses(1)[0][0] in "abcde"


def test_a_factory_may_give_an_example_or_be_a_module_or_stand_in_a_file(here):
    assert bring(f"{here}:with_example").spec.input.shape == (1, 6, 4)
    assert bring(f"{here}:net").spec.output.neurons == 5
    assert bring(f"{here}.py:Net").spec.output.neurons == 5


def test_the_shape_is_what_the_user_says(here):
    with pytest.raises(UserError, match=r"fc \(Linear\): fails on input \(1, 3, 20, 20\)"):
        bring(f"{here}:Net", wanted=Wanted((3, 20, 20)))
    with pytest.raises(UserError, match="--input-shape"):
        bring(f"{here}:Net", wanted=Wanted(picture=(20, 20)))
    assert bring(f"{here}:Net", wanted=Wanted((3, 32, 32))).spec.drawable


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("nowhere", "no such network; choose one of"),
        ("nowhere:Net", "no Python module nowhere"),
        ("THEIRS:nothing", "has no nothing"),
        ("THEIRS:broken", "making it fails: RuntimeError: no such dataset"),
        ("THEIRS:number", "expected a torch.nn.Module, or one and an example input, got int"),
        ("THEIRS:picky", "say what it reads with --input-shape"),
        ("missing.py:Net", "no such file"),
        ("missing.pt2", "no such file"),
        ("missing.onnx", "no such file"),
        ("weights.pth", "holds weights, not what to do with them"),
    ],
)
def test_what_leads_nowhere_is_said_in_one_line(here, model, said):
    with pytest.raises(UserError, match=said) as error:
        bring(model.replace("THEIRS", here))
    assert "\n" not in str(error.value)


def test_weights_come_from_safetensors_and_state_dicts(here, tmp_path):
    torch.manual_seed(5)
    state = bring(f"{here}:Net").module.state_dict()
    state = {name: torch.randn_like(tensor) for name, tensor in state.items()}
    save_file(state, tmp_path / "w.safetensors")
    torch.save(state, tmp_path / "w.pt")
    torch.save({"epoch": 3, "state_dict": {f"module.{n}": t for n, t in state.items()}}, tmp_path / "w.pth")
    for file in ("w.safetensors", "w.pt", "w.pth"):
        module = bring(f"{here}:Net", tmp_path / file).module
        assert torch.equal(module.conv.weight, state["conv.weight"]), file


class Hostile:
    def __reduce__(self):
        return os.mkdir, ("owned",)


def test_weights_that_are_pickled_objects_are_refused_and_nothing_runs(here, tmp_path):
    torch.save(Hostile(), tmp_path / "w.pt")
    with pytest.raises(UserError, match=r"may run any code; load it where you trust it .*save_model"):
        bring(f"{here}:Net", tmp_path / "w.pt")
    (tmp_path / "raw.pt").write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(UserError, match=r"raw\.pt"):
        bring(f"{here}:Net", tmp_path / "raw.pt")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state.pop("fc.bias"), "fc.bias: missing"),
        (lambda state: state.update({"fc.bias": torch.zeros(7)}), "expected .5,., got .7,."),
        (lambda state: state.update(more=torch.zeros(1)), "more: not a tensor of this network"),
    ],
)
def test_weights_of_another_network_are_refused(here, tmp_path, change, said):
    state = dict(bring(f"{here}:Net").module.state_dict())
    change(state)
    torch.save(state, tmp_path / "w.pt")
    with pytest.raises(UserError, match=said):
        bring(f"{here}:Net", tmp_path / "w.pt")


def test_damaged_weights_are_refused(here, tmp_path):
    torch.save(bring(f"{here}:Net").module.state_dict(), tmp_path / "w.pt")
    content = (tmp_path / "w.pt").read_bytes()
    for length in (0, 10, len(content) // 2):
        (tmp_path / "w.pt").write_bytes(content[:length])
        with pytest.raises(UserError, match=r"w\.pt"):
            bring(f"{here}:Net", tmp_path / "w.pt")


# Exported programs.


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    module, args = ZOO["ResNet"]()
    path = tmp_path_factory.mktemp("exported") / "resnet.pt2"
    torch.export.save(torch.export.export(module.eval(), args), path)
    return path, module, args


def test_an_exported_program_has_the_layers_that_it_was_exported_from(exported):
    path, module, args = exported
    traced = bring(str(path))
    names = [layer.name for layer in traced.spec.layers]
    assert "layer2.0.shortcut.0" in names and "layer1.0.add" in names
    assert traced.spec.by_name["layer1.0.conv1"].kind == "conv"
    assert [g.title for g in traced.spec.groups][:3] == ["Stage 1", "Stage 1, block 1", "Stage 1, block 2"]
    frame = TracedRunner(traced).run()
    with torch.no_grad():
        assert np.allclose(frame.layer(names[-1]), module(*args)[0].numpy(), atol=1e-5)


EXPRESSION = '"range_constraints": {}, "x": {"expr_str": "__import__(1)"}'


def rewritten(path, target, change):
    """The archive with one of its files changed."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


@pytest.mark.parametrize(
    ("part", "old", "new", "said"),
    [
        ("weights_config.json", '"use_pickle": false', '"use_pickle": true', "pickled objects"),
        ("models/model.json", "torch.ops.aten.relu_.default", "torch.hub.load", r"calls torch\.hub\.load"),
        ("models/model.json", "torch.ops.aten.relu_.default", "torch.ops.aten.from_file", "from_file"),
        ("models/model.json", '"range_constraints": {}', EXPRESSION, "Python expressions"),
    ],
)
def test_an_exported_program_that_could_run_code_is_refused(exported, tmp_path, part, old, new, said):
    def change(name, content):
        if not name.endswith(part):
            return content
        text = json.dumps(json.loads(content))
        assert old in text, (name, text[:3000])
        return text.replace(old, new).encode()

    hostile = rewritten(exported[0], tmp_path / "hostile.pt2", change)
    with pytest.raises(UserError, match=said):
        bring(str(hostile))


def test_pickled_example_inputs_are_refused(exported, tmp_path):
    hostile = rewritten(
        exported[0],
        tmp_path / "hostile.pt2",
        lambda name, content: pickle.dumps(Hostile()) if "sample_inputs" in name else content,
    )
    with pytest.raises(UserError, match="example inputs"):
        bring(str(hostile))
    assert not os.path.exists("owned")


def test_a_damaged_exported_program_is_refused(exported, tmp_path):
    content = exported[0].read_bytes()
    for length in (0, 100, len(content) // 2):
        (tmp_path / "x.pt2").write_bytes(content[:length])
        with pytest.raises(UserError, match="not a whole exported program"):
            bring(str(tmp_path / "x.pt2"))


# ONNX.


@pytest.fixture(scope="module")
def onnx_file(tmp_path_factory):
    """A network of operations that PyTorch has, and of some that are left to the reference."""
    from onnx import TensorProto, helper, numpy_helper, save

    random = np.random.default_rng(4)

    def weights(name, *shape):
        return numpy_helper.from_array(random.normal(0, 0.3, shape).astype(np.float32), name)

    nodes = [
        helper.make_node("Conv", ["image", "w1", "b1"], ["c1"], "first/Conv", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"], "first/Relu"),
        helper.make_node("Conv", ["r1", "w2"], ["c2"], "second", pads=[0, 0, 1, 1], strides=[2, 2]),
        helper.make_node("HardSigmoid", ["c2"], ["h"], alpha=0.3),
        helper.make_node("MaxPool", ["r1"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Add", ["h", "p"], ["sum"], "join"),
        helper.make_node("GlobalAveragePool", ["sum"], ["g"]),
        helper.make_node("Flatten", ["g"], ["f"]),
        helper.make_node("Gemm", ["f", "w3", "b3"], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["answer"], axis=-1),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 12, 12])
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, ["n", 5])
    tensors = [weights("w1", 4, 3, 3, 3), weights("b1", 4), weights("w2", 4, 4, 2, 2)]
    tensors += [weights("w3", 5, 4), weights("b3", 5)]
    graph = helper.make_graph(nodes, "small", [image], [answer], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = tmp_path_factory.mktemp("onnx") / "small.onnx"
    save(model, path)
    return path, model


def test_an_onnx_file_computes_what_onnxruntime_does_in_every_layer(onnx_file):
    import onnxruntime

    path, model = onnx_file
    traced = bring(str(path))
    kinds = [layer.kind for layer in traced.spec.layers]
    assert kinds[1:6] == ["conv", "relu", "conv", "hardsigmoid", "maxpool"] and kinds[-1] == "softmax"
    assert traced.spec.by_name["join"].sources == ("hardsigmoid_3", "maxpool_4")
    image = np.random.default_rng(1).random((3, 12, 12), dtype=np.float32)
    frame = TracedRunner(traced).run(image)
    shown = {layer.name: frame.layer(layer.name) for layer in traced.spec.layers}
    for node in model.graph.node[:-1]:
        model.graph.output.add().name = node.output[0]
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(None, {"image": image[None]}), strict=True))
    del model.graph.output[1:]
    outputs = [node.output[0] for node in model.graph.node]
    assert len(shown) == len(outputs) + 1
    for values, output in zip(list(shown.values())[1:], outputs, strict=True):
        assert np.allclose(values.reshape(-1), found[output].reshape(-1), atol=1e-5), output


def test_a_damaged_onnx_file_is_refused(onnx_file, tmp_path):
    content = onnx_file[0].read_bytes()
    for damaged in (b"", b"no protobuf at all", content[: len(content) // 2]):
        (tmp_path / "x.onnx").write_bytes(damaged)
        with pytest.raises(UserError, match="not a whole ONNX file"):
            bring(str(tmp_path / "x.onnx"))


def test_without_the_extra_it_says_what_to_install(onnx_file, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UserError, match=r"pip install 'nnvis3d\[onnx\]'"):
        bring(str(onnx_file[0]))


def test_a_module_is_not_changed_by_failing_weights(here, tmp_path):
    from nnvis3d.runtime.bringing.state import load_state

    module = nn.Linear(2, 2)
    before = module.weight.clone()
    torch.save({"weight": torch.zeros(2, 2)}, tmp_path / "w.pt")
    with pytest.raises(UserError, match="bias: missing"):
        load_state(module, tmp_path / "w.pt")
    assert torch.equal(module.weight, before)
