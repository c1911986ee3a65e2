"""How fast the lab trains beside a bare PyTorch loop of the same network, and how fast t-SNE steps."""

import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from nnvis3d.bench.lab_watch import measure_watch
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

_WARM_STEPS, _TURN = 20, 100
"""Steps before anything is measured; steps of a turn."""
_POINTS = (16, 64, 256, 1024)


def measure_lab(quick: bool = False) -> dict:
    """`examples_per_s` of `cnn` on the shipped digits: bare and headless, in turns, beside a window that
    nobody touches, and beside one with an embedding of every layer open; `share_of_bare` of each;
    `frames_per_s` and `frame_ms` of these windows are `window` and `embeddings`; what `nnvis3d.watch` costs a
    script is `watch`. Bare and headless per CPU second for the CIFAR network of ReVACNN at batch 4;
    `tsne_step_ms` by the number of points."""
    on_one_thread()
    keep_freed(one_pool=True)  # as a lab's own process does
    steps = 100 if quick else 4000
    rates = Turns(lambda: open_lab("cnn", "digits"), time.perf_counter).rates(steps)
    seconds = 1.0 if quick else 15.0
    windows = {"window": measure_window(seconds), "embeddings": measure_window(seconds, embeddings=True)}
    rates |= {name: drawn.pop("examples_per_s") for name, drawn in windows.items()}
    script = BareLoop(open_lab("cnn", "digits"))
    return {
        "examples_per_s": rates,
        "share_of_bare": {name: rate / rates["bare"] for name, rate in rates.items()},
        **windows,
        "watch": measure_watch(script.step, script.module, script.optimizer, 1 if quick else 8),
        "cifar3_batch_4_examples_per_cpu_s": Turns(_cifar, time.process_time).rates(steps),
        "tsne_step_ms": {str(count): _tsne_times(count, quick) for count in _POINTS},
    }


class Turns:
    """A bare loop and a lab without a viewer, which train in turns of a fraction of a second: so they meet
    the same machine. While one trains, the other's clock stands still."""

    def __init__(self, opened: Callable[[], Lab], clock: Callable[[], float]):
        """`clock`: seconds, of the wall or of the processor."""
        self._clock = clock
        self._bare = BareLoop(opened())
        self._lab = opened()
        self._passed = {"bare": 0.0, "headless": 0.0}
        self._began = clock()
        self._lab.clock = lambda: self._passed["headless"] + clock() - self._began
        self._session = LabSession(self._lab, snapshot_seconds=0.5, network=False)

    def rates(self, steps: int) -> dict[str, float]:
        """Examples a second of each, over so many steps of each."""
        for _ in range(_WARM_STEPS):
            self._bare.step()
            self._lab.train_step()
        self._session.send(Start())
        for _ in range(steps // _TURN):
            self._take_turn("bare", self._bare.step)
            self._take_turn("headless", self._session.turn)
        examples = steps // _TURN * _TURN * self._lab.trainer.options.batch_size
        return {name: examples / seconds for name, seconds in self._passed.items()}

    def _take_turn(self, name: str, step: Callable[[], object]) -> None:
        self._began = self._clock()
        for _ in range(_TURN):
            step()
        self._passed[name] += self._clock() - self._began


class BareLoop:
    """As anyone writes it, on the same data in memory."""

    def __init__(self, lab: Lab):
        options = lab.trainer.options
        self.module = lab.trainer._base(lab.trainer.network.plan).train()
        self.optimizer = torch.optim.SGD(self.module.parameters(), options.learning_rate, options.momentum)
        self._batch, self._labels = options.batch_size, lab.data.train.labels
        self._images = lab.trainer.prepared(lab.data.train.batch(torch.arange(len(self._labels))))

    def step(self) -> tuple[float, torch.Tensor]:
        """The loss, and the images (B, C, H, W)."""
        chosen = torch.randint(len(self._labels), (self._batch,))
        images = self._images[chosen]
        loss = F.cross_entropy(self.module(images), self._labels[chosen])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item(), images


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
