"""Training in the lab: it learns, freezing holds, undo and redo are exact, branches part and stay apart."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nnvis3d.lab.history import bytes_of
from nnvis3d.lab.obey import obey
from nnvis3d.lab.snapshots import Snapshots
from nnvis3d.network import lab_commands as commands
from nnvis3d.network.lab_snapshot import TRAINING
from tests.lab_parts import base, data, lab, same, state

few = settings(max_examples=12)


def steps(made, count):
    for _ in range(count):
        made.train_step()


def test_it_learns():
    made = lab()
    first = made.fixed_loss()
    steps(made, 60)
    assert made.fixed_loss() < 0.5 * first
    assert made.validate().accuracy > 0.9


@pytest.mark.parametrize("optimizer", commands.OPTIMIZERS)
def test_every_optimiser_does_what_a_plain_loop_does(optimizer):
    made = lab(optimizer=optimizer, learning_rate=0.01, weight_decay=0.01)
    plain = base(made.trainer.network.plan)
    plain.load_state_dict(dict(state().tensors))
    kinds = {
        "sgd": lambda p: torch.optim.SGD(p, 0.01, weight_decay=0.01),
        "momentum": lambda p: torch.optim.SGD(p, 0.01, 0.9, weight_decay=0.01),
        "nesterov": lambda p: torch.optim.SGD(p, 0.01, 0.9, weight_decay=0.01, nesterov=True),
        "adam": lambda p: torch.optim.Adam(p, 0.01, weight_decay=0.01),
        "adamw": lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.01),
    }
    mover = kinds[optimizer](plain.parameters())
    other = lab()
    plain.train()
    for _ in range(10):
        made.train_step()
        _, images, labels = other.trainer.next_batch()
        loss = torch.nn.functional.cross_entropy(plain(images), labels)
        mover.zero_grad()
        loss.backward()
        mover.step()
    for name, tensor in plain.state_dict().items():
        if name in (
            "conv1.bias",
            "norm1.running_mean",
        ):  # the normalisation takes it away: Adam makes large steps of rounding errors
            continue
        torch.testing.assert_close(made.trainer.state().tensors[name], tensor, rtol=1e-4, atol=1e-6)


@few
@given(
    st.sampled_from(commands.OPTIMIZERS),
    st.sampled_from(["conv1", "conv2", "fc1", "output"]),
    st.data(),
)
def test_frozen_weights_are_bit_equal_after_a_hundred_steps_and_the_others_moved(optimizer, layer, draw):
    made = lab(optimizer=optimizer, learning_rate=0.003, weight_decay=0.01)
    steps(made, 3)
    total = made.trainer.network.by_name[layer].shape[0]
    chosen = draw.draw(st.sets(st.integers(0, total - 1), min_size=1))
    before = made.trainer.state()
    obey(made, commands.Freeze(layer, tuple(chosen)))
    steps(made, 100)
    after = made.trainer.state()
    for module in made.trainer.network.by_name[layer].modules:
        for name in [n for n in before.tensors if n.startswith(f"{module}.") and before.tensors[n].dim()]:
            for k in range(total):
                equal = torch.equal(after.tensors[name][k], before.tensors[name][k])
                assert equal if k in chosen else (not equal or name.endswith("bias"))
    others = [
        n for n in before.tensors if n.endswith("weight") and n.split(".")[0] != layer and "norm" not in n
    ]
    assert all(not torch.equal(after.tensors[n], before.tensors[n]) for n in others)


def test_below_the_lowest_layer_that_learns_nothing_is_computed():
    made = lab()
    for layer in ("conv1", "conv2"):
        obey(made, commands.Freeze(layer))
    steps(made, 2)
    parameters = dict(made.trainer.network.module.named_parameters())
    assert parameters["conv1.weight"].grad is None
    assert parameters["norm1.weight"].grad is None
    assert parameters["fc1.weight"].grad is not None
    frozen = Snapshots(made).take().frozen
    assert frozen.layers == ("conv1", "conv2")
    assert frozen.lowest_trainable == "fc1"
    assert 0 <= frozen.saved_share < 1
    obey(made, commands.Thaw("conv1", (1,)))
    steps(made, 1)
    assert Snapshots(made).take().frozen.filters["conv1"] == (0, 2, 3)
    assert parameters["conv1.weight"].grad is not None


def test_everything_frozen_still_steps():
    made = lab()
    for layer in made.trainer.network.weighted:
        obey(made, commands.Freeze(layer.name))
    before = made.trainer.state().tensors
    steps(made, 3)
    assert all(torch.equal(before[n], t) for n, t in made.trainer.state().tensors.items())


ACTIONS = st.sampled_from(
    [
        commands.AddFilter("conv1", 2),
        commands.RemoveFilter("conv2", (0, 2)),
        commands.AddLayer("pool1"),
        commands.Freeze("conv1"),
        commands.Freeze("fc1", (1, 2)),
        commands.Thaw("conv1"),
        commands.ResetFilter("fc1", (0,)),
        commands.SetLearningRate(0.001),
        commands.SetMomentum(0.5, "fc1"),
        commands.SetOptimizer("adam"),
        commands.SetBatchSize(7),
        commands.SetDropout(0.3),
        commands.SetDropout(0.2, "conv1"),
        commands.OptionsAsOthers("fc1"),
        commands.Start(3),
        commands.Step(),
    ]
)


def do(made, command):
    obey(made, command)
    while made.running:
        made.train_step()


def test_a_layer_trained_as_the_others_again_is_trained_as_if_nothing_had_been():
    made, plain = lab(), lab()
    for command in (
        commands.SetLearningRate(0.5, "fc1"),
        commands.SetMomentum(0.2, "fc1"),
        commands.SetWeightDecay(0.1, "fc1"),
        commands.SetDropout(0.4, "fc1"),
        commands.SetMomentum(0.3, "conv1"),
    ):
        obey(made, command)
    assert len(made.trainer.options.own("fc1")) == 4
    obey(made, commands.OptionsAsOthers("fc1"))
    assert made.trainer.options.own("fc1") == {} and made.trainer.options.own("conv1") == {"momentum": 0.3}
    obey(plain, commands.SetMomentum(0.3, "conv1"))
    for each in (made, plain):
        do(each, commands.Start(3))
    assert same(made.trainer.state(), plain.trainer.state())


@settings(max_examples=20)
@given(st.lists(ACTIONS, min_size=1, max_size=5))
def test_undo_brings_back_and_redo_does_again_bit_for_bit(chosen):
    made = lab()
    moments = [made.trainer.state()]
    for command in chosen:
        do(made, command)
        if len(made.line.actions) == len(moments):  # it was not refused, as the removal of what is gone is
            moments.append(made.trainer.state())
    for before in reversed(moments[:-1]):
        obey(made, commands.Undo())
        assert same(made.trainer.state(), before)
    assert not made.line.undo
    assert all(record.undone for record in made.line.actions)
    for after in moments[1:]:
        obey(made, commands.Redo())
        assert same(made.trainer.state(), after)
    assert not made.line.redo
    assert len(made.line.actions) == len(moments) - 1


def test_a_training_that_goes_on_says_what_it_has_done_so_far_where_it_is_saved(tmp_path):
    made = lab(learning_rate=0.1)
    obey(made, commands.Start())
    made.train_step()
    assert made.line.actions[-1].title == TRAINING
    for _ in range(30):
        made.train_step()
    obey(made, commands.Save(str(tmp_path / "x.lab")))
    record = made.line.actions[-1]
    assert record.title == "trained 31 steps"
    assert record.loss_after == made.fixed_loss() != record.loss_before
    made.train_step()
    obey(made, commands.Pause())
    assert [action.title for action in made.line.actions] == ["trained 32 steps"]


def test_what_branches_share_is_counted_once():
    made = lab()
    for _ in range(20):
        made.train_step()
    obey(made, commands.Branch("other", None))
    histories = [line.history for line in made.lines.values()]
    newest = made.trainer.state().bytes  # which is kept anew
    assert bytes_of(histories) <= max(history.bytes for history in histories) + newest


def test_nothing_to_undo_is_said():
    made = lab()
    obey(made, commands.Undo())
    assert made.message == "undo: nothing was done yet"
    obey(made, commands.Redo())
    assert made.message == "redo: nothing was undone"


@few
@given(st.integers(1, 40), st.integers(1, 20), st.sampled_from(commands.OPTIMIZERS), st.booleans())
def test_going_on_from_a_kept_step_gives_the_same_numbers(there, more, optimizer, dropout):
    made = lab(optimizer=optimizer, dropout=0.2 if dropout else 0.0)
    do(made, commands.Start(there + more))
    end = made.trainer.state()
    obey(made, commands.Goto(there))
    at = made.trainer.step
    assert at <= there
    if at < end.step:
        do(made, commands.Start(end.step - at))
    assert same(made.trainer.state(), end)


def test_the_past_is_shown_without_changing_anything():
    made = lab()
    early = made.trainer.state()
    do(made, commands.Start(40))
    late = made.trainer.state()
    obey(made, commands.ViewStep(0))
    past = Snapshots(made).take()
    assert past.viewing == 0
    assert past.shown.step == 0
    assert (past.shown.weights["fc1.weight"] == early.tensors["fc1.weight"].numpy()).all()
    assert same(made.trainer.state(), late)
    obey(made, commands.ViewStep(None))
    assert Snapshots(made).take().shown.step == 40


def test_branches_part_and_are_compared():
    made = lab()
    do(made, commands.Start(16))
    fork = made.trainer.state()
    obey(made, commands.Branch("wide"))
    do(made, commands.AddFilter("conv1", 3))
    do(made, commands.Start(8))
    wide = made.trainer.state()
    obey(made, commands.SwitchBranch("main"))
    assert same(made.trainer.state(), fork)
    do(made, commands.Start(4))
    obey(made, commands.CompareBranch("wide"))
    seen = Snapshots(made).take()
    assert [(b.name, b.step, b.parent, b.parent_step) for b in seen.branches] == [
        ("main", 20, "", 0),
        ("wide", 24, "main", 16),
    ]
    assert seen.compared.branch == "wide"
    assert seen.compared.spec.by_name["conv1"].shape[0] == 7
    assert seen.compared.structure != seen.shown.structure
    assert (seen.compared.image == seen.shown.image).all()
    assert set(seen.curves) == {"main", "wide"}
    assert seen.curves["wide"].step[-1] == 24
    obey(made, commands.SwitchBranch("wide"))
    assert same(made.trainer.state(), wide)
    obey(made, commands.DeleteBranch("wide"))
    assert "it is the current one" in made.message
    obey(made, commands.Branch("early", 8))
    assert made.trainer.step == 8
    obey(made, commands.DeleteBranch("wide"))
    assert set(made.lines) == {"main", "early"}


def test_a_comparison_goes_along_with_switching_deleting_and_the_past():
    made = lab()
    snapshots = Snapshots(made)
    do(made, commands.Start(16))
    obey(made, commands.Branch("other"))
    do(made, commands.Start(8))
    obey(made, commands.CompareBranch("main"))
    first, again = snapshots.take().compared, snapshots.take().compared
    assert (first.branch, first.step) == ("main", 16)
    assert (first.structure, first.serial) == (again.structure, again.serial)
    obey(made, commands.CompareBranch("other"))
    assert "it is the current one" in made.message
    obey(made, commands.ViewStep(8))
    then = snapshots.take()
    assert (then.shown.step, then.compared.step) == (8, 8)
    assert (then.compared.weights["fc1.weight"] == then.shown.weights["fc1.weight"]).all()
    assert then.compared.serial != first.serial
    obey(made, commands.SwitchBranch("main"))
    swapped = snapshots.take()
    assert (swapped.branch, swapped.compared.branch, swapped.compared.step) == ("main", "other", 24)
    obey(made, commands.Undo())
    obey(made, commands.Redo())
    assert snapshots.take().compared.serial == swapped.compared.serial
    obey(made, commands.DeleteBranch("other"))
    assert snapshots.take().compared is None
    obey(made, commands.Branch("other"))
    assert snapshots.take().compared is None


def test_to_the_end_of_the_epoch():
    made = lab()
    do(made, commands.ToEndOfEpoch())
    assert (made.trainer.sampler.epoch, made.trainer.sampler.position, made.trainer.step) == (1, 0, 4)
    assert made.validation is not None
    assert made.validation.confusion.sum() == len(data().validation)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (commands.SetLearningRate(float("nan")), "learning rate: expected a number from 0 to 100"),
        (commands.SetLearningRate(-1), "learning rate: expected"),
        (commands.SetMomentum(1.0), "momentum: expected a number from 0 to below 1"),
        (commands.SetDropout(0.1, "nothing"), "nothing: no layer with weights"),
        (commands.SetDropout(0.1, "output"), "output: nothing is dropped behind the last layer"),
        (commands.OptionsAsOthers("fc1"), "fc1: it is trained as the others"),
        (commands.OptionsAsOthers("nothing"), "nothing: no layer with weights"),
        (commands.SetBatchSize(0), "batch size: expected 1 to 60"),
        (commands.SetOptimizer("lbfgs"), "lbfgs: no such optimiser"),
        (commands.Start(0), "steps: expected at least 1"),
        (commands.SwitchBranch("x"), "branch x: there is none"),
        (commands.Branch("main"), "give a name that no branch has"),
        ("nonsense", "str: the lab does not know this command"),
    ],
)
def test_bad_commands_are_one_sentence(command, sentence):
    made = lab()
    before = made.trainer.state()
    obey(made, command)
    assert sentence in made.message
    assert same(made.trainer.state(), before)
