"""What a viewer is sent of a training that runs elsewhere: a snapshot of copies of its tensors."""

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.lab.build import assemble
from nnvis3d.lab.display import activations
from nnvis3d.lab.network import LabNetwork
from nnvis3d.network.lab_snapshot import (
    FrozenState,
    HistoryInfo,
    LabSnapshot,
    NetworkPlan,
    Numbers,
    ShownNetwork,
    TrainingOptions,
)


class Maker:
    """Makes snapshots of copies of a model's tensors, on a copy of the model."""

    def __init__(
        self,
        model: nn.Module,
        labels: tuple[str, ...],
        shape: tuple[int, int, int] | None,
        image: torch.Tensor | None,
    ):
        if shape is None and image is None:
            raise UserError("give watch(input_shape=...) or step(images=...)")
        shape = shape or tuple(image.shape)  # type: ignore[union-attr]
        channels = shape[0]
        self._plan = NetworkPlan("custom", shape, labels, (0.0,) * channels, (1.0,) * channels)
        self._network: LabNetwork = assemble(self._plan, copy.deepcopy(model).cpu(), {})
        self._serial = 0

    def snapshot(
        self,
        taken: dict[str, Any],
        image: torch.Tensor | None,
        message: str,
        said: int,
        steer: bool,
        rate: float,
    ) -> LabSnapshot:
        self._serial += 1
        network, step = self._network, taken["step"]
        network.module.load_state_dict(taken["tensors"])
        network.module.eval()
        seen = image if image is not None else torch.zeros(self._plan.input_shape)
        shown = ShownNetwork(
            network.spec,
            self._plan,
            1,
            self._serial,
            step,
            {name: tensor.numpy() for name, tensor in taken["tensors"].items()},
            activations(network, seen[None].float(), seen.float()),
            seen.float().numpy(),
        )
        return _plain(self._serial, shown, taken, message, said, steer, rate)


def _plain(
    serial: int, shown: ShownNetwork, taken: dict[str, Any], message: str, said: int, steer: bool, rate: float
) -> LabSnapshot:
    """A snapshot of a training that has no lab: no history, no branches, no embeddings."""
    curve = taken["curve"]
    loss = float(curve.loss[-1]) if len(curve.loss) else float("nan")
    options: TrainingOptions = replace(taken["options"])
    return LabSnapshot(
        serial=serial,
        running=taken["running"],
        step=taken["step"],
        epoch=0,
        epoch_progress=0.0,
        examples=0,
        branch="main",
        options=options,
        numbers=Numbers(loss=loss, examples_per_s=rate),
        layers={},
        shown=shown,
        compared=None,
        curves={"main": curve},
        frozen=FrozenState({}, (), "", 0.0),
        alarms=(),
        actions=(),
        branches=(),
        history=HistoryInfo(np.zeros(0, np.int64), 0, 0),
        viewing=None,
        embeddings=(),
        perplexity=5.0,
        rate=10.0,
        embedding_paused=True,
        classes=None,
        removal=None,
        move=None,
        validation=None,
        message=message,
        message_serial=said,
        can_undo=False,
        can_redo=False,
        data="a training that runs elsewhere",
        skipped=(),
        saved_step=None,
        saved_seconds_ago=float("nan"),
        can_steer=steer,
    )
