"""What a module says of its own input.

    module.nnvis3d_preprocessing = {"shape": (3, 224, 224), "mean": (0.485, ...), "std": (0.229, ...)}

or, as the models of timm have it, `pretrained_cfg` or `default_cfg` with "input_size", "mean" and "std".
"""

from collections.abc import Mapping

from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.network.spec import Preprocessing

ATTRIBUTE = "nnvis3d_preprocessing"
LABELS = "nnvis3d_labels"


def said_by(module: nn.Module, attribute: str) -> object:
    """What a module has under this name; None where it has nothing, fails when asked, or answers with a
    module, as those do that answer whatever they are asked for."""
    try:
        found = getattr(module, attribute, None)
    except Exception:
        return None
    return None if isinstance(found, nn.Module) else found


def declared_preprocessing(module: nn.Module) -> Preprocessing | None:
    """What the module declares; None if it declares nothing.

    Raises:
        UserError: what it declares under our own name makes no sense.
    """
    own = said_by(module, ATTRIBUTE)
    if isinstance(own, Preprocessing):
        return own
    if own is not None:
        return _from(own, ("shape",), f"{type(module).__name__}.{ATTRIBUTE}")
    for attribute in ("pretrained_cfg", "default_cfg"):
        config = said_by(module, attribute)
        if isinstance(config, Mapping) and "input_size" in config:
            return _from(config, ("input_size",), f"{type(module).__name__}.{attribute}")
    return None


def declared_labels(module: nn.Module) -> tuple[str, ...]:
    """Names of the output classes that the module declares, in order; () if it declares none."""
    for attribute in (LABELS, "class_names", "classes"):
        names = said_by(module, attribute)
        if isinstance(names, list | tuple) and names and all(isinstance(name, str) for name in names):
            return tuple(names)
    return ()


def _from(config: object, keys: tuple[str, ...], where: str) -> Preprocessing:
    try:
        assert isinstance(config, Mapping)
        shape = tuple(int(length) for length in config[keys[0]])
        mean = tuple(float(value) for value in config.get("mean", (0.0,)))
        std = tuple(float(value) for value in config.get("std", (1.0,)))
        fits = all(len(values) in (1, shape[0]) for values in (mean, std))
        if len(shape) != 3 or min(shape) < 1 or not fits or min(std) <= 0:
            raise ValueError
    except (AssertionError, KeyError, TypeError, ValueError, IndexError):
        raise UserError(
            f"{where}: expected shape (C, H, W), mean and std with one value for each channel, got {config!r}"
        ) from None
    return Preprocessing(shape, mean, std)
