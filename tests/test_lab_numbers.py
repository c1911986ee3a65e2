"""What the lab measures, against numbers computed by hand; alarms; the way back from what is no number."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from nnvis3d.lab.alarms import Alarms
from nnvis3d.lab.obey import obey
from nnvis3d.lab.snapshots import Snapshots
from nnvis3d.network import lab_commands as commands
from nnvis3d.network.lab_snapshot import LayerNumbers
from tests.lab_parts import lab


def test_a_measured_layer():
    made = lab(optimizer="sgd", learning_rate=0.1)
    before = made.trainer.state().tensors["fc1.weight"]
    bias = made.trainer.state().tensors["fc1.bias"]
    made.train_step()
    parameters = dict(made.trainer.network.module.named_parameters())
    numbers = Snapshots(made).take().layers["fc1"]
    both = torch.cat([parameters["fc1.weight"].grad.flatten(), parameters["fc1.bias"].grad])
    assert numbers.gradient_norm == pytest.approx(float(both.norm()), rel=1e-5)
    size = torch.cat([parameters["fc1.weight"].flatten(), parameters["fc1.bias"]]).detach().norm()
    assert numbers.update_ratio == pytest.approx(float(0.1 * both.norm() / size), rel=1e-3)
    changed = (parameters["fc1.weight"].detach() - before).abs().sum(1)
    np.testing.assert_allclose(numbers.filter_change, changed.numpy(), rtol=1e-4)
    assert numbers.filter_gradient.shape == numbers.mean_activation.shape == (6,)
    assert numbers.histogram.sum() == len(made.fixed.labels[:32]) * 6
    assert bias.shape == (6,)


def test_dead_filters_are_named():
    made = lab()
    state = made.trainer.state()
    with torch.no_grad():
        module = made.trainer.network.module
        module.conv2.weight[3] = -1.0  # of inputs that are never below zero
    made.train_step()
    numbers = Snapshots(made).take()
    assert numbers.layers["conv2"].dead == (3,)
    assert numbers.layers["conv2"].dead_share >= 1 / 5
    (alarm,) = [alarm for alarm in numbers.alarms if alarm.layer == "conv2"]
    assert alarm.sentence == "conv2: 1 of 5 never answers (3): reset or remove it"
    assert alarm.filters == (3,)
    assert state.step == 0


def numbers(norm):
    nothing = np.zeros(2, np.float32)
    return LayerNumbers(norm, 0.01, 0.0, np.zeros(4, np.int64), (0.0, 1.0), nothing, nothing, nothing)


def test_gradients_that_explode_or_vanish():
    alarms = Alarms()
    for step in range(5):
        alarms.measured({"a": numbers(2.0), "b": numbers(1.0)}, step, 1.0)
    assert alarms.standing == ()
    alarms.measured({"a": numbers(2000.0), "b": numbers(1e-4)}, 6, 1.0)
    assert [(alarm.kind, alarm.layer) for alarm in alarms.standing] == [
        ("exploding", "a"),
        ("vanishing", "b"),
    ]
    alarms.measured({"a": numbers(2.0), "b": numbers(1.0)}, 7, 1.0)
    assert alarms.standing == ()


def test_the_most_serious_alarm_is_told_first():
    alarms, dead = Alarms(), replace(numbers(1e-9), dead=(1,))
    alarms.measured({"a": dead, "b": numbers(1.0)}, 5, 1.0)
    alarms.not_a_number(6, 4)
    assert [alarm.kind for alarm in alarms.standing] == ["nan", "vanishing", "dead"]


def test_when_the_loss_is_no_number_training_pauses_at_the_last_good_state():
    made = lab()
    for _ in range(20):
        made.train_step()
    good = made.line.history.at(16).state
    made.start()
    with torch.no_grad():
        made.trainer.network.module.fc1.weight[0, 0] = float("nan")
    made.train_step()
    assert not made.running
    assert made.trainer.step == 16
    assert torch.equal(made.trainer.state().tensors["fc1.weight"], good.tensors["fc1.weight"])
    assert "step 21: the loss is not a number; training paused, back at step 16" in made.message
    assert "nan" in [alarm.kind for alarm in Snapshots(made).take().alarms]
    made.start(2)
    made.train_step()
    assert "nan" not in [alarm.kind for alarm in Snapshots(made).take().alarms]


def test_a_rate_that_is_too_high_is_survived():
    made = lab(optimizer="sgd", learning_rate=100.0)
    made.start()
    for _ in range(100):
        if not made.running:
            break
        made.train_step()
    finite = all(torch.isfinite(tensor).all() for tensor in made.trainer.state().tensors.values())
    assert finite or made.running


def test_the_worst_images_and_the_confusion():
    made = lab()
    obey(made, commands.Evaluate())
    seen = Snapshots(made).take().validation
    assert seen.confusion.sum() == 30
    assert np.trace(seen.confusion) / 30 == pytest.approx(seen.accuracy)
    assert (np.diff(seen.worst_losses) <= 0).all()
    assert seen.worst_images.shape == (24, 1, 8, 8)
    assert seen.worst_losses[0] > seen.loss


def test_curves_keep_their_size_and_their_mean():
    from nnvis3d.lab.curve import CurveBuilder

    builder = CurveBuilder(most=16)
    losses = np.arange(100, dtype=float)
    for step, loss in enumerate(losses, start=1):
        builder.add(step, loss, 1, 2)
    curve = builder.curve
    assert 8 <= len(curve.step) <= 16
    assert (np.diff(curve.step) == builder.stride).all()
    first = losses[: builder.stride].mean()
    assert curve.loss[0] == pytest.approx(first)
    assert (curve.accuracy == 0.5).all()


def test_the_kept_past_stays_within_its_bytes_and_covers_everything():
    from nnvis3d.lab.history import History

    made = lab()
    made.line.history = History(budget=20 * made.trainer.state().bytes, interval=1)
    for _ in range(100):
        made.train_step()
    made.pause()
    history = made.line.history
    assert history.bytes <= history.budget
    assert history.steps[0] <= 32
    assert history.steps[-1] == 100
    assert np.diff(history.steps).max() <= 2 * history.interval
