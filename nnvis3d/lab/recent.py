"""Loss, accuracy and speed over the latest steps."""

from collections import deque

from nnvis3d.lab.trainer import StepResult
from nnvis3d.network.lab_snapshot import Numbers, Validation

_STEPS = 50


class Recent:
    """What the latest steps said."""

    def __init__(self) -> None:
        self._steps: deque[StepResult] = deque(maxlen=_STEPS)
        self._ends: deque[float] = deque(maxlen=_STEPS + 1)
        self._known = float("nan")

    def add(self, result: StepResult, now: float) -> None:
        """A step that ended at `now` (seconds)."""
        self._steps.append(result)
        self._ends.append(now)

    def pause(self) -> None:
        """The time until the next step says nothing about speed; what is known of it stays."""
        self._known = self._rate()
        self._ends.clear()

    def numbers(self, validation: Validation | None) -> Numbers:
        checked = (validation.loss, validation.accuracy) if validation else (float("nan"),) * 2
        if not self._steps:
            return Numbers(validation_loss=checked[0], validation_accuracy=checked[1])
        steps, images = list(self._steps), sum(step.count for step in self._steps)
        return Numbers(
            sum(step.loss for step in steps) / len(steps),
            sum(step.correct for step in steps) / images,
            *checked,
            sum(step.forward_ms for step in steps) / len(steps),
            sum(step.backward_ms for step in steps) / len(steps),
            self._rate(),
        )

    def _rate(self) -> float:
        """Examples a second between the first and the last end that are known."""
        between = len(self._ends) - 1
        if between < 1:
            return self._known
        count = sum(step.count for step in list(self._steps)[-between:])
        return count / max(self._ends[-1] - self._ends[0], 1e-9)
