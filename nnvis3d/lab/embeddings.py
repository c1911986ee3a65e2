"""Keeps a lab's embeddings up to date, within a share of its time."""

from collections.abc import Callable

import numpy as np
import torch

from nnvis3d.errors import UserError
from nnvis3d.lab.affinities import probabilities, random_places, squared_distances
from nnvis3d.lab.board import Board
from nnvis3d.lab.data import Images
from nnvis3d.lab.features import IMAGES, Item, filter_features, sample_features
from nnvis3d.lab.network import LabNetwork
from nnvis3d.lab.tsne import Tsne
from nnvis3d.lab.validation import FixedBatch, Prepare
from nnvis3d.network.lab_commands import KINDS
from nnvis3d.network.lab_snapshot import ClassView

STEP_SECONDS = 1 / 25
"""Between two steps of the pictures."""
_REFRESH_SECONDS = 0.5
_SHARE = 20
"""Reading the network anew waits at least so many times as long as it took."""
_CLASS_PERPLEXITY = 30.0
MOST_SAMPLES = 2000


Clock = Callable[[], float]


class Embeddings:
    """What is embedded, and when it is looked at again. The clock is the lab's."""

    def __init__(self, fixed: FixedBatch):
        self.board = Board()
        self.items: tuple[Item, ...] = ()
        self._inputs, self._labels = fixed.inputs[:IMAGES], fixed.labels[:IMAGES]
        self.step_seconds = STEP_SECONDS
        self._due, self._stepped = 0.0, 0.0
        self._serial = -1  # of the weights that were read last
        self.classes: ClassPicture | None = None

    @property
    def idle(self) -> bool:
        return not self.items and self.classes is None

    def show(self, items: tuple[Item, ...], network: LabNetwork) -> None:
        """Embed exactly these.

        Raises:
            UserError: no such layer or kind.
        """
        for layer, kind in items:
            if kind not in KINDS:
                raise UserError(f"{kind}: no kind of embedding; choose one of {', '.join(KINDS)}")
            if layer not in [item.name for item in network.weighted]:
                raise UserError(f"{layer}: no layer with filters or neurons")
        self.items = tuple(dict.fromkeys(items))
        self.again()

    def again(self) -> None:
        """Read the network at the next chance."""
        self._due, self._serial = 0.0, -1
        if self.classes is not None:
            self.classes.due = 0.0

    def work(self, network: LabNetwork, serial: int, now: float, clock: Clock) -> bool:
        """A step, and reading the network if its weights are new and it is time; whether anything is new.

        Paused points stay, but those of filters that were added or removed come and go all the same.
        """
        if self.idle or now - self._stepped < self.step_seconds:
            return False
        self._stepped = now
        read = serial != self._serial and now >= self._due
        if read:
            self._serial = serial
            known = {layer.name for layer in network.weighted}
            items = [item for item in self.items if item[0] in known]
            self.board.update(filter_features(network, items, self._inputs, self._labels))
            ended = clock()
            self._due = ended + max(_REFRESH_SECONDS, _SHARE * (ended - now))
        if self.classes is not None and not self.board.paused:
            self.classes.work(network, serial, now, clock)
        self.board.step()
        return read or not self.board.paused


class ClassPicture:
    """Validation images by what one layer answers them with."""

    def __init__(self, layer: str, images: Images, prepare: Prepare, samples: int):
        count = min(samples, MOST_SAMPLES, len(images))
        self.layer = layer
        self._indices = torch.randperm(len(images), generator=torch.Generator().manual_seed(5))[:count]
        self._inputs = prepare(images.batch(self._indices))
        self._labels = images.labels[self._indices]
        self._tsne: Tsne | None = None
        self._precision: np.ndarray | None = None
        self._guesses = np.zeros(count, np.int64)
        self._serial = -1
        self.due = 0.0
        self._rate = max(50.0, count / 12)

    def work(self, network: LabNetwork, serial: int, now: float, clock: Clock) -> None:
        """A step; new activations if the weights are new and it is time."""
        if self.layer in network.by_name and serial != self._serial and now >= self.due:
            self._serial = serial
            self._read(network)
            ended = clock()
            self.due = ended + max(1.0, _SHARE * (ended - now))
        if self._tsne is not None:
            self._tsne.step(self._rate)

    def _read(self, network: LabNetwork) -> None:
        rows, self._guesses = sample_features(network, self.layer, self._inputs)
        joint, self._precision = probabilities(squared_distances(rows), _CLASS_PERPLEXITY, self._precision)
        if self._tsne is None:
            self._tsne = Tsne([joint], [random_places(len(rows), seed=1)], [True])
        else:
            self._tsne.set_joint(0, joint)

    def view(self) -> ClassView | None:
        if self._tsne is None:
            return None
        places = self._tsne.places(0)
        indices, labels = self._indices.numpy(), self._labels.numpy()
        divergence = self._tsne.divergence(0) if len(places) <= 500 else float("nan")
        return ClassView(self.layer, places, labels, self._guesses, indices, divergence)
