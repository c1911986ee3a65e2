"""What the lab trains on: images in memory by class, or any PyTorch Dataset; split into training and
validation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch.utils.data import Dataset

from nnvis3d.errors import UserError

_KEPT_READY = 16 << 20
"""Pixels of a small set: 64 MB as the network reads them."""


class Images(Protocol):
    """Labelled images."""

    labels: torch.Tensor
    """int64 (N,)."""

    def batch(self, indices: torch.Tensor) -> torch.Tensor:
        """float32 (B, C, H, W), 0 to 1."""
        ...

    def normalised(self, indices: torch.Tensor, by: "Normalisation") -> torch.Tensor:
        """`by.of(batch(indices))`, as fast as it goes."""
        ...

    def __len__(self) -> int: ...


class Normalisation:
    """What every image is shifted and scaled by before a network reads it."""

    def __init__(self, mean: Sequence[float], std: Sequence[float]):
        """Both have a number for each channel."""
        self.key = (tuple(mean), tuple(std))
        """The same numbers, the same key."""
        self._mean = torch.tensor(self.key[0]).view(1, -1, 1, 1)
        self._gain = 1 / torch.tensor(self.key[1]).view(1, -1, 1, 1)

    def of(self, images: torch.Tensor) -> torch.Tensor:
        """Of images (B, C, H, W), 0 to 1."""
        return (images - self._mean).mul_(self._gain)


@dataclass(frozen=True, eq=False)
class LabData:
    """A training and a validation set."""

    title: str
    """For people: "4,000 digits"."""
    train: Images
    validation: Images
    labels: tuple[str, ...]
    """Names of the classes."""
    skipped: tuple[str, ...] = ()
    """A sentence for each file that could not be read."""

    @property
    def channels(self) -> int:
        return self.validation.batch(torch.tensor([0])).shape[1]


class StoredImages:
    """Images in memory, uint8: (N, C, H, W).

    A small set is also kept as the network reads it: to normalise every batch anew took a hundredth of the
    time of `cnn`.
    """

    def __init__(self, images: torch.Tensor, labels: torch.Tensor):
        self.images, self.labels = images, labels
        self._ready: tuple[object, torch.Tensor] = None, torch.empty(0)  # key of a normalisation, all by it

    def batch(self, indices: torch.Tensor) -> torch.Tensor:
        return self.images[indices].float().div_(255)

    def normalised(self, indices: torch.Tensor, by: Normalisation) -> torch.Tensor:
        if self.images.numel() > _KEPT_READY:
            return by.of(self.batch(indices))
        if self._ready[0] != by.key:
            self._ready = by.key, by.of(self.batch(torch.arange(len(self))))
        return self._ready[1][indices]

    def __len__(self) -> int:
        return len(self.labels)


class DatasetImages:
    """Any map-style Dataset of (image, class) pairs; the image a tensor or array (C, H, W) or (H, W), or a
    Pillow image. Integers are taken as 0 to 255."""

    def __init__(self, dataset: Dataset, shape: tuple[int, int, int]):
        self._dataset, self._shape = dataset, shape
        self._count = len(dataset)  # type: ignore[arg-type]
        self.labels = torch.tensor([int(dataset[k][1]) for k in range(self._count)])

    def batch(self, indices: torch.Tensor) -> torch.Tensor:
        images = [as_image(self._dataset[int(k)][0]) for k in indices]
        return torch.cat([_fitted(image[None], self._shape) for image in images])

    def normalised(self, indices: torch.Tensor, by: Normalisation) -> torch.Tensor:
        return by.of(self.batch(indices))

    def __len__(self) -> int:
        return self._count


def as_image(image: object) -> torch.Tensor:
    """float32 (C, H, W), 0 to 1 if it was integers."""
    if isinstance(image, torch.Tensor):
        tensor = image
    else:
        array = np.array(image)
        tensor = torch.from_numpy(array)
        if tensor.dim() == 3 and tensor.shape[2] in (1, 3, 4) and tensor.shape[0] > 4:
            tensor = tensor.permute(2, 0, 1)
    if tensor.dim() == 2:
        tensor = tensor[None]
    whole = not tensor.is_floating_point()
    return tensor.float() / 255 if whole else tensor.float()


def _fitted(images: torch.Tensor, shape: tuple[int, int, int]) -> torch.Tensor:
    """(N, c, h, w) -> (N, C, H, W), float or uint8: colours to grey or grey to colours; smaller images into
    the middle, others resized."""
    channels, height, width = shape
    if images.shape[1] != channels:
        if channels == 1:
            images = images[:, :3].float().mean(1, keepdim=True).to(images.dtype)
        else:
            images = images[:, :1].expand(-1, channels, -1, -1)
    h, w = images.shape[2:]
    if (h, w) == (height, width):
        return images.contiguous()
    if 0.8 * height <= h <= height and 0.8 * width <= w <= width:  # MNIST's 28x28 in a field of 32x32
        top, left = (height - h) // 2, (width - w) // 2
        return F.pad(images, (left, width - w - left, top, height - h - top))
    floats = images.float()
    resized = F.interpolate(floats, (height, width), mode="bilinear", antialias=True, align_corners=False)
    return resized.round().to(images.dtype) if images.dtype == torch.uint8 else resized


def stored(images: np.ndarray, labels: np.ndarray, shape: tuple[int, int, int]) -> StoredImages:
    """Images uint8 (N, H, W) or (N, C, H, W) as the network's input of `shape`."""
    tensor = torch.from_numpy(np.ascontiguousarray(images))
    if tensor.dim() == 3:
        tensor = tensor[:, None]
    return StoredImages(_fitted(tensor, shape), torch.from_numpy(labels.astype(np.int64)))


def dataset_data(
    train: Dataset, validation: Dataset, labels: Sequence[str], shape: tuple[int, int, int]
) -> LabData:
    """Any two PyTorch Datasets of (image, class) pairs for a network whose input has `shape`.

    Raises:
        UserError: an empty one, or a class that `labels` do not name.
    """
    sets = DatasetImages(train, shape), DatasetImages(validation, shape)
    for name, images in zip(("training", "validation"), sets, strict=True):
        if len(images) == 0:
            raise UserError(f"{name} data: the Dataset is empty")
        if int(images.labels.max()) >= len(labels) or int(images.labels.min()) < 0:
            raise UserError(
                f"{name} data: class {int(images.labels.max())}, but there are {len(labels)} names"
            )
    return LabData(f"{len(sets[0]):,} images", *sets, tuple(labels))
