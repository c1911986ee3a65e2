"""Keeps a lab's embeddings up to date, within a share of its time."""

import numpy as np
import torch

from nnvis3d.errors import UserError
from nnvis3d.lab.affinities import probabilities, random_places, squared_distances
from nnvis3d.lab.board import Board
from nnvis3d.lab.data import Images
from nnvis3d.lab.features import IMAGES, Item, filter_features, sample_features
from nnvis3d.lab.network import LabNetwork
from nnvis3d.lab.pace import Clock, Pace
from nnvis3d.lab.tsne import Tsne
from nnvis3d.lab.validation import FixedBatch, Prepare
from nnvis3d.network.lab_commands import KINDS
from nnvis3d.network.lab_snapshot import ClassView

STEP_SECONDS = 1 / 25
"""Between two steps of the pictures."""
_STEP_SHARE = 10
"""A step of many points waits at least so many times as long as it took, while the network trains."""
_READ_SECONDS, _CLASS_READ_SECONDS = 0.5, 1.0
_READ_SHARE = 20
"""Reading the network anew waits at least so many times as long as it took."""
_CLASS_PERPLEXITY = 30.0
_FARTHEST = 1e4
"""From the middle, of a point that a t-SNE can go on with."""
MOST_SAMPLES = 2000


class Embeddings:
    """What is embedded, and when it is looked at again. The clock is the lab's."""

    def __init__(self, fixed: FixedBatch):
        self.board = Board()
        self.items: tuple[Item, ...] = ()
        self._inputs, self._labels = fixed.inputs[:IMAGES], fixed.labels[:IMAGES]
        self.step_seconds = STEP_SECONDS
        self._steps, self._reads = Pace(_STEP_SHARE), Pace(_READ_SHARE)
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

    def open_classes(
        self, layer: str, images: Images, prepare: Prepare, samples: int, places: np.ndarray | None = None
    ) -> None:
        """Embed so many of the images by what a layer answers them with.

        Args:
            places: (N, 2), where their points were; None or others than N: they start anew.

        Raises:
            UserError: too few samples, or too many.
        """
        if not 10 <= samples <= MOST_SAMPLES:
            raise UserError(f"samples: expected 10 to {MOST_SAMPLES:,}, got {samples:,}")
        self.classes = ClassPicture(layer, images, prepare, samples, places)

    @property
    def settings(self) -> tuple:
        """Differs where something else is open, or set."""
        board, classes = self.board, self.classes
        opened = None if classes is None else (classes.layer, classes.samples)
        return self.items, board.perplexity, board.rate, board.paused, opened

    def again(self) -> None:
        """Read the network at the next chance."""
        self._serial = -1
        self._reads.at_once()
        if self.classes is not None:
            self.classes.reads.at_once()

    def work(self, network: LabNetwork, serial: int, clock: Clock, training: bool) -> bool:
        """A step, and reading the network if its weights are new and it is time; whether anything is new.

        Paused points stay, but those of filters that were added or removed come and go all the same.

        Args:
            serial: of the weights: another number means other ones.
            training: whether the training waits for it.
        """
        if self.idle:
            return False
        worked = self._filters(network, serial, clock, training)
        if self.classes is not None and self.board.paused:
            worked |= self.classes.begin(network)
        elif self.classes is not None:
            worked |= self.classes.work(network, serial, clock, self.step_seconds, training)
        return worked

    def _filters(self, network: LabNetwork, serial: int, clock: Clock, training: bool) -> bool:
        began = clock()
        if not (self.items or self.board.pictures) or not self._steps.is_due(began):
            return False
        read = serial != self._serial and self._reads.is_due(began)
        if read:
            self._serial = serial
            known = {layer.name for layer in network.weighted}
            items = [item for item in self.items if item[0] in known]
            self.board.update(filter_features(network, items, self._inputs, self._labels))
            self._reads.took(began, clock(), _READ_SECONDS)
        stepping = clock()
        self.board.step()
        self._steps.took(stepping, clock(), self.step_seconds, training)
        return read or not self.board.paused


class ClassPicture:
    """Validation images by what one layer answers them with."""

    def __init__(
        self,
        layer: str,
        images: Images,
        prepare: Prepare,
        samples: int,
        places: np.ndarray | None = None,
    ):
        """As `Embeddings.open_classes`."""
        count = min(samples, MOST_SAMPLES, len(images))
        self.layer, self.samples = layer, samples
        self._start: np.ndarray | None = None
        if places is not None and len(places) == count and (np.abs(places) < _FARTHEST).all():
            self._start = places.astype(np.float32)
        self._indices = torch.randperm(len(images), generator=torch.Generator().manual_seed(5))[:count]
        self._inputs = prepare(images.batch(self._indices))
        self._labels = images.labels[self._indices]
        self._tsne: Tsne | None = None
        self._precision: np.ndarray | None = None
        self._guesses = np.zeros(count, np.int64)
        self._serial = -1
        self._steps, self.reads = Pace(_STEP_SHARE), Pace(_READ_SHARE)
        self._rate = max(50.0, count / 12)

    def begin(self, network: LabNetwork) -> bool:
        """Have something to see, which does not move; False if there was, or the layer is gone."""
        if self._tsne is not None or self.layer not in network.by_name:
            return False
        self._read(network)
        return True

    def work(
        self, network: LabNetwork, serial: int, clock: Clock, step_seconds: float, training: bool
    ) -> bool:
        """A step, if it is time; new activations if the weights are new and it is time for that as well."""
        began = clock()
        if not self._steps.is_due(began):
            return False
        if self.layer in network.by_name and serial != self._serial and self.reads.is_due(began):
            self._serial = serial
            self._read(network)
            self.reads.took(began, clock(), _CLASS_READ_SECONDS)
        stepping = clock()
        if self._tsne is not None:
            self._tsne.step(self._rate)
        self._steps.took(stepping, clock(), step_seconds, training)
        return True

    def _read(self, network: LabNetwork) -> None:
        rows, self._guesses = sample_features(network, self.layer, self._inputs)
        joint, self._precision = probabilities(squared_distances(rows), _CLASS_PERPLEXITY, self._precision)
        if self._tsne is None:
            fresh = self._start is None
            places = random_places(len(rows), seed=1) if self._start is None else self._start
            self._tsne = Tsne([joint], [places], [fresh])
        else:
            self._tsne.set_joint(0, joint)

    def view(self) -> ClassView | None:
        if self._tsne is None:
            return None
        places = self._tsne.places(0)
        indices, labels = self._indices.numpy(), self._labels.numpy()
        divergence = self._tsne.divergence(0) if len(places) <= 500 else float("nan")
        return ClassView(self.layer, places, labels, self._guesses, indices, divergence)
