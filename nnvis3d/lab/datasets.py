"""PyTorch Datasets that a function in somebody's Python code makes: `--data package.module:factory`."""

from collections.abc import Callable

from torch.utils.data import Dataset

from nnvis3d.errors import UserError
from nnvis3d.lab.data import LabData, as_image, dataset_data
from nnvis3d.runtime.bringing.factory import call_maker, said

Fit = Callable[[int], tuple[int, int, int]]
"""From the images' colours to the shape of the network's input."""


def named_datasets(data: str, fit: Fit) -> LabData:
    """What the factory `data` makes: two map-style Datasets of (image, class) pairs, to train on and to
    validate with, and the names of the classes.

    Raises:
        UserError: there is nothing of that name, it fails, or makes something else.
    """
    made = call_maker(data, "--data")
    if not (isinstance(made, tuple) and len(made) == 3):
        raise UserError(
            f"--data {data}: expected two Datasets and the names of the classes, got {type(made).__name__}"
        )
    train, validation, names = made
    try:
        channels = _channels(train)
        return dataset_data(train, validation, tuple(str(name) for name in names), fit(channels))
    except UserError:
        raise
    except Exception as error:  # whatever a foreign Dataset raises
        raise UserError(f"--data {data}: its images cannot be read: {said(error)}") from error


def _channels(dataset: Dataset) -> int:
    """1 or 3: of the first image."""
    return 1 if as_image(dataset[0][0]).shape[0] == 1 else 3
