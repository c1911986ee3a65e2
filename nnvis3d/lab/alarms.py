"""Says with a sentence that something is wrong with the training."""

import math
from collections.abc import Mapping

from nnvis3d.network.lab_snapshot import Alarm, LayerNumbers

_KINDS = ("nan", "exploding", "vanishing", "dead")
"""In the order in which they are told."""
_EXPLODING = 50.0
"""Times the usual gradient norm of a layer."""
_VANISHING = 1e-5
"""Of the largest gradient norm among the layers."""
_MEMORY = 0.9
"""How much of the usual stays at each measurement."""
_LEARNED = 0.05
"""A training loss below which small gradients are no reason to worry."""


class Alarms:
    """What stands now; an alarm goes when its reason goes."""

    def __init__(self) -> None:
        self._usual: dict[str, float] = {}
        self._standing: dict[tuple[str, str], Alarm] = {}

    @property
    def standing(self) -> tuple[Alarm, ...]:
        """The most serious first: a list of them may have room for few."""
        return tuple(sorted(self._standing.values(), key=lambda alarm: _KINDS.index(alarm.kind)))

    def not_a_number(self, step: int, back: int) -> Alarm:
        """The loss of `step` is not a number; the lab went back to step `back`."""
        sentence = (
            f"step {step:,}: the loss is not a number; training paused, back at step {back:,}: lower the "
            "learning rate"
        )
        self._standing["nan", ""] = Alarm("nan", "", sentence, step)
        return self._standing["nan", ""]

    def trained(self) -> None:
        """A step with a finite loss was done."""
        self._standing.pop(("nan", ""), None)

    def measured(self, layers: Mapping[str, LayerNumbers], step: int, loss: float) -> None:
        """Judge a new measurement."""
        self._standing = {key: alarm for key, alarm in self._standing.items() if key[0] == "nan"}
        largest = max((numbers.gradient_norm for numbers in layers.values()), default=0.0)
        for name, numbers in layers.items():
            for alarm in self._of_layer(name, numbers, step, loss, largest):
                self._standing[alarm.kind, name] = alarm

    def _of_layer(
        self, name: str, numbers: LayerNumbers, step: int, loss: float, largest: float
    ) -> list[Alarm]:
        found = []
        if numbers.dead:
            count, total = len(numbers.dead), len(numbers.mean_activation)
            which = ", ".join(map(str, numbers.dead[:5])) + (", …" if count > 5 else "")
            never, them = ("never answers", "it") if count == 1 else ("never answer", "them")
            sentence = f"{name}: {count} of {total} {never} ({which}): reset or remove {them}"
            found.append(Alarm("dead", name, sentence, step, numbers.dead))
        norm, usual = numbers.gradient_norm, self._usual.get(name)
        if not math.isfinite(norm) or (usual is not None and norm > _EXPLODING * usual and norm > 1):
            sentence = (
                f"{name}: its gradient explodes (norm {norm:.3g}, usually {usual or 0:.3g}): lower the rate"
            )
            found.append(Alarm("exploding", name, sentence, step))
        elif 0 < norm < _VANISHING * largest and loss > _LEARNED:
            sentence = (
                f"{name}: its gradient vanishes (norm {norm:.1e}, elsewhere {largest:.1e}): it hardly learns"
            )
            found.append(Alarm("vanishing", name, sentence, step))
        if math.isfinite(norm):
            self._usual[name] = norm if usual is None else _MEMORY * usual + (1 - _MEMORY) * norm
        return found
