"""Steering keeps what it promises, on chains and on residual networks, with every optimiser."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.errors import UserError
from nnvis3d.lab import surgery
from nnvis3d.lab.build import assemble
from nnvis3d.lab.channels import channel_group
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.obey import obey
from nnvis3d.network import lab_commands as commands
from tests.lab_parts import lab, same, state

STEERABLE = {
    "chain": ("conv1", "conv2", "fc1"),
    "residual": ("conv1", "inner", "outer"),
}
PLACES = st.sampled_from([(model, layer) for model, layers in STEERABLE.items() for layer in layers])
OPTIMIZERS = st.sampled_from(commands.OPTIMIZERS)
few = settings(max_examples=15)


def trained(model: str, optimizer: str = "momentum", steps: int = 5) -> Lab:
    made = lab(model, optimizer=optimizer, learning_rate=0.01, weight_decay=1e-3)
    for _ in range(steps):
        made.train_step()
    made.pause()
    return made


def outputs(made: Lab) -> torch.Tensor:
    made.trainer.network.module.eval()
    with torch.no_grad():
        return made.trainer.network.module(made.fixed.inputs)


@few
@given(PLACES, OPTIMIZERS, st.integers(1, 3))
def test_adding_filters_changes_no_output_and_keeps_the_optimiser(place, optimizer, count):
    model, layer = place
    made = trained(model, optimizer)
    before, moments = outputs(made), made.trainer.state().optimizer
    obey(made, commands.AddFilter(layer, count))
    assert made.message == ""
    torch.testing.assert_close(outputs(made), before, rtol=1e-5, atol=1e-5)
    name = channel_group(made.trainer.network, layer).producers[0]
    grown = made.trainer.state().optimizer
    for key, value in moments[f"{name}.weight"].items():
        assert torch.equal(grown[f"{name}.weight"][key][: len(value)] if value.dim() else value, value)
    record = made.line.actions[-1]
    assert abs(record.loss_after - record.loss_before) < 1e-5
    made.train_step()  # and it goes on learning, the new filters too
    new = made.trainer.state().tensors[f"{name}.weight"]
    readers = channel_group(made.trainer.network, layer).readers
    column = made.trainer.state().tensors[f"{readers[0].module}.weight"][:, -readers[0].cells * count :]
    assert new.shape[0] == made.trainer.network.by_name[layer].shape[0]
    assert column.abs().sum() > 0


@few
@given(PLACES, OPTIMIZERS, st.integers(1, 3))
def test_add_then_remove_is_the_identity(place, optimizer, count):
    model, layer = place
    made = trained(model, optimizer)
    before = made.trainer.state()
    total = made.trainer.network.by_name[layer].shape[0]
    obey(made, commands.AddFilter(layer, count))
    obey(made, commands.RemoveFilter(layer, tuple(range(total, total + count))))
    assert same(made.trainer.state(), before)


@few
@given(PLACES, st.data())
def test_the_predicted_cost_of_every_removal_is_the_measured_one(place, draw):
    model, layer = place
    made = trained(model, steps=20)
    obey(made, commands.AskRemovalCost(layer))
    k = draw.draw(st.integers(0, len(made.removal.losses) - 1))
    obey(made, commands.RemoveFilter(layer, (k,)))
    assert made.fixed_loss() == pytest.approx(float(made.removal.losses[k]), rel=1e-5, abs=1e-6)
    assert made.removal.loss == pytest.approx(made.line.actions[-1].loss_before, rel=1e-5)


@few
@given(PLACES, st.data())
def test_removing_keeps_the_frozen_ones_frozen(place, draw):
    model, layer = place
    made = trained(model)
    total = made.trainer.network.by_name[layer].shape[0]
    frozen = draw.draw(st.sets(st.integers(0, total - 1), min_size=1))
    gone = draw.draw(st.integers(0, total - 1))
    obey(made, commands.Freeze(layer, tuple(frozen)))
    weight = f"{made.trainer.network.by_name[layer].modules[0]}.weight"
    rows = made.trainer.state().tensors[weight]
    obey(made, commands.RemoveFilter(layer, (gone,)))
    kept = [k for k in range(total) if k != gone]
    left = made.trainer.frozen[layer]
    after = made.trainer.state().tensors[weight]
    if layer == "outer":  # reads `inner`'s channels only: its rows stay comparable
        assert all(torch.equal(after[k], rows[kept[k]]) for k in left)
    assert {kept[k] for k in left} == frozen - {gone}


@few
@given(st.sampled_from(["conv1", "pool1", "conv2", "fc1"]), OPTIMIZERS)
def test_a_new_layer_computes_what_it_reads(after, optimizer):
    made = trained("chain", optimizer)
    before, kept = outputs(made), made.trainer.state()
    obey(made, commands.AddLayer(after))
    torch.testing.assert_close(outputs(made), before, rtol=1e-5, atol=1e-5)
    assert made.trainer.network.by_name["added1"].sources == (after,)
    grown = made.trainer.state()
    assert all(torch.equal(grown.tensors[name], tensor) for name, tensor in kept.tensors.items())
    obey(made, commands.AddFilter("added1", 2))
    torch.testing.assert_close(outputs(made), before, rtol=1e-5, atol=1e-5)
    obey(made, commands.AddLayer("added1"))
    made.train_step()
    assert made.trainer.network.by_name["added2"].sources == ("added1",)


def test_channels_are_found_through_everything():
    made = lab("chain")
    assert channel_group(made.trainer.network, "conv2").readers[0].cells == 16
    assert channel_group(made.trainer.network, "conv1").norms == ("norm1",)
    tied = channel_group(lab("residual").trainer.network, "outer")
    assert set(tied.producers) == {"outer", "conv1"}
    assert {reader.module for reader in tied.readers} == {"inner", "output"}


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (commands.AddFilter("output"), "its outputs are the network's answers"),
        (commands.RemoveFilter("conv1", (9,)), "conv1: no filter 9; it has 0 to 3"),
        (commands.RemoveFilter("conv1", (0, 1, 2, 3)), "at least one of its 4 filters has to stay"),
        (commands.RemoveFilter("conv1", ()), "one has to go"),
        (commands.AddFilter("pool1"), "pool1: no layer with filters"),
        (commands.AddFilter("conv1", 0), "expected 1 to 4,096 new filters"),
        (commands.AddLayer("output"), "not negative"),
        (commands.AddLayer("nothing"), "no such layer"),
        (commands.ResetFilter("conv1", (4,)), "no filter 4"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(command, sentence):
    made = trained("chain")
    before, actions = made.trainer.state(), made.line.actions
    obey(made, command)
    assert sentence in made.message
    assert same(made.trainer.state(), before)
    assert made.line.actions == actions


class Odd(torch.nn.Module):
    """Its channels cannot be followed."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 4, 3, padding=1)
        self.conv2 = torch.nn.Conv2d(2, 3, 8)

    def forward(self, images):
        return self.conv2(torch.relu(self.conv1(images))[:, ::2]).flatten(1)


def test_channels_that_cannot_be_followed_are_refused():
    network = assemble(state().plan, Odd(), {})
    with pytest.raises(
        UserError, match="conv1: filters cannot be added or removed, for its filters go through"
    ):
        channel_group(network, "conv1")


@few
@given(PLACES, st.data())
def test_reset_changes_these_filters_and_no_others(place, draw):
    model, layer = place
    made = trained(model)
    total = made.trainer.network.by_name[layer].shape[0]
    chosen = draw.draw(st.sets(st.integers(0, total - 1), min_size=1))
    before = made.trainer.state()
    obey(made, commands.ResetFilter(layer, tuple(chosen)))
    after, weight = made.trainer.state(), f"{layer}.weight"
    for k in range(total):
        assert torch.equal(after.tensors[weight][k], before.tensors[weight][k]) == (k not in chosen)
    assert not after.optimizer[weight]["momentum_buffer"][sorted(chosen)].any()
    others = [
        name
        for name in before.tensors
        if name.split(".")[0] not in made.trainer.network.by_name[layer].modules
    ]
    assert all(torch.equal(after.tensors[name], before.tensors[name]) for name in others)


def test_a_move_goes_to_the_average_with_bias_and_momentum():
    made = trained("chain")
    before = made.trainer.state()
    after = surgery.move_filter(made.trainer.network, before, "conv1", 0, (1, 3), (0.25, 0.75), 0.5)
    for name in ("conv1.weight", "conv1.bias", "norm1.weight", "norm1.running_mean"):
        old = before.tensors[name]
        expected = 0.5 * old[0] + 0.5 * (0.25 * old[1] + 0.75 * old[3])
        torch.testing.assert_close(after.tensors[name][0], expected)
        assert torch.equal(after.tensors[name][1:], old[1:])
    moments = [s.optimizer["conv1.weight"]["momentum_buffer"] for s in (before, after)]
    torch.testing.assert_close(
        moments[1][0], 0.5 * moments[0][0] + 0.125 * moments[0][1] + 0.375 * moments[0][3]
    )
