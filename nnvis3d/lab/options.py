"""Which training options make sense."""

from collections.abc import Iterable

from nnvis3d.errors import UserError
from nnvis3d.network.lab_commands import OPTIMIZERS
from nnvis3d.network.lab_snapshot import TrainingOptions

_LIMITS = {
    "learning_rate": ("learning rate", 100.0, True),
    "momentum": ("momentum", 1.0, False),
    "weight_decay": ("weight decay", 100.0, True),
    "dropout": ("dropout", 1.0, False),
}
"""Name -> words for people, the highest value, and whether that is allowed."""


def words(option: str) -> str:
    """ "learning_rate" -> "learning rate"."""
    return _LIMITS[option][0]


def check(options: TrainingOptions, images: int) -> TrainingOptions:
    """`options`, to train on so many images.

    Raises:
        UserError: one makes no sense.
    """
    if options.optimizer not in OPTIMIZERS:
        raise UserError(f"{options.optimizer}: no such optimiser; choose one of {', '.join(OPTIMIZERS)}")
    if not 1 <= options.batch_size <= images:
        raise UserError(f"batch size: expected 1 to {images}, got {options.batch_size}")
    for option in _LIMITS:
        _check_values(option, [getattr(options, option), *getattr(options, f"layer_{option}").values()])
    return options


def _check_values(option: str, values: Iterable[float]) -> None:
    text, most, reaches = _LIMITS[option]
    for value in values:
        if not (0 <= value < most or (reaches and value == most)):
            limit = f"{most:g}" if reaches else f"below {most:g}"
            raise UserError(f"{text}: expected a number from 0 to {limit}, got {value:g}")
