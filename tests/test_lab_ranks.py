"""Two processes, started by what starts torchrun's, train one network; the first of them may be watched."""

import hashlib

import numpy as np
import torch
from torch import nn
from torch.distributed.launcher.api import LaunchConfig, elastic_launch
from torch.nn.parallel import DistributedDataParallel

import nnvis3d
from nnvis3d.lab.obey import obey
from nnvis3d.lab.open_lab import open_lab
from nnvis3d.lab.ranks import ALONE, Ranks, under_torchrun
from nnvis3d.network import lab_commands as commands
from tests.lab_parts import lab

STEPS = 9


def trained(made, ranks=ALONE):
    """A few steps, batches that two cannot share evenly, an added filter, a frozen layer, steps again."""
    made.trainer.ranks = ranks
    for command in (commands.Start(STEPS), commands.AddFilter("conv1"), commands.Freeze("conv2")):
        obey(made, command)
        while made.running:
            made.train_step()
    obey(made, commands.Start(STEPS))
    while made.running:
        made.train_step()
    return made


def numbers(made):
    """(bytes of its weights, losses) of what has become of it."""
    tensors = made.trainer.state().tensors
    weights = b"".join(tensors[name].numpy().tobytes() for name in sorted(tensors))
    return hashlib.sha256(weights).hexdigest(), made.line.curve.curve.loss.tolist()


def work():
    """What each of the two does: a network without normalisations, one with, a watch."""
    torch.set_num_threads(1)
    assert under_torchrun()
    ranks = Ranks()
    found = [numbers(trained(made(), ranks)) for made in (plain, normalised)]
    watch = nnvis3d.watch(DistributedDataParallel(nn.Linear(2, 2)), port=0)
    watch.close()
    ranks.close()
    return type(watch).__name__, found


def normalised():
    return lab("residual", batch_size=7)


def plain():
    return open_lab("cnn", "digits", batch_size=7)


def test_two_processes_take_the_steps_that_one_would():
    torch.set_num_threads(1)
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=2,
        run_id="lab",
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        start_method="fork",
        monitor_interval=0.1,
        max_restarts=0,
    )
    results = elastic_launch(config, work)()
    first, second = results[0], results[1]
    assert (first[0], second[0]) == ("Watch", "Silent")  # who may be watched
    assert first[1] == second[1]  # bit for bit
    _, losses = numbers(trained(plain()))
    np.testing.assert_allclose(first[1][0][1], losses, rtol=1e-3)
