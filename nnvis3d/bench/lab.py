"""How fast the lab trains beside a bare PyTorch loop of the same network, and how fast t-SNE steps."""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from nnvis3d.bench.lab_window import measure_window
from nnvis3d.bench.timing import Distribution, distribution, timed
from nnvis3d.lab.affinities import probabilities, random_places, squared_distances
from nnvis3d.lab.build import plan_for
from nnvis3d.lab.data import LabData, StoredImages
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.open_lab import default_options, open_lab
from nnvis3d.lab.session import LabSession
from nnvis3d.lab.threads import on_one_thread
from nnvis3d.lab.trainer import first_state
from nnvis3d.lab.tsne import Tsne
from nnvis3d.memory import keep_freed
from nnvis3d.network.lab_commands import Start
from nnvis3d.network.lab_snapshot import TrainingOptions

_ROUNDS = 3
_POINTS = (16, 64, 256, 1024)


def measure_lab(quick: bool = False) -> dict:
    """`examples_per_s` of `cnn` on the shipped digits: bare and headless, in turns, beside a window that
    nobody touches, and beside one with an embedding of every layer open; `share_of_bare` of each;
    `frames_per_s` and `frame_ms` of these windows are `window` and `embeddings`. Bare and headless per CPU
    second for the CIFAR network of ReVACNN at batch 4; `tsne_step_ms` by the number of points."""
    on_one_thread()
    keep_freed(one_pool=True)  # as a lab's own process does
    rounds, steps = (1, 50) if quick else (_ROUNDS, 1500)
    rates = _rates(lambda: open_lab("cnn", "digits"), rounds, steps, time.perf_counter)
    seconds = 1.0 if quick else 15.0
    windows = {"window": measure_window(seconds), "embeddings": measure_window(seconds, embeddings=True)}
    rates |= {name: drawn.pop("examples_per_s") for name, drawn in windows.items()}
    return {
        "examples_per_s": rates,
        "share_of_bare": {name: rate / rates["bare"] for name, rate in rates.items()},
        **windows,
        "cifar3_batch_4_examples_per_cpu_s": _rates(_cifar, rounds, steps, time.process_time),
        "tsne_step_ms": {str(count): _tsne_times(count, quick) for count in _POINTS},
    }


def _rates(
    opened: Callable[[], Lab], rounds: int, steps: int, clock: Callable[[], float]
) -> dict[str, float]:
    """Median over rounds in which both take turns, so that each meets the same machine."""
    bare, headless = [], []
    for _ in range(rounds):
        bare.append(_bare_rate(opened(), steps, clock))
        headless.append(_headless_rate(opened(), steps, clock))
    return {"bare": statistics.median(bare), "headless": statistics.median(headless)}


def _bare_rate(lab: Lab, steps: int, clock: Callable[[], float]) -> float:
    """Examples a second of a loop as anyone writes it, on the same data in memory."""
    options, module = lab.trainer.options, lab.trainer._base(lab.trainer.network.plan).train()
    optimizer = torch.optim.SGD(module.parameters(), options.learning_rate, options.momentum)
    images, labels = lab.data.train.batch(torch.arange(len(lab.data.train))), lab.data.train.labels
    images = lab.trainer.prepared(images)
    started = 0.0
    for step in range(steps + 20):
        if step == 20:
            started = clock()
        chosen = torch.randint(len(labels), (options.batch_size,))
        loss = F.cross_entropy(module(images[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
    return steps * options.batch_size / (clock() - started)


def _headless_rate(lab: Lab, steps: int, clock: Callable[[], float]) -> float:
    """Examples a second of the lab's session without a viewer."""
    for _ in range(20):
        lab.train_step()
    session = LabSession(lab, snapshot_seconds=0.5, network=False)
    session.send(Start(steps))
    started = clock()
    session.open()
    while not (lab.trainer.step >= steps + 20 or session.failure):
        session.wait(1.0)
    seconds = clock() - started
    session.close()
    return steps * lab.trainer.options.batch_size / seconds


def _cifar() -> Lab:
    """ReVACNN's network at batch 4. Noise for images: what they show does not change how fast it trains."""
    rng = np.random.default_rng(1)
    pixels = torch.from_numpy(rng.integers(0, 255, (2000, 3, 32, 32), dtype=np.uint8))
    images = StoredImages(pixels, torch.arange(2000) % 10)
    labels = tuple("0123456789")
    options: TrainingOptions = default_options("cifar3", 4)
    return Lab(LabData("noise", images, images, labels), first_state(plan_for("cifar3", 3, labels), options))


def _tsne_times(count: int, quick: bool) -> Distribution:
    rows = np.random.default_rng(1).standard_normal((count, 32)).astype(np.float32)
    joint, _ = probabilities(squared_distances(rows), min(30.0, count / 4))
    tsne = Tsne([joint], [random_places(count, 1)], [True])
    for _ in range(5):
        tsne.step(10.0)
    return distribution([timed(lambda: tsne.step(10.0)) for _ in range(20 if quick else 200)])
