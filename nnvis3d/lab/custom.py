"""Networks of the user's own in the lab: "package.module:factory", on any data, with any loss."""

import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.lab.trainer import BaseFactory, Loss
from nnvis3d.network.lab_snapshot import NetworkPlan
from nnvis3d.runtime.bringing.factory import call_factory, said


@dataclass(frozen=True)
class Custom:
    """A module that somebody's Python code makes."""

    name: str
    """As it was given: "package.module:factory"."""
    module: nn.Module
    loss: Loss = F.cross_entropy
    shape: tuple[int, int, int] | None = None
    """(C, H, W) of its input; None: nobody has said."""

    def base(self, plan: NetworkPlan) -> nn.Module:
        """A copy, for one lab."""
        return copy.deepcopy(self.module)

    def plan(self, shape: tuple[int, int, int], labels: tuple[str, ...]) -> NetworkPlan:
        """Its plan on images of `shape` of these classes.

        Raises:
            UserError: it does not answer them, or has fewer outputs than there are classes.
        """
        images = torch.zeros(2, *shape)
        size = "x".join(str(length) for length in shape)
        try:
            with torch.no_grad():
                outputs = copy.deepcopy(self.module).eval()(images)
        except Exception as error:  # whatever a foreign forward raises
            raise UserError(
                f"--model {self.name}: does not read images of {size} ({said(error)}); say what it "
                "reads with --input-shape CxHxW"
            ) from error
        if not isinstance(outputs, torch.Tensor) or outputs.dim() != 2 or outputs.shape[1] < len(labels):
            given = tuple(outputs.shape) if isinstance(outputs, torch.Tensor) else type(outputs).__name__
            raise UserError(
                f"--model {self.name}: expected logits (2, {len(labels)}) for two images, got {given}"
            )
        channels = shape[0]
        return NetworkPlan(self.name, shape, labels, (0.0,) * channels, (1.0,) * channels)


def custom(model: str, shape: tuple[int, int, int] | None = None) -> Custom:
    """What `model`, "package.module:factory", makes: a module; or a pair of it and its loss (called with
    outputs and labels; else it is the cross entropy) or an example input.

    Raises:
        UserError: there is nothing of that name, it fails, or makes something else.
    """
    module, other = call_factory(model)
    if isinstance(other, torch.Tensor) and other.dim() in (3, 4):
        shape = shape or tuple(other.shape[-3:])  # type: ignore[assignment]
    elif other is not None and not callable(other):
        raise UserError(f"--model {model}: expected a loss or an input (B, C, H, W) with the module")
    loss = other if callable(other) and not isinstance(other, torch.Tensor) else F.cross_entropy
    return Custom(model, copy.deepcopy(module).cpu(), loss, shape)


def base_of(model: str) -> BaseFactory:
    """Makes the module of `model` again and again: for whoever shows it.

    Raises:
        UserError: as `custom`.
    """
    return custom(model).base
