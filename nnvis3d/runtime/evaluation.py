"""How often a network is right: through the pad's own path for strokes, straight in for images."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.stroke_file import LabelledDrawing
from nnvis3d.inputs.strokes import Base, Drawing
from nnvis3d.network.spec import NetworkSpec, Preprocessing
from nnvis3d.runtime.trainer import prepared

_BATCH = 256


@dataclass(frozen=True)
class Evaluation:
    """What was measured."""

    model: str
    labels: tuple[str, ...]
    confusion: np.ndarray
    """int64 (classes, classes): rows true, columns guessed."""

    @property
    def count(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.confusion) / max(self.count, 1))

    @property
    def per_class(self) -> dict[str, float]:
        """Class -> accuracy, only of those that occurred."""
        totals = self.confusion.sum(axis=1)
        return {
            label: float(self.confusion[k, k] / totals[k]) for k, label in enumerate(self.labels) if totals[k]
        }

    def as_json(self) -> dict:
        return {
            "model": self.model,
            "count": self.count,
            "accuracy": self.accuracy,
            "per_class": self.per_class,
            "confusion": self.confusion.tolist(),
        }


def evaluate(
    spec: NetworkSpec, module: nn.Module, images: Iterable[np.ndarray], labels: Sequence[int]
) -> Evaluation:
    """Run `images`, each float32 (C, H, W) of 0 to 1, and compare with `labels`.

    Raises:
        UserError: a label that the network has no output for.
    """
    truth = np.asarray(labels, np.int64)
    classes = len(spec.labels)
    if len(truth) and (truth.min() < 0 or truth.max() >= classes):
        raise UserError(f"labels: {spec.name} knows {classes} classes, got label {truth.max()}")
    guesses = _guesses(spec.preprocessing, module, list(images))
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (truth, guesses), 1)
    return Evaluation(spec.name, spec.labels, confusion)


def _guesses(preprocessing: Preprocessing, module: nn.Module, images: list[np.ndarray]) -> np.ndarray:
    """int64 (N,): the likeliest class of each image."""
    found = [np.zeros(0, np.int64)]
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            batch = torch.from_numpy(np.stack(images[start : start + _BATCH]))
            found.append(module(prepared(batch, preprocessing)).argmax(1).numpy())
    return np.concatenate(found)


def stroke_images(
    items: Iterable[LabelledDrawing], shape: tuple[int, int, int], normalize: bool = True
) -> Iterable[np.ndarray]:
    """Each drawing as the live pad would hand it to the network: float32 (C, H, W)."""
    for item in items:
        yield reduce_drawing(item.drawing, shape, normalize).image


def picture_images(
    pictures: Iterable[np.ndarray], shape: tuple[int, int, int], normalize: bool = True
) -> Iterable[np.ndarray]:
    """Pictures as if they were put on the pad: grey float32 (h, w), 0 to 1, or in colours uint8 (h, w, 3).

    Grey ones of 28x28 go straight in, and so do coloured ones that have the network's size.
    """
    for picture in pictures:
        if picture.ndim == 3:
            grey = picture.mean(axis=2, dtype=np.float32) / 255
            yield reduce_drawing(Drawing(base=Base(grey, picture)), shape, normalize).image
            continue
        ready = picture.shape == (28, 28) and min(shape[1:]) >= 28
        yield reduce_drawing(Drawing(base=Base(picture)), shape, normalize and not ready).image
