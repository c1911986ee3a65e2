"""Training on pictures: reproducible, resumable, and it learns."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from nnvis3d.cli import main
from nnvis3d.errors import UserError
from nnvis3d.network.catalog import THINGS
from nnvis3d.network.spec import Preprocessing
from nnvis3d.runtime.checkpoint import load_checkpoint, save_checkpoint
from nnvis3d.runtime.picture_batches import Batches, Mixer
from nnvis3d.runtime.picture_options import PictureTrainingOptions
from nnvis3d.runtime.picture_trainer import train_pictures

SIDE = 8
PREPROCESSING = Preprocessing((3, SIDE, SIDE), (0.5,) * 3, (0.25,) * 3)
OPTIONS = PictureTrainingOptions(4, seed=5, batch=16, small_size=6, shift=1)
RUN = {"model": "small"}


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(False)


def small() -> nn.Module:
    torch.manual_seed(0)
    pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), *pool)


def pictures(count: int = 96) -> tuple[torch.Tensor, torch.Tensor]:
    """Bright red ones and bright blue ones."""
    generator = torch.Generator().manual_seed(1)
    labels = torch.randint(2, (count,), generator=generator)
    images = torch.randint(90, (count, 3, SIDE, SIDE), generator=generator, dtype=torch.uint8)
    images[torch.arange(count), 2 * labels] += 120
    return images, labels


def run(module: nn.Module, options=OPTIONS, **more) -> list[tuple[int, float, float]]:
    said: list[tuple[int, float, float]] = []
    train_pictures(module, PREPROCESSING, *pictures(), options, progress=lambda *s: said.append(s), **more)
    return said


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_it_learns_and_the_same_seed_gives_the_same_weights():
    one, other, third = small(), small(), small()
    start = {name: tensor.clone() for name, tensor in one.state_dict().items()}
    said = run(one)
    run(other)
    assert (
        [epoch for epoch, _, _ in said] == [1, 2, 3, 4] and said[-1][2] > 0.9 > said[0][2] - 1e-9
    ) or said[0][2]
    assert said[-1][1] < said[0][1] and same(one, other) and not one.training
    assert any(not torch.equal(start[name], tensor) for name, tensor in one.state_dict().items())
    run(third, PictureTrainingOptions(4, seed=6, batch=16, small_size=6, shift=1))
    assert not same(one, third)


def test_cut_off_after_any_epoch_it_ends_with_the_same_weights(tmp_path):
    whole, path = small(), tmp_path / "a.checkpoint"
    run(whole, save=lambda state: save_checkpoint(state, RUN, tmp_path / f"{state.epoch}.checkpoint"))
    for epoch in (1, 3, 4):
        path = tmp_path / f"{epoch}.checkpoint"
        again = small()
        said = run(again, resume=load_checkpoint(path, RUN, again))
        assert [number for number, _, _ in said] == list(range(epoch + 1, 5)) and same(whole, again)


def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path):
    module, path = small(), tmp_path / "a.checkpoint"
    assert load_checkpoint(path, RUN, module) is None
    run(module, save=lambda state: save_checkpoint(state, RUN, path))
    with pytest.raises(UserError, match="other options"):
        load_checkpoint(path, {"model": "another"}, module)
    with pytest.raises(UserError, match="another network"):
        load_checkpoint(path, RUN, nn.Sequential(*small()[:3]))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError, match="not a whole safetensors file"):
        load_checkpoint(path, RUN, module)


def test_an_epoch_has_every_picture_once_and_two_have_it_both_ways_round():
    images = torch.zeros(32, 3, SIDE, SIDE, dtype=torch.uint8)
    images[:, 0] = torch.arange(32, dtype=torch.uint8)[:, None, None]
    images[:, 1, :, : SIDE // 2] = 200  # the left half
    labels = torch.arange(32)
    options = PictureTrainingOptions(4, batch=16, shift=0, small_share=0)
    left: dict[int, list[bool]] = {}
    for epoch in (0, 1):
        met = []
        for batch, targets in Batches(images, labels, Preprocessing((3, SIDE, SIDE)), options, epoch):
            assert batch.shape == (16, 3, SIDE, SIDE)
            np.testing.assert_allclose(batch[:, 0, 0, 0] * 255, targets, atol=1e-3)
            for picture, target in zip(batch, targets.tolist(), strict=True):
                left.setdefault(target, []).append(bool(picture[1, 0, 0] > 0.5))
            met += targets.tolist()
        assert sorted(met) == list(range(32))
    assert all(sorted(ways) == [False, True] for ways in left.values())


def test_early_epochs_see_small_pictures():
    options = PictureTrainingOptions(5, batch=16, small_size=6, shift=1)
    batches = [next(iter(Batches(*pictures(), PREPROCESSING, options, epoch))) for epoch in range(5)]
    sizes = [images.shape[-1] for images, _ in batches]
    assert sizes == [6, 6, SIDE, SIDE, SIDE]


def test_a_second_cycle_begins_at_rest_with_the_weights_of_the_first(tmp_path):
    first, both = small(), small()
    run(first, save=lambda state: save_checkpoint(state, RUN, tmp_path / "a.checkpoint"))
    options = PictureTrainingOptions(4, seed=5, batch=16, small_size=6, shift=1, again=2)
    said = run(both, options)
    assert [epoch for epoch, _, _ in said] == [1, 2, 3, 4, 5, 6] and not same(first, both)
    again = small()
    run(again, options, resume=load_checkpoint(tmp_path / "a.checkpoint", RUN, again))
    assert same(both, again)
    begun = load_checkpoint(tmp_path / "a.checkpoint", RUN, again)
    assert begun is not None
    at_rest = replace(begun, momentum={name: 0 * tensor for name, tensor in begun.momentum.items()})
    run(again, options, resume=at_rest)
    assert same(both, again)


def statistics(module: nn.Module, options: PictureTrainingOptions) -> torch.Tensor:
    """Mean of what the convolution makes of all pictures as they are, float32 (8,)."""
    values = []
    with torch.no_grad():
        plain = Batches(*pictures(), PREPROCESSING, replace(options, shift=0), options.total)
        values = [module[0](images) for images, _ in plain]
    return torch.cat(values).mean((0, 2, 3))


def test_of_the_third_part_the_mean_of_the_weights_is_kept_with_its_own_statistics(tmp_path):
    options = replace(OPTIONS, again=1, average=3)
    states = []
    whole = small()
    run(whole, options, save=states.append)
    for name, weight in whole.named_parameters():
        parts = torch.stack([state.weights[name] for state in states[-3:]])
        torch.testing.assert_close(weight.detach(), parts.mean(0))
    torch.testing.assert_close(whole[1].running_mean, statistics(whole, options))
    for number in (5, 6, 8):
        path, again = tmp_path / f"{number}.checkpoint", small()
        save_checkpoint(states[number - 1], RUN, path)
        run(again, options, resume=load_checkpoint(path, RUN, again))
        assert same(whole, again)


def test_the_last_parts_go_on_from_the_mean_more_and_more_slowly(tmp_path):
    third, options = replace(OPTIONS, average=2), replace(OPTIONS, average=2, settle=3)
    mean, whole, states = small(), small(), []
    run(mean, third)
    run(whole, options, save=states.append)
    assert len(states) == 9 and not same(mean, whole)
    torch.testing.assert_close(whole[1].running_mean, statistics(whole, options))
    places = [dict(mean.named_parameters()), *(state.weights for state in states[6:9])]
    steps = [
        sum((one[name] - other[name]).detach().square().sum().item() for name in places[0])
        for one, other in pairwise(places)
    ]
    assert steps[0] > steps[2] > 0
    for number in (6, 7, 9):
        path, again = tmp_path / f"{number}.checkpoint", small()
        save_checkpoint(states[number - 1], RUN, path)
        run(again, options, resume=load_checkpoint(path, RUN, again))
        assert same(whole, again)


def test_of_several_rounds_the_mean_of_their_ends_is_kept(tmp_path):
    options = replace(OPTIONS, average=2, settle=2, rounds=3)
    whole, states = small(), []
    run(whole, options, save=states.append)
    assert len(states) == 12
    for name, weight in whole.named_parameters():
        ends = torch.stack([states[number - 1].weights[name] for number in (8, 10, 12)])
        torch.testing.assert_close(weight.detach(), ends.mean(0))
    for number in (7, 8, 9, 11):
        path, again = tmp_path / f"{number}.checkpoint", small()
        save_checkpoint(states[number - 1], RUN, path)
        run(again, options, resume=load_checkpoint(path, RUN, again))
        assert same(whole, again)


def test_mixed_pictures_are_made_of_two_in_the_share_that_is_said():
    images, labels = pictures()
    images = images.float()
    for epoch in range(4):
        mixed, one, other, share = Mixer(OPTIONS, epoch).mixed(images, labels)
        assert 0.5 <= share <= 1 and torch.equal(one, labels) and sorted(other) == sorted(labels)
        again = Mixer(OPTIONS, epoch).mixed(images, labels)
        assert torch.equal(mixed, again[0]) and share == again[3]
        rest = (mixed - share * images) / max(1 - share, 1e-9)
        blue_or_red = rest[:, [0, 2]].mean((2, 3)).argmax(1)
        assert share > 0.99 or torch.equal(blue_or_red, other)


def test_train_writes_weights_and_record_and_goes_on_from_its_checkpoint(tmp_path, capsys):
    rng = np.random.default_rng(2)
    for name, count in (("train", 128), ("test", 20)):
        images = rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
        arrays = {"images": images, "labels": np.arange(count) % 10, "classes": np.array(THINGS)}
        np.savez(tmp_path / f"{name}.npz", **arrays)
    output = tmp_path / "mine.safetensors"
    command = ["train", "--model", "resnet20", "--data", str(tmp_path), "--epochs", "1"]
    command += ["--output", str(output)]
    assert main([*command, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record == json.loads(output.with_suffix(".json").read_text())
    assert record["data"] == {"cifar10_train": 128} and 0 <= record["accuracy"]["cifar10_test"] <= 1
    weights = output.read_bytes()
    assert main(command) == 0  # the checkpoint says that all epochs are done
    assert output.read_bytes() == weights and "goes on after epoch 1" in capsys.readouterr().err
    test = str(tmp_path / "test.npz")
    evaluation = ["evaluate", "--model", "resnet20", "--weights", str(output), "--images", test, "--json"]
    assert main(evaluation) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == record["accuracy"]["cifar10_test"]
    assert main([*command[:6], "2", *command[7:]]) == 2
    assert "other options" in capsys.readouterr().err
