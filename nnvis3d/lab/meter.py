"""Measures every layer now and then: gradients, updates, dead units, activations."""

import numpy as np
import torch

from nnvis3d.lab.network import LabLayer, LabNetwork
from nnvis3d.lab.pace import Clock
from nnvis3d.lab.trainer import Trainer
from nnvis3d.lab.validation import FixedBatch
from nnvis3d.network.lab_snapshot import LayerNumbers

IMAGES = 32
BINS = 32
SECONDS = 0.25
"""Between two measurements, if somebody looks."""
_UNSEEN_SECONDS = 5.0
_SHARE, _UNSEEN_SHARE = 40, 200
"""A measurement waits at least so many times as long as one takes."""


class Meter:
    """`begin` before a training step, `end` after it; most steps are not measured."""

    def __init__(self, fixed: FixedBatch):
        self.layers: dict[str, LayerNumbers] = {}
        """The newest measurement, in order of computation."""
        self.seen = True
        """Whether somebody looks."""
        self.step = -1
        """When it was measured."""
        self._inputs = fixed.inputs[:IMAGES]
        self._due = 0.0
        self._before: dict[str, torch.Tensor] | None = None
        self._epoch: dict[str, torch.Tensor] = {}

    def begin_epoch(self, network: LabNetwork) -> None:
        """Changes are counted from here."""
        self._epoch = {layer.name: _weight(network, layer).detach().clone() for layer in network.weighted}

    def begin(self, network: LabNetwork, now: float) -> None:
        """Before a step at `now`: remember the weights if it is to be measured."""
        if now >= self._due:
            self._before = {name: tensor.detach().clone() for name, tensor in _all(network).items()}
            self._started = now

    @property
    def measuring(self) -> bool:
        return self._before is not None

    def end(self, trainer: Trainer, clock: Clock) -> None:
        """After the step."""
        if self._before is None:
            return
        self.layers, self.step = self._measured(trainer, self._before), trainer.step
        self._before = None
        ended = clock()
        least, share = (SECONDS, _SHARE) if self.seen else (_UNSEEN_SECONDS, _UNSEEN_SHARE)
        self._due = ended + max(least, share * (ended - self._started))

    def change(self, layer: str, filters: int) -> np.ndarray:
        """float32 (filters,): how much each filter changed since the epoch began, 0 to 1 of the largest."""
        numbers = self.layers.get(layer)
        if numbers is None or len(numbers.filter_change) != filters:
            return np.zeros(filters, np.float32)
        return numbers.filter_change / max(float(numbers.filter_change.max()), 1e-12)

    @torch.no_grad()
    def _measured(self, trainer: Trainer, before: dict[str, torch.Tensor]) -> dict[str, LayerNumbers]:
        network = trainer.network
        training = network.module.training
        network.module.eval()
        values = dict(
            zip((layer.name for layer in network.layers), network.values(self._inputs), strict=True)
        )
        network.module.train(training)
        return {
            layer.name: self._layer(network, layer, values[layer.name], before) for layer in network.weighted
        }

    def _layer(
        self, network: LabNetwork, layer: LabLayer, value: torch.Tensor, before: dict[str, torch.Tensor]
    ) -> LayerNumbers:
        parameters = network.parameters_of(layer)
        gradients = [p.grad for p in parameters.values() if p.grad is not None]
        moved = [p.detach() - before[name] for name, p in parameters.items() if name in before]
        weight = _weight(network, layer).detach()
        gradient = network.module.get_submodule(layer.modules[0]).weight.grad
        rows = torch.zeros(len(weight)) if gradient is None else gradient.flatten(1).norm(dim=1)  # type: ignore[operator]
        values = value.transpose(0, 1).flatten(1)  # (F, everything else)
        dead_units = (value == 0).all(0).float().mean() if not layer.signed else torch.tensor(0.0)
        dead = () if layer.signed else tuple(torch.nonzero((values == 0).all(1)).flatten().tolist())
        size = sum(float(p.detach().square().sum()) for p in parameters.values()) ** 0.5
        return LayerNumbers(
            sum(float(g.square().sum()) for g in gradients) ** 0.5,
            sum(float(m.square().sum()) for m in moved) ** 0.5 / max(size, 1e-12),
            float(dead_units),
            *_histogram(value),
            values.mean(1).numpy(),
            rows.numpy(),
            self._changed(layer.name, weight),
            dead,
        )

    def _changed(self, name: str, weight: torch.Tensor) -> np.ndarray:
        then = self._epoch.get(name)
        if then is None or then.shape != weight.shape:  # another structure: count from now
            self._epoch[name] = then = weight.clone()
        return (weight - then).flatten(1).abs().sum(1).numpy()


def _weight(network: LabNetwork, layer: LabLayer) -> torch.Tensor:
    weight = network.module.get_submodule(layer.modules[0]).weight
    assert isinstance(weight, torch.Tensor)
    return weight


def _all(network: LabNetwork) -> dict[str, torch.Tensor]:
    return dict(network.module.named_parameters())


def _histogram(value: torch.Tensor) -> tuple[np.ndarray, tuple[float, float]]:
    """Counts int64 (BINS,) and bounds; what is not finite is left out."""
    finite = value[torch.isfinite(value)]
    if not len(finite):
        return np.zeros(BINS, np.int64), (0.0, 0.0)
    low, high = float(finite.min()), float(finite.max())
    counts = torch.histc(finite, BINS, low, high) if high > low else torch.zeros(BINS)
    if high <= low:
        counts[0] = len(finite)
    return counts.to(torch.int64).numpy(), (low, high)
